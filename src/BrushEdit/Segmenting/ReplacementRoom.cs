using BrushEdit.Imaging;

namespace BrushEdit.Segmenting;

/// <summary>The likely extent of an object that replaces one of another kind.</summary>
public static class ReplacementRoom
{
    /// <summary>The margin of the room on each side, as a fraction of the old object's longer side.</summary>
    public const double Margin = 0.1;

    /// <summary>
    /// A square with the old object's longer side plus the margin, in the old object's place: a wide object can make room for a tall one, and vice
    /// versa. It is moved into the picture, and cut where it would cover other objects; it always contains the old object's own box.
    /// </summary>
    /// <param name="old">The old object's box, in pixels, inside the picture.</param>
    /// <param name="width">The picture's width.</param>
    /// <param name="height">The picture's height.</param>
    /// <param name="others">Boxes of objects that stay.</param>
    public static Box Of(Box old, int width, int height, IReadOnlyList<Box> others)
    {
        ArgumentNullException.ThrowIfNull(others);
        double longer = Math.Max(old.Width, old.Height), margin = Margin * longer;
        double side = longer + (2 * margin);
        double x = Inside(old.CenterX - (side / 2), side, width), y = Inside(old.Bottom + margin - side, side, height);
        Box room = new Box(x, y, side, side).Clip(width, height);
        foreach (Box other in others.Select(other => other.Clip(width, height)).OrderByDescending(other => other.Intersect(room).Area))
        {
            room = Off(room, other, old);
        }

        return room;
    }

    private static double Inside(double from, double size, double limit) => Math.Max(0, Math.Min(from, limit - size));

    // Cuts on the side that frees most of the other object and costs least room; no cut reaches into the old object's box.
    private static Box Off(Box room, Box other, Box old)
    {
        if (room.Intersect(other).IsEmpty)
        {
            return room;
        }

        Box[] cuts =
        [
            Box.FromCorners(Math.Clamp(other.Right, room.X, old.X), room.Y, room.Right, room.Bottom),
            Box.FromCorners(room.X, room.Y, Math.Clamp(other.X, old.Right, room.Right), room.Bottom),
            Box.FromCorners(room.X, Math.Clamp(other.Bottom, room.Y, old.Y), room.Right, room.Bottom),
            Box.FromCorners(room.X, room.Y, room.Right, Math.Clamp(other.Y, old.Bottom, room.Bottom)),
        ];
        return cuts.MinBy(cut => (2 * cut.Intersect(other).Area) - cut.Area);
    }
}
