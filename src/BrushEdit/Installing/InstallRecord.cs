using System.Text.Json;
using System.Text.Json.Serialization;

namespace BrushEdit.Installing;

/// <summary>
/// The file <c>installed.json</c> in an installed model's folder: the origin of its files, their content, and what each was verified
/// against. Its presence means that the installation is complete.
/// </summary>
public sealed record InstallRecord
{
    internal const string FileName = "installed.json";

    private const long LargestFile = 1 << 24;

    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    /// <summary>The name under which it was installed.</summary>
    public required string Name { get; init; }

    /// <summary>Owner and name on the hub.</summary>
    public required string Repository { get; init; }

    /// <summary>The commit of its files.</summary>
    public required string Commit { get; init; }

    /// <summary>The licence stated by its publisher.</summary>
    public required string License { get; init; }

    /// <summary>The page that publishes it.</summary>
    public required string Page { get; init; }

    /// <summary>Its files.</summary>
    public required IReadOnlyList<InstalledFile> Files { get; init; }

    /// <summary>Reads the record of a folder.</summary>
    /// <param name="folder">A model's folder.</param>
    /// <returns>Null if no readable record exists.</returns>
    internal static InstallRecord? TryRead(string folder)
    {
        try
        {
            byte[] json = RegularFile.ReadAll(Path.Combine(folder, FileName), LargestFile);
            StrictJson.Check(json);
            InstallRecord? record = JsonSerializer.Deserialize<InstallRecord>(json, Options);
            if (record?.Files is null || record.Files.Any(file => file?.Path is null || file.Size < 0))
            {
                return null;
            }

            record.Files.ToList().ForEach(file => HubPath.RequireFile(file.Path));
            return record;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException or EditException)
        {
            return null;
        }
    }

    /// <summary>Writes the record.</summary>
    /// <param name="folder">The model's folder.</param>
    internal void Write(string folder) => File.WriteAllBytes(Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(this, Options));

    /// <summary>Whether all files exist with the recorded length; their content is not read.</summary>
    /// <param name="folder">The model's folder.</param>
    internal bool IsComplete(string folder) =>
        Files.All(file => RegularFile.IsLong(Path.Combine(folder, file.Path), file.Size));
}

/// <summary>A file of an installed model.</summary>
/// <param name="Path">The path relative to the folder.</param>
/// <param name="Size">The size in bytes.</param>
public sealed record InstalledFile(string Path, long Size)
{
    /// <summary>Its SHA-256; null for a small file, which the hub identifies by its Git id.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Sha256 { get; init; }

    /// <summary>Git's id of its content; null for a large file.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? GitId { get; init; }

    /// <summary>Whose word the hash is: <c>list</c> for the module's own list of models, <c>hub</c> for what the hub declared at the download.</summary>
    public required string VerifiedBy { get; init; }

    internal ContentDigest Digest => Sha256 is { } sha256 ? ContentDigest.Sha256(sha256) : ContentDigest.GitBlob(GitId ?? "");
}
