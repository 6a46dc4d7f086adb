using System.Text.Json;
using System.Text.Json.Serialization;

namespace BrushEdit.Linking;

/// <summary>
/// The <c>runtime.json</c> in an installed runtime's folder: which libtorch it is, where its native libraries are and how they were verified. Its
/// presence means that the installation is complete.
/// </summary>
public sealed record RuntimeRecord
{
    internal const string FileName = "runtime.json";

    // Below the runtime's folder: the installed native libraries and the shim.
    internal const string NativeFolder = "native";

    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    /// <summary>
    /// Its name: the version and the backend, <c>2.10.0-cpu</c>, or <c>2.10.0-path-</c> and a few digits for native libraries from elsewhere.
    /// </summary>
    public required string Name { get; init; }

    /// <summary><c>Cpu</c>, <c>Cuda</c> or <c>Path</c>.</summary>
    public required string Backend { get; init; }

    /// <summary>The version of the libtorch packages; for native libraries from elsewhere, the one they were checked against.</summary>
    public required string LibTorchVersion { get; init; }

    /// <summary>The version of TorchSharp whose shim is beside them.</summary>
    public required string TorchSharpVersion { get; init; }

    /// <summary>The platform.</summary>
    public required string RuntimeId { get; init; }

    /// <summary>The folder of native libraries that already existed; null if they were installed into the runtime's own folder.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Natives { get; init; }

    /// <summary>When it was last chosen; the most recently chosen compatible runtime is used.</summary>
    public required DateTimeOffset Chosen { get; init; }

    /// <summary>The packages it was made of.</summary>
    public IReadOnlyList<RuntimePackage> Packages { get; init; } = [];

    /// <summary>Whether its versions and platform match this build.</summary>
    [JsonIgnore]
    public bool Fits => LibTorchVersion == Platform.LibTorchVersion && TorchSharpVersion == Platform.TorchSharpVersion && RuntimeId == Platform.RuntimeId;

    /// <summary>Reads the record of a folder.</summary>
    /// <param name="folder">A runtime's folder.</param>
    /// <returns>Null if no readable record exists.</returns>
    internal static RuntimeRecord? TryRead(string folder)
    {
        try
        {
            FileInfo file = new(Path.Combine(folder, FileName));
            if (!file.Exists || file.Length > 1 << 20)
            {
                return null;
            }

            RuntimeRecord? record = JsonSerializer.Deserialize<RuntimeRecord>(File.ReadAllBytes(file.FullName), Options);
            return record is { Name.Length: > 0, Backend: not null, Packages: not null } && record.Name == Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)) ? record : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes it atomically.</summary>
    /// <param name="folder">The runtime's folder.</param>
    internal void Write(string folder) =>
        AtomicFile.Write(Path.Combine(folder, FileName), WriteRule.For(force: true), path => File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(this, Options)));
}

/// <summary>A package that a runtime was made of.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Version">Its version.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Sha512">The SHA-512 of the package file, in Base64 as NuGet writes it.</param>
/// <param name="VerifiedBy">
/// The source of the hash: <c>list</c> for the module's own list, <c>catalogue</c> for what the source declared, <c>signature</c> for a package whose
/// own signature covers its content, <c>none</c> if nothing verifies it.
/// </param>
/// <param name="Source">Where it came from.</param>
public sealed record RuntimePackage(string Id, string Version, long Size, string Sha512, string VerifiedBy, string Source);
