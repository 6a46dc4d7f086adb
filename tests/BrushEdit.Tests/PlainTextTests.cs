namespace BrushEdit.Tests;

/// <summary>Text from outside as a terminal is shown it.</summary>
public sealed class PlainTextTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("photo.png", "photo.png")]
    [InlineData("Grüße, 東京 🐕.png", "Grüße, 東京 🐕.png")]
    [InlineData("a\r\nb\nc\td", "a b c d")]
    [InlineData("\u001b]0;owned\u0007", "\u241b]0;owned\u2407")]
    [InlineData("\u007f\u009b31m", "\u2421\ufffd31m")]
    [InlineData("evil\u202egnp.exe\u2066", "evil\ufffdgnp.exe\ufffd")]
    [InlineData("line\u2028and\u2029paragraph\u0085end", "line and paragraph end")]
    public void Line_shows_what_a_text_holds_and_does_nothing(string? text, string expected) => Assert.Equal(expected, PlainText.Line(text));

    // An attribute cannot hold half a pair.
    [Fact]
    public void Half_a_surrogate_pair_is_replaced() => Assert.Equal("half \ufffd", PlainText.Line("half " + '\ud83d'));

    [Fact]
    public void Every_control_character_is_made_harmless()
    {
        for (int c = 0; c <= char.MaxValue; c++)
        {
            string line = PlainText.Line($"a{(char)c}b");
            Assert.DoesNotContain(line, letter => char.IsControl(letter) || char.IsSurrogate(letter) || letter is >= '\u202a' and <= '\u202e' or >= '\u2066' and <= '\u2069');
        }
    }

    [Fact]
    public void Message_shortens_what_it_quotes_and_keeps_its_own_words()
    {
        string message = PlainText.Message($"'{new string('x', 5000)}' is no box. Give four numbers.");
        Assert.True(message.Length < PlainText.MostQuoted + 50);
        Assert.StartsWith("'xxx", message, StringComparison.Ordinal);
        Assert.EndsWith("xxx' is no box. Give four numbers.", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Message_ends_somewhere_where_nothing_is_quoted()
    {
        string message = PlainText.Message(string.Concat(Enumerable.Repeat("🐕 word ", 2000)));
        Assert.InRange(message.Length, 100, PlainText.MostMessage + 10);
        Assert.DoesNotContain('\ufffd', PlainText.Line(message));
    }
}
