using System.Net;
using System.Text.Json;
using BrushEdit.Serving;

namespace BrushEdit.Painting;

/// <summary>Reads the steps that the page sends. They are untrusted: every number is range-checked.</summary>
internal static class PaintStepReader
{
    private const double Farthest = 1e6;
    private const double WidestBrush = 20_000;
    private const int MostPoints = 100_000;
    private const int MostRadius = 100_000;

    /// <summary>Reads a list of steps.</summary>
    /// <param name="list">The list.</param>
    /// <param name="masks">Finds a mask that the session created by its number; returns null if none exists.</param>
    /// <exception cref="PageFault">A step is invalid, or out of range.</exception>
    public static List<PaintStep> Read(JsonElement list, Func<int, PackedMask?> masks)
    {
        if (list.ValueKind != JsonValueKind.Array)
        {
            throw Wrong("The steps are not a list.");
        }

        return [.. list.EnumerateArray().Select(one => Step(one, masks))];
    }

    /// <summary>A number within a range.</summary>
    /// <param name="element">The number.</param>
    /// <param name="least">The minimum.</param>
    /// <param name="most">The maximum.</param>
    /// <exception cref="PageFault">The value is not a number, or out of range.</exception>
    public static double Number(JsonElement element, double least, double most) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double number) && number >= least && number <= most
            ? number
            : throw Wrong($"A number is not in the range of {least} to {most}.");

    /// <summary>An integer within a range.</summary>
    /// <param name="parent">The object.</param>
    /// <param name="name">Its member.</param>
    /// <param name="least">The minimum.</param>
    /// <param name="most">The maximum.</param>
    /// <exception cref="PageFault">The value is not an integer, or out of range.</exception>
    public static int Whole(JsonElement parent, string name, int least, int most) =>
        parent.TryGetProperty(name, out JsonElement element) && element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int number) && number >= least && number <= most
            ? number
            : throw Wrong($"'{name}' is not a whole number from {least} to {most}.");

    /// <summary>Points in a flat list.</summary>
    /// <param name="list">x, y, x, y ...</param>
    /// <exception cref="PageFault">The list is invalid.</exception>
    public static List<(double X, double Y)> Points(JsonElement list)
    {
        double[] numbers = Numbers(list, 2);
        return [.. Enumerable.Range(0, numbers.Length / 2).Select(i => (numbers[2 * i], numbers[(2 * i) + 1]))];
    }

    private static PaintStep Step(JsonElement step, Func<int, PackedMask?> masks)
    {
        if (step.ValueKind != JsonValueKind.Object || !step.TryGetProperty("k", out JsonElement kind) || kind.ValueKind != JsonValueKind.String)
        {
            throw Wrong("A step has no kind.");
        }

        return kind.GetString() switch
        {
            "stroke" => Stroke(step),
            "rect" => Shape(step, PaintShape.Rectangle),
            "ellipse" => Shape(step, PaintShape.Ellipse),
            "polygon" => Shape(step, PaintShape.Polygon),
            "mask" => new MaskStep(masks(Whole(step, "id", 0, int.MaxValue)) ?? throw Wrong("This outline does not exist."), Erases(step)),
            "invert" => new WholeStep(WholeChange.Invert),
            "clear" => new WholeStep(WholeChange.Clear),
            "all" => new WholeStep(WholeChange.All),
            "holes" => new WholeStep(WholeChange.FillHoles),
            "grow" => new WholeStep(WholeChange.Grow, Whole(step, "n", 1, MostRadius)),
            "shrink" => new WholeStep(WholeChange.Shrink, Whole(step, "n", 1, MostRadius)),
            _ => throw Wrong("The kind of a step is unknown."),
        };
    }

    private static StrokeStep Stroke(JsonElement step)
    {
        double[] numbers = Numbers(Member(step, "p"), 3);
        List<StrokePoint> points = [.. Enumerable.Range(0, numbers.Length / 3).Select(i => new StrokePoint(numbers[3 * i], numbers[(3 * i) + 1], numbers[(3 * i) + 2]))];
        return points.Count > 0 && points.TrueForAll(point => point.Radius is > 0 and <= WidestBrush)
            ? new StrokeStep(points, Number(Member(step, "s"), 0, 1), Erases(step))
            : throw Wrong("A stroke has no points, or a brush out of range.");
    }

    private static ShapeStep Shape(JsonElement step, PaintShape kind)
    {
        List<(double X, double Y)> corners = Points(Member(step, "p"));
        return (kind == PaintShape.Polygon ? corners.Count >= 3 : corners.Count == 2)
            ? new ShapeStep(kind, corners, Erases(step))
            : throw Wrong("A shape has too few or too many corners.");
    }

    private static double[] Numbers(JsonElement list, int each)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is var count && (count % each != 0 || count > MostPoints * each))
        {
            throw Wrong("A list of points is missing or too long.");
        }

        return [.. list.EnumerateArray().Select(number => Number(number, -Farthest, Farthest))];
    }

    private static bool Erases(JsonElement step) => step.TryGetProperty("e", out JsonElement erases) && erases.ValueKind == JsonValueKind.True;

    private static JsonElement Member(JsonElement step, string name) => step.TryGetProperty(name, out JsonElement member) ? member : throw Wrong($"A step has no '{name}'.");

    private static PageFault Wrong(string message) => new(HttpStatusCode.BadRequest, message);
}
