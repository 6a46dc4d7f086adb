namespace BrushEdit.Tokenizing;

/// <summary>Words of a prompt that stand for their own vectors (textual inversion), each for one or several.</summary>
public sealed class EmbeddingWords
{
    private readonly (string Word, int First, int Count)[] words;

    /// <summary>Assigns vectors to words; each word's vectors follow those of the word before it.</summary>
    /// <param name="words">Words with the number of their vectors, at least 1.</param>
    public EmbeddingWords(IEnumerable<(string Word, int Count)> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        int next = 0;
        List<(string, int, int)> placed = [];
        foreach ((string word, int count) in words)
        {
            placed.Add((word, next, count));
            next += count;
        }

        // Longest first, so that no entry hides another that begins with it.
        this.words = [.. placed.OrderByDescending(entry => entry.Item1.Length)];
    }

    /// <summary>No words.</summary>
    public static EmbeddingWords None { get; } = new([]);

    /// <summary>The ids of a text: a token's own id, and for each of these words the ids of its vectors, -1 for the first.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="text">Any text.</param>
    /// <returns>Groups of ids that must not be split, in order.</returns>
    internal IEnumerable<long[]> Tokenize(ClipTokenizer tokenizer, string text)
    {
        int from = 0;
        for (int at = 0; at < text.Length;)
        {
            (string word, int first, int count) = words.FirstOrDefault(entry => IsAt(text, at, entry.Word));
            if (word is null)
            {
                at++;
                continue;
            }

            foreach (int id in tokenizer.Tokenize(text[from..at]))
            {
                yield return [id];
            }

            yield return [.. Enumerable.Range(first, count).Select(vector => -1L - vector)];
            at += word.Length;
            from = at;
        }

        foreach (int id in tokenizer.Tokenize(text[from..]))
        {
            yield return [id];
        }
    }

    // A whole word, in any case: if it begins or ends with a letter or digit, neither may be adjacent there.
    private static bool IsAt(string text, int at, string word) =>
        string.Compare(text, at, word, 0, word.Length, StringComparison.OrdinalIgnoreCase) == 0
        && !(at > 0 && char.IsLetterOrDigit(word[0]) && char.IsLetterOrDigit(text[at - 1]))
        && !(at + word.Length < text.Length && char.IsLetterOrDigit(word[^1]) && char.IsLetterOrDigit(text[at + word.Length]));
}
