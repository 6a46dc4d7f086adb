using System.Buffers.Binary;
using System.Text.Json;
using TorchSharp;

namespace BrushEdit.Loading;

/// <summary>Writes tensors as a <c>.safetensors</c> file, in the given order, to a temporary file that is then renamed.</summary>
public static class SafetensorsWriter
{
    /// <summary>Writes a file; an existing one is replaced only when the new one is complete.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">Names and tensors, on any device; each is stored in its own type.</param>
    /// <param name="metadata">Free text by key for the header; null for none.</param>
    /// <exception cref="EditException">A name occurs twice, the format does not support a tensor's type, or the file cannot be written.</exception>
    public static void Write(
        string path,
        IReadOnlyCollection<KeyValuePair<string, torch.Tensor>> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensors);
        if (tensors.GroupBy(entry => entry.Key, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new EditException(EditFault.BadModel, $"The tensor '{twice.Key}' appears twice in the data for '{path}'.", null, twice.Key);
        }

        string partial = path + ".partial";
        try
        {
            using (FileStream stream = File.Create(partial))
            {
                WriteHeader(stream, tensors, metadata);
                foreach ((_, torch.Tensor tensor) in tensors)
                {
                    using torch.Tensor plain = tensor.detach().cpu().contiguous();
                    stream.Write(plain.bytes);
                }
            }

            File.Move(partial, path, overwrite: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new EditException(EditFault.CannotWrite, $"The weights file '{path}' cannot be written: {fault.Message}", null, path, fault);
        }
        finally
        {
            // After success it has already been moved.
            if (File.Exists(partial))
            {
                File.Delete(partial);
            }
        }
    }

    private static void WriteHeader(
        FileStream stream,
        IReadOnlyCollection<KeyValuePair<string, torch.Tensor>> tensors,
        IReadOnlyDictionary<string, string>? metadata)
    {
        using MemoryStream header = new();
        using (Utf8JsonWriter json = new(header))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WritePropertyName("__metadata__");
                JsonSerializer.Serialize(json, metadata);
            }

            long offset = 0;
            foreach ((string name, torch.Tensor tensor) in tensors)
            {
                long end = offset + (tensor.NumberOfElements * tensor.ElementSize);
                json.WriteStartObject(name);
                json.WriteString("dtype", TypeName(name, tensor.dtype));
                json.WritePropertyName("shape");
                JsonSerializer.Serialize(json, tensor.shape);
                json.WritePropertyName("data_offsets");
                JsonSerializer.Serialize(json, new[] { offset, end });
                json.WriteEndObject();
                offset = end;
            }

            json.WriteEndObject();
        }

        // Padded with spaces, so that the data begins at a multiple of eight bytes.
        int padding = (int)((8 - (header.Length % 8)) % 8);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length + padding);
        stream.Write(length);
        stream.Write(header.ToArray());
        stream.Write("        "u8[..padding]);
    }

    private static string TypeName(string name, torch.ScalarType type) => type switch
    {
        torch.ScalarType.Float64 => "F64",
        torch.ScalarType.Float32 => "F32",
        torch.ScalarType.Float16 => "F16",
        torch.ScalarType.BFloat16 => "BF16",
        torch.ScalarType.Int64 => "I64",
        torch.ScalarType.Int32 => "I32",
        torch.ScalarType.Int16 => "I16",
        torch.ScalarType.Int8 => "I8",
        torch.ScalarType.Byte => "U8",
        torch.ScalarType.Bool => "BOOL",
        _ => throw new EditException(EditFault.BadModel, $"The tensor '{name}' has type {type}, which a safetensors file cannot hold.", null, name),
    };
}
