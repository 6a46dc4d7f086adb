using System.Text;

namespace BrushEdit.Tests.Fuzzing;

/// <summary>Breaks files: a few random changes of a sound one, the same for the same seed.</summary>
/// <param name="seed">Decides everything.</param>
internal sealed class Mutator(int seed)
{
    // What parsers stumble over: limits of numbers, halves of characters, digits of other scripts, values of other kinds.
    private static readonly byte[][] Pieces = [.. new[]
    {
        "null", "true", "-1", "0", "1e309", "-1e309", "NaN", "Infinity", "9223372036854775807", "18446744073709551616", "2147483647", "1000000000", "0.5", "\"\"", "\"\\ud800\"", "\\ud800",
        "\\u0000", "\u0663", "[]", "{}", "[null]", "[[[[", "{\"a\":", "}", "]", ",", ":", "\"", "\\", "\r\n", "\n\n", "\0", "\u001b[2J", "..", "/", "../../x", new string('9', 400), new string('[', 300),
    }.Select(Encoding.UTF8.GetBytes)];

    private readonly Random random = new(seed);

    /// <summary>A broken copy.</summary>
    /// <param name="sound">A file that is read without fault.</param>
    public byte[] Break(byte[] sound)
    {
        List<byte> bytes = [.. sound];
        for (int change = random.Next(1, 6); change > 0; change--)
        {
            Change(bytes);
        }

        return [.. bytes];
    }

    private void Change(List<byte> bytes)
    {
        int at = random.Next(bytes.Count + 1);
        int length = Math.Min(bytes.Count - at, 1 << random.Next(0, 8));
        switch (random.Next(8))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3:
                bytes.InsertRange(random.Next(bytes.Count + 1), bytes.GetRange(at, length));
                break;
            case 4:
                bytes.InsertRange(at, Pieces[random.Next(Pieces.Length)]);
                break;
            case 5:
                Replace(bytes);
                break;
            case 6:
                for (int i = at; i < at + Math.Min(length, 8); i++)
                {
                    bytes[i] = random.Next(2) == 0 ? (byte)0xFF : (byte)0;
                }

                break;
            case 7 when random.Next(4) == 0:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
        }
    }

    // A number or a word gives way to something else: what a hand or a broken tool does to a configuration.
    private void Replace(List<byte> bytes)
    {
        int from = random.Next(bytes.Count + 1);
        while (from < bytes.Count && !IsWord(bytes[from]))
        {
            from++;
        }

        int to = from;
        while (to < bytes.Count && IsWord(bytes[to]))
        {
            to++;
        }

        bytes.RemoveRange(from, to - from);
        bytes.InsertRange(from, Pieces[random.Next(Pieces.Length)]);
    }

    private static bool IsWord(byte value) => char.IsAsciiLetterOrDigit((char)value) || value is (byte)'.' or (byte)'-' or (byte)'_';
}
