using System.Text.Json.Nodes;

namespace BrushEdit.Tests.Pester;

/// <summary>A detector and a segmenter with random weights: the networks of the parity cases, in folders as they are published.</summary>
public static class TinyStages
{
    /// <summary>Writes the detector.</summary>
    /// <param name="folder">Where; made here.</param>
    /// <param name="cases">The folder of the parity cases.</param>
    public static void WriteDetector(string folder, string cases)
    {
        Copy(Path.Combine(cases, "grounding-dino"), folder);
        JsonObject config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "config.json")))!.AsObject();
        int words = (int)config["text_config"]!["vocab_size"]!;
        string[] known = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", ".", "?", "ball", "red", "dog"];
        File.WriteAllLines(Path.Combine(folder, "vocab.txt"), known.Concat(Enumerable.Range('a', 26).Select(letter => $"##{(char)letter}")).Take(words));
        File.WriteAllText(Path.Combine(folder, "preprocessor_config.json"), """{ "size": { "shortest_edge": 64, "longest_edge": 96 } }""");
    }

    /// <summary>Writes the segmenter.</summary>
    /// <param name="folder">Where; made here.</param>
    /// <param name="cases">The folder of the parity cases.</param>
    public static void WriteSegmenter(string folder, string cases) => Copy(Path.Combine(cases, "sam"), folder);

    private static void Copy(string from, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (string file in (string[])["config.json", "model.safetensors"])
        {
            File.Copy(Path.Combine(from, file), Path.Combine(folder, file));
        }
    }
}
