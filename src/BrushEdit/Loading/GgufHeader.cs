using System.Buffers.Binary;
using System.Text;

namespace BrushEdit.Loading;

/// <summary>The header of a GGUF file: the network's architecture and the number of elements in its tensors. No weights are read.</summary>
/// <remarks>
/// Format (github.com/ggml-org/ggml, docs/gguf.md): "GGUF", version, counts of tensors and of metadata; then metadata as name, type and
/// value; then for each tensor its name, dimensions, type and offset. Little-endian. Versions 2 and 3 have the same layout.
/// </remarks>
internal sealed class GgufHeader
{
    /// <summary>The file extension.</summary>
    public const string Ending = ".gguf";

    private const string ArchitectureKey = "general.architecture";
    private const string AlignmentKey = "general.alignment";
    private const int MostTensors = 1 << 20;
    private const int MostSides = 8;
    private const ulong LongestText = 1 << 26;
    private const int UInt32Type = 4;
    private const int StringType = 8;
    private const int ArrayType = 9;

    // Bytes per value, by type number; 0 for texts and lists, whose size varies.
    private static readonly int[] TypeBytes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];

    // Numbers per block and bytes per block, by type number (ggml.h); 0 bytes if unknown.
    private static readonly (int Numbers, int Bytes)[] TensorTypes =
    [
        (1, 4), (1, 2), (32, 18), (32, 20), (1, 0), (1, 0), (32, 22), (32, 24), (32, 34), (32, 36),
        (256, 84), (256, 110), (256, 144), (256, 176), (256, 210), (256, 292), (256, 66), (256, 74), (256, 98), (256, 50),
        (32, 18), (256, 110), (256, 82), (256, 136), (1, 1), (1, 2), (1, 4), (1, 8), (1, 8), (256, 56),
        (1, 2), (1, 0), (1, 0), (1, 0), (256, 54), (256, 66), (1, 0), (1, 0), (1, 0), (32, 17),
    ];

    private readonly Stream stream;
    private readonly string path;
    private long alignment = 32;
    private long dataEnd;

    private GgufHeader(Stream stream, string path)
    {
        this.stream = stream;
        this.path = path;
    }

    /// <summary>The architecture that the file names, such as <c>llama</c>, <c>qwen2vl</c>, <c>clip</c>; empty if it names none.</summary>
    public string Architecture { get; private set; } = "";

    /// <summary>Whether this is a projector (mmproj), which turns a picture into tokens.</summary>
    public bool IsProjector => Architecture == "clip";

    /// <summary>Number of elements in all tensors.</summary>
    public long ParameterCount { get; private set; }

    /// <summary>Reads a file's header.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="EditException">It is not a GGUF file, or is broken.</exception>
    public static GgufHeader Read(string path)
    {
        try
        {
            using BufferedStream stream = new(RegularFile.OpenStream(path), 1 << 16);
            GgufHeader header = new(stream, path);
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

    /// <summary>Throws if the file ends before its last tensor, such as after an interrupted download.</summary>
    /// <exception cref="EditException">The file is truncated.</exception>
    public void RequireWhole()
    {
        long length = new FileInfo(path).Length;
        if (length < dataEnd)
        {
            throw new EditException(EditFault.BadModel, $"'{path}' is truncated: it has {length} bytes, but its tensors end at {dataEnd}.", "Download the file again.", path);
        }
    }

    private void ReadAll()
    {
        Span<byte> magic = stackalloc byte[4];
        stream.ReadExactly(magic);
        if (!magic.SequenceEqual("GGUF"u8))
        {
            throw new InvalidDataException("it does not start with GGUF");
        }

        uint version = UInt32();
        if (version is not (2 or 3))
        {
            throw new InvalidDataException($"its version is {version}; versions 2 and 3 are supported");
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

        if (tensors > 0)
        {
            // Offsets count from the start of the tensor data: after the header, at a multiple of the alignment.
            dataEnd = checked(dataEnd + ((stream.Position + alignment - 1) / alignment * alignment));
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

        if (key == AlignmentKey && type == UInt32Type)
        {
            alignment = Math.Max(1, (long)UInt32());
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
            throw new InvalidDataException($"a setting has the unknown type {type}");
        }
    }

    private void ReadTensor()
    {
        Skip(Length());
        uint sides = UInt32();
        if (sides is 0 or > MostSides)
        {
            throw new InvalidDataException($"a tensor has {sides} dimensions");
        }

        long count = 1;
        for (uint side = 0; side < sides; side++)
        {
            count = checked(count * (long)UInt64());
        }

        ParameterCount = checked(ParameterCount + count);
        uint type = UInt32();
        (int numbers, int bytes) = type < TensorTypes.Length ? TensorTypes[type] : (1, 0);
        dataEnd = Math.Max(dataEnd, checked((long)UInt64() + ((count + numbers - 1) / numbers * bytes)));
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
