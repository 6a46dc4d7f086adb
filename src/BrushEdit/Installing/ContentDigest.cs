using System.Security.Cryptography;
using System.Text;

namespace BrushEdit.Installing;

/// <summary>
/// What a file's content must come to. Large files are named by their SHA-256; small ones lie in the hub's Git repository and are named
/// by Git's own id, the SHA-1 of a short header and the content (Git's object format).
/// </summary>
/// <param name="Algorithm">SHA-256, SHA-512 for a package, or SHA-1 for Git's id.</param>
/// <param name="Hex">The expected value in small hexadecimal digits; empty if none is declared, and every content is right.</param>
internal sealed record ContentDigest(HashAlgorithmName Algorithm, string Hex)
{
    /// <summary>Of a content that nobody has declared a hash of.</summary>
    public static ContentDigest Undeclared { get; } = new(HashAlgorithmName.SHA512, "");

    /// <summary>What people call it.</summary>
    public string Name => Algorithm == HashAlgorithmName.SHA256 ? "SHA-256" : Algorithm == HashAlgorithmName.SHA512 ? "SHA-512" : "Git id";

    /// <summary>A SHA-256.</summary>
    /// <param name="hex">64 hexadecimal digits.</param>
    /// <exception cref="FormatException">It is not that.</exception>
    public static ContentDigest Sha256(string hex) => new(HashAlgorithmName.SHA256, Checked(hex, SHA256.HashSizeInBytes));

    /// <summary>Git's id of a blob.</summary>
    /// <param name="hex">40 hexadecimal digits.</param>
    /// <exception cref="FormatException">It is not that.</exception>
    public static ContentDigest GitBlob(string hex) => new(HashAlgorithmName.SHA1, Checked(hex, SHA1.HashSizeInBytes));

    /// <summary>A SHA-512 as NuGet writes it.</summary>
    /// <param name="base64">64 bytes in Base64.</param>
    /// <exception cref="FormatException">It is not that.</exception>
    public static ContentDigest Sha512(string base64)
    {
        byte[] hash = Convert.FromBase64String(base64);
        return hash.Length == SHA512.HashSizeInBytes
            ? new(HashAlgorithmName.SHA512, Convert.ToHexStringLower(hash))
            : throw new FormatException($"'{base64}' is not a hash of {SHA512.HashSizeInBytes} bytes.");
    }

    /// <summary>Starts to count a content of a known length.</summary>
    /// <param name="length">Its bytes; part of Git's header.</param>
    /// <returns>Takes the content piece by piece.</returns>
    public IncrementalHash Start(long length)
    {
        IncrementalHash hash = IncrementalHash.CreateHash(Algorithm);
        if (Algorithm == HashAlgorithmName.SHA1)
        {
            hash.AppendData(Encoding.ASCII.GetBytes($"blob {length}\0"));
        }

        return hash;
    }

    /// <summary>Whether what was counted is the content meant; starts the count again.</summary>
    /// <param name="hash">From <see cref="Start"/>.</param>
    public bool Matches(IncrementalHash hash) => Convert.ToHexStringLower(hash.GetHashAndReset()) == Hex || Hex.Length == 0;

    /// <summary>Whether a file on disk is the content meant.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellation">Ends the reading.</param>
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
