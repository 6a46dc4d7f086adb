using BrushEdit.Displaying;
using BrushEdit.Imaging;

namespace BrushEdit.Tests.Displaying;

/// <summary>Pictures that are drawn over and over in one place, on a screen that keeps count of its lines.</summary>
public sealed class LivePictureTests
{
    private const int Number = 7;

    public static TheoryData<TerminalProtocol, int> Places
    {
        get
        {
            TheoryData<TerminalProtocol, int> places = [];
            foreach (int lines in (int[])[0, 3, 17, 29])
            {
                places.Add(TerminalProtocol.HalfBlock, lines);
                places.Add(TerminalProtocol.Sixel, lines);
                places.Add(TerminalProtocol.Kitty, lines);
            }

            return places;
        }
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Frames_lie_over_one_another_and_leave_nothing(TerminalProtocol protocol, int linesBefore)
    {
        StandInTerminal screen = Screen(linesBefore);
        LivePicture live = Live(screen, protocol);
        string[] kept = [.. screen.Text];
        for (int step = 1; step <= 4; step++)
        {
            Assert.True(live.Show(Colored(64, 48, (byte)(step * 60)), $"photo.png: step {step} of 4"));
            Assert.Equal(0, screen.Column);
            Assert.EndsWith($"photo.png: step {step} of 4", string.Join('\n', screen.Text), StringComparison.Ordinal);
            Assert.Equal(1, screen.Text.Count(line => line.Contains("photo.png", StringComparison.Ordinal)));
            AssertFrame(screen, protocol, Math.Max(0, linesBefore - screen.Scrolled), step * 60);
        }

        Assert.True(live.IsShown);
        live.Clear();
        Assert.False(live.IsShown);
        Assert.Equal(kept.Skip(screen.Scrolled), screen.Text);
        Assert.Empty(screen.Pictures);
        Assert.Equal((linesBefore, 0), (screen.Row + screen.Scrolled, screen.Column));
        live.Clear();
        Assert.Equal(kept.Skip(screen.Scrolled), screen.Text);
    }

    [Theory]
    [InlineData(TerminalProtocol.HalfBlock)]
    [InlineData(TerminalProtocol.Sixel)]
    [InlineData(TerminalProtocol.Kitty)]
    public void What_is_written_between_two_frames_stays(TerminalProtocol protocol)
    {
        StandInTerminal screen = Screen(26);
        LivePicture live = Live(screen, protocol);
        for (int step = 1; step <= 3; step++)
        {
            live.Show(Colored(64, 48, 200), $"step {step}");
            live.Clear();
            screen.Write($"WARNING: {step}\r\n");
        }

        Assert.Equal(["WARNING: 1", "WARNING: 2", "WARNING: 3"], screen.Text.TakeLast(3));
        Assert.Equal("line 25", screen.Text[^4]);
        Assert.Empty(screen.Pictures);
    }

    [Theory]
    [InlineData(TerminalProtocol.HalfBlock)]
    [InlineData(TerminalProtocol.Sixel)]
    [InlineData(TerminalProtocol.Kitty)]
    public void A_picture_of_another_size_takes_the_place_of_the_last(TerminalProtocol protocol)
    {
        StandInTerminal screen = Screen(2);
        LivePicture live = Live(screen, protocol);
        live.Show(Colored(64, 48, 200), "wide");
        live.Show(Colored(32, 64, 100), "tall");
        live.Show(Colored(64, 16, 60), "flat");
        AssertFrame(screen, protocol, 2, 60);
        Assert.DoesNotContain(screen.Text, line => line.Contains("wide", StringComparison.Ordinal) || line.Contains("tall", StringComparison.Ordinal));
        live.Clear();
        Assert.Equal(2, screen.Text.Count);
    }

    [Theory]
    [InlineData(80, 7)]
    [InlineData(3, 30)]
    public void In_a_window_that_is_too_small_nothing_is_written(int columns, int rows)
    {
        List<string> written = [];
        LivePicture live = new(TerminalProtocol.HalfBlock, new TerminalTraits(), Number, () => (columns, rows), written.Add);
        Assert.False(live.Show(Colored(64, 48, 200), "step 1"));
        live.Clear();
        Assert.Empty(written);
    }

    [Fact]
    public void A_picture_far_higher_than_wide_is_not_drawn()
    {
        StandInTerminal screen = Screen(0);
        Assert.False(Live(screen, TerminalProtocol.HalfBlock).Show(Colored(2, 400, 200), "step 1"));
        Assert.Empty(screen.Text);
    }

    [Fact]
    public void A_window_that_shrinks_loses_its_picture_and_one_that_changes_keeps_what_was_drawn()
    {
        (int Columns, int Rows) size = (80, 30);
        StandInTerminal screen = Screen(2);
        LivePicture live = new(TerminalProtocol.HalfBlock, new TerminalTraits(), Number, () => size, screen.Write);
        live.Show(Colored(16, 8, 200), "first");
        size = (79, 30);
        live.Show(Colored(16, 8, 200), "second");
        Assert.Contains("first", screen.Text);
        Assert.Equal("second", screen.Text[^1]);
        Assert.Equal("line 1", screen.Text[1]);
        live.Clear();
        Assert.Equal("first", screen.Text[^1]);
        live.Show(Colored(16, 8, 200), "third");
        size = (79, 6);
        Assert.False(live.Show(Colored(16, 8, 200), "fourth"));
        Assert.False(live.IsShown);
    }

    [Theory]
    [InlineData(100, 'x', 79)]
    [InlineData(100, '猫', 39)]
    public void A_text_is_cut_to_the_line(int length, char letter, int left)
    {
        StandInTerminal screen = Screen(0);
        Live(screen, TerminalProtocol.HalfBlock).Show(Colored(16, 8, 200), new string(letter, length));
        Assert.Equal(new string(letter, left), screen.Text[^1]);
    }

    [Fact]
    public void Kitty_gets_a_picture_of_the_own_size_and_half_blocks_no_more_than_the_rows_that_are_allowed()
    {
        StandInTerminal screen = Screen(0);
        Live(screen, TerminalProtocol.Kitty).Show(Colored(64, 48, 200), "step 1");
        Picture sent = PictureReader.Read(Convert.FromBase64String(screen.Sent), "sent.png");
        Assert.Equal((256, 192), (sent.Width, sent.Height));

        StandInTerminal tall = new(200, 100);
        LivePicture live = new(TerminalProtocol.HalfBlock, new TerminalTraits(), Number, () => (200, 100), tall.Write);
        live.Show(Colored(512, 512, 200), "step 1");
        Assert.Equal(LivePicture.MostRows + 1, tall.Text.Count);
    }

    [Theory]
    [InlineData("\u001b[?63;4c", TerminalProtocol.HalfBlock)]
    [InlineData("\u001b[6;20;10t\u001b[?63;4c", TerminalProtocol.Sixel)]
    [InlineData("\u001b_Gi=1;OK\u001b\\\u001b[?62;c", TerminalProtocol.Kitty)]
    public void Sixel_is_taken_where_the_size_of_a_character_is_known(string answer, TerminalProtocol best) =>
        Assert.Equal(best, TerminalQuestion.Read(new TerminalTraits(), answer).BestInPlace);

    private static void AssertFrame(StandInTerminal screen, TerminalProtocol protocol, int top, int value)
    {
        if (protocol == TerminalProtocol.HalfBlock)
        {
            Assert.Empty(screen.Pictures);
            Assert.Contains('\u2580', screen.Text[top]);
            Assert.True(top == 0 || !screen.Text[top - 1].Contains('\u2580', StringComparison.Ordinal));
            Assert.All(screen.Text.Skip(top).SkipLast(1), line => Assert.Equal(screen.Text[top], line));
            return;
        }

        (int number, int row, int column, int rows) = Assert.Single(screen.Pictures);
        Assert.Equal((protocol == TerminalProtocol.Kitty ? Number : 0, top + screen.Scrolled, 0), (number, row, column));
        Assert.Equal(top + rows + 1, screen.Text.Count);
        if (protocol == TerminalProtocol.Sixel)
        {
            Assert.InRange(SixelDecoder.Decode(screen.Sent).Rgb[0], value - 3, value + 3);
        }
    }

    private static StandInTerminal Screen(int lines)
    {
        StandInTerminal screen = new(80, 30);
        for (int i = 0; i < lines; i++)
        {
            screen.Write($"line {i}\r\n");
        }

        return screen;
    }

    private static LivePicture Live(StandInTerminal screen, TerminalProtocol protocol) => new(protocol, new TerminalTraits(), Number, () => (80, 30), screen.Write);

    private static Picture Colored(int width, int height, byte value) =>
        Picture.FromRgb([.. Enumerable.Repeat(value, width * height * 3)], width, height);
}
