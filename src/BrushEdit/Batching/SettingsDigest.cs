using System.Security.Cryptography;
using System.Text;

namespace BrushEdit.Batching;

/// <summary>A digest of all settings that affect the results of a batch: different settings have different digests.</summary>
public static class SettingsDigest
{
    /// <summary>Computes the digest.</summary>
    /// <param name="settings">Names and values; their order does not matter. A null value is equivalent to an omitted name.</param>
    /// <returns>32 hexadecimal digits.</returns>
    public static string Of(IEnumerable<KeyValuePair<string, string?>> settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, string? value) in settings.Where(setting => setting.Value is not null).OrderBy(setting => setting.Key, StringComparer.Ordinal))
        {
            // Lengths first, so that no two lists are concatenated to the same bytes.
            foreach (byte[] text in (byte[][])[Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value!)])
            {
                hash.AppendData(BitConverter.GetBytes((long)text.Length));
                hash.AppendData(text);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..32];
    }
}
