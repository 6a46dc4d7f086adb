using System.Globalization;
using System.Text;
using System.Text.Json;
using ML = Microsoft.ML.Tokenizers;

namespace BrushEdit.Text;

/// <summary>
/// BERT's WordPiece tokenizer: text to token ids by a vocabulary. Uncased vocabularies see the text lower-cased and without accents,
/// which is done here.
/// </summary>
public sealed class BertTokenizer
{
    private const string Continuation = "##";
    private readonly ML.BertTokenizer inner;
    private readonly IReadOnlyList<string> vocabulary;
    private readonly bool uncased;

    private BertTokenizer(IReadOnlyList<string> vocabulary, bool uncased, string source)
    {
        this.vocabulary = vocabulary;
        this.uncased = uncased;
        Dictionary<string, int> ids = [];
        for (int id = 0; id < vocabulary.Count; id++)
        {
            ids[vocabulary[id]] = id;
        }

        StartId = Id("[CLS]");
        EndId = Id("[SEP]");
        PaddingId = Id("[PAD]");
        UnknownId = Id("[UNK]");
        FullStopId = Id(".");
        QuestionMarkId = Id("?");

        // The inner tokenizer insists on a masking token, which it never uses here and a vocabulary of one's own may lack.
        string masking = ids.ContainsKey("[MASK]") ? "[MASK]" : "[UNK]";
        using MemoryStream lines = new(Encoding.UTF8.GetBytes(string.Join('\n', vocabulary)));
        inner = ML.BertTokenizer.Create(
            lines,
            new ML.BertOptions
            {
                LowerCaseBeforeTokenization = false,
                RemoveNonSpacingMarks = false,
                SplitOnSpecialTokens = false,
                MaskingToken = masking,
                MaxInputCharsPerWord = 100,
            });

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

    /// <summary>[UNK], for a word that the vocabulary cannot put together.</summary>
    public int UnknownId { get; }

    /// <summary>"."</summary>
    public int FullStopId { get; }

    /// <summary>"?"</summary>
    public int QuestionMarkId { get; }

    /// <summary>Opens a checkpoint's tokenizer: <c>vocab.txt</c>, else the vocabulary inside <c>tokenizer.json</c>.</summary>
    /// <param name="folder">The folder; <c>do_lower_case</c> of its <c>tokenizer_config.json</c> is obeyed, true where absent.</param>
    /// <exception cref="EditException">There is no vocabulary, or it is not BERT's.</exception>
    public static BertTokenizer Open(string folder)
    {
        string lines = Path.Combine(folder, "vocab.txt");
        string whole = Path.Combine(folder, "tokenizer.json");
        bool uncased = IsUncased(Path.Combine(folder, "tokenizer_config.json"));
        return File.Exists(lines) ? Create(File.ReadAllLines(lines), uncased, lines)
            : File.Exists(whole) ? Create(VocabularyOf(whole), uncased, whole)
            : throw new EditException(EditFault.NotFound, $"There is no vocabulary '{lines}'.", "Copy the model's whole folder, the tokenizer included.", lines);
    }

    /// <summary>Makes a tokenizer from a list of tokens.</summary>
    /// <param name="tokens">The tokens; a token's place is its id. [CLS], [SEP], [PAD], [UNK], "." and "?" are among them.</param>
    /// <param name="uncased">Whether the tokens are lower-case and without accents.</param>
    /// <param name="source">What errors call the vocabulary.</param>
    /// <exception cref="EditException">One of those six is missing.</exception>
    public static BertTokenizer Create(IReadOnlyList<string> tokens, bool uncased = true, string source = "vocabulary") => new(tokens, uncased, source);

    /// <summary>A text's ids between [CLS] and [SEP].</summary>
    /// <param name="text">Any text, also an empty one.</param>
    public IReadOnlyList<int> Encode(string text) => [StartId, .. EncodeWords(text), EndId];

    /// <summary>A text's ids alone. What looks like a special token, such as "[SEP]", is text like any other.</summary>
    /// <param name="text">Any text, also an empty one.</param>
    public IReadOnlyList<int> EncodeWords(string text)
    {
        string clean = Clean(text);
        return clean.Length == 0 ? [] : [.. inner.EncodeToIds(clean, addSpecialTokens: false)];
    }

    /// <summary>Ids as text: word pieces are joined, words parted by spaces.</summary>
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

    /// <summary>
    /// BERT's cleaning (github.com/google-research/bert, tokenization): control characters go, white space becomes a space, and for an
    /// uncased vocabulary accents and capitals go too.
    /// </summary>
    private string Clean(string text)
    {
        StringBuilder clean = new(text.Length);
        foreach (Rune rune in (uncased ? TextForms.Decompose(text) : TextForms.Compose(text)).EnumerateRunes())
        {
            UnicodeCategory category = Rune.GetUnicodeCategory(rune);
            if (rune.Value is '\t' or '\n' or '\r' || category == UnicodeCategory.SpaceSeparator)
            {
                clean.Append(' ');
            }
            else if (rune.Value != 0xFFFD && !IsControl(category) && !(uncased && category == UnicodeCategory.NonSpacingMark))
            {
                clean.Append((uncased ? Rune.ToLowerInvariant(rune) : rune).ToString());
            }
        }

        return clean.ToString();
    }

    private static bool IsControl(UnicodeCategory category) =>
        category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned;

    private static bool IsUncased(string path)
    {
        if (!File.Exists(path))
        {
            return true;
        }

        return !Json(path).TryGetProperty("do_lower_case", out JsonElement value) || value.ValueKind != JsonValueKind.False;
    }

    private static string[] VocabularyOf(string path)
    {
        JsonElement root = Json(path);
        if (!root.TryGetProperty("model", out JsonElement model)
            || model.ValueKind != JsonValueKind.Object
            || !model.TryGetProperty("vocab", out JsonElement entries)
            || entries.ValueKind != JsonValueKind.Object
            || (model.TryGetProperty("type", out JsonElement type) && type.GetString() != "WordPiece"))
        {
            throw new EditException(EditFault.BadModel, $"'{path}' is not a WordPiece tokenizer's.", "Use the tokenizer that belongs to the checkpoint.", path);
        }

        SortedDictionary<int, string> byId = [];
        foreach (JsonProperty entry in entries.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out int id) || !byId.TryAdd(id, entry.Name))
            {
                throw Broken(path, $"the id of '{entry.Name}' is {entry.Value.GetRawText()}");
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
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : throw Broken(path, "it is not a JSON object");
        }
        catch (JsonException fault)
        {
            throw Broken(path, fault.Message, fault);
        }
    }

    private static EditException Broken(string path, string how, Exception? inner = null) =>
        new(EditFault.BadModel, $"The tokenizer file '{path}' is broken: {how}.", "Copy the model again.", path, inner);
}
