using System.Text;

namespace BrushEdit.Tests.Installing;

/// <summary>Writes the header of a GGUF file, with settings of several types before the tensors.</summary>
internal static class GgufBytes
{
    public static byte[] Of(string architecture, params ulong[] sides)
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write(1ul);
        writer.Write(5ul);
        Text("general.architecture");
        writer.Write(8u);
        Text(architecture);
        Text("general.alignment");
        writer.Write(4u);
        writer.Write(32u);
        Text("tokenizer.ggml.tokens");
        writer.Write(9u);
        writer.Write(8u);
        writer.Write(2ul);
        Text("<s>");
        Text("</s>");
        Text("tokenizer.ggml.scores");
        writer.Write(9u);
        writer.Write(6u);
        writer.Write(2ul);
        writer.Write(0.5f);
        writer.Write(0.25f);
        Text("clip.has_vision_encoder");
        writer.Write(7u);
        writer.Write(true);
        Text("blk.0.weight");
        writer.Write((uint)sides.Length);
        foreach (ulong side in sides)
        {
            writer.Write(side);
        }

        writer.Write(1u);
        writer.Write(0ul);
        writer.Write(new byte[64]);
        return stream.ToArray();

        void Text(string text)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            writer.Write((ulong)bytes.Length);
            writer.Write(bytes);
        }
    }
}
