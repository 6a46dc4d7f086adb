using System.Text.Json;
using BrushEdit.Tests.Detecting;
using BrushEdit.Tests.Parity;
using BrushEdit.Tokenizing;

namespace BrushEdit.Tests.Tokenizing;

public class BertTokenizerTests
{
    private static readonly string[] Tokens =
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]", ".", "?", ",", "cafe", "red", "ball", "##s", "naive", "[", "]", "sep", "i"];

    public static TheoryData<string> Cases => ParityCase.Named("tokenizer-bert");

    [Theory]
    [Trait("Category", "Parity")]
    [MemberData(nameof(Cases))]
    public void Ids_are_the_reference_ids(string name)
    {
        using ParityCase reference = ParityCase.Open(name);
        BertTokenizer tokenizer = BertTokenizer.Open(reference.Folder);
        foreach (JsonElement item in reference.Json("cases.json").EnumerateArray())
        {
            string text = item.GetProperty("text").GetString()!;
            if (!TextForms.Available && !System.Text.Ascii.IsValid(text))
            {
                continue;
            }

            int[] expected = [.. item.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            Assert.True(expected.SequenceEqual(tokenizer.Encode(text)), $"'{text}': {string.Join(' ', tokenizer.Encode(text))}, expected {string.Join(' ', expected)}");
        }
    }

    [Theory]
    [InlineData("Caf\u00e9")]
    [InlineData("cafe\u0301")]
    [InlineData("C\u00c0F\u1EBE")]
    [InlineData("ca\u200bfe")]
    [InlineData("\u00a0cafe\t")]
    public void Accents_capitals_and_invisible_characters_do_not_matter(string text)
    {
        Assert.SkipUnless(TextForms.Available, "This process runs with invariant globalization.");
        Assert.Equal([7], BertTokenizer.Create(Tokens).EncodeWords(text));
    }

    [Fact]
    public void A_cased_vocabulary_sees_the_text_as_it_is() =>
        Assert.Equal([1], BertTokenizer.Create(Tokens, uncased: false).EncodeWords("Cafe"));

    [Fact]
    public void A_dotted_capital_loses_its_dot()
    {
        Assert.SkipUnless(TextForms.Available, "This process runs with invariant globalization.");
        Assert.Equal([15], BertTokenizer.Create(Tokens).EncodeWords("\u0130"));
    }

    [Theory]
    [InlineData("hat_on", "hat|_|on")]
    [InlineData("a+b", "a|+|b")]
    [InlineData("$5", "$|5")]
    [InlineData("\u4f60\u597d dog", "\u4f60|\u597d|dog")] // Chinese characters stand alone
    [InlineData("a\u4f60b", "a|\u4f60|b")]
    [InlineData("\U00020000x", "\U00020000|x")] // those beyond 16 bits as well
    [InlineData("\u3072\u3089", "\u3072\u3089")] // kana do not
    [InlineData("\ud55c", "\u1112\u1161\u11ab")] // nor does hangul, whose syllables fall into their letters
    [InlineData("a\u2014b", "a|\u2014|b")] // Pd
    [InlineData("a\u203fb", "a|\u203f|b")] // Pc
    [InlineData("\u00abx\u00bb", "\u00ab|x|\u00bb")] // Pi, Pf
    [InlineData("a\u3002b", "a|\u3002|b")] // Po
    [InlineData("\u2329x", "\u3008|x")] // Ps, and its canonical form
    [InlineData("a\u20acb", "a\u20acb")] // Sc: a symbol beyond ASCII is no punctuation
    [InlineData("a\u00b1b", "a\u00b1b")] // Sm
    [InlineData("a\u00a9b", "a\u00a9b")] // So
    [InlineData("a\u00b4b", "a\u00b4b")] // Sk
    [InlineData("A\u01c5", "a\u01c6")] // Lt
    [InlineData("a\u02b0", "a\u02b0")] // Lm
    [InlineData("\u05d0", "\u05d0")] // Lo
    [InlineData("a\u0301b", "ab")] // Mn
    [InlineData("\u0915\u093e", "\u0915\u093e")] // Mc stays
    [InlineData("a\u20dd", "a\u20dd")] // Me stays
    [InlineData("\u0663", "\u0663")] // Nd
    [InlineData("\u2167", "\u2177")] // Nl
    [InlineData("\u00bd", "\u00bd")] // No
    [InlineData("a\u2003b", "a|b")] // Zs
    [InlineData("a\u2028b\u2029c", "a|b|c")] // Zl, Zp
    [InlineData("a\u0085b", "ab")] // Cc
    [InlineData("a\u00adb", "ab")] // Cf
    [InlineData("a\ue000b", "ab")] // Co
    [InlineData("a\ufffdb", "ab")]
    public void Words_are_cut_where_the_reference_cuts_them(string text, string words) =>
        Assert.Equal(words.Split('|'), new BertWords(true, true, true).Cut(text));

    [Fact]
    public void Every_symbol_of_ASCII_is_a_word_and_every_control_character_goes()
    {
        const string punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
        BertWords words = new(true, true, true);
        for (char character = '\0'; character < 128; character++)
        {
            string[] expected = punctuation.Contains(character) ? ["x", character.ToString(), "y"]
                : character is ' ' or '\t' or '\n' or '\r' ? ["x", "y"]
                : char.IsLetterOrDigit(character) ? [$"x{char.ToLowerInvariant(character)}y"]
                : ["xy"];
            Assert.Equal(expected, words.Cut($"x{character}y"));
        }
    }

    [Fact]
    public void Settings_beside_the_vocabulary_are_obeyed()
    {
        using ScratchFolder folder = new();
        File.WriteAllLines(folder.File("vocab.txt"), [.. Tokens, "\u4f60\u597d", "caf\u00e9"]);
        Assert.Equal([1, 1], BertTokenizer.Open(folder.Path).EncodeWords("\u4f60\u597d"));
        File.WriteAllText(folder.File("tokenizer_config.json"), """{ "tokenize_chinese_chars": false, "strip_accents": false }""");
        Assert.Equal([Tokens.Length, Tokens.Length + 1], BertTokenizer.Open(folder.Path).EncodeWords("\u4f60\u597d Caf\u00e9"));
    }

    [Fact]
    public void A_word_beyond_a_hundred_characters_is_unknown() =>
        Assert.Equal([1, 7], BertTokenizer.Create([.. Tokens, "a", "##a"]).EncodeWords(new string('a', 101) + " cafe"));

    [Fact]
    public void A_token_twice_is_named()
    {
        EditException fault = Assert.Throws<EditException>(() => BertTokenizer.Create([.. Tokens, "red"]));
        Assert.Contains("'red' appears twice", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_that_looks_like_a_special_token_is_text() =>
        Assert.Equal([12, 14, 13], BertTokenizer.Create(Tokens).EncodeWords("[SEP]"));

    [Fact]
    public void Decoding_joins_the_pieces()
    {
        BertTokenizer tokenizer = BertTokenizer.Create(Tokens);
        Assert.Equal("red balls", tokenizer.Decode(tokenizer.EncodeWords("red balls")));
        Assert.Equal("s", tokenizer.Decode([10]));
    }

    [Fact]
    public void A_tokenizer_json_gives_the_same_ids()
    {
        using ScratchFolder folder = new();
        Dictionary<string, int> vocabulary = Tokens.Select((token, id) => (token, id)).ToDictionary(pair => pair.token, pair => pair.id);
        File.WriteAllText(folder.File("tokenizer.json"), JsonSerializer.Serialize(new { model = new { type = "WordPiece", vocab = vocabulary } }));
        Assert.Equal([2, 8, 9, 10, 4, 3], BertTokenizer.Open(folder.Path).Encode("Red balls."));
        File.WriteAllText(folder.File("tokenizer_config.json"), """{ "do_lower_case": false }""");
        Assert.Equal([1, 9], BertTokenizer.Open(folder.Path).EncodeWords("Red ball"));
    }

    [Theory]
    [InlineData("tokenizer.json", "{ \"model\": { \"type\": \"BPE\", \"vocab\": {} } }")]
    [InlineData("tokenizer.json", "{ \"model\": { \"type\": \"WordPiece\", \"vocab\": { \"a\": 0, \"b\": 2 } } }")]
    [InlineData("tokenizer.json", "{ \"model\": { \"type\": \"WordPiece\", \"vocab\": { \"a\": \"0\" } } }")]
    [InlineData("tokenizer.json", "not json")]
    [InlineData("tokenizer.json", "[]")]
    [InlineData("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n.")]
    public void A_broken_vocabulary_is_a_clear_error(string name, string content)
    {
        using ScratchFolder folder = new();
        File.WriteAllText(folder.File(name), content);
        EditException fault = Assert.Throws<EditException>(() => BertTokenizer.Open(folder.Path));
        Assert.Equal(EditFault.BadModel, fault.Kind);
        Assert.Contains(name, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_vocabulary_is_a_clear_error()
    {
        using ScratchFolder folder = new();
        Assert.Equal(EditFault.NotFound, Assert.Throws<EditException>(() => BertTokenizer.Open(folder.Path)).Kind);
    }
}
