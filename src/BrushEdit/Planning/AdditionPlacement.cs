using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Planning;

/// <summary>The box of an addition, from the relation in the instruction and the position of its anchor.</summary>
public static class AdditionPlacement
{
    /// <summary>The side of the box if nothing else determines it, as a fraction of the picture's short side.</summary>
    public const double DefaultShare = 0.35;

    private const double LeastShare = 0.08;

    private static readonly HashSet<string> Headwear = ["hat", "cap", "crown", "helmet", "bow", "halo", "beret", "hood", "wig", "tiara"];

    private static readonly HashSet<string> Facewear = ["glasses", "sunglasses", "mask", "beard", "moustache", "mustache", "nose"];

    /// <summary>Computes the box of an addition in pixels, inside the picture.</summary>
    /// <param name="relation">The relation in the instruction.</param>
    /// <param name="anchors">The anchors' boxes, in pixels; empty if they were not found or none was named.</param>
    /// <param name="width">The picture's width.</param>
    /// <param name="height">The picture's height.</param>
    /// <param name="content">What is added; a hat is placed higher than a scarf.</param>
    /// <exception cref="EditException">The picture has no extent.</exception>
    public static Box Place(PlaceRelation relation, IReadOnlyList<Box> anchors, int width, int height, string? content = null)
    {
        ArgumentNullException.ThrowIfNull(anchors);
        if (width < 1 || height < 1)
        {
            throw new EditException(EditFault.BadPicture, $"A picture of {width} x {height} pixels has no room for an addition.", target: (width, height));
        }

        double side = DefaultShare * Math.Min(width, height);
        Box box = anchors.Count > 0 && relation <= PlaceRelation.Around
            ? ByAnchor(relation, anchors, width, height, side, content ?? "")
            : InPicture(relation, width, height, side);
        return Inside(box, width, height);
    }

    private static Box ByAnchor(PlaceRelation relation, IReadOnlyList<Box> anchors, int width, int height, double side, string content)
    {
        Box anchor = anchors[0].Clip(width, height);
        if (anchor.IsEmpty)
        {
            return InPicture(PlaceRelation.None, width, height, side);
        }

        // An object beside an anchor gets about the anchor's size, unless the anchor is huge.
        double across = Math.Min(Math.Max(anchor.Width, 0.5 * side), 1.4 * side);
        double down = Math.Min(Math.Max(anchor.Height, 0.5 * side), 1.4 * side);
        bool surface = anchor.Width > 0.6 * width;
        switch (relation)
        {
            case PlaceRelation.LeftOf:
                return Beside(anchor, -1, across, down);
            case PlaceRelation.RightOf:
                return Beside(anchor, 1, across, down);
            case PlaceRelation.NextTo:
                return Beside(anchor, width - anchor.Right >= anchor.X ? 1 : -1, across, down);
            case PlaceRelation.Between when anchors.Count > 1:
                return Between(anchor, anchors[1].Clip(width, height), across, down);
            case PlaceRelation.Above:
                return Box.FromCenter(anchor.CenterX, anchor.Y - (0.55 * down), across, down);
            case PlaceRelation.Below:
                return Box.FromCenter(anchor.CenterX, anchor.Bottom + (0.3 * down), across, 0.6 * down);
            case PlaceRelation.Behind:
                return Box.FromCenter(anchor.CenterX, anchor.Y, 1.2 * across, down);
            case PlaceRelation.InFrontOf:
                return Box.FromCenter(anchor.CenterX, anchor.Bottom, across, 0.8 * down);
            case PlaceRelation.Around:
                return anchor.Expand(0.15 * Math.Min(anchor.Width, anchor.Height));
            case PlaceRelation.On:
                return On(anchor, content, side, surface);
            default:
                return Box.FromCenter(anchor.CenterX, anchor.CenterY, Math.Min(0.6 * anchor.Width, 1.4 * side), Math.Min(0.6 * anchor.Height, 1.4 * side));
        }
    }

    private static Box On(Box anchor, string content, double side, bool surface)
    {
        string head = content.Length == 0 ? "" : NounPhrases.Head(content);
        if (Headwear.Contains(head))
        {
            double wide = Math.Min(0.7 * anchor.Width, 1.4 * side);
            return Box.FromCenter(anchor.CenterX, anchor.Y + (0.05 * wide), wide, 0.7 * wide);
        }

        if (Facewear.Contains(head))
        {
            double wide = Math.Min(0.6 * anchor.Width, 1.4 * side);
            return Box.FromCenter(anchor.CenterX, anchor.Y + (0.2 * anchor.Height), wide, 0.5 * wide);
        }

        // An object can stand anywhere on the ground, but only on the upper edge of a table.
        double size = Math.Min(surface ? side : Math.Max(0.6 * anchor.Width, 0.5 * side), 1.4 * side);
        return surface
            ? Box.FromCenter(anchor.CenterX, anchor.CenterY, size, size)
            : Box.FromCenter(anchor.CenterX, anchor.Y + (0.15 * anchor.Height) - (0.4 * size), size, size);
    }

    private static Box Beside(Box anchor, int direction, double across, double down)
    {
        double gap = 0.08 * across;
        double x = direction < 0 ? anchor.X - gap - across : anchor.Right + gap;

        // Objects that stand together share the same ground line.
        return new Box(x, anchor.Bottom - down, across, down);
    }

    private static Box Between(Box a, Box b, double across, double down)
    {
        (Box left, Box right) = a.CenterX <= b.CenterX ? (a, b) : (b, a);
        double room = right.X - left.Right;
        double wide = room > 0.3 * across ? Math.Min(room * 0.9, across) : 0.6 * across;
        return Box.FromCenter((left.Right + right.X) / 2, (a.CenterY + b.CenterY) / 2, wide, down);
    }

    private static Box InPicture(PlaceRelation relation, int width, int height, double side)
    {
        double third = 1.0 / 3;
        (double x, double y) = relation switch
        {
            PlaceRelation.Left or PlaceRelation.LeftOf => (third / 2, 0.6),
            PlaceRelation.Right or PlaceRelation.RightOf => (1 - (third / 2), 0.6),
            PlaceRelation.Top or PlaceRelation.Above => (0.5, third / 2),
            PlaceRelation.Bottom or PlaceRelation.Below => (0.5, 1 - (third / 2)),
            PlaceRelation.TopLeft => (third / 2, third / 2),
            PlaceRelation.TopRight => (1 - (third / 2), third / 2),
            PlaceRelation.BottomLeft => (third / 2, 1 - (third / 2)),
            PlaceRelation.BottomRight => (1 - (third / 2), 1 - (third / 2)),
            PlaceRelation.Background => (0.5, 0.35),
            PlaceRelation.Foreground => (0.5, 0.75),
            _ => (0.5, 0.6),
        };
        return Box.FromCenter(x * width, y * height, side, side);
    }

    // Moves a box that sticks out inside, cuts one that is larger than the picture, and never makes it too small to draw anything in.
    private static Box Inside(Box box, int width, int height)
    {
        double least = Math.Max(1, LeastShare * Math.Min(width, height));
        double w = Math.Clamp(Math.Round(box.Width), Math.Min(least, width), width);
        double h = Math.Clamp(Math.Round(box.Height), Math.Min(least, height), height);
        double x = Math.Clamp(Math.Round(box.CenterX - (w / 2)), 0, width - w);
        double y = Math.Clamp(Math.Round(box.CenterY - (h / 2)), 0, height - h);

        // Adding 0 turns -0, which would be displayed with its sign, into 0.
        return new Box(x + 0, y + 0, w, h);
    }
}
