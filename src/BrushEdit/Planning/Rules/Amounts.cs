using System.Globalization;
using BrushEdit.Editing;

namespace BrushEdit.Planning;

/// <summary>The words for number, order, size and place: closed classes of English.</summary>
internal static class Amounts
{
    private static readonly string[] Numbers = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

    private static readonly string[] Ordinals = ["zeroth", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];

    private static readonly Dictionary<string, SelectionSize> Sizes = Lexicon.Classes<SelectionSize>(
        "Largest: largest biggest larger bigger; Smallest: smallest smaller tiniest littlest; Tallest: tallest taller; Shortest: shortest shorter; "
        + "Widest: widest wider longest longer broadest; Narrowest: narrowest narrower thinnest thinner");

    private static readonly Dictionary<string, PlaceRelation> Places = Lexicon.Classes<PlaceRelation>(
        "Left: left leftmost left-hand left-most; Right: right rightmost right-hand right-most; Top: top topmost upper uppermost highest higher; "
        + "Bottom: bottom lower lowest lowermost bottommost; Middle: middle central center centre; "
        + "Foreground: front foreground nearest closest frontmost; Background: back background distance farthest furthest rear rearmost");

    /// <summary>A cardinal number from 1, in words up to twelve or in digits up to 100; null for any other word.</summary>
    public static int? Number(string word)
    {
        int index = Array.IndexOf(Numbers, word);
        return index > 0 ? index : int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value is > 0 and <= 100 ? value : null;
    }

    /// <summary>An ordinal number from 1, in words up to tenth or in digits up to 100; null for any other word, also for "last".</summary>
    public static int? Ordinal(string word)
    {
        int index = Array.IndexOf(Ordinals, word);
        return index > 0 ? index
            : word.Length > 2 && word[^2..] is "st" or "nd" or "rd" or "th" && int.TryParse(word[..^2], NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value is > 0 and <= 100 ? value
            : null;
    }

    /// <summary>A size that distinguishes an object from others; None if the word names no such size.</summary>
    public static SelectionSize Size(string word) => Sizes.GetValueOrDefault(word);

    /// <summary>A part of the picture; None if the word names none.</summary>
    public static PlaceRelation Place(string word)
    {
        string[] parts = word.Split('-');
        return Places.TryGetValue(word, out PlaceRelation place) ? place : parts.Length == 2 ? Corner(Place(parts[0]), Place(parts[1])) : PlaceRelation.None;
    }

    /// <summary>The corner where two sides meet; None if they do not meet.</summary>
    public static PlaceRelation Corner(PlaceRelation one, PlaceRelation other) => (one, other) switch
    {
        (PlaceRelation.Top, PlaceRelation.Left) or (PlaceRelation.Left, PlaceRelation.Top) => PlaceRelation.TopLeft,
        (PlaceRelation.Top, PlaceRelation.Right) or (PlaceRelation.Right, PlaceRelation.Top) => PlaceRelation.TopRight,
        (PlaceRelation.Bottom, PlaceRelation.Left) or (PlaceRelation.Left, PlaceRelation.Bottom) => PlaceRelation.BottomLeft,
        (PlaceRelation.Bottom, PlaceRelation.Right) or (PlaceRelation.Right, PlaceRelation.Bottom) => PlaceRelation.BottomRight,
        _ => PlaceRelation.None,
    };
}
