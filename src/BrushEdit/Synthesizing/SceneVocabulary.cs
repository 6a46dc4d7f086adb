namespace BrushEdit.Synthesizing;

/// <summary>Everything a scene can contain, and every word that captions and instructions use.</summary>
public static class SceneVocabulary
{
    /// <summary>Kinds of objects, distinguished by their outlines.</summary>
    public static IReadOnlyList<string> Kinds { get; } =
        ["ball", "cube", "star", "heart", "tree", "mushroom", "cup", "fish", "house", "car", "flower"];

    /// <summary>Colours of objects. They apply to the main part; details (a trunk, a roof) have other colours.</summary>
    public static IReadOnlyList<string> Colors { get; } =
        ["red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink", "white", "black"];

    /// <summary>Sizes of objects: height of the enclosing square as a share of the picture's short side (<see cref="SizeOf"/>).</summary>
    public static IReadOnlyList<string> Sizes { get; } = ["small", "medium", "large"];

    /// <summary>What the objects stand on; the last three have a horizon and a sky.</summary>
    public static IReadOnlyList<string> Backgrounds { get; } =
        ["grass", "sand", "snow", "water", "wood", "bricks", "stone", "tiles", "carpet", "field", "beach", "desert"];

    /// <summary>Times of day, which tint the whole picture.</summary>
    public static IReadOnlyList<string> Lights { get; } = ["day", "dusk", "night"];

    /// <summary>Every word of captions and instructions, in ordinal order, lower case, without commas.</summary>
    public static IReadOnlyList<string> Words { get; } = [.. Kinds.Concat(Colors).Concat(Sizes).Concat(Backgrounds).Concat(Lights)
        .Concat(["a", "an", "and", "on", "by", "at", "the", "it", "to", "of", "with", "in", "into", "left", "right", "middle",
            "remove", "add", "make", "replace", "change", "turn", "background"])
        .Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Height of the enclosing square of an object of this size, as a share of the short side: 0.18, 0.28 or 0.40.</summary>
    public static double SizeOf(string size) => size switch
    {
        "small" => 0.18,
        "medium" => 0.28,
        "large" => 0.40,
        _ => throw new EditException(EditFault.BadArgument, $"'{size}' is not a size of scene objects.", $"Sizes are {string.Join(", ", Sizes)}.", size),
    };

    /// <summary>
    /// True if this colour of this kind never occurs in training. A fixed rule on the indices in <see cref="Colors"/>
    /// and <see cref="Kinds"/> holds out two colours of every kind; every colour still occurs with most kinds.
    /// </summary>
    public static bool IsHeldOut(string color, string kind)
    {
        int k = IndexOf(Kinds, kind, "a kind of scene object");
        int c = IndexOf(Colors, color, "a colour of scene objects");
        return c == ((3 * k) + 1) % Colors.Count || c == ((3 * k) + 6) % Colors.Count;
    }

    /// <summary>A background as it follows "on" or "to": the ones with a horizon take an article.</summary>
    internal static string PhraseOf(string background) => HasHorizon(background) ? $"a {background}" : background;

    /// <summary>True if the background has a horizon and, above it, a sky where nothing can stand.</summary>
    internal static bool HasHorizon(string background) => background is "field" or "beach" or "desert";

    /// <summary>"by day", "at dusk", "at night".</summary>
    internal static string LightPhrase(string light) => light == "day" ? "by day" : $"at {light}";

    /// <summary>Index of a word in its list; throws an error that names the choices if the word is not in it.</summary>
    internal static int IndexOf(IReadOnlyList<string> list, string word, string what)
    {
        for (int i = 0; i < list.Count; i++)
        {
            if (list[i] == word)
            {
                return i;
            }
        }

        throw new EditException(EditFault.BadArgument, $"'{word}' is not {what}.", $"Choose from {string.Join(", ", list)}.", word);
    }
}
