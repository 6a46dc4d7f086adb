using System.Globalization;
using System.Text;

namespace BrushEdit.Text;

/// <summary>
/// Canonical composition (NFC) and decomposition (NFD) that do not depend on the host: under invariant globalization
/// <see cref="string.Normalize(NormalizationForm)"/> leaves everything beyond ASCII as it is, and tokens would then depend on who
/// hosts the library. Algorithm and data: Unicode Standard Annex 15, Unicode Character Database.
/// </summary>
public static class UnicodeForms
{
    // The Korean syllables are computed, not listed (Unicode Standard, section 3.12).
    private const int SyllableBase = 0xAC00;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TailBase = 0x11A7;
    private const int LeadCount = 19;
    private const int VowelCount = 21;
    private const int TailCount = 28;
    private const int SyllableCount = LeadCount * VowelCount * TailCount;

    private static readonly Lazy<Tables> Data = new(Tables.Load);

    /// <summary>Letters and their accents as one character where there is one: e + U+0301 becomes U+00E9.</summary>
    /// <param name="text">Any text; lone surrogates become U+FFFD where anything is changed.</param>
    public static string Compose(string text)
    {
        ArgumentNullException.ThrowIfNull(text);

        // Nothing below U+0300 is changed by composing.
        return text.All(character => character < 0x300) ? text : Join(Composed(Ordered(text)));
    }

    /// <summary>Letters and their accents as characters of their own: U+00E9 becomes e + U+0301.</summary>
    /// <param name="text">Any text; lone surrogates become U+FFFD where anything is changed.</param>
    public static string Decompose(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.All(character => character < 0xC0) ? text : Join(Ordered(text));
    }

    private static List<int> Ordered(string text)
    {
        List<int> points = [];
        foreach (Rune rune in text.EnumerateRunes())
        {
            Split(rune.Value, points);
        }

        // Marks behind a letter are put in the order of their classes; equal classes keep theirs.
        for (int at = 1; at < points.Count; at++)
        {
            int kind = Data.Value.Class(points[at]);
            for (int back = at; kind > 0 && back > 0 && Data.Value.Class(points[back - 1]) > kind; back--)
            {
                (points[back - 1], points[back]) = (points[back], points[back - 1]);
            }
        }

        return points;
    }

    private static void Split(int point, List<int> into)
    {
        int syllable = point - SyllableBase;
        if (syllable is >= 0 and < SyllableCount)
        {
            into.Add(LeadBase + (syllable / (VowelCount * TailCount)));
            into.Add(VowelBase + (syllable / TailCount % VowelCount));
            if (syllable % TailCount != 0)
            {
                into.Add(TailBase + (syllable % TailCount));
            }
        }
        else if (Data.Value.Parts.TryGetValue(point, out (int First, int? Second) parts))
        {
            Split(parts.First, into);
            if (parts.Second is int second)
            {
                Split(second, into);
            }
        }
        else
        {
            into.Add(point);
        }
    }

    private static List<int> Composed(List<int> points)
    {
        List<int> result = [];
        int starter = -1;
        int before = 0; // class of the last point kept behind the starter
        foreach (int point in points)
        {
            int kind = Data.Value.Class(point);
            bool adjacent = starter == result.Count - 1;
            if (starter >= 0 && (adjacent || (before < kind && before > 0)) && Whole(result[starter], point) is int whole)
            {
                result[starter] = whole;
                continue;
            }

            if (kind == 0)
            {
                starter = result.Count;
            }

            before = kind;
            result.Add(point);
        }

        return result;
    }

    private static int? Whole(int first, int second)
    {
        int lead = first - LeadBase;
        int vowel = second - VowelBase;
        if (lead is >= 0 and < LeadCount && vowel is >= 0 and < VowelCount)
        {
            return SyllableBase + (((lead * VowelCount) + vowel) * TailCount);
        }

        int syllable = first - SyllableBase;
        int tail = second - TailBase;
        if (syllable is >= 0 and < SyllableCount && syllable % TailCount == 0 && tail is > 0 and < TailCount)
        {
            return first + tail;
        }

        return Data.Value.Wholes.TryGetValue((first, second), out int whole) ? whole : null;
    }

    private static string Join(List<int> points)
    {
        StringBuilder text = new(points.Count);
        points.ForEach(point => text.Append(new Rune(point).ToString()));
        return text.ToString();
    }

    private sealed class Tables
    {
        private readonly Dictionary<int, int> classes = [];

        public Dictionary<int, (int First, int? Second)> Parts { get; } = [];

        public Dictionary<(int First, int Second), int> Wholes { get; } = [];

        public static Tables Load()
        {
            Tables tables = new();
            using Stream stream = typeof(UnicodeForms).Assembly.GetManifestResourceStream("BrushEdit.Text.unicode-canonical.txt")!;
            using StreamReader reader = new(stream);
            while (reader.ReadLine() is string line)
            {
                string[] words = line.Split(' ');
                switch (words[0])
                {
                    case "class":
                        for (int point = Hex(words[1]); point <= Hex(words[2]); point++)
                        {
                            tables.classes[point] = int.Parse(words[3]);
                        }

                        break;
                    case "pair":
                        tables.Wholes[(Hex(words[2]), Hex(words[3]))] = Hex(words[1]);
                        tables.Parts[Hex(words[1])] = (Hex(words[2]), Hex(words[3]));
                        break;
                    case "split":
                        tables.Parts[Hex(words[1])] = (Hex(words[2]), Hex(words[3]));
                        break;
                    case "only":
                        tables.Parts[Hex(words[1])] = (Hex(words[2]), null);
                        break;
                }
            }

            return tables;
        }

        public int Class(int point) => classes.GetValueOrDefault(point);

        private static int Hex(string word) => int.Parse(word, NumberStyles.HexNumber);
    }
}
