using System.Buffers.Binary;
using System.Text;

namespace BrushEdit.Weights;

/// <summary>What the header of a GGUF file tells: what network it is of, and how many numbers its tensors hold. No weights are read.</summary>
/// <remarks>
/// Format (github.com/ggml-org/ggml, docs/gguf.md): "GGUF", version, counts of tensors and of metadata; then metadata as name, type and
/// value; then for each tensor its name, its sides, its type and where it lies. Little-endian. Versions 2 and 3 read the same.
/// </remarks>
internal sealed class GgufHeader
{
    /// <summary>What the files' names end in.</summary>
    public const string Ending = ".gguf";

    private const string ArchitectureKey = "general.architecture";
    private const int MostTensors = 1 << 20;
    private const int MostSides = 8;
    private const ulong LongestText = 1 << 26;
    private const int StringType = 8;
    private const int ArrayType = 9;

    // Bytes of a value by its type's number; text and lists have none of their own.
    private static readonly int[] TypeBytes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];

    private readonly Stream stream;

    private GgufHeader(Stream stream) => this.stream = stream;

    /// <summary>The architecture the file names: <c>llama</c>, <c>qwen2vl</c>, <c>clip</c>; empty where it names none.</summary>
    public string Architecture { get; private set; } = "";

    /// <summary>Whether this is a projector (mmproj), which turns a picture into tokens.</summary>
    public bool IsProjector => Architecture == "clip";

    /// <summary>Numbers in all tensors.</summary>
    public long ParameterCount { get; private set; }

    /// <summary>Reads a file's header.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="EditException">It is no GGUF file, or broken.</exception>
    public static GgufHeader Read(string path)
    {
        try
        {
            using FileStream stream = RegularFile.OpenStream(path);
            GgufHeader header = new(stream);
            header.ReadAll();
            return header;
        }
        catch (Exception fault) when (fault is EndOfStreamException or InvalidDataException or OverflowException)
        {
            throw new EditException(
                EditFault.BadModel,
                $"'{path}' is not a whole GGUF file: {(fault is EndOfStreamException ? "it ends within its header" : fault.Message)}.",
                "Download the file again.",
                path,
                fault);
        }
    }

    private void ReadAll()
    {
        Span<byte> magic = stackalloc byte[4];
        stream.ReadExactly(magic);
        if (!magic.SequenceEqual("GGUF"u8))
        {
            throw new InvalidDataException("it does not begin with GGUF");
        }

        uint version = UInt32();
        if (version is not (2 or 3))
        {
            throw new InvalidDataException($"its version is {version}, and 2 and 3 are known");
        }

        ulong tensors = UInt64();
        ulong entries = UInt64();
        if (tensors > MostTensors || entries > MostTensors)
        {
            throw new InvalidDataException($"it claims {tensors} tensors and {entries} settings");
        }

        for (ulong i = 0; i < entries; i++)
        {
            ReadEntry();
        }

        for (ulong i = 0; i < tensors; i++)
        {
            ReadTensor();
        }
    }

    private void ReadEntry()
    {
        string key = Text();
        uint type = UInt32();
        if (key == ArchitectureKey && type == StringType)
        {
            Architecture = Text();
            return;
        }

        SkipValue(type, nested: false);
    }

    private void SkipValue(uint type, bool nested)
    {
        if (type == StringType)
        {
            Skip(Length());
        }
        else if (type == ArrayType && !nested)
        {
            uint inner = UInt32();
            ulong count = UInt64();
            if (inner < TypeBytes.Length && TypeBytes[inner] > 0)
            {
                Skip(checked((long)count * TypeBytes[inner]));
                return;
            }

            for (ulong i = 0; i < count; i++)
            {
                SkipValue(inner, nested: true);
            }
        }
        else if (type < TypeBytes.Length && TypeBytes[type] > 0)
        {
            Skip(TypeBytes[type]);
        }
        else
        {
            throw new InvalidDataException($"a setting has the type {type}, which is not known");
        }
    }

    private void ReadTensor()
    {
        Skip(Length());
        uint sides = UInt32();
        if (sides is 0 or > MostSides)
        {
            throw new InvalidDataException($"a tensor has {sides} sides");
        }

        long count = 1;
        for (uint side = 0; side < sides; side++)
        {
            count = checked(count * (long)UInt64());
        }

        ParameterCount = checked(ParameterCount + count);
        Skip(sizeof(uint) + sizeof(ulong));
    }

    private string Text()
    {
        byte[] bytes = new byte[Length()];
        stream.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    private long Length()
    {
        ulong length = UInt64();
        return length > LongestText ? throw new InvalidDataException($"a text of {length} bytes")
            : (long)length <= stream.Length - stream.Position ? (long)length
            : throw new EndOfStreamException();
    }

    private void Skip(long bytes)
    {
        if (bytes < 0 || bytes > stream.Length - stream.Position)
        {
            throw new EndOfStreamException();
        }

        stream.Seek(bytes, SeekOrigin.Current);
    }

    private uint UInt32()
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        stream.ReadExactly(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    private ulong UInt64()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        stream.ReadExactly(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }
}
