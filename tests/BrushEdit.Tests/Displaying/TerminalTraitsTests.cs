using BrushEdit.Displaying;
using BrushEdit.Imaging;
using BrushEdit.Tests.Imaging;

namespace BrushEdit.Tests.Displaying;

/// <summary>What is made of a terminal's environment and answers, and how large pictures are drawn.</summary>
public sealed class TerminalTraitsTests
{
    [Theory]
    [InlineData("TERM=xterm-kitty", TerminalProtocol.Kitty, true)]
    [InlineData("TERM=xterm-ghostty TERM_PROGRAM=ghostty", TerminalProtocol.Kitty, true)]
    [InlineData("TERM=xterm-256color TERM_PROGRAM=WezTerm", TerminalProtocol.Kitty, true)]
    [InlineData("TERM=foot", TerminalProtocol.Sixel, true)]
    [InlineData("TERM=xterm-256color TERM_PROGRAM=iTerm.app", TerminalProtocol.Sixel, true)]
    [InlineData("TERM=xterm-256color KONSOLE_VERSION=230400 COLORTERM=truecolor", TerminalProtocol.Sixel, true)]
    [InlineData("TERM=xterm-256color", TerminalProtocol.HalfBlock, false)]
    [InlineData("TERM=xterm-256color COLORTERM=truecolor", TerminalProtocol.HalfBlock, true)]
    [InlineData("TERM=xterm-256color TERM_PROGRAM=Apple_Terminal", TerminalProtocol.HalfBlock, false)]
    [InlineData("TERM=tmux-256color TMUX=/tmp/x KITTY_WINDOW_ID=1 COLORTERM=truecolor", TerminalProtocol.HalfBlock, true)]
    [InlineData("TERM=screen-256color STY=1.x KITTY_WINDOW_ID=1", TerminalProtocol.HalfBlock, false)]
    [InlineData("", TerminalProtocol.HalfBlock, false)]
    public void The_environment_tells(string variables, TerminalProtocol best, bool trueColor)
    {
        TerminalTraits traits = Traits(variables);
        Assert.Equal((best, trueColor), (traits.Best, traits.TrueColor));
    }

    [Theory]
    [InlineData("TERM=xterm-256color", true)]
    [InlineData("TERM=tmux-256color TMUX=/tmp/x", true)]
    [InlineData("WT_SESSION=1", true)]
    [InlineData("TERM=screen STY=1.x", false)]
    [InlineData("TERM=linux", false)]
    [InlineData("TERM=dumb", false)]
    [InlineData("TERM=xterm-256color TERM_PROGRAM=Apple_Terminal", false)]
    [InlineData("", false)]
    public void Only_terminals_that_swallow_questions_are_asked(string variables, bool answers) => Assert.Equal(answers, Traits(variables).Answers);

    [Fact]
    public void The_console_of_windows_has_24_bit_colours() => Assert.True(TerminalTraits.Of(_ => null, windows: true).TrueColor);

    [Theory]
    [InlineData("\u001b[?63;1;2;4;6;9;15;22c", TerminalProtocol.Sixel)]
    [InlineData("\u001b[?4c", TerminalProtocol.HalfBlock)]
    [InlineData("\u001b[?64;14;24c", TerminalProtocol.HalfBlock)]
    [InlineData("\u001b_Gi=1;OK\u001b\\\u001b[?62;c", TerminalProtocol.Kitty)]
    [InlineData("\u001b_Gi=1;ENOTSUP:no\u001b\\\u001b[?62;4c", TerminalProtocol.Sixel)]
    [InlineData("typed ahead\u001b[A", TerminalProtocol.HalfBlock)]
    [InlineData("", TerminalProtocol.HalfBlock)]
    public void An_answer_tells(string answer, TerminalProtocol best) => Assert.Equal(best, TerminalQuestion.Read(new TerminalTraits(), answer).Best);

    [Fact]
    public void An_answer_gives_the_sizes()
    {
        TerminalTraits traits = TerminalQuestion.Read(new TerminalTraits(), "\u001b[6;21;9t\u001b[?2;0;800;480S\u001b[?63;4c");
        Assert.Equal((9, 21), (traits.CellWidth, traits.CellHeight));
        Assert.Equal((800, 480), traits.LargestSixel);
        Assert.Equal((10, 20), Cell("\u001b[6;0;0t\u001b[?63;4c"));
        Assert.Equal((10, 20), Cell("\u001b[6;99999999999;9t\u001b[?63;4c"));
    }

    [Theory]
    [InlineData("\u001b[6;21;9t", false)]
    [InlineData("\u001b[?2;0;800;480S", false)]
    [InlineData("\u001b[6;21;9t\u001b[?63;4c", true)]
    [InlineData("\u001b[?1;2c", true)]
    public void The_attributes_come_last(string answer, bool whole) => Assert.Equal(whole, TerminalQuestion.IsWhole(answer));

    [Theory]
    [InlineData(64, 64, TerminalProtocol.HalfBlock, 64)]
    [InlineData(640, 480, TerminalProtocol.HalfBlock, 100)]
    [InlineData(480, 640, TerminalProtocol.HalfBlock, 60)]
    [InlineData(64, 64, TerminalProtocol.Sixel, 26)]
    [InlineData(4000, 100, TerminalProtocol.Sixel, 100)]
    [InlineData(1, 4000, TerminalProtocol.Kitty, 1)]
    public void Pictures_fit_the_window(int width, int height, TerminalProtocol protocol, int columns) =>
        Assert.Equal(columns, TerminalPicture.Columns(Drawn.Picture(width, height), protocol, new TerminalTraits(), 100, 40));

    [Fact]
    public void Sixel_pictures_stay_below_the_terminal_s_limit()
    {
        string text = Assert.Single(TerminalPicture.Draw(Drawn.Picture(40, 20), TerminalProtocol.Sixel, new TerminalTraits { LargestSixel = (300, 50) }, 40));
        (_, int width, int height) = SixelDecoder.Decode(text);
        Assert.Equal((100, 50), (width, height));
    }

    [Fact]
    public void Kitty_is_not_sent_more_pixels_than_there_are()
    {
        string text = string.Concat(TerminalPicture.Draw(Drawn.Picture(300, 200), TerminalProtocol.Kitty, new TerminalTraits(), 80));
        Assert.Contains("c=80,", text, StringComparison.Ordinal);
        string data = string.Concat(text.Split("\u001b\\").SkipLast(1).Select(piece => piece[(piece.IndexOf(';', StringComparison.Ordinal) + 1)..]));
        using NetVips.Image image = NetVips.Image.PngloadBuffer(Convert.FromBase64String(data));
        Assert.Equal((300, 200), (image.Width, image.Height));
    }

    [Fact]
    public void Transparent_parts_are_laid_on_a_checkerboard()
    {
        byte[] samples = new byte[16 * 8 * 4];
        Array.Fill(samples, (byte)7, 0, samples.Length / 2);
        for (int i = 3; i < samples.Length; i += 4)
        {
            samples[i] = (byte)(i < samples.Length / 2 ? 255 : 0);
        }

        byte[] rgb = PictureView.ToRgb(Picture.FromSamples(samples, 16, 8, PictureColor.Rgb, hasAlpha: true), 16, 8);
        Assert.All(rgb[..(16 * 4 * 3)], value => Assert.Equal(7, value));
        Assert.Equal(2, rgb[(16 * 4 * 3)..].Distinct().Count());
        Assert.All(rgb[(16 * 4 * 3)..], value => Assert.True(value > 150));
    }

    private static (int, int) Cell(string answer)
    {
        TerminalTraits traits = TerminalQuestion.Read(new TerminalTraits(), answer);
        return (traits.CellWidth, traits.CellHeight);
    }

    private static TerminalTraits Traits(string variables)
    {
        Dictionary<string, string> set = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToDictionary(pair => pair.Split('=')[0], pair => pair.Split('=')[1]);
        return TerminalTraits.Of(name => set.GetValueOrDefault(name), windows: false);
    }
}
