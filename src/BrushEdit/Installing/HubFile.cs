using System.Text.Json;

namespace BrushEdit.Installing;

/// <summary>The hub's declaration of a file.</summary>
/// <param name="Size">The size in bytes.</param>
/// <param name="Digest">SHA-256 of a large file, Git's id of a small one.</param>
internal sealed record HubFile(long Size, ContentDigest Digest)
{
    // A thousand times the largest published file.
    private const long LargestFile = 1L << 42;

    /// <summary>An entry of a listing: large files have <c>lfs</c> with the SHA-256 as <c>oid</c>, all have Git's <c>oid</c> and a size.</summary>
    /// <param name="entry">The entry.</param>
    /// <exception cref="FormatException">The entry declares no size or no hash.</exception>
    public static HubFile Of(JsonElement entry)
    {
        bool large = entry.TryGetProperty("lfs", out JsonElement lfs) && lfs.ValueKind == JsonValueKind.Object;
        JsonElement holder = large ? lfs : entry;
        long size = holder.GetProperty("size").GetInt64();
        if (size > LargestFile)
        {
            throw new FormatException($"An entry has {size} bytes.");
        }

        string id = holder.GetProperty("oid").GetString() ?? throw new FormatException("An entry has no id.");
        return size < 0
            ? throw new FormatException("An entry has a negative size.")
            : new HubFile(size, large ? ContentDigest.Sha256(id.StartsWith("sha256:", StringComparison.Ordinal) ? id["sha256:".Length..] : id) : ContentDigest.GitBlob(id));
    }

    /// <summary>Returns a file's expected content: values from the list of models take precedence over the hub's and must agree with them.</summary>
    /// <param name="model">The model.</param>
    /// <param name="file">The file.</param>
    /// <param name="declared">The hub's declarations of the model's files.</param>
    /// <exception cref="EditException">The hub does not have the file, or has a different one in its place.</exception>
    public static HubFile Expected(PublishedModel model, PublishedFile file, IReadOnlyDictionary<string, HubFile> declared)
    {
        if (!declared.TryGetValue(file.Path, out HubFile? hub))
        {
            throw new EditException(
                EditFault.NotFound, $"{model.Repository} no longer contains '{file.Path}'.", $"See {model.Page}; a newer version of the module may know its new place.", file.Path);
        }

        ContentDigest? known = file.Sha256 is { } sha256 ? ContentDigest.Sha256(sha256) : null;
        bool other = (file.SizeIsExact && hub.Size != file.Size) || (known is not null && hub.Digest.Algorithm == known.Algorithm && hub.Digest != known);
        return other
            ? throw new EditException(
                EditFault.BadDownload,
                $"{model.Repository} has a '{file.Path}' that differs from the published one: {hub.Size} bytes, {hub.Digest.Name} {hub.Digest.Hex}.",
                $"See {model.Page} for changes; copy the files by hand if you trust them.",
                file.Path)
            : hub with { Digest = known ?? hub.Digest };
    }
}
