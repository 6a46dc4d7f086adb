using System.Security.Cryptography;
using System.Text;

namespace BrushEdit.Installing;

/// <summary>
/// The expected digest of a file's content. Large files are identified by SHA-256; small ones are in the hub's Git repository, identified
/// by Git's id, the SHA-1 of a short header and the content (Git's object format).
/// </summary>
/// <param name="Algorithm">SHA-256, SHA-512 for a package, or SHA-1 for Git's id.</param>
/// <param name="Hex">The expected value in lower-case hexadecimal; empty if none is declared, and any content matches.</param>
internal sealed record ContentDigest(HashAlgorithmName Algorithm, string Hex)
{
    /// <summary>The digest of content without a declared hash.</summary>
    public static ContentDigest Undeclared { get; } = new(HashAlgorithmName.SHA512, "");

    /// <summary>The display name.</summary>
    public string Name => Algorithm == HashAlgorithmName.SHA256 ? "SHA-256" : Algorithm == HashAlgorithmName.SHA512 ? "SHA-512" : "Git id";

    /// <summary>A SHA-256.</summary>
    /// <param name="hex">64 hexadecimal digits.</param>
    /// <exception cref="FormatException">The text is not a SHA-256.</exception>
    public static ContentDigest Sha256(string hex) => new(HashAlgorithmName.SHA256, Checked(hex, SHA256.HashSizeInBytes));

    /// <summary>Git's id of a blob.</summary>
    /// <param name="hex">40 hexadecimal digits.</param>
    /// <exception cref="FormatException">The text is not a Git id.</exception>
    public static ContentDigest GitBlob(string hex) => new(HashAlgorithmName.SHA1, Checked(hex, SHA1.HashSizeInBytes));

    /// <summary>A SHA-512 as NuGet writes it.</summary>
    /// <param name="base64">64 bytes in Base64.</param>
    /// <exception cref="FormatException">The text is not a SHA-512.</exception>
    public static ContentDigest Sha512(string base64)
    {
        byte[] hash = Convert.FromBase64String(base64);
        return hash.Length == SHA512.HashSizeInBytes
            ? new(HashAlgorithmName.SHA512, Convert.ToHexStringLower(hash))
            : throw new FormatException($"'{base64}' is not a hash of {SHA512.HashSizeInBytes} bytes.");
    }

    /// <summary>Starts hashing content of a known length.</summary>
    /// <param name="length">The length in bytes; part of Git's header.</param>
    /// <returns>A hash that receives the content piece by piece.</returns>
    public IncrementalHash Start(long length)
    {
        IncrementalHash hash = IncrementalHash.CreateHash(Algorithm);
        if (Algorithm == HashAlgorithmName.SHA1)
        {
            hash.AppendData(Encoding.ASCII.GetBytes($"blob {length}\0"));
        }

        return hash;
    }

    /// <summary>Whether the hashed content is the expected one; resets the hash.</summary>
    /// <param name="hash">From <see cref="Start"/>.</param>
    public bool Matches(IncrementalHash hash) => Convert.ToHexStringLower(hash.GetHashAndReset()) == Hex || Hex.Length == 0;

    /// <summary>Whether a file on disk has the expected content.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellation">Stops the reading.</param>
    public async Task<bool> MatchesAsync(string path, CancellationToken cancellation)
    {
        await using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan | FileOptions.Asynchronous);
        using IncrementalHash hash = Start(file.Length);
        byte[] buffer = new byte[1 << 20];
        int read;
        while ((read = await file.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0)
        {
            hash.AppendData(buffer, 0, read);
        }

        return Matches(hash);
    }

    private static string Checked(string hex, int bytes) =>
        hex is not null && hex.Length == 2 * bytes && hex.All(char.IsAsciiHexDigit)
            ? hex.ToLowerInvariant()
            : throw new FormatException($"'{hex}' is not a hash of {bytes} bytes.");
}
