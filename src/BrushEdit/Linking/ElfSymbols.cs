using System.Buffers.Binary;
using System.Text;

namespace BrushEdit.Linking;

/// <summary>
/// The symbols that a Linux library exports and imports. The dynamic linker looks up a function only when it is first called, and ends the process if
/// it is missing, so this class checks beforehand.
/// </summary>
/// <remarks>Layout: ELF-64, System V gABI; section types 11 (dynamic symbols) and 0x6fffffff (their versions; LSB core, 10.7).</remarks>
internal sealed class ElfSymbols
{
    private const uint DynamicSymbols = 11;
    private const uint SymbolVersionIndices = 0x6fffffff;
    private const int SectionBytes = 64;
    private const int SymbolBytes = 24;
    private const int MostTableBytes = 1 << 30;

    private readonly byte[] symbols;
    private readonly byte[] strings;
    private readonly byte[] versions;

    private ElfSymbols(byte[] symbols, byte[] strings, byte[] versions)
    {
        this.symbols = symbols;
        this.strings = strings;
        this.versions = versions;
    }

    /// <summary>Reads a library's tables; its code is not read.</summary>
    /// <param name="path">The library.</param>
    /// <exception cref="InvalidDataException">It is not a 64-bit x86 Linux library, or is truncated.</exception>
    public static ElfSymbols Read(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        byte[] header = Slice(file, 0, 64);
        if (!header.AsSpan(0, 6).SequenceEqual((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1]) || BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(0x12)) != 62)
        {
            throw new InvalidDataException($"'{path}' is not a 64-bit x86 library for Linux.");
        }

        int count = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(0x3c));
        byte[] sections = Slice(file, BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(0x28)), (long)count * SectionBytes);
        byte[] symbols = [], strings = [], versions = [];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> section = sections.AsSpan(i * SectionBytes, SectionBytes);
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(section[4..]);
            if (type == DynamicSymbols)
            {
                int link = BinaryPrimitives.ReadInt32LittleEndian(section[0x28..]);
                symbols = Content(file, section);
                strings = link >= 0 && link < count
                    ? Content(file, sections.AsSpan(link * SectionBytes, SectionBytes))
                    : throw new InvalidDataException($"'{path}' refers to a table that it does not contain.");
            }
            else if (type == SymbolVersionIndices)
            {
                versions = Content(file, section);
            }
        }

        return new ElfSymbols(symbols, strings, versions);
    }

    /// <summary>
    /// The symbols it must find elsewhere: undefined, not weak, and unversioned, like those of libtorch (the C and C++ runtimes' symbols are
    /// versioned).
    /// </summary>
    public IEnumerable<string> Needed() => Names((info, section, version) => section == 0 && info >> 4 == 1 && version < 2);

    /// <summary>The symbols it exports.</summary>
    public IEnumerable<string> Given() => Names((info, section, _) => section != 0 && info >> 4 is 1 or 2 or 10);

    private static byte[] Content(FileStream file, ReadOnlySpan<byte> section) =>
        Slice(file, BinaryPrimitives.ReadInt64LittleEndian(section[0x18..]), BinaryPrimitives.ReadInt64LittleEndian(section[0x20..]));

    private static byte[] Slice(FileStream file, long offset, long length)
    {
        if (offset < 0 || length is < 0 or > MostTableBytes || offset > file.Length - length)
        {
            throw new InvalidDataException($"'{file.Name}' is truncated, or is not a library.");
        }

        byte[] bytes = new byte[length];
        file.Position = offset;
        file.ReadExactly(bytes);
        return bytes;
    }

    // A symbol: name (4 bytes), binding and type, visibility, section (2), value (8), size (8).
    private IEnumerable<string> Names(Func<int, int, int, bool> wanted)
    {
        for (int at = SymbolBytes; at + SymbolBytes <= symbols.Length; at += SymbolBytes)
        {
            int versionAt = at / SymbolBytes * 2;
            int version = versionAt + 2 <= versions.Length ? BinaryPrimitives.ReadUInt16LittleEndian(versions.AsSpan(versionAt)) & 0x7fff : 0;
            if (wanted(symbols[at + 4], BinaryPrimitives.ReadUInt16LittleEndian(symbols.AsSpan(at + 6)), version) && NameAt(BinaryPrimitives.ReadInt32LittleEndian(symbols.AsSpan(at))) is { Length: > 0 } name)
            {
                yield return name;
            }
        }
    }

    private string NameAt(int offset)
    {
        int end = offset >= 0 && offset < strings.Length ? Array.IndexOf(strings, (byte)0, offset) : -1;
        return end > offset ? Encoding.ASCII.GetString(strings, offset, end - offset) : "";
    }
}
