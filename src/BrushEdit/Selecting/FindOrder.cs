using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Selecting;

/// <summary>Sorts detections by a place or a size, and determines which are in a part of the picture.</summary>
internal static class FindOrder
{
    /// <summary>
    /// If two keys differ by less than this fraction of the picture's side, or of the object's size, the choice between the detections is unclear.
    /// </summary>
    public const double Close = 0.03;

    /// <summary>The detection's sort key for a size; the largest is last.</summary>
    /// <param name="size">The size.</param>
    /// <param name="box">The detection's box.</param>
    public static double Key(SelectionSize size, Box box) => size switch
    {
        SelectionSize.Largest => -box.Area,
        SelectionSize.Smallest => box.Area,
        SelectionSize.Tallest => -box.Height,
        SelectionSize.Shortest => box.Height,
        SelectionSize.Widest => -box.Width,
        _ => box.Width,
    };

    /// <summary>The detection's distance from a place, as a fraction of the picture's side; the nearest has the smallest value.</summary>
    /// <param name="place">A part of the picture.</param>
    /// <param name="box">The detection's box.</param>
    /// <param name="finds">All detections, which determine the middle one.</param>
    /// <param name="width">The picture's width.</param>
    /// <param name="height">The picture's height.</param>
    public static double Key(PlaceRelation place, Box box, IReadOnlyList<Detection> finds, int width, int height)
    {
        double x = box.CenterX / width, y = box.CenterY / height;
        return place switch
        {
            PlaceRelation.Left => x,
            PlaceRelation.Right => 1 - x,
            PlaceRelation.Top => y,
            PlaceRelation.Bottom => 1 - y,
            PlaceRelation.TopLeft => (x + y) / 2,
            PlaceRelation.TopRight => (1 - x + y) / 2,
            PlaceRelation.BottomLeft => (x + 1 - y) / 2,
            PlaceRelation.BottomRight => (2 - x - y) / 2,
            PlaceRelation.Foreground => 1 - (box.Bottom / height),
            PlaceRelation.Background => box.Bottom / height,
            _ => FromMiddle(x, y, finds, width, height),
        };
    }

    /// <summary>Whether a detection is in a part of the picture: the named half, the quarter of a corner, the middle half.</summary>
    /// <param name="place">A part of the picture.</param>
    /// <param name="box">The detection's box.</param>
    /// <param name="width">The picture's width.</param>
    /// <param name="height">The picture's height.</param>
    public static bool IsIn(PlaceRelation place, Box box, int width, int height)
    {
        double x = box.CenterX / width, y = box.CenterY / height;
        bool left = x < 0.5, top = y < 0.5;
        return place switch
        {
            PlaceRelation.Left => left,
            PlaceRelation.Right => !left,
            PlaceRelation.Top => top,
            PlaceRelation.Bottom => !top,
            PlaceRelation.TopLeft => left && top,
            PlaceRelation.TopRight => !left && top,
            PlaceRelation.BottomLeft => left && !top,
            PlaceRelation.BottomRight => !left && !top,
            PlaceRelation.Foreground => box.Bottom > 0.6 * height,
            PlaceRelation.Background => box.Bottom <= 0.6 * height,
            _ => Math.Abs(x - 0.5) < 0.25 && Math.Abs(y - 0.5) < 0.25,
        };
    }

    // "The middle one" of three is the second along their line; otherwise it is the one nearest to the picture's middle.
    private static double FromMiddle(double x, double y, IReadOnlyList<Detection> finds, int width, int height)
    {
        if (finds.Count < 3 || finds.Count % 2 == 0)
        {
            return Math.Sqrt(Math.Pow(x - 0.5, 2) + Math.Pow(y - 0.5, 2));
        }

        double[] across = [.. finds.Select(find => find.Box.CenterX / width).Order()];
        double[] down = [.. finds.Select(find => find.Box.CenterY / height).Order()];
        return across[^1] - across[0] >= down[^1] - down[0] ? Math.Abs(x - across[across.Length / 2]) : Math.Abs(y - down[down.Length / 2]);
    }
}
