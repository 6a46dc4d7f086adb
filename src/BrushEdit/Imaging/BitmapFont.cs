namespace BrushEdit.Imaging;

/// <summary>
/// Letters of five by seven dots for labels on pictures: the same on every machine, whatever fonts it has. Capitals are shown as small
/// letters, accents are dropped, and characters without a glyph are hollow boxes.
/// </summary>
internal static class BitmapFont
{
    /// <summary>Width of a letter in dots, including one dot between letters.</summary>
    public const int Advance = 6;

    /// <summary>Height in dots.</summary>
    public const int Height = 7;

    private const string Unknown = "##### #...# #...# #...# #...# #...# #####";

    private static readonly Dictionary<char, string> Letters = new()
    {
        [' '] = "..... ..... ..... ..... ..... ..... .....",
        ['a'] = "..... ..... .###. ....# .#### #...# .####",
        ['b'] = "#.... #.... ####. #...# #...# #...# ####.",
        ['c'] = "..... ..... .###. #.... #.... #.... .###.",
        ['d'] = "....# ....# .#### #...# #...# #...# .####",
        ['e'] = "..... ..... .###. #...# ##### #.... .###.",
        ['f'] = "..##. .#... ####. .#... .#... .#... .#...",
        ['g'] = "..... ..... .#### #...# .#### ....# .###.",
        ['h'] = "#.... #.... ####. #...# #...# #...# #...#",
        ['i'] = "..#.. ..... .##.. ..#.. ..#.. ..#.. .###.",
        ['j'] = "...#. ..... ..##. ...#. ...#. #..#. .##..",
        ['k'] = "#.... #.... #..#. #.#.. ##... #.#.. #..#.",
        ['l'] = ".##.. ..#.. ..#.. ..#.. ..#.. ..#.. .###.",
        ['m'] = "..... ..... ##.#. #.#.# #.#.# #.#.# #.#.#",
        ['n'] = "..... ..... ####. #...# #...# #...# #...#",
        ['o'] = "..... ..... .###. #...# #...# #...# .###.",
        ['p'] = "..... ..... ####. #...# ####. #.... #....",
        ['q'] = "..... ..... .#### #...# .#### ....# ....#",
        ['r'] = "..... ..... #.##. ##..# #.... #.... #....",
        ['s'] = "..... ..... .#### #.... .###. ....# ####.",
        ['t'] = ".#... .#... ####. .#... .#... .#... ..##.",
        ['u'] = "..... ..... #...# #...# #...# #...# .####",
        ['v'] = "..... ..... #...# #...# .#.#. .#.#. ..#..",
        ['w'] = "..... ..... #.#.# #.#.# #.#.# #.#.# .#.#.",
        ['x'] = "..... ..... #...# .#.#. ..#.. .#.#. #...#",
        ['y'] = "..... ..... #...# #...# .#### ....# .###.",
        ['z'] = "..... ..... ##### ...#. ..#.. .#... #####",
        ['0'] = ".###. #...# #..## #.#.# ##..# #...# .###.",
        ['1'] = "..#.. .##.. ..#.. ..#.. ..#.. ..#.. .###.",
        ['2'] = ".###. #...# ....# ..##. .#... #.... #####",
        ['3'] = ".###. #...# ....# ..##. ....# #...# .###.",
        ['4'] = "...#. ..##. .#.#. #..#. ##### ...#. ...#.",
        ['5'] = "##### #.... ####. ....# ....# #...# .###.",
        ['6'] = "..##. .#... #.... ####. #...# #...# .###.",
        ['7'] = "##### ....# ...#. ..#.. ..#.. .#... .#...",
        ['8'] = ".###. #...# #...# .###. #...# #...# .###.",
        ['9'] = ".###. #...# #...# .#### ....# ...#. .##..",
        ['.'] = "..... ..... ..... ..... ..... .##.. .##..",
        [','] = "..... ..... ..... ..... ..##. ..#.. .#...",
        ['-'] = "..... ..... ..... .###. ..... ..... .....",
        ['\''] = "..#.. ..#.. ..... ..... ..... ..... .....",
        ['%'] = "##..# ##..# ...#. ..#.. .#... #..## #..##",
        [':'] = "..... .##.. .##.. ..... .##.. .##.. .....",
        ['/'] = "....# ....# ...#. ..#.. .#... #.... #....",
        ['('] = "...#. ..#.. .#... .#... .#... ..#.. ...#.",
        [')'] = ".#... ..#.. ...#. ...#. ...#. ..#.. .#...",
        ['?'] = ".###. #...# ....# ..##. ..#.. ..... ..#..",
        ['+'] = "..... ..#.. ..#.. ##### ..#.. ..#.. .....",
        ['#'] = ".#.#. .#.#. ##### .#.#. ##### .#.#. .#.#.",
        ['&'] = ".##.. #..#. .##.. #.#.# #..#. #..#. .##.#",
        ['_'] = "..... ..... ..... ..... ..... ..... #####",
    };

    /// <summary>Width of a text in dots, without a gap after its last letter.</summary>
    /// <param name="text">The text.</param>
    public static int Measure(string text) => Math.Max(0, (Plain(text).Length * Advance) - 1);

    /// <summary>The dots of a text that are set, column and row from the top left.</summary>
    /// <param name="text">The text.</param>
    public static IEnumerable<(int X, int Y)> Dots(string text)
    {
        string plain = Plain(text);
        for (int place = 0; place < plain.Length; place++)
        {
            string letter = Letters.GetValueOrDefault(plain[place], Unknown);
            for (int at = 0; at < letter.Length; at++)
            {
                if (letter[at] == '#')
                {
                    yield return ((place * Advance) + (at % Advance), at / Advance);
                }
            }
        }
    }

    // Invariant globalization has no decomposition tables; the few Latin letters that occur in phrases are enough here.
    private static string Plain(string text) => string.Concat(text.ToLowerInvariant().Select(letter => letter switch
    {
        >= 'à' and <= 'å' => 'a',
        'ç' => 'c',
        >= 'è' and <= 'ë' => 'e',
        >= 'ì' and <= 'ï' => 'i',
        'ñ' => 'n',
        >= 'ò' and <= 'ö' => 'o',
        >= 'ù' and <= 'ü' => 'u',
        'ý' or 'ÿ' => 'y',
        '’' => '\'',
        _ => letter,
    }));
}
