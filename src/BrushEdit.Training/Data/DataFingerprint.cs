using System.Security.Cryptography;
using System.Text;

namespace BrushEdit.Training;

/// <summary>Identifies training data by hashes.</summary>
internal static class DataFingerprint
{
    /// <summary>The SHA-256 of some lines, in hexadecimal.</summary>
    /// <param name="lines">The lines, in order.</param>
    public static string Of(IEnumerable<string> lines) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))));

    /// <summary>A line for a file: its name and length, which are the same for a copy on another machine.</summary>
    /// <param name="root">The folder that its name is relative to.</param>
    /// <param name="file">The file.</param>
    public static string Line(string root, string file)
    {
        string name = Path.GetRelativePath(root, file).Replace('\\', '/');
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name} {new FileInfo(file).Length}");
    }
}
