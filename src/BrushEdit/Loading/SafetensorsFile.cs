using System.Buffers.Binary;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using TorchSharp;

namespace BrushEdit.Loading;

/// <summary>
/// One <c>.safetensors</c> file: the header is read and checked on opening, a tensor's bytes on request, directly into its memory.
/// </summary>
/// <remarks>
/// Format: eight bytes of little-endian header length, a JSON header {name: {dtype, shape, data_offsets}}, then the data.
/// The header is checked against the rules of the format before anything is allocated: known types, sizes that follow from shape and
/// type, offsets in order that leave no gap, do not overlap and stay in the file. See github.com/huggingface/safetensors. Reads are
/// positioned: a file that shrinks or vanishes meanwhile (an in-place copy, a network share) is an error. 8-bit numbers (F8_E4M3,
/// F8_E5M2) are returned in half precision, which represents each of them exactly.
/// </remarks>
public sealed class SafetensorsFile : IWeightsFile
{
    // The largest published headers have a few thousand tensors, and metadata of a few hundred kilobytes.
    private const long LargestHeader = 1 << 25;
    private const int MostTensors = 100_000;
    private const int MostSides = 8;
    private const string Again = "Copy or download the file again.";

    private static readonly Dictionary<string, (torch.ScalarType Type, int Bytes)> Types = new(StringComparer.Ordinal)
    {
        ["F64"] = (torch.ScalarType.Float64, 8),
        ["F32"] = (torch.ScalarType.Float32, 4),
        ["F16"] = (torch.ScalarType.Float16, 2),
        ["BF16"] = (torch.ScalarType.BFloat16, 2),
        ["I64"] = (torch.ScalarType.Int64, 8),
        ["I32"] = (torch.ScalarType.Int32, 4),
        ["I16"] = (torch.ScalarType.Int16, 2),
        ["I8"] = (torch.ScalarType.Int8, 1),
        ["U8"] = (torch.ScalarType.Byte, 1),
        ["BOOL"] = (torch.ScalarType.Bool, 1),
        [EightBits.E4M3] = (torch.ScalarType.Float16, 1),
        [EightBits.E5M2] = (torch.ScalarType.Float16, 1),
    };

    private readonly SafeFileHandle handle;
    private readonly Dictionary<string, string> eightBits = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long Offset, long Length)> places = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorInfo> tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> metadata = new(StringComparer.Ordinal);
    private readonly long dataStart;

    private SafetensorsFile(string path)
    {
        Source = path;
        handle = RegularFile.Open(path);
        try
        {
            dataStart = ReadHeader(RandomAccess.GetLength(handle));
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Source { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => tensors;

    /// <summary>The header's <c>__metadata__</c>: free text by key; empty if there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => metadata;

    /// <summary>Opens a file and checks its header against the file's size.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="EditException">The file is missing, truncated, a pickled checkpoint, or its header is wrong.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
        {
            throw new EditException(EditFault.NotFound, $"There is no weights file '{path}'.", "Check the path.", path);
        }

        try
        {
            return new SafetensorsFile(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new EditException(EditFault.BadModel, $"The weights file '{path}' cannot be read: {fault.Message}", null, path, fault);
        }
    }

    /// <inheritdoc/>
    public torch.Tensor Read(string name)
    {
        (long offset, long length) = Place(name);
        TensorInfo info = tensors[name];
        torch.Tensor tensor = torch.empty(info.Shape.ToArray(), info.Type);
        try
        {
            if (length > 0)
            {
                ReadInto(tensor, name, dataStart + offset, (int)length);
            }

            return tensor;
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException)
        {
            tensor.Dispose();
            throw Unreadable(name, fault);
        }
    }

    /// <inheritdoc/>
    StoredRange? IWeights.Find(string name) =>
        !eightBits.ContainsKey(name) && places.TryGetValue(name, out (long Offset, long Length) place)
            ? new StoredRange(this, name, tensors[name].Type, place.Offset, place.Length)
            : null;

    /// <summary>Reads a part of a tensor's stored bytes, on any thread.</summary>
    /// <param name="range">The tensor's bytes.</param>
    /// <param name="start">Index of the first byte to read.</param>
    /// <param name="target">Receives the bytes; its length is their number.</param>
    /// <param name="cancellation">Cancels between two blocks.</param>
    /// <exception cref="EditException">The file has become shorter, or cannot be read.</exception>
    internal void Read(StoredRange range, long start, Span<byte> target, CancellationToken cancellation)
    {
        try
        {
            RegularFile.Read(handle, Source, target, dataStart + range.Offset + start, cancellation);
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException)
        {
            throw Unreadable(range.Name, fault);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();

    private EditException Unreadable(string name, Exception fault) => new(
        EditFault.BadModel, $"The tensor '{name}' cannot be read from the weights file '{Source}': {fault.Message}", "Check whether the file is still being copied, and try again.", name, fault);

    private void ReadInto(torch.Tensor tensor, string name, long offset, int length)
    {
        // The tensor's own memory; contiguous, since it was just created.
        Span<byte> target = tensor.bytes;
        if (!eightBits.TryGetValue(name, out string? kind))
        {
            RegularFile.Read(handle, Source, target, offset);
            return;
        }

        // The stored bytes go into the second half of the memory for the widened numbers, which are then written from the front.
        Span<byte> stored = target[length..];
        RegularFile.Read(handle, Source, stored, offset);
        EightBits.Widen(kind, stored, target);
    }

    private (long Offset, long Length) Place(string name) =>
        places.TryGetValue(name, out (long, long) place)
            ? place
            : throw new EditException(EditFault.BadModel, $"'{Source}' contains no tensor '{name}'.", null, name);

    private long ReadHeader(long fileLength)
    {
        Span<byte> start = stackalloc byte[9];
        if (fileLength < 8)
        {
            throw Bad($"is {fileLength} bytes long, too short for a header", Again);
        }

        int known = (int)Math.Min(fileLength, start.Length);
        RegularFile.Read(handle, Source, start[..known], 0);
        long headerLength = BinaryPrimitives.ReadInt64LittleEndian(start);
        bool brace = known > 8 && start[8] == '{';
        if (!brace)
        {
            // Only here, since the length of a valid header may begin with a pickle's bytes.
            RefuseOthers(start[..8]);
        }

        if (headerLength < 2 || (!brace && known > 8))
        {
            throw Bad($"does not start like a safetensors file (header length {headerLength})", "Check that it is a .safetensors file.");
        }

        if (headerLength > fileLength - 8)
        {
            throw Bad($"says its header is {headerLength} bytes long, but the file has {fileLength} bytes: it is truncated", Again);
        }

        if (headerLength > LargestHeader)
        {
            throw Bad($"has a header of {headerLength} bytes, more than any model has", "Check that it is the weights file of a published model.");
        }

        byte[] header = new byte[headerLength];
        RegularFile.Read(handle, Source, header, 8);
        ParseHeader(header, fileLength - 8 - headerLength);
        return 8 + headerLength;
    }

    private void RefuseOthers(ReadOnlySpan<byte> start)
    {
        if (start.SequenceEqual("version "u8))
        {
            throw Bad("is a Git LFS pointer, a placeholder for the weights", "Fetch the weights themselves with 'git lfs pull', or download the file.");
        }

        bool zipped = start.StartsWith("PK\x03\x04"u8);
        bool pickled = start[0] == 0x80 && start[1] is >= 2 and <= 5;
        if (zipped || pickled)
        {
            throw new EditException(
                EditFault.BadModel,
                $"'{Source}' is a pickled PyTorch checkpoint, which can run code when it is loaded; it is refused.",
                "Use the .safetensors file that is published beside it, or convert it in a trusted environment.",
                Source);
        }
    }

    private void ParseHeader(byte[] header, long dataLength)
    {
        JsonDocument document;
        try
        {
            document = StrictJson.Parse(header);
        }
        catch (JsonException fault)
        {
            throw new EditException(EditFault.BadModel, $"The header of '{Source}' is not valid JSON: {fault.Message}", Again, Source, fault);
        }

        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw Bad("has a header that is not a JSON object", Again);
            }

            foreach (JsonProperty entry in document.RootElement.EnumerateObject())
            {
                if (entry.Name == "__metadata__")
                {
                    ReadMetadata(entry.Value);
                }
                else if (tensors.Count == MostTensors)
                {
                    throw Bad($"contains more than {MostTensors} tensors", "Check that it is the weights file of a published model.");
                }
                else
                {
                    ReadEntry(entry, dataLength);
                }
            }
        }

        CheckPlaces(dataLength);
    }

    private void ReadMetadata(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw Bad("has metadata that is not a JSON object", Again);
        }

        foreach (JsonProperty entry in value.EnumerateObject())
        {
            metadata[entry.Name] = entry.Value.ToString();
        }
    }

    private void ReadEntry(JsonProperty entry, long dataLength)
    {
        string name = entry.Name;
        if (entry.Value.ValueKind != JsonValueKind.Object
            || !entry.Value.TryGetProperty("dtype", out JsonElement type)
            || !entry.Value.TryGetProperty("shape", out JsonElement shapeValue)
            || !entry.Value.TryGetProperty("data_offsets", out JsonElement offsets))
        {
            throw BadTensor(name, "lacks its type, shape or offsets", Again);
        }

        if (type.ValueKind != JsonValueKind.String || !Types.TryGetValue(type.GetString()!, out (torch.ScalarType Type, int Bytes) kind))
        {
            throw BadTensor(name, $"has type {Quoted.Short(type.ToString())}, which is not supported", $"Supported types: {string.Join(", ", Types.Keys)}.");
        }

        long[] shape = Integers(name, shapeValue);
        if (shape.Length > MostSides)
        {
            throw BadTensor(name, $"has {shape.Length} dimensions, more than any network uses", Again);
        }

        long[] ends = Integers(name, offsets);
        if (ends.Length != 2 || ends[0] > ends[1])
        {
            throw BadTensor(name, $"has offsets {Quoted.Short(offsets.GetRawText())}, which are not a start and an end", Again);
        }

        if (ends[1] > dataLength)
        {
            throw BadTensor(name, $"ends at byte {ends[1]} of the data, but the file contains {dataLength}: it is truncated", Again);
        }

        if (Size(name, shape, kind.Bytes) != ends[1] - ends[0])
        {
            throw BadTensor(name, $"of type {type} and shape [{string.Join(", ", shape)}] cannot take {ends[1] - ends[0]} bytes", Again);
        }

        if ((ends[1] - ends[0]) * (EightBits.IsKnown(type.GetString()!) ? 2 : 1) > int.MaxValue)
        {
            throw BadTensor(name, $"takes {ends[1] - ends[0]} bytes; single tensors of 2 GiB or more are not supported", "Use a checkpoint of one of the published kinds.");
        }

        if (!tensors.TryAdd(name, new TensorInfo(name, kind.Type, shape)))
        {
            throw BadTensor(name, "appears twice", Again);
        }

        places[name] = (ends[0], ends[1] - ends[0]);
        if (EightBits.IsKnown(type.GetString()!))
        {
            eightBits[name] = type.GetString()!;
        }
    }

    private long[] Integers(string name, JsonElement array)
    {
        if (array.ValueKind != JsonValueKind.Array)
        {
            throw BadTensor(name, $"has {Quoted.Short(array.GetRawText())} instead of a list of sizes", Again);
        }

        List<long> values = [];
        foreach (JsonElement item in array.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out long value) || value < 0)
            {
                throw BadTensor(name, $"has {Quoted.Short(item.GetRawText())} instead of a size", Again);
            }

            values.Add(value);
        }

        return [.. values];
    }

    private long Size(string name, long[] shape, int bytes)
    {
        try
        {
            return checked(shape.Aggregate((long)bytes, (product, size) => checked(product * size)));
        }
        catch (OverflowException)
        {
            throw BadTensor(name, $"has an impossible shape: [{string.Join(", ", shape)}]", Again);
        }
    }

    private void CheckPlaces(long dataLength)
    {
        long end = 0;
        foreach ((string name, (long offset, long length)) in places.OrderBy(place => place.Value.Offset).ThenBy(place => place.Value.Length))
        {
            if (offset < end)
            {
                throw BadTensor(name, $"begins at byte {offset}, inside the tensor before it (which ends at {end})", Again);
            }

            if (offset > end)
            {
                throw BadTensor(name, $"begins at byte {offset}, leaving bytes {end} to {offset} unused", Again);
            }

            end = offset + length;
        }

        if (end != dataLength)
        {
            throw Bad($"contains {dataLength} bytes of data, but its header describes {end}", Again);
        }
    }

    private EditException Bad(string what, string remedy) =>
        new(EditFault.BadModel, $"The weights file '{Source}' {what}.", remedy, Source);

    private EditException BadTensor(string name, string what, string remedy) =>
        new(EditFault.BadModel, $"In the weights file '{Source}' the tensor '{Quoted.Short(name)}' {what}.", remedy, name);
}
