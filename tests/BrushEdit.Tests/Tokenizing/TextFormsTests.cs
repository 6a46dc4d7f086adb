using BrushEdit.Tokenizing;

namespace BrushEdit.Tests.Tokenizing;

public sealed class TextFormsTests
{
    [Theory]
    [InlineData("plain", "plain", "plain")]
    [InlineData("\u00e9", "e\u0301", "\u00e9")]
    [InlineData("d\u0307\u0323", "d\u0323\u0307", "\u1e0d\u0307")]
    [InlineData("\u2126", "\u03a9", "\u03a9")] // a single, never put back
    [InlineData("e\u0301\uFFFEe\u0301", "e\u0301\uFFFEe\u0301", "\u00e9\uFFFE\u00e9")] // what the platform refuses stays
    public void AreThoseOfTheStandard(string text, string decomposed, string composed)
    {
        Assert.SkipUnless(TextForms.Available, "This process runs with invariant globalization.");
        Assert.Equal(decomposed, TextForms.Decompose(text));
        Assert.Equal(composed, TextForms.Compose(text));
        Assert.Null(TextForms.WarnOnce([text]));
    }

    // An attribute cannot hold half a character.
    [Fact]
    public void HalfACharacterIsReplaced() => Assert.Equal("a\uFFFD", TextForms.Compose("a" + '\ud800'));

    [Fact]
    public void TextInAsciiIsNotWarnedOf() => Assert.Null(TextForms.WarnOnce(["a red ball", string.Empty]));
}
