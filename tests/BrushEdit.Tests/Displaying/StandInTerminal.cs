using System.Globalization;

namespace BrushEdit.Tests.Displaying;

/// <summary>
/// A terminal's screen, as far as live pictures need one: text that wraps and scrolls, the cursor's moves, erasing, and where pictures of Kitty
/// and Sixel graphics lie. What it does not know is a fault.
/// </summary>
internal sealed class StandInTerminal(int columns, int rows, int cellHeight = 20)
{
    private readonly char[][] lines = [.. Enumerable.Range(0, rows).Select(_ => Blank(columns))];
    private (int Row, int Column) saved;

    /// <summary>Rows that have scrolled out at the top.</summary>
    public int Scrolled { get; private set; }

    public int Row { get; private set; }

    public int Column { get; private set; }

    /// <summary>Pictures on the screen: number (0 for Sixel), first row counted from the first row ever, column, rows.</summary>
    public List<(int Number, int Row, int Column, int Rows)> Pictures { get; } = [];

    /// <summary>The last picture that was sent: PNG or Sixel.</summary>
    public string Sent { get; private set; } = string.Empty;

    /// <summary>The lines that hold something, without spaces at the end.</summary>
    public IReadOnlyList<string> Text => [.. lines.Select(line => new string(line).TrimEnd()).Reverse().SkipWhile(line => line.Length == 0).Reverse()];

    public void Write(string text)
    {
        for (int at = 0; at < text.Length;)
        {
            at = text[at] == '\u001b' ? Sequence(text, at + 1) : Character(text, at);
        }
    }

    private static char[] Blank(int columns) => [.. Enumerable.Repeat(' ', columns)];

    private int Character(string text, int at)
    {
        switch (text[at])
        {
            case '\r':
                Column = 0;
                break;
            case '\n':
                NextRow();
                break;
            default:
                Assert.True(Column < columns, "A line is longer than the screen is wide.");
                lines[Row][Column++] = text[at];
                break;
        }

        return at + 1;
    }

    private void NextRow()
    {
        if (Row + 1 < rows)
        {
            Row++;
            return;
        }

        Array.Copy(lines, 1, lines, 0, rows - 1);
        lines[rows - 1] = Blank(columns);
        Scrolled++;
    }

    private int Sequence(string text, int at) => text[at] switch
    {
        '[' => Control(text, at + 1),
        '7' => Save(at + 1),
        '8' => Restore(at + 1),
        '_' => Kitty(text, at + 1),
        'P' => Sixel(text, at - 1),
        char other => throw new InvalidOperationException($"ESC {other} is not known."),
    };

    private int Save(int next)
    {
        saved = (Row, Column);
        return next;
    }

    private int Restore(int next)
    {
        (Row, Column) = saved;
        return next;
    }

    private int Control(string text, int at)
    {
        int end = at;
        while (char.IsAsciiDigit(text[end]) || text[end] == ';')
        {
            end++;
        }

        int number = int.TryParse(text.AsSpan(at, end - at), NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : 1;
        switch (text[end])
        {
            case 'A':
                Assert.True(number <= Row, "The cursor is moved above the screen.");
                Row -= number;
                break;
            case 'B':
                Assert.True(Row + number < rows, "The cursor is moved below the screen.");
                Row += number;
                break;
            case 'J':
                Erase(Row, Column);
                for (int row = Row + 1; row < rows; row++)
                {
                    Erase(row, 0);
                }

                // A picture of Sixel graphics is in the cells; one of Kitty's lies over them.
                Pictures.RemoveAll(picture => picture.Number == 0 && picture.Row >= Row + Scrolled);
                break;
            case 'K':
                Erase(Row, Column);
                break;
            case 'm':
                break;
            default:
                throw new InvalidOperationException($"CSI {text[at..(end + 1)]} is not known.");
        }

        return end + 1;
    }

    private void Erase(int row, int from) => Array.Fill(lines[row], ' ', from, columns - from);

    private int Kitty(string text, int at)
    {
        Assert.Equal('G', text[at]);
        int end = text.IndexOf("\u001b\\", at, StringComparison.Ordinal);
        string[] parts = text[(at + 1)..end].Split(';');
        Dictionary<string, string> keys = parts[0].Split(',').Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        string action = keys.GetValueOrDefault("a", string.Empty);
        if (action == "T")
        {
            int number = int.Parse(keys["i"], CultureInfo.InvariantCulture);
            Assert.Equal(("1", "2"), (keys["C"], keys["q"]));
            Pictures.RemoveAll(picture => picture.Number == number);
            Put(number, int.Parse(keys["r"], CultureInfo.InvariantCulture));
            Sent = string.Empty;
        }
        else if (action == "d")
        {
            Assert.Equal("I", keys["d"]);
            Pictures.RemoveAll(picture => picture.Number == int.Parse(keys["i"], CultureInfo.InvariantCulture));
        }

        Sent += parts.Length > 1 ? parts[1] : string.Empty;
        return end + 2;
    }

    private int Sixel(string text, int from)
    {
        int end = text.IndexOf("\u001b\\", from, StringComparison.Ordinal) + 2;
        Sent = text[from..end];
        (_, _, int height) = SixelDecoder.Decode(Sent);
        int taken = (height + cellHeight - 1) / cellHeight;
        Pictures.RemoveAll(picture => picture.Row == Row + Scrolled && picture.Rows == taken);
        Put(0, taken);

        // Terminals do not agree on where the cursor is afterwards.
        Row += taken - 1;
        Column = Math.Min(columns - 1, 7);
        return end;
    }

    private void Put(int number, int taken)
    {
        Assert.True(Row + taken <= rows, "The picture reaches below the screen, which would scroll.");
        Pictures.Add((number, Row + Scrolled, Column, taken));
    }
}
