using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace BrushEdit.Training;

/// <summary>
/// Learns a small byte-pair vocabulary in CLIP's format (<c>vocab.json</c>, <c>merges.txt</c>) in which every given word is one token;
/// any other text is encoded by smaller tokens, down to single bytes.
/// </summary>
/// <remarks>Byte-pair encoding: Sennrich et al., arXiv 1508.07909. CLIP's vocabulary: 256 byte symbols, the same with the end-of-word
/// mark, one symbol per merge, then the start and end tokens.</remarks>
public static class TokenizerTraining
{
    private const string EndOfWord = "</w>";
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions Indented = new(Plain) { WriteIndented = true };

    /// <summary>Writes the tokenizer's files.</summary>
    /// <param name="folder">The folder <c>tokenizer</c> of a bundle, created if it is missing.</param>
    /// <param name="words">Lower-case words, each of which becomes one token.</param>
    /// <param name="maximumLength">Tokens of a padded text, start and end included.</param>
    /// <returns>The number of tokens; the last two are the start and end tokens.</returns>
    public static int Write(string folder, IEnumerable<string> words, int maximumLength)
    {
        List<(string Left, string Right)> merges = Merges([.. words.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);
        List<string> tokens = [.. ByteSymbols(), .. ByteSymbols().Select(symbol => symbol + EndOfWord)];
        tokens.AddRange(merges.Select(merge => merge.Left + merge.Right));
        tokens.AddRange(["<|startoftext|>", "<|endoftext|>"]);

        Directory.CreateDirectory(folder);
        File.WriteAllText(
            Path.Combine(folder, "vocab.json"),
            JsonSerializer.Serialize(tokens.Select((token, id) => (token, id)).ToDictionary(pair => pair.token, pair => pair.id), Plain) + "\n");
        StringBuilder lines = new("#version: 0.2\n");
        foreach ((string left, string right) in merges)
        {
            lines.Append(left).Append(' ').Append(right).Append('\n');
        }

        File.WriteAllText(Path.Combine(folder, "merges.txt"), lines.ToString());
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), JsonSerializer.Serialize(
            new Dictionary<string, object>
            {
                ["tokenizer_class"] = "CLIPTokenizer",
                ["bos_token"] = "<|startoftext|>",
                ["eos_token"] = "<|endoftext|>",
                ["pad_token"] = "<|endoftext|>",
                ["unk_token"] = "<|endoftext|>",
                ["do_lower_case"] = true,
                ["model_max_length"] = maximumLength,
            },
            Indented) + "\n");
        return tokens.Count;
    }

    private static List<(string Left, string Right)> Merges(IReadOnlyList<string> words)
    {
        List<List<string>> splits = [.. words.Select(Split)];
        List<(string, string)> merges = [];
        while (splits.Any(split => split.Count > 1))
        {
            (string Left, string Right) best = splits
                .SelectMany(split => split.Zip(split.Skip(1)))
                .GroupBy(pair => pair)
                .OrderByDescending(group => group.Count())
                .ThenBy(group => group.Key.First, StringComparer.Ordinal)
                .ThenBy(group => group.Key.Second, StringComparer.Ordinal)
                .First().Key;
            merges.Add(best);
            foreach (List<string> split in splits)
            {
                Merge(split, best.Left, best.Right);
            }
        }

        return merges;
    }

    private static List<string> Split(string word)
    {
        List<string> symbols = [.. word.Select(letter => letter.ToString())];
        symbols[^1] += EndOfWord;
        return symbols;
    }

    private static void Merge(List<string> symbols, string left, string right)
    {
        for (int i = 0; i + 1 < symbols.Count; i++)
        {
            if (symbols[i] == left && symbols[i + 1] == right)
            {
                symbols[i] = left + right;
                symbols.RemoveAt(i + 1);
            }
        }
    }

    // Every byte as one printable character: printable bytes stand for themselves, the others are mapped to U+0100 and up.
    private static IEnumerable<string> ByteSymbols()
    {
        bool[] printable = new bool[256];
        Array.Fill(printable, true, '!', '~' - '!' + 1);
        Array.Fill(printable, true, 0xA1, 0xAC - 0xA1 + 1);
        Array.Fill(printable, true, 0xAE, 0xFF - 0xAE + 1);
        IEnumerable<string> own = Enumerable.Range(0, 256).Where(value => printable[value]).Select(value => ((char)value).ToString());
        IEnumerable<string> moved = Enumerable.Range(0, printable.Count(value => !value)).Select(index => ((char)(256 + index)).ToString());
        return own.Concat(moved);
    }
}
