using System.Text;
using System.Text.Json;

namespace BrushEdit.Tests;

/// <summary>Whatever an error quotes, its message is one plain line that ends somewhere.</summary>
public sealed class EditExceptionTests
{
    [Fact]
    public void A_message_echoes_no_more_than_a_line_of_what_it_quotes()
    {
        EditException fault = new(EditFault.BadModel, $"The tensor '{new string('x', 100_000)}' is not known.", "Copy it again.", "tensor");
        Assert.InRange(fault.Message.Length, 50, PlainText.MostQuoted + 100);
        Assert.EndsWith("xxx' is not known. Copy it again.", fault.Message, StringComparison.Ordinal);
        Assert.Equal("Copy it again.", fault.Remedy);
    }

    [Fact]
    public void A_message_and_a_remedy_end_somewhere_where_nothing_is_quoted()
    {
        EditException fault = new(EditFault.BadArgument, string.Concat(Enumerable.Repeat("word ", 50_000)), string.Concat(Enumerable.Repeat("remedy ", 50_000)));
        Assert.InRange(fault.Message.Length, 100, (2 * PlainText.MostMessage) + 20);
        Assert.InRange(fault.Remedy!.Length, 100, PlainText.MostMessage + 10);
    }

    [Fact]
    public void A_message_and_a_remedy_move_no_cursor()
    {
        EditException fault = new(EditFault.BadPicture, "a\u001b]0;owned\u0007.png\r\nis broken.", "Look at\u001b[2J it.");
        Assert.Equal("a\u241b]0;owned\u2407.png is broken. Look at\u241b[2J it.", fault.Message);
        Assert.DoesNotContain('\u001b', fault.Remedy!);
    }

    [Fact]
    public void An_apostrophe_opens_no_quotation()
    {
        string own = $"TorchSharp's library cannot be used, {string.Join(' ', Enumerable.Repeat("because", 40))}, as the user's 'folder' is empty.";
        Assert.Equal(own, PlainText.Message(own));
    }

    [Fact]
    public void Json_that_is_none_is_quoted_by_a_line_at_most()
    {
        JsonException fault = Assert.ThrowsAny<JsonException>(() => StrictJson.Check(Encoding.UTF8.GetBytes($"{{\"a\":n{new string('0', 5000)}")));
        Assert.InRange(fault.Message.Length, 20, PlainText.MostQuoted + 100);
        Assert.NotNull(fault.LineNumber);
    }
}
