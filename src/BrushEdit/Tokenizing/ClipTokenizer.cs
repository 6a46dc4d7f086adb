using System.Text;
using Microsoft.ML.Tokenizers;

namespace BrushEdit.Tokenizing;

/// <summary>
/// CLIP's byte-pair tokenizer: text to rows of ids for the text encoder, with start token, end token and padding.
/// </summary>
/// <remarks>
/// Matches CLIPTokenizer of transformers: special tokens are found first; the text between them is composed (NFC), white space is collapsed to single
/// spaces, and the text is lower-cased and split into words (contractions, runs of letters, single digits, runs of anything else). Each word's UTF-8
/// bytes are written as printable characters and merged; the last one carries <c>&lt;/w&gt;</c>. Safe to use from several threads.
/// </remarks>
public sealed class ClipTokenizer
{
    internal const string WordEnd = "</w>";

    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];
    private static readonly char[] ByteCharacters = MakeByteCharacters();

    private readonly BpeTokenizer merger;
    private readonly Dictionary<int, string> pieces;
    private readonly KeyValuePair<string, int>[] specials;

    internal ClipTokenizer(ClipVocabulary vocabulary)
    {
        merger = vocabulary.Merger();
        pieces = vocabulary.Ids.GroupBy(entry => entry.Value).ToDictionary(same => same.Key, same => same.First().Key);
        StartTokenId = vocabulary.Id(vocabulary.StartToken);
        EndTokenId = vocabulary.Id(vocabulary.EndToken);
        PadTokenId = vocabulary.Id(vocabulary.PadToken);
        CommaTokenId = vocabulary.Ids.TryGetValue("," + WordEnd, out int comma) ? comma : null;
        MaxLength = vocabulary.MaxLength;
        VocabularySize = vocabulary.Ids.Values.Max() + 1;

        // Longest first, so that no entry hides another that begins with it.
        specials = [.. new[] { vocabulary.StartToken, vocabulary.EndToken, vocabulary.PadToken, vocabulary.UnknownToken }
            .Distinct().OrderByDescending(token => token.Length).Select(token => KeyValuePair.Create(token, vocabulary.Id(token)))];
    }

    /// <summary>The id that begins every row.</summary>
    public int StartTokenId { get; }

    /// <summary>The id that ends the text of a row.</summary>
    public int EndTokenId { get; }

    /// <summary>The id that fills a row after its end.</summary>
    public int PadTokenId { get; }

    /// <summary>The id of a single comma; null if the vocabulary has none.</summary>
    internal int? CommaTokenId { get; }

    /// <summary>Ids in a row, start and end included: 77 for CLIP.</summary>
    public int MaxLength { get; }

    /// <summary>The highest id plus one: the least number of rows that the text encoder's table needs.</summary>
    public int VocabularySize { get; }

    /// <summary>Reads a <c>tokenizer</c> folder: <c>vocab.json</c> and <c>merges.txt</c>, or a <c>tokenizer.json</c> alone.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="EditException">A file is missing or is not a CLIP vocabulary; the message names the file.</exception>
    /// <param name="padToken">The token that fills rows in place of the one that the folder names; null for that.</param>
    public static ClipTokenizer Open(string folder, string? padToken = null) => new(ClipVocabulary.Read(folder, padToken));

    /// <summary>A row of <see cref="MaxLength"/> ids. Text that is too long is truncated; <see cref="ClipTokens.Cut"/> reports by how much.</summary>
    /// <param name="text">Any text; an empty one yields start, end and padding.</param>
    public ClipTokens Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<int> ids = Tokenize(text);
        int room = MaxLength - 2;
        int kept = Math.Min(ids.Count, room);
        long[] row = new long[MaxLength];
        Array.Fill(row, PadTokenId);
        row[0] = StartTokenId;
        for (int at = 0; at < kept; at++)
        {
            row[at + 1] = ids[at];
        }

        row[kept + 1] = EndTokenId;
        return new ClipTokens(text, row, kept, ids.Count - kept);
    }

    /// <summary>The text that a token stands for, without the end-of-word mark; an incomplete character is decoded as UTF-8 decodes it.</summary>
    /// <param name="id">The token.</param>
    internal string Piece(int id)
    {
        string piece = pieces[id];
        piece = piece.EndsWith(WordEnd, StringComparison.Ordinal) ? piece[..^WordEnd.Length] : piece;
        return Encoding.UTF8.GetString([.. piece.Select(letter => Array.IndexOf(ByteCharacters, letter)).Where(value => value >= 0).Select(value => (byte)value)]);
    }

    /// <summary>The ids of a text only: no start, end or padding, and no truncation.</summary>
    /// <param name="text">Any text.</param>
    public List<int> Tokenize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<int> ids = [];
        int from = 0;
        for (int at = 0; at < text.Length;)
        {
            (string? token, int id) = specials.FirstOrDefault(special => string.CompareOrdinal(text, at, special.Key, 0, special.Key.Length) == 0);
            if (token is null)
            {
                at++;
                continue;
            }

            AddWords(text[from..at], ids);
            ids.Add(id);
            at += token.Length;
            from = at;
        }

        AddWords(text[from..], ids);
        return ids;
    }

    private void AddWords(string text, List<int> ids)
    {
        foreach (string word in Words(Lower(TextForms.Compose(text))))
        {
            ids.AddRange(merger.EncodeToIds(AsCharacters(word), considerPreTokenization: false, considerNormalization: false));
        }
    }

    // Lower-cases one character at a time. Only one character has a longer lower-case form (Unicode SpecialCasing): the capital I with a dot, which
    // hosts without culture data leave unchanged.
    private static string Lower(string text) => text.Replace("\u0130", "i\u0307", StringComparison.Ordinal).ToLowerInvariant();

    private static IEnumerable<string> Words(string text)
    {
        for (int at = 0; at < text.Length;)
        {
            Rune rune = RuneAt(text, at);
            int from = at;
            if (Contractions.FirstOrDefault(end => string.CompareOrdinal(text, from, end, 0, end.Length) == 0) is string contraction)
            {
                at += contraction.Length;
            }
            else if (Rune.IsWhiteSpace(rune))
            {
                at += rune.Utf16SequenceLength;
                continue;
            }
            else if (IsNumber(rune))
            {
                at += rune.Utf16SequenceLength;
            }
            else
            {
                bool letters = Rune.IsLetter(rune);
                while (at < text.Length && Same(RuneAt(text, at), letters))
                {
                    at += RuneAt(text, at).Utf16SequenceLength;
                }
            }

            yield return text[from..at];
        }
    }

    private static bool Same(Rune rune, bool letters) =>
        letters ? Rune.IsLetter(rune) : !Rune.IsLetter(rune) && !IsNumber(rune) && !Rune.IsWhiteSpace(rune);

    private static bool IsNumber(Rune rune) => Rune.IsNumber(rune);

    // A lone surrogate is read as U+FFFD, whose length is one as well.
    private static Rune RuneAt(string text, int at) =>
        Rune.TryGetRuneAt(text, at, out Rune rune) ? rune : Rune.ReplacementChar;

    private static string AsCharacters(string word)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(word);
        return string.Create(bytes.Length, bytes, static (span, source) =>
        {
            for (int at = 0; at < source.Length; at++)
            {
                span[at] = ByteCharacters[source[at]];
            }
        });
    }

    // Printable Latin-1 stands for itself; the other 68 bytes map to the characters from U+0100 on, in order (GPT-2's byte table).
    private static char[] MakeByteCharacters()
    {
        char[] characters = new char[256];
        int next = 256;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
            characters[value] = (char)(printable ? value : next++);
        }

        return characters;
    }
}

/// <summary>A text as the text encoder reads it.</summary>
/// <param name="Text">The text.</param>
/// <param name="Ids">The whole row: start, text, end, padding.</param>
/// <param name="Used">Tokens of the text in the row, start and end not counted.</param>
/// <param name="Cut">Tokens of the text that did not fit, usually 0; any other number deserves a warning.</param>
public sealed record ClipTokens(string Text, IReadOnlyList<long> Ids, int Used, int Cut);
