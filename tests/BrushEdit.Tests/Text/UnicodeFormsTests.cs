using BrushEdit.Text;

namespace BrushEdit.Tests.Text;

public sealed class UnicodeFormsTests
{
    [Theory]
    [InlineData("plain", "plain", "plain")]
    [InlineData("\u00e9", "e\u0301", "\u00e9")]
    [InlineData("e\u0301", "e\u0301", "\u00e9")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307", "q\u0323\u0307")] // put in order
    [InlineData("d\u0307\u0323", "d\u0323\u0307", "\u1e0d\u0307")] // the nearer class joins first
    [InlineData("\u1ebf", "e\u0302\u0301", "\u1ebf")] // in two steps
    [InlineData("\u2126", "\u03a9", "\u03a9")] // a single, never put back
    [InlineData("\u0958", "\u0915\u093c", "\u0915\u093c")] // excluded from composing
    [InlineData("\ud55c", "\u1112\u1161\u11ab", "\ud55c")] // a Korean syllable with a tail
    [InlineData("\u1112\u1161", "\u1112\u1161", "\ud558")] // and without
    [InlineData("\ufb01", "\ufb01", "\ufb01")] // a compatibility character stays
    [InlineData("a\u0315\u0300", "a\u0300\u0315", "\u00e0\u0315")]
    [InlineData("\u0300a", "\u0300a", "\u0300a")] // a mark with nothing before it
    public void AreThoseOfTheStandard(string text, string decomposed, string composed)
    {
        Assert.Equal(decomposed, UnicodeForms.Decompose(text));
        Assert.Equal(composed, UnicodeForms.Compose(text));
    }

    [Fact]
    public void EveryCharacterComesBackTheSameAfterASecondTime()
    {
        for (int point = 0; point < 0x30000; point += point < 0x3000 ? 1 : 7)
        {
            if (point is >= 0xD800 and < 0xE000)
            {
                continue;
            }

            string text = char.ConvertFromUtf32(point);
            string composed = UnicodeForms.Compose(text);
            Assert.Equal(composed, UnicodeForms.Compose(composed));
            Assert.Equal(composed, UnicodeForms.Compose(UnicodeForms.Decompose(text)));
        }
    }
}
