using System.Text.Json;
using BrushEdit.Tests.Detectors;
using BrushEdit.Tests.Parity;
using BrushEdit.Text;

namespace BrushEdit.Tests.Text;

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
