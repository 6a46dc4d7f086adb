using BrushEdit.Tokenizing;

namespace BrushEdit.Generating;

/// <summary>A caption's tokens, and which of its words each belongs to: words are separated by spaces.</summary>
internal sealed class PromptTokens
{
    private readonly int[] wordOf;

    /// <summary>Reads a caption.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="text">The caption; white space counts as one space.</param>
    /// <exception cref="EditException">The caption needs more than one row of the text encoder.</exception>
    public PromptTokens(ClipTokenizer tokenizer, string text)
    {
        Words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        ClipTokens tokens = tokenizer.Encode(string.Join(' ', Words));
        Ids = [.. tokens.Ids.Take(tokens.Used + 2)];
        Length = tokenizer.MaxLength;
        if (tokens.Cut > 0)
        {
            throw new EditException(
                EditFault.BadArgument,
                $"The caption '{Quoted.Short(text)}' is {tokens.Cut} tokens longer than one row of the text encoder ({Length}), which is the limit of prompt-to-prompt.",
                "Shorten it.",
                text);
        }

        wordOf = new int[Ids.Count];
        Array.Fill(wordOf, -1);

        // A word's tokens are those that its letters cover, as in prompt-to-prompt.
        int word = 0;
        int filled = 0;
        for (int at = 1; at < Ids.Count - 1 && word < Words.Count; at++)
        {
            wordOf[at] = word;
            filled += tokenizer.Piece((int)Ids[at]).Trim().Trim('#').Length;
            if (filled >= Words[word].Length)
            {
                word++;
                filled = 0;
            }
        }
    }

    /// <summary>The caption's words.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>Its ids, start and end included.</summary>
    public IReadOnlyList<long> Ids { get; }

    /// <summary>Rows of the text encoder's output.</summary>
    public int Length { get; }

    /// <summary>Returns the positions of a word's tokens, counted with the start token at 0.</summary>
    /// <param name="word">The index of the word, from 0.</param>
    public int[] PlacesOf(int word) => [.. Enumerable.Range(0, wordOf.Length).Where(at => wordOf[at] == word)];

    /// <summary>Returns the positions of all tokens of a word at all its occurrences; empty if it does not occur.</summary>
    /// <param name="word">The word as it is written in the caption.</param>
    public int[] PlacesOf(string word) => [.. Enumerable.Range(0, wordOf.Length).Where(at => wordOf[at] >= 0 && Words[wordOf[at]] == word)];
}
