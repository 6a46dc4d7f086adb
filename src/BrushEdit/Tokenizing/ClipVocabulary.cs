using System.Text.Json;
using Microsoft.ML.Tokenizers;

namespace BrushEdit.Tokenizing;

/// <summary>The files of a <c>tokenizer</c> folder, read and checked.</summary>
internal sealed class ClipVocabulary
{
    private const int UsualLength = 77;
    private const int LongestRow = 100_000;
    private const int HighestId = 1 << 24;
    private const long LargestFile = 1 << 26;
    private const string Again = "Copy the tokenizer folder of the model again.";

    private readonly string source;
    private readonly List<string> merges;

    private ClipVocabulary(string source, Dictionary<string, int> ids, List<string> merges)
    {
        this.source = source;
        this.merges = merges;
        Ids = ids;
    }

    public Dictionary<string, int> Ids { get; }

    public string StartToken { get; private set; } = "<|startoftext|>";

    public string EndToken { get; private set; } = "<|endoftext|>";

    public string PadToken { get; private set; } = "<|endoftext|>";

    public string UnknownToken { get; private set; } = "<|endoftext|>";

    public int MaxLength { get; private set; } = UsualLength;

    public static ClipVocabulary Read(string folder, string? padToken = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string vocab = Path.Combine(folder, "vocab.json");
        string merges = Path.Combine(folder, "merges.txt");
        string single = Path.Combine(folder, "tokenizer.json");
        ClipVocabulary vocabulary;
        if (File.Exists(vocab) && File.Exists(merges))
        {
            vocabulary = new ClipVocabulary(vocab, ReadIds(vocab, Parse(vocab)), ReadMerges(merges));
        }
        else if (File.Exists(single))
        {
            vocabulary = ReadSingle(single);
        }
        else
        {
            string missing = !Directory.Exists(folder) ? folder : File.Exists(vocab) ? merges : vocab;
            throw new EditException(
                EditFault.NotFound,
                $"The tokenizer needs '{missing}', which does not exist.",
                "Copy the model's tokenizer folder: vocab.json and merges.txt, or tokenizer.json.",
                missing);
        }

        // The second is the older location of the special tokens; the first takes precedence.
        vocabulary.ReadSettings(Path.Combine(folder, "special_tokens_map.json"));
        vocabulary.ReadSettings(Path.Combine(folder, "tokenizer_config.json"));
        vocabulary.PadToken = padToken ?? vocabulary.PadToken;
        return vocabulary;
    }

    public int Id(string token) =>
        Ids.TryGetValue(token, out int id)
            ? id
            : throw new EditException(EditFault.BadModel, $"The vocabulary '{source}' lacks the special token '{token}'.", Again, source);

    public BpeTokenizer Merger()
    {
        BpeOptions options = new(Ids)
        {
            Merges = merges,
            EndOfWordSuffix = ClipTokenizer.WordEnd,
            UnknownToken = UnknownToken,
            PreTokenizer = null,
            Normalizer = null,
        };
        try
        {
            return BpeTokenizer.Create(options);
        }
        catch (Exception fault) when (fault is InvalidOperationException or ArgumentException or FormatException or KeyNotFoundException)
        {
            throw new EditException(EditFault.BadModel, $"The merges beside '{source}' do not fit its vocabulary: {fault.Message}", Again, source, fault);
        }
    }

    private static ClipVocabulary ReadSingle(string path)
    {
        JsonElement root = Parse(path);
        if (root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("model", out JsonElement model)
            || model.ValueKind != JsonValueKind.Object
            || !model.TryGetProperty("vocab", out JsonElement vocab)
            || !model.TryGetProperty("merges", out JsonElement merges)
            || merges.ValueKind != JsonValueKind.Array
            || !model.TryGetProperty("end_of_word_suffix", out JsonElement suffix)
            || suffix.ValueKind != JsonValueKind.String
            || suffix.GetString() != ClipTokenizer.WordEnd)
        {
            throw new EditException(
                EditFault.BadModel,
                $"'{path}' is not a CLIP tokenizer (byte pairs whose words end in {ClipTokenizer.WordEnd}).",
                "Use the tokenizer of a Stable Diffusion model.",
                path);
        }

        // A merge is "a b" in older files and ["a", "b"] in newer ones.
        List<string> pairs = [];
        foreach (JsonElement pair in merges.EnumerateArray())
        {
            string?[] parts = pair.ValueKind switch
            {
                JsonValueKind.Array => [.. pair.EnumerateArray().Select(part => part.ValueKind == JsonValueKind.String ? part.GetString() : null)],
                JsonValueKind.String => [.. pair.GetString()!.Split(' ')],
                _ => [],
            };
            pairs.Add(parts is [{ Length: > 0 } first, { Length: > 0 } second]
                ? $"{first} {second}"
                : throw new EditException(EditFault.BadModel, $"Merge {pairs.Count} of '{path}' is not a pair of tokens.", Again, path));
        }

        return new ClipVocabulary(path, ReadIds(path, vocab), pairs);
    }

    private static Dictionary<string, int> ReadIds(string path, JsonElement json)
    {
        Dictionary<string, int> ids = new(StringComparer.Ordinal);
        if (json.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty entry in json.EnumerateObject())
            {
                if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out int id) || id is < 0 or > HighestId)
                {
                    throw new EditException(EditFault.BadModel, $"In '{path}' the token '{Quoted.Short(entry.Name)}' has an invalid id.", Again, path);
                }

                ids[entry.Name] = id;
            }
        }

        return ids.Count > 0 ? ids : throw new EditException(EditFault.BadModel, $"'{path}' contains no tokens.", Again, path);
    }

    private static List<string> ReadMerges(string path)
    {
        List<string> merges = [];
        int number = 0;
        using StreamReader reader = new(new MemoryStream(Bytes(path)));
        while (reader.ReadLine() is string line)
        {
            number++;
            if (line.Length == 0 || (number == 1 && line.StartsWith("#version", StringComparison.Ordinal)))
            {
                continue;
            }

            if (line.Split(' ') is not [{ Length: > 0 }, { Length: > 0 }])
            {
                throw new EditException(EditFault.BadModel, $"Line {number} of '{path}' is not a pair of tokens.", Again, path);
            }

            merges.Add(line);
        }

        return merges;
    }

    private void ReadSettings(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        JsonElement json = Parse(path);
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw new EditException(EditFault.BadModel, $"'{path}' is not a JSON object.", Again, path);
        }

        StartToken = Token(json, "bos_token") ?? StartToken;
        EndToken = Token(json, "eos_token") ?? EndToken;
        PadToken = Token(json, "pad_token") ?? PadToken;
        UnknownToken = Token(json, "unk_token") ?? UnknownToken;

        // Such files write "not set" as an absurdly large length.
        if (json.TryGetProperty("model_max_length", out JsonElement length) && length.ValueKind == JsonValueKind.Number
            && length.TryGetDouble(out double given) && given < LongestRow)
        {
            MaxLength = given >= 2
                ? (int)given
                : throw new EditException(EditFault.BadModel, $"In '{path}' model_max_length is {given}; a row needs at least 2 ids.", Again, path);
        }
    }

    private static string? Token(JsonElement json, string key)
    {
        if (!json.TryGetProperty(key, out JsonElement value))
        {
            return null;
        }

        JsonElement text = value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out JsonElement content) ? content : value;
        return text.ValueKind == JsonValueKind.String && text.GetString() is { Length: > 0 } token ? token : null;
    }

    private static byte[] Bytes(string path)
    {
        try
        {
            return RegularFile.ReadAll(path, LargestFile);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new EditException(EditFault.BadModel, $"The tokenizer file '{path}' cannot be read: {fault.Message}", Again, path, fault);
        }
    }

    private static JsonElement Parse(string path)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(Bytes(path));
            return document.RootElement.Clone();
        }
        catch (JsonException fault)
        {
            throw new EditException(EditFault.BadModel, $"'{path}' is not valid JSON: {fault.Message}", Again, path, fault);
        }
    }
}
