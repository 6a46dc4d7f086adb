using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Planning;

/// <summary>
/// Takes a model's answer for what it is: JSON, JSON in a fence or among words, or bare words. Whatever it says stays a kind of
/// edit, a phrase, a sentence or four numbers; nothing in it is ever used as a path, a command or an address.
/// </summary>
public static partial class AnswerReader
{
    /// <summary>The kind of edit an answer names; null where it names none or more than one.</summary>
    /// <param name="answer">The model's words.</param>
    public static EditType? Type(string answer)
    {
        string text = (Field(answer, "edit_type") ?? Field(answer, "answer") ?? answer).ToLowerInvariant();
        EditType[] named = [.. Words().Matches(text).Select(m => OfWord(m.Value)).OfType<EditType>().Distinct()];
        return named.Length == 1 ? named[0] : null;
    }

    /// <summary>A phrase or sentence: the named field of a JSON answer, else the answer's only line, without marks around it.</summary>
    /// <param name="answer">The model's words.</param>
    /// <param name="field">The field's name.</param>
    public static string? Line(string answer, string field)
    {
        string? value = Field(answer, field) ?? Field(answer, "answer");
        if (value is null)
        {
            // An object without the field, or one that was never closed, is no sentence.
            if (Object(answer) is not null || answer.Contains('{', StringComparison.Ordinal))
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
    /// A box in pixels of the picture: from four numbers that are shares in [0, 1], pixels of what was sent, thousandths in
    /// [0, 1000], or pixels of the picture itself (the first of these that they fit), as x, y, width, height, or as two corners where
    /// only that fits.
    /// </summary>
    /// <param name="answer">The model's words.</param>
    /// <param name="sent">The picture as it was sent.</param>
    /// <param name="width">Width of the picture itself.</param>
    /// <param name="height">Height of the picture itself.</param>
    /// <returns>The box; null where the answer holds none that lies in the picture.</returns>
    public static Box? Box(string answer, PictureAttachment sent, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(sent);
        if (Numbers(answer) is not { } n || n.Any(v => !double.IsFinite(v) || v < 0))
        {
            return null;
        }

        bool corners = answer.Contains("bbox_2d", StringComparison.OrdinalIgnoreCase) || answer.Contains("x2", StringComparison.OrdinalIgnoreCase);
        if (n.All(v => v <= 1))
        {
            return InUnit(n, 1, 1, width, height, corners);
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

    private static double[]? Numbers(string answer)
    {
        // Named sides first, then the first four numbers in brackets, then four numbers and no more.
        if (Object(answer) is { } json && json.TryGetProperty("box", out JsonElement box) && box.ValueKind == JsonValueKind.Object)
        {
            double[] named = [.. new[] { "x", "y", "width", "height" }.Select(k => box.TryGetProperty(k, out JsonElement v) && v.ValueKind == JsonValueKind.Number ? v.GetDouble() : double.NaN)];
            return named.Any(double.IsNaN) ? null : named;
        }

        Match list = Brackets().Match(answer);
        double[] numbers = [.. Number().Matches(list.Success ? list.Groups[1].Value : Labels().Replace(answer, " ")).Select(m => double.Parse(m.Value, CultureInfo.InvariantCulture))];
        return numbers.Length == 4 ? numbers : null;
    }

    /// <summary>A field of a JSON answer as text: a string, or a number; null where there is none.</summary>
    /// <param name="answer">The model's words.</param>
    /// <param name="field">The field's name.</param>
    internal static string? Value(string answer, string field) => Object(answer) is { } json && json.TryGetProperty(field, out JsonElement value)
        ? value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!.Trim(),
            JsonValueKind.Number => value.GetRawText(),
            _ => null,
        }
        : null;

    private static string? Field(string answer, string name) =>
        Object(answer) is { } json && json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // The first JSON object in a text.
    private static JsonElement? Object(string text)
    {
        int open = text.IndexOf('{');
        int close = text.LastIndexOf('}');
        if (open < 0 || close <= open)
        {
            return null;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(text.AsMemory(open, close - open + 1), new JsonDocumentOptions { AllowTrailingCommas = true, MaxDepth = 8 });
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }

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

    [GeneratedRegex(@"\[\s*((?:-?[\d.]+(?:e-?\d+)?\s*,\s*){3}-?[\d.]+(?:e-?\d+)?)\s*\]", RegexOptions.IgnoreCase)]
    private static partial Regex Brackets();

    [GeneratedRegex(@"-?\d+(?:\.\d+)?(?:e-?\d+)?", RegexOptions.IgnoreCase)]
    private static partial Regex Number();

    [GeneratedRegex(@"[A-Za-z_]+\d+[A-Za-z_]*")]
    private static partial Regex Labels();
}
