using System.Text.Json.Nodes;

namespace BrushEdit.PowerShell.Tests;

/// <summary>A detector and a segmenter with random weights: the networks of the parity cases, in folders as they are published.</summary>
internal static class TinyStages
{
    private static readonly string Cases = Path.Combine(Checkout.Root, "tests", "fixtures", "parity");

    /// <summary>Writes the detector.</summary>
    /// <param name="folder">Where; made here.</param>
    public static void WriteDetector(string folder)
    {
        Copy("grounding-dino", folder);
        JsonObject config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "config.json")))!.AsObject();
        int words = (int)config["text_config"]!["vocab_size"]!;
        string[] known = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", ".", "?", "ball", "red", "dog"];
        File.WriteAllLines(Path.Combine(folder, "vocab.txt"), known.Concat(Enumerable.Range('a', 26).Select(letter => $"##{(char)letter}")).Take(words));
        File.WriteAllText(Path.Combine(folder, "preprocessor_config.json"), """{ "size": { "shortest_edge": 64, "longest_edge": 96 } }""");
    }

    /// <summary>Writes the segmenter.</summary>
    /// <param name="folder">Where; made here.</param>
    public static void WriteSegmenter(string folder) => Copy("sam", folder);

    private static void Copy(string name, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (string file in (string[])["config.json", "model.safetensors"])
        {
            File.Copy(Path.Combine(Cases, name, file), Path.Combine(folder, file));
        }
    }
}
