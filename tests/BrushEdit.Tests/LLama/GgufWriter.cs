using System.Text;

namespace BrushEdit.Tests.LLama;

/// <summary>
/// Writes GGUF files, version 3 (github.com/ggml-org/ggml, docs/gguf.md): settings and tensors of single precision.
/// </summary>
public sealed class GgufWriter
{
    private const int Alignment = 32;
    private const uint FloatTensor = 0;

    private readonly List<(string Key, Action<BinaryWriter> Value)> settings = [];
    private readonly List<(string Name, int[] Sides, float[] Values)> tensors = [];

    /// <summary>Adds a setting: a bool, an int (unsigned in the file), a float, a text, or a list of ints, floats or texts.</summary>
    /// <param name="key">Its name.</param>
    /// <param name="value">Its value.</param>
    public GgufWriter Set(string key, object value)
    {
        settings.Add((key, writer => Value(writer, value)));
        return this;
    }

    /// <summary>Adds a tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">Its numbers, the first side running fastest.</param>
    /// <param name="sides">Its sides, the one that runs fastest first.</param>
    public GgufWriter Tensor(string name, float[] values, params int[] sides)
    {
        tensors.Add((name, sides, values));
        return this;
    }

    /// <summary>Writes the file.</summary>
    /// <param name="path">Where.</param>
    public void Save(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        using FileStream file = File.Create(path);
        using BinaryWriter writer = new(file);
        writer.Write(Encoding.ASCII.GetBytes("GGUF"));
        writer.Write(3u);
        writer.Write((ulong)tensors.Count);
        writer.Write((ulong)settings.Count);
        foreach ((string key, Action<BinaryWriter> value) in settings)
        {
            Text(writer, key);
            value(writer);
        }

        ulong offset = 0;
        foreach ((string name, int[] sides, float[] values) in tensors)
        {
            Text(writer, name);
            writer.Write((uint)sides.Length);
            foreach (int side in sides)
            {
                writer.Write((ulong)side);
            }

            writer.Write(FloatTensor);
            writer.Write(offset);
            offset = Aligned(offset + ((ulong)values.Length * sizeof(float)));
        }

        foreach ((string _, int[] _, float[] values) in tensors)
        {
            Pad(writer, file);
            foreach (float value in values)
            {
                writer.Write(value);
            }
        }

        Pad(writer, file);
    }

    private static ulong Aligned(ulong bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    private static void Pad(BinaryWriter writer, FileStream file)
    {
        writer.Flush();
        writer.Write(new byte[(int)(Aligned((ulong)file.Position) - (ulong)file.Position)]);
    }

    private static void Value(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case int number:
                writer.Write(4u);
                writer.Write(number);
                break;
            case float number:
                writer.Write(6u);
                writer.Write(number);
                break;
            case bool flag:
                writer.Write(7u);
                writer.Write(flag);
                break;
            case string text:
                writer.Write(8u);
                Text(writer, text);
                break;
            case int[] numbers:
                List(writer, 5u, numbers.Length);
                Array.ForEach(numbers, writer.Write);
                break;
            case float[] numbers:
                List(writer, 6u, numbers.Length);
                Array.ForEach(numbers, writer.Write);
                break;
            case string[] texts:
                List(writer, 8u, texts.Length);
                Array.ForEach(texts, text => Text(writer, text));
                break;
            default:
                throw new ArgumentException($"No setting is a {value.GetType().Name}.", nameof(value));
        }
    }

    private static void List(BinaryWriter writer, uint type, int count)
    {
        writer.Write(9u);
        writer.Write(type);
        writer.Write((ulong)count);
    }

    private static void Text(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }
}
