using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Selecting;

/// <summary>
/// Whether boxes are in a relation to others. A picture has no depth: an object behind its anchor has its lower edge higher up, one in front has it
/// lower.
/// </summary>
internal static class Relations
{
    // A box may reach past the line into its anchor's side by this fraction of the anchor.
    private const double Slack = 0.25;

    /// <summary>Whether a relation is a matter of degree, so that the nearest object is meant; an object is either on a table or not.</summary>
    /// <param name="relation">A relation to an anchor.</param>
    public static bool Orders(PlaceRelation relation) => relation is not (PlaceRelation.None or PlaceRelation.On or PlaceRelation.In or PlaceRelation.With);

    /// <summary>How far a box is from its anchor in a relation, in pixels; null if it is not in that relation.</summary>
    /// <param name="relation">A relation to an anchor.</param>
    /// <param name="box">The box.</param>
    /// <param name="anchors">The anchor; two for <see cref="PlaceRelation.Between"/>.</param>
    public static double? Distance(PlaceRelation relation, Box box, IReadOnlyList<Box> anchors)
    {
        Box anchor = anchors[0];
        double gap = Gap(box, anchor);
        double near = Math.Max(Math.Max(box.Width, box.Height), Math.Max(anchor.Width, anchor.Height));
        double apart = Apart(box, anchor);
        bool holds = relation switch
        {
            PlaceRelation.LeftOf => box.CenterX < anchor.X + (Slack * anchor.Width),
            PlaceRelation.RightOf => box.CenterX > anchor.Right - (Slack * anchor.Width),
            PlaceRelation.Above => box.CenterY < anchor.Y + (Slack * anchor.Height) && Across(box, anchor) > 0,
            PlaceRelation.Below => box.CenterY > anchor.CenterY && box.Bottom > anchor.Bottom - (Slack * anchor.Height) && Across(box, anchor) > 0,
            PlaceRelation.NextTo or PlaceRelation.Around => gap <= near,
            PlaceRelation.On => Share(box, anchor) >= 0.5 || Stands(box, anchor),
            PlaceRelation.In => Share(box, anchor) >= 0.5,
            PlaceRelation.With => gap <= 0.1 * Math.Min(near, Math.Max(box.Width, box.Height)),
            PlaceRelation.Behind => box.Bottom < anchor.Bottom && gap <= 0.5 * near,
            PlaceRelation.InFrontOf => box.Bottom > anchor.Bottom && gap <= 0.5 * near,
            PlaceRelation.Between => anchors.Count > 1 && IsBetween(box, anchor, anchors[1]),
            _ => false,
        };
        return !holds ? null : relation == PlaceRelation.Between ? FromMiddle(box, anchor, anchors[1]) : Orders(relation) ? gap + (0.01 * apart) : 0;
    }

    // The space between two boxes; 0 if they meet.
    private static double Gap(Box a, Box b)
    {
        double across = Math.Max(0, Math.Max(a.X, b.X) - Math.Min(a.Right, b.Right));
        double down = Math.Max(0, Math.Max(a.Y, b.Y) - Math.Min(a.Bottom, b.Bottom));
        return Math.Sqrt((across * across) + (down * down));
    }

    private static double Apart(Box a, Box b) => Math.Sqrt(Math.Pow(a.CenterX - b.CenterX, 2) + Math.Pow(a.CenterY - b.CenterY, 2));

    // The fraction of the narrower box that is above or below the other.
    private static double Across(Box a, Box b) => Math.Max(0, Math.Min(a.Right, b.Right) - Math.Max(a.X, b.X)) / Math.Max(1e-9, Math.Min(a.Width, b.Width));

    private static double Share(Box box, Box anchor) => box.IsEmpty ? 0 : box.Intersect(anchor).Area / box.Area;

    // On a table: the box's lower edge is within the table's height, or just above it.
    private static bool Stands(Box box, Box anchor) =>
        box.Bottom >= anchor.Y - (0.1 * box.Height) && box.Bottom <= anchor.Bottom && box.CenterY < anchor.CenterY && Across(box, anchor) >= 0.5;

    private static bool IsBetween(Box box, Box a, Box b)
    {
        double dx = b.CenterX - a.CenterX, dy = b.CenterY - a.CenterY;
        double length = (dx * dx) + (dy * dy);
        double along = length == 0 ? 0 : (((box.CenterX - a.CenterX) * dx) + ((box.CenterY - a.CenterY) * dy)) / length;
        return along is > 0.05 and < 0.95;
    }

    private static double FromMiddle(Box box, Box a, Box b) =>
        Math.Sqrt(Math.Pow(box.CenterX - ((a.CenterX + b.CenterX) / 2), 2) + Math.Pow(box.CenterY - ((a.CenterY + b.CenterY) / 2), 2));
}
