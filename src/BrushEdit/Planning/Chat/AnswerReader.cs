using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Planning;

/// <summary>
/// Parses a model's answer: JSON, JSON in a fence or among words, or bare words. The result is only ever a type of edit, a phrase, a sentence
/// or four numbers; nothing in it is used as a path, a command or an address.
/// </summary>
public static partial class AnswerReader
{
    private static readonly string[][] SideNames = [["x", "y", "width", "height"], ["x", "y", "w", "h"], ["left", "top", "width", "height"]];

    private static readonly string[][] CornerNames =
        [["x1", "y1", "x2", "y2"], ["xmin", "ymin", "xmax", "ymax"], ["x_min", "y_min", "x_max", "y_max"], ["x0", "y0", "x1", "y1"], ["left", "top", "right", "bottom"]];

    /// <summary>The kind of edit that an answer names; null if it names none or more than one.</summary>
    /// <param name="answer">The model's words.</param>
    public static EditType? Type(string answer)
    {
        string text = (AnswerText.Field(answer, "edit_type") ?? AnswerText.Field(answer, "answer") ?? answer).ToLowerInvariant();
        EditType[] named = [.. Words().Matches(text).Select(m => OfWord(m.Value)).OfType<EditType>().Distinct()];
        return named.Length == 1 ? named[0] : null;
    }

    /// <summary>A phrase or sentence: the named field of a JSON answer, otherwise the answer's only line, without enclosing marks.</summary>
    /// <param name="answer">The model's words.</param>
    /// <param name="field">The field's name.</param>
    public static string? Line(string answer, string field)
    {
        string? value = AnswerText.Field(answer, field) ?? AnswerText.Field(answer, "answer");
        if (value is null)
        {
            // An object without the field, or one that was never closed, is not a sentence.
            if (answer.AsSpan().ContainsAny('{', '}') || Key().IsMatch(answer))
            {
                return null;
            }

            string[] lines = answer.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            value = lines.Length == 1 ? lines[0] : null;
        }

        value = value?.Trim().Trim('"', '\'', '`', '*').Trim();
        int colon = value?.IndexOf(':') ?? -1;
        value = value is not null && colon > 0 && value.AsSpan(0, colon).Trim().Equals(field, StringComparison.OrdinalIgnoreCase) ? value[(colon + 1)..].Trim() : value;
        return string.IsNullOrEmpty(value) ? null : value;
    }

    /// <summary>
    /// A box in pixels of the picture, from four numbers. They are fractions in [0, 1], pixels of the sent picture, thousandths in [0, 1000], or
    /// pixels of the picture itself (the first of these that they fit), as x, y, width, height, or as two corners if only that fits or the format
    /// says so. Formats in thousandths (box tags, <c>box_2d</c>) and 1024ths (location marks) are read as such.
    /// </summary>
    /// <param name="answer">The model's words.</param>
    /// <param name="sent">The picture as it was sent.</param>
    /// <param name="width">Width of the picture itself.</param>
    /// <param name="height">Height of the picture itself.</param>
    /// <returns>The box; null if the answer contains none that is in the picture.</returns>
    public static Box? Box(string answer, PictureAttachment sent, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(sent);
        answer = AnswerText.WithPlainDigits(answer);
        if (Marks().Match(answer) is { Success: true } marks)
        {
            // PaliGemma: top, left, bottom, right in 1024ths.
            double[] places = [.. Enumerable.Range(1, 4).Select(i => double.Parse(marks.Groups[i].Value, CultureInfo.InvariantCulture))];
            return InUnit([places[1], places[0], places[3], places[2]], 1024, 1024, width, height, cornersOnly: true);
        }

        if (Numbers(answer, out bool corners) is not { } n || n.Any(v => !double.IsFinite(v) || v < 0))
        {
            return null;
        }

        if (n.All(v => v <= 1))
        {
            return InUnit(n, 1, 1, width, height, corners);
        }

        if (answer.Contains("box_2d", StringComparison.OrdinalIgnoreCase) && !answer.Contains("bbox_2d", StringComparison.OrdinalIgnoreCase))
        {
            // Gemini: top, left, bottom, right in thousandths.
            return InUnit([n[1], n[0], n[3], n[2]], 1000, 1000, width, height, cornersOnly: true);
        }

        if (BoxTags().IsMatch(answer))
        {
            return InUnit(n, 1000, 1000, width, height, cornersOnly: true);
        }

        return InUnit(n, sent.Width, sent.Height, width, height, corners)
            ?? InUnit(n, 1000, 1000, width, height, corners)
            ?? InUnit(n, width, height, width, height, corners);
    }

    private static Box? InUnit(double[] n, double across, double down, int width, int height, bool cornersOnly)
    {
        const double slack = 1.01;
        Box sized = new(n[0], n[1], n[2], n[3]);
        Box box = !cornersOnly && !sized.IsEmpty && sized.Right <= across * slack && sized.Bottom <= down * slack ? sized
            : n[2] > n[0] && n[3] > n[1] && n[2] <= across * slack && n[3] <= down * slack ? Imaging.Box.FromCorners(n[0], n[1], n[2], n[3])
            : default;
        if (box.IsEmpty)
        {
            return null;
        }

        Box scaled = box.Scale(width / across, height / down).Clip(width, height);
        return scaled.Width >= 1 && scaled.Height >= 1 ? scaled : null;
    }

    private static double[]? Numbers(string answer, out bool corners)
    {
        corners = answer.Contains("bbox_2d", StringComparison.OrdinalIgnoreCase) || answer.Contains("x2", StringComparison.OrdinalIgnoreCase);
        foreach (JsonElement json in AnswerText.Objects(answer).Reverse())
        {
            // Named sides take precedence.
            JsonElement box = AnswerText.Find(json, "box", 2) is { ValueKind: JsonValueKind.Object } inner ? inner : json;
            foreach ((string[][] forms, bool asCorners) in new[] { (CornerNames, true), (SideNames, false) })
            {
                foreach (string[] names in forms)
                {
                    double[] named = [.. names.Select(name => Number(AnswerText.Find(box, name, 1)))];
                    if (!named.Any(double.IsNaN))
                    {
                        corners = asCorners;
                        return named;
                    }
                }
            }
        }

        // Next, the last four numbers in brackets, then exactly four numbers. A list may contain strings, or the corners as pairs.
        string plain = answer.Replace("\"", "", StringComparison.Ordinal).Replace("'", "", StringComparison.Ordinal);
        Match list = Brackets().Match(plain);
        double[] numbers = [.. NumberText().Matches(list.Success ? list.Groups[1].Value : Labels().Replace(plain, " ")).Select(m => Parsed(m.Value))];
        return numbers.Length == 4 ? numbers : null;
    }

    /// <summary>A field of a JSON answer as text: a string, or a number; null if there is none.</summary>
    /// <param name="answer">The model's words.</param>
    /// <param name="field">The field's name.</param>
    internal static string? Value(string answer, string field) =>
        AnswerText.Field(answer, field)?.Trim()
        ?? AnswerText.Objects(answer).Reverse().Select(json => AnswerText.Find(json, field, 3)).FirstOrDefault(value => value is { ValueKind: JsonValueKind.Number })?.GetRawText();

    private static double Number(JsonElement? value) => value switch
    {
        { ValueKind: JsonValueKind.Number } number => number.GetDouble(),
        { ValueKind: JsonValueKind.String } text => Parsed(text.GetString()!),
        _ => double.NaN,
    };

    private static double Parsed(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : double.NaN;

    private static EditType? OfWord(string word) => word switch
    {
        "addition" or "add" or "insertion" => EditType.Addition,
        "remove" or "removal" or "delete" or "deletion" => EditType.Remove,
        "local" => EditType.Local,
        "global" => EditType.Global,
        "background" => EditType.Background,
        _ => null,
    };

    [GeneratedRegex("[a-z]+")]
    private static partial Regex Words();

    // Occurs only in an object: a quoted name followed by a colon.
    [GeneratedRegex("""["'](?:edit_type|target|caption|box|answer)["']\s*:""", RegexOptions.IgnoreCase)]
    private static partial Regex Key();

    [GeneratedRegex(@"<loc(\d{4})>\s*<loc(\d{4})>\s*<loc(\d{4})>\s*<loc(\d{4})>")]
    private static partial Regex Marks();

    [GeneratedRegex(@"<\|?box(?:_start)?\|?>", RegexOptions.IgnoreCase)]
    private static partial Regex BoxTags();

    [GeneratedRegex(@"[\[(]\s*[\[(]?\s*(-?[\d.]+(?:e-?\d+)?\s*,\s*-?[\d.]+(?:e-?\d+)?\s*(?:[\])]\s*,\s*[\[(]|,)\s*-?[\d.]+(?:e-?\d+)?\s*,\s*-?[\d.]+(?:e-?\d+)?)\s*[\])]", RegexOptions.IgnoreCase | RegexOptions.RightToLeft)]
    private static partial Regex Brackets();

    [GeneratedRegex(@"-?[0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?", RegexOptions.IgnoreCase)]
    private static partial Regex NumberText();

    [GeneratedRegex(@"[A-Za-z_]+\d+[A-Za-z_]*")]
    private static partial Regex Labels();
}
