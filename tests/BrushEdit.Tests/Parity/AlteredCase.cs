using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace BrushEdit.Tests.Parity;

/// <summary>
/// A copy of a parity case, in a folder of its own, in which one expected number is changed: one bit, the sign of the tensor's
/// largest element. A comparison that still passes on it compares nothing.
/// </summary>
internal sealed class AlteredCase : IDisposable
{
    private AlteredCase(string folder) => Folder = folder;

    /// <summary>The copy's folder; <see cref="ParityCase.Open"/> takes it in place of a name.</summary>
    public string Folder { get; }

    public static AlteredCase Create(string name, string tensor)
    {
        string folder = Directory.CreateTempSubdirectory("brushedit-altered-").FullName;
        foreach (string file in Directory.GetFiles(Path.Combine(ParityCase.ParityFolder, name)))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        string path = Path.Combine(folder, "io.safetensors");
        byte[] bytes = File.ReadAllBytes(path);
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        using JsonDocument header = JsonDocument.Parse(bytes.AsMemory(8, length));
        JsonElement about = header.RootElement.GetProperty(tensor);
        int start = 8 + length + about.GetProperty("data_offsets")[0].GetInt32();
        int end = 8 + length + about.GetProperty("data_offsets")[1].GetInt32();
        Span<byte> data = bytes.AsSpan(start, end - start);
        (double[] values, int size) = about.GetProperty("dtype").GetString() switch
        {
            "F32" => (MemoryMarshal.Cast<byte, float>(data).ToArray().Select(value => (double)value).ToArray(), 4),
            "F64" => (MemoryMarshal.Cast<byte, double>(data).ToArray(), 8),
            string other => throw new NotSupportedException(other),
            null => throw new InvalidDataException(path),
        };
        int largest = Enumerable.Range(0, values.Length).MaxBy(i => Math.Abs(values[i]));
        data[(largest + 1) * size - 1] ^= 0x80;
        File.WriteAllBytes(path, bytes);
        return new AlteredCase(folder);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
