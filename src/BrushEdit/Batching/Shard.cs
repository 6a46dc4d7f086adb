using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace BrushEdit.Batching;

/// <summary>
/// One part of a batch that is split over processes or machines: <c>2/8</c> is the second of eight. A file belongs to exactly one
/// part, determined by its name alone, so that every process can decide independently and the order of the files does not matter.
/// </summary>
/// <param name="Index">The part's number, from 1.</param>
/// <param name="Count">The number of parts.</param>
public sealed record Shard(int Index, int Count)
{
    /// <summary>The maximum number of parts.</summary>
    public const int Most = 100_000;

    /// <summary>A batch that is not split.</summary>
    public static Shard Whole { get; } = new(1, 1);

    /// <summary>Parses a shard as a user types it.</summary>
    /// <param name="text"><c>i/n</c> with 1 &lt;= i &lt;= n.</param>
    /// <exception cref="EditException">It is not of that form.</exception>
    public static Shard Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split('/');
        return parts.Length == 2
            && int.TryParse(parts[0].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            && int.TryParse(parts[1].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            && index >= 1 && index <= count && count <= Most
            ? new Shard(index, count)
            : throw new EditException(
                EditFault.BadArgument, $"'{text}' is not a shard.", "Give i/n, the number of this part and the number of parts, such as 2/8: numbering starts with 1.", text);
    }

    /// <summary>
    /// Whether a file belongs to this part. Only its name and that of its folder decide, not the folders above: the same folder may be mounted
    /// elsewhere on another machine.
    /// </summary>
    /// <param name="path">The file.</param>
    public bool Holds(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Count == 1)
        {
            return true;
        }

        string name = Path.GetFileName(Path.GetDirectoryName(path)) + "/" + Path.GetFileName(path);
        return StableNumber.Of(name) % (ulong)Count == (ulong)(Index - 1);
    }

    /// <summary><c>i/n</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");
}

/// <summary>Numbers derived from texts, the same in every process and version.</summary>
internal static class StableNumber
{
    /// <summary>The first eight bytes of the text's SHA-256.</summary>
    /// <param name="text">The text; its Unicode form does not matter, since file systems change it.</param>
    public static ulong Of(string text) =>
        System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text.Normalize())));
}
