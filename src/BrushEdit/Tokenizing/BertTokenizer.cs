using System.Text;
using System.Text.Json;
using ML = Microsoft.ML.Tokenizers;

namespace BrushEdit.Tokenizing;

/// <summary>
/// BERT's WordPiece tokenizer: text to token ids by a vocabulary. The text is split into words (<see cref="BertWords"/>), and each word into the
/// longest pieces in the vocabulary; a word that cannot be composed becomes unknown as a whole.
/// </summary>
public sealed class BertTokenizer
{
    private const string Continuation = "##";
    private const int LongestWord = 100;
    private const long LargestFile = 1 << 26;

    private readonly ML.WordPieceTokenizer pieces;
    private readonly IReadOnlyList<string> vocabulary;
    private readonly BertWords words;

    private BertTokenizer(IReadOnlyList<string> vocabulary, BertWords words, string source)
    {
        this.vocabulary = vocabulary;
        this.words = words;
        Dictionary<string, int> ids = new(StringComparer.Ordinal);
        for (int id = 0; id < vocabulary.Count; id++)
        {
            string token = vocabulary[id];
            if (token.Length == 0 || token.AsSpan().ContainsAny('\r', '\n'))
            {
                throw Broken(source, $"the token of id {id} is {(token.Length == 0 ? "empty" : "more than one line")}");
            }

            if (!ids.TryAdd(token, id))
            {
                throw Broken(source, $"the token '{Quoted.Short(token)}' appears twice, as {ids[token]} and as {id}");
            }
        }

        StartId = Id("[CLS]");
        EndId = Id("[SEP]");
        PaddingId = Id("[PAD]");
        UnknownId = Id("[UNK]");
        FullStopId = Id(".");
        QuestionMarkId = Id("?");

        using MemoryStream lines = new(Encoding.UTF8.GetBytes(string.Join('\n', vocabulary)));
        pieces = ML.WordPieceTokenizer.Create(
            lines,
            new ML.WordPieceOptions { UnknownToken = "[UNK]", ContinuingSubwordPrefix = Continuation, MaxInputCharsPerWord = 2 * LongestWord });

        int Id(string token) => ids.TryGetValue(token, out int id)
            ? id
            : throw new EditException(EditFault.BadModel, $"The vocabulary '{source}' has no '{token}'.", "Use the vocabulary that belongs to the checkpoint.", source);
    }

    /// <summary>The number of tokens in the vocabulary.</summary>
    public int Count => vocabulary.Count;

    /// <summary>[CLS], the first token of every text.</summary>
    public int StartId { get; }

    /// <summary>[SEP], the last.</summary>
    public int EndId { get; }

    /// <summary>[PAD]</summary>
    public int PaddingId { get; }

    /// <summary>[UNK], for a word that the vocabulary's pieces cannot compose.</summary>
    public int UnknownId { get; }

    /// <summary>"."</summary>
    public int FullStopId { get; }

    /// <summary>"?"</summary>
    public int QuestionMarkId { get; }

    /// <summary>Opens a checkpoint's tokenizer: <c>vocab.txt</c>, else the vocabulary inside <c>tokenizer.json</c>.</summary>
    /// <param name="folder">
    /// The folder; <c>do_lower_case</c>, <c>strip_accents</c> and <c>tokenize_chinese_chars</c> of its <c>tokenizer_config.json</c> are respected;
    /// their defaults are true, the first's value, and true.
    /// </param>
    /// <exception cref="EditException">The vocabulary is missing or is not BERT's.</exception>
    public static BertTokenizer Open(string folder)
    {
        string lines = Path.Combine(folder, "vocab.txt");
        string whole = Path.Combine(folder, "tokenizer.json");
        BertWords words = ReadWords(Path.Combine(folder, "tokenizer_config.json"));
        return File.Exists(lines) ? new(LinesOf(lines), words, lines)
            : File.Exists(whole) ? new(VocabularyOf(whole), words, whole)
            : throw new EditException(EditFault.NotFound, $"There is no vocabulary '{lines}'.", "Copy the model's whole folder, the tokenizer included.", lines);
    }

    /// <summary>Makes a tokenizer from a list of tokens.</summary>
    /// <param name="tokens">The tokens; a token's index is its id. They include [CLS], [SEP], [PAD], [UNK], "." and "?".</param>
    /// <param name="uncased">Whether the tokens are lower-case and without accents.</param>
    /// <param name="source">What errors call the vocabulary.</param>
    /// <exception cref="EditException">One of those six is missing, or a token occurs twice.</exception>
    public static BertTokenizer Create(IReadOnlyList<string> tokens, bool uncased = true, string source = "vocabulary") =>
        new(tokens, new BertWords(uncased, uncased, SplitChinese: true), source);

    /// <summary>A text's ids between [CLS] and [SEP].</summary>
    /// <param name="text">Any text, including an empty one.</param>
    public IReadOnlyList<int> Encode(string text) => [StartId, .. EncodeWords(text), EndId];

    /// <summary>A text's ids alone. Text that looks like a special token, such as "[SEP]", is treated as ordinary text.</summary>
    /// <param name="text">Any text, including an empty one.</param>
    public IReadOnlyList<int> EncodeWords(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. words.Cut(text).SelectMany(Pieces)];
    }

    /// <summary>Ids as text: word pieces are joined, and words are separated by spaces.</summary>
    /// <param name="ids">Ids of the vocabulary.</param>
    public string Decode(IEnumerable<int> ids)
    {
        StringBuilder text = new();
        foreach (string token in ids.Select(id => vocabulary[id]))
        {
            bool joins = token.StartsWith(Continuation, StringComparison.Ordinal);
            text.Append(joins || text.Length == 0 ? string.Empty : " ").Append(joins ? token.AsSpan(Continuation.Length) : token);
        }

        return text.ToString();
    }

    private IReadOnlyList<int> Pieces(string word) => word.EnumerateRunes().Count() > LongestWord
        ? [UnknownId]
        : pieces.EncodeToIds(word, considerPreTokenization: false, considerNormalization: false);

    private static BertWords ReadWords(string path)
    {
        JsonElement settings = File.Exists(path) ? Json(path) : default;
        bool lower = Setting("do_lower_case") ?? true;
        return new BertWords(lower, Setting("strip_accents") ?? lower, Setting("tokenize_chinese_chars") ?? true);

        bool? Setting(string key) => settings.ValueKind == JsonValueKind.Object && settings.TryGetProperty(key, out JsonElement value)
            ? value.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null }
            : null;
    }

    private static List<string> LinesOf(string path)
    {
        List<string> lines = [];
        using StreamReader reader = new(new MemoryStream(Bytes(path)));
        while (reader.ReadLine() is string line)
        {
            lines.Add(line);
        }

        // Editors leave an empty line at the end.
        while (lines.Count > 0 && lines[^1].Length == 0)
        {
            lines.RemoveAt(lines.Count - 1);
        }

        return lines;
    }

    private static string[] VocabularyOf(string path)
    {
        JsonElement root = Json(path);
        if (!root.TryGetProperty("model", out JsonElement model)
            || model.ValueKind != JsonValueKind.Object
            || !model.TryGetProperty("vocab", out JsonElement entries)
            || entries.ValueKind != JsonValueKind.Object
            || (model.TryGetProperty("type", out JsonElement type) && !(type.ValueKind == JsonValueKind.String && type.GetString() == "WordPiece")))
        {
            throw new EditException(EditFault.BadModel, $"'{path}' is not the file of a WordPiece tokenizer.", "Use the tokenizer that belongs to the checkpoint.", path);
        }

        SortedDictionary<int, string> byId = [];
        foreach (JsonProperty entry in entries.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out int id) || !byId.TryAdd(id, entry.Name))
            {
                throw Broken(path, $"the id of '{Quoted.Short(entry.Name)}' is {Quoted.Short(entry.Value.GetRawText())}");
            }
        }

        return byId.Count > 0 && byId.Keys.First() == 0 && byId.Keys.Last() == byId.Count - 1
            ? [.. byId.Values]
            : throw Broken(path, "its ids have gaps");
    }

    private static JsonElement Json(string path)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(Bytes(path));
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : throw Broken(path, "it is not a JSON object");
        }
        catch (JsonException fault)
        {
            throw Broken(path, fault.Message, fault);
        }
    }

    private static byte[] Bytes(string path)
    {
        try
        {
            return RegularFile.ReadAll(path, LargestFile);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Broken(path, fault.Message.TrimEnd('.'), fault);
        }
    }

    private static EditException Broken(string path, string how, Exception? inner = null) =>
        new(EditFault.BadModel, $"The tokenizer file '{path}' is broken: {how}.", "Copy the model again.", path, inner);
}
