using System.Text.Json;
using BrushEdit.Tests.Parity;
using BrushEdit.Tokenizing;

namespace BrushEdit.Tests.Tokenizing;

public sealed class ClipTokenizerTests : IDisposable
{
    private static readonly Lazy<ClipTokenizer> Shared = new(() => ClipTokenizer.Open(Path.Combine(Fixtures.Root, "parity", "tokenizer-clip")));
    private readonly string folder = Directory.CreateTempSubdirectory("brushedit-").FullName;

    public static TheoryData<string> Cases => ParityCase.Named("tokenizer-clip");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [Trait("Category", "Parity")]
    [MemberData(nameof(Cases))]
    public void GivesTheReferenceIds(string name)
    {
        using ParityCase parity = ParityCase.Open(name);
        ClipTokenizer tokenizer = ClipTokenizer.Open(parity.Folder);
        JsonElement cases = parity.Json("cases.json");
        Assert.NotEqual(0, cases.GetArrayLength());
        foreach (JsonElement row in cases.EnumerateArray())
        {
            string text = row.GetProperty("text").GetString()!;
            if (!TextForms.Available && !System.Text.Ascii.IsValid(text))
            {
                continue;
            }

            long[] expected = [.. row.GetProperty("ids").EnumerateArray().Select(id => id.GetInt64())];
            Assert.True(expected.SequenceEqual(tokenizer.Encode(text).Ids), $"{name}: '{text}' gives {string.Join(' ', tokenizer.Encode(text).Ids)}");
        }
    }

    [Fact]
    public void ALongTextIsCutAndSaysByHowMuch()
    {
        ClipTokenizer tokenizer = Shared.Value;
        string text = string.Join(' ', Enumerable.Repeat("ball", 500));
        int whole = tokenizer.Tokenize(text).Count;
        ClipTokens tokens = tokenizer.Encode(text);

        Assert.Equal(tokenizer.MaxLength, tokens.Ids.Count);
        Assert.Equal(tokenizer.MaxLength - 2, tokens.Used);
        Assert.Equal(whole - tokens.Used, tokens.Cut);
        Assert.Equal(tokenizer.EndTokenId, tokens.Ids[^1]);
        Assert.Equal(0, tokenizer.Encode("ball").Cut);
    }

    [Theory]
    [InlineData("cafe\u0301", "caf\u00e9")] // composed
    [InlineData("A\u212B", "a\u00e5")] // the Angstrom sign is the letter
    [InlineData("a\u00a0b\u2003c", "a b c")] // any white space
    [InlineData("RED", "red")]
    public void SpellingsOfOneTextGiveTheSameIds(string one, string other)
    {
        Assert.SkipUnless(TextForms.Available, "This process runs with invariant globalization.");
        Assert.Equal(Shared.Value.Tokenize(other), Shared.Value.Tokenize(one));
    }

    [Theory]
    [InlineData("a1b", "a 1 b")] // single digits are words
    [InlineData("12", "1 2")]
    [InlineData("it's", "it 's")]
    [InlineData("\U0001D400\U0001D401c!", "\U0001D400\U0001D401c !")] // letters beyond 16 bits are letters
    public void WordsAreCutWhereTheReferenceCutsThem(string joined, string cut) =>
        Assert.Equal(Shared.Value.Tokenize(cut), Shared.Value.Tokenize(joined));

    // The reference: ['s|'t|'re|'ve|'m|'ll|'d] or a run of letters or one number or a run of anything else that is no white space.
    [Fact]
    public void TheWholeOfAsciiIsCutByTheReferencesExpression()
    {
        for (char character = '\0'; character < 128; character++)
        {
            bool letter = char.IsAsciiLetter(character);
            bool space = character is ' ' or (>= '\t' and <= '\r');
            string cut = letter ? $"x{char.ToLowerInvariant(character)}y" : space ? "x y" : $"x {character} y";
            Assert.True(Shared.Value.Tokenize(cut).SequenceEqual(Shared.Value.Tokenize($"x{character}y")), $"U+{(int)character:X4}");
        }
    }

    [Theory]
    [InlineData("hat_on", "hat _ on")]
    [InlineData("a+=b", "a += b")] // signs run together
    [InlineData("$5,000", "$ 5 , 0 0 0")]
    [InlineData("\u4f60\u597d", "\u4f60\u597d")] // Chinese characters are letters
    [InlineData("a\u00bdb", "a \u00bd b")] // No
    [InlineData("a\u2167b", "a \u2177 b")] // Nl
    [InlineData("a\u0663\u0664", "a \u0663 \u0664")] // Nd
    [InlineData("\u0915\u093e", "\u0915 \u093e")] // a vowel sign is no letter
    [InlineData("a\u20acb", "a \u20ac b")] // Sc
    [InlineData("a\u2014b", "a \u2014 b")] // Pd
    [InlineData("a\u200bb", "a \u200b b")] // Cf
    [InlineData("a\u2028b", "a b")] // Zl
    [InlineData("a\u0085b", "a b")] // a control character that is white space
    [InlineData("IT'S", "it 's")]
    [InlineData("x's't", "x 's 't")]
    [InlineData("&amp;", "& amp ;")] // as it is: this reference resolves no HTML
    [InlineData("\u0130x", "i\u0307x")]
    public void EachCategoryIsCutAsTheReferenceCutsIt(string text, string cut) =>
        Assert.Equal(cut.Split(' ').SelectMany(word => Shared.Value.Tokenize(word)), Shared.Value.Tokenize(text));

    [Fact]
    public void LettersBeyondSixteenBitsStayOneWord() =>
        Assert.NotEqual(Shared.Value.Tokenize("\U0001D400 c"), Shared.Value.Tokenize("\U0001D400c"));

    [Fact]
    public void ALoneSurrogateIsNoCrash() => Assert.NotEmpty(Shared.Value.Tokenize("a\ud800b"));

    [Fact]
    public void TheSingleFileGivesTheSameIds()
    {
        string from = Path.Combine(Fixtures.Root, "parity", "tokenizer-clip");
        using JsonDocument vocab = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(from, "vocab.json")));
        string[] merges = [.. File.ReadLines(Path.Combine(from, "merges.txt")).Skip(1).Where(line => line.Length > 0)];
        foreach (object pairs in new object[] { merges, merges.Select(line => line.Split(' ')).ToArray() })
        {
            Write("tokenizer.json", JsonSerializer.Serialize(new
            {
                model = new { type = "BPE", end_of_word_suffix = "</w>", vocab = vocab.RootElement, merges = pairs },
            }));
            Assert.Equal(Shared.Value.Encode("A red ball, on 12 cafés").Ids, ClipTokenizer.Open(folder).Encode("A red ball, on 12 cafés").Ids);
        }
    }

    [Fact]
    public void PaddingAndLengthComeFromTheSettings()
    {
        Start();
        Write("tokenizer_config.json", """{"model_max_length": 9, "pad_token": {"content": "!", "lstrip": false}}""");
        ClipTokenizer tokenizer = ClipTokenizer.Open(folder);
        ClipTokens tokens = tokenizer.Encode("ab");

        Assert.Equal(9, tokens.Ids.Count);
        Assert.Equal(tokenizer.PadTokenId, tokens.Ids[^1]);
        Assert.NotEqual(tokenizer.EndTokenId, tokenizer.PadTokenId);
    }

    [Fact]
    public void ALengthThatIsNotSetIsTheUsualOne()
    {
        Start();
        Write("tokenizer_config.json", """{"model_max_length": 1000000000000000019884624838656}""");
        Assert.Equal(77, ClipTokenizer.Open(folder).MaxLength);
    }

    [Fact]
    public void FaultsNameTheFile()
    {
        Expect("vocab.json", EditFault.NotFound);
        Start();
        File.Delete(Path.Combine(folder, "merges.txt"));
        Expect("merges.txt", EditFault.NotFound);
        Write("merges.txt", "#version: 0.2\na b c\n");
        Expect("merges.txt", EditFault.BadModel);
        Write("merges.txt", "#version: 0.2\nq x\n");
        Expect("vocab.json", EditFault.BadModel);
        Start();
        Write("vocab.json", "{\"a\":");
        Expect("vocab.json", EditFault.BadModel);
        Write("vocab.json", """{"a": "one"}""");
        Expect("vocab.json", EditFault.BadModel);
        Write("vocab.json", """{"a": 1}""");
        Write("merges.txt", "#version: 0.2\n");
        Expect("vocab.json", EditFault.BadModel); // no special tokens
        Start();
        Write("tokenizer_config.json", """{"model_max_length": 1}""");
        Expect("tokenizer_config.json", EditFault.BadModel);
    }

    private void Start()
    {
        Write("vocab.json", """{"a": 0, "b": 1, "a</w>": 2, "b</w>": 3, "ab</w>": 4, "!": 5, "<|startoftext|>": 6, "<|endoftext|>": 7}""");
        Write("merges.txt", "#version: 0.2\na b</w>\n");
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(folder, name), text);

    private void Expect(string file, EditFault kind)
    {
        EditException fault = Assert.Throws<EditException>(() => ClipTokenizer.Open(folder));
        Assert.Equal(kind, fault.Kind);
        Assert.Contains(file, fault.Message, StringComparison.Ordinal);
        Assert.NotNull(fault.Remedy);
    }
}
