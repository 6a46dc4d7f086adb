using BrushEdit.Modeling;
using BrushEdit.Tokenizing;

namespace BrushEdit.Detecting;

/// <summary>One phrase of a query, and which of its tokens are the phrase's words.</summary>
/// <param name="Text">The phrase, trimmed and lower-cased.</param>
/// <param name="Start">The index of its first token.</param>
/// <param name="Tokens">The ids of its tokens.</param>
public sealed record QueryPhrase(string Text, int Start, IReadOnlyList<int> Tokens);

/// <summary>The query in the form that Grounding DINO reads: lower-cased phrases, each ending in a full stop, between [CLS] and [SEP].</summary>
public sealed class TextQuery
{
    private const int MostQuoted = 60;

    private static readonly char[] Ends = ['.', '?', '\u3002'];

    private TextQuery(IReadOnlyList<QueryPhrase> phrases, IReadOnlyList<int> ids)
    {
        Phrases = phrases;
        Ids = ids;
    }

    /// <summary>The phrases without duplicates, in the requested order.</summary>
    public IReadOnlyList<QueryPhrase> Phrases { get; }

    /// <summary>All token ids, [CLS] and [SEP] included.</summary>
    public IReadOnlyList<int> Ids { get; }

    /// <summary>The text that the network receives.</summary>
    public string Text => string.Join(' ', Phrases.Select(phrase => phrase.Text + "."));

    /// <summary>Creates a query.</summary>
    /// <param name="texts">Phrases; one text may contain several, separated by full stops or question marks.</param>
    /// <param name="tokenizer">The checkpoint's tokenizer.</param>
    /// <param name="maxTokens">The maximum number of tokens the network reads, [CLS] and [SEP] included.</param>
    /// <exception cref="EditException">No text contains a word, or together they are longer than the network reads.</exception>
    public static TextQuery Create(IEnumerable<string?> texts, BertTokenizer tokenizer, int maxTokens)
    {
        List<QueryPhrase> phrases = [];
        List<int> ids = [tokenizer.StartId];
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (string text in texts.SelectMany(text => (text ?? string.Empty).Split(Ends)).Select(Tidy))
        {
            IReadOnlyList<int> tokens = tokenizer.EncodeWords(text);
            if (tokens.Count == 0 || !text.Any(char.IsLetterOrDigit) || !seen.Add(text))
            {
                continue;
            }

            phrases.Add(new QueryPhrase(text, ids.Count, tokens));
            ids.AddRange(tokens);
            ids.Add(tokenizer.FullStopId);
        }

        ids.Add(tokenizer.EndId);
        if (phrases.Count == 0)
        {
            throw new EditException(EditFault.BadArgument, "The text to search for contains no word.", "Give the words to find, such as 'red car'.", "Text");
        }

        return ids.Count <= maxTokens
            ? new TextQuery(phrases, ids)
            : throw new EditException(
                EditFault.BadArgument,
                $"The text to search for has {ids.Count} tokens; the model's limit is {maxTokens}. It begins with '{Beginning(phrases[0].Text)}'.",
                "Name fewer objects at once, or use shorter names.",
                "Text");
    }

    private static string Beginning(string text) => text.Length <= MostQuoted ? text : text[..MostQuoted] + "...";

    /// <summary>The separators of a tokenizer's vocabulary, for <see cref="GroundingDinoNetwork.EncodeText"/>.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    public static PhraseTokens Separators(BertTokenizer tokenizer) =>
        new(tokenizer.StartId, tokenizer.EndId, tokenizer.FullStopId, tokenizer.QuestionMarkId);

    /// <summary>The query as one row of ids, for <see cref="GroundingDinoNetwork.EncodeText"/>.</summary>
    public long[,] ToRow()
    {
        long[,] row = new long[1, Ids.Count];
        for (int i = 0; i < Ids.Count; i++)
        {
            row[0, i] = Ids[i];
        }

        return row;
    }

    private static string Tidy(string text) =>
        string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).ToLowerInvariant();
}
