using System.Globalization;
using BrushEdit.Imaging;

namespace BrushEdit.Segmenting;

/// <summary>A point on the object, or outside it.</summary>
/// <param name="X">Column, in pixels of the picture, from the left edge; a whole number refers to a pixel.</param>
/// <param name="Y">Row, in pixels of the picture, from the top edge.</param>
/// <param name="Exclude">Whether the point is not on the object.</param>
public readonly record struct SegmentPoint(double X, double Y, bool Exclude = false);

/// <summary>
/// The prompt for an outline. Every box is a separate object. Points without boxes all belong to one object; with several boxes, a point
/// belongs to every box that contains it. A rough mask marks one object, with at most one box.
/// </summary>
public sealed record SegmentPrompt
{
    /// <summary>A box around each object.</summary>
    public IReadOnlyList<Box> Boxes { get; init; } = [];

    /// <summary>Points on and off the objects.</summary>
    public IReadOnlyList<SegmentPoint> Points { get; init; } = [];

    /// <summary>A rough mask of the picture's size; its hull serves as the box if no box is given.</summary>
    public Mask? Mask { get; init; }

    /// <summary>A prompt of boxes only.</summary>
    /// <param name="boxes">One or more.</param>
    public static SegmentPrompt FromBoxes(params IReadOnlyList<Box> boxes) => new() { Boxes = boxes };

    /// <summary>A prompt of points only.</summary>
    /// <param name="points">The points, at least one of them on the object.</param>
    public static SegmentPrompt FromPoints(params IReadOnlyList<SegmentPoint> points) => new() { Points = points };

    /// <summary>A prompt of a rough mask only.</summary>
    /// <param name="mask">The mask.</param>
    public static SegmentPrompt FromMask(Mask mask) => new() { Mask = mask };

    /// <summary>Validates the prompt against its picture and sorts it by object.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="warnings">Receives the corrections.</param>
    /// <returns>One prompt per object: either all have a box or none has.</returns>
    /// <exception cref="EditException">
    /// Nothing is given; a box has no area or is outside; a point is outside, or in none of several boxes; a mask is empty or of another size; the
    /// parts cannot be combined.
    /// </exception>
    internal IReadOnlyList<ThingPrompt> Resolve(Picture picture, ICollection<string> warnings)
    {
        if (Boxes.Count == 0 && Points.Count == 0 && Mask is null)
        {
            throw new EditException(EditFault.BadArgument, "No prompt for the outline is given.", "Give a box, a point or a rough mask, or find the object first.");
        }

        foreach (SegmentPoint point in Points)
        {
            if (!(point.X >= 0 && point.X < picture.Width && point.Y >= 0 && point.Y < picture.Height))
            {
                throw new EditException(
                    EditFault.BadArgument,
                    string.Create(CultureInfo.InvariantCulture, $"The point {point.X:0.##},{point.Y:0.##} lies outside the picture of {picture.Width} x {picture.Height}."),
                    $"Give x from 0 to {picture.Width - 1} and y from 0 to {picture.Height - 1}, in pixels from the top left.",
                    point);
            }
        }

        List<Box> boxes = [.. Boxes.Select(box => Inside(box, picture, warnings))];
        if (Mask is not null)
        {
            Mask.RequireSize(picture);
            if (Mask.Binarize().Bounds is not { } hull)
            {
                throw new EditException(EditFault.BadMask, "The rough mask is empty: no value of it is 128 or more.", "Paint over the object in white, or give a box or a point.", Mask);
            }

            if (boxes.Count > 1)
            {
                throw new EditException(EditFault.BadArgument, $"One rough mask cannot be combined with {boxes.Count} boxes.", "Give the boxes alone, or one box with the mask.", Mask);
            }

            if (boxes.Count == 0)
            {
                boxes.Add(hull);
            }
        }

        if (boxes.Count == 0)
        {
            return Points.Any(point => !point.Exclude)
                ? [new ThingPrompt(null, Points, null)]
                : throw new EditException(EditFault.BadArgument, "All points exclude; none is on the object.", "Add a point on the object, or a box around it.", Points);
        }

        if (boxes.Count == 1)
        {
            return [new ThingPrompt(boxes[0], Points, Mask)];
        }

        foreach (SegmentPoint point in Points)
        {
            if (!boxes.Any(box => Holds(box, point)))
            {
                throw new EditException(
                    EditFault.BadArgument,
                    string.Create(CultureInfo.InvariantCulture, $"The point {point.X:0.##},{point.Y:0.##} is not inside any of the {boxes.Count} boxes."),
                    "With several boxes, each point must be inside the box that it belongs to.",
                    point);
            }
        }

        return [.. boxes.Select(box => new ThingPrompt(box, [.. Points.Where(point => Holds(box, point))], null))];
    }

    private static bool Holds(Box box, SegmentPoint point) =>
        point.X >= box.X && point.X < box.Right && point.Y >= box.Y && point.Y < box.Bottom;

    private static Box Inside(Box box, Picture picture, ICollection<string> warnings)
    {
        if (box.IsEmpty || !double.IsFinite(box.X + box.Y + box.Right + box.Bottom))
        {
            throw new EditException(EditFault.BadArgument, $"The box {box} has no area.", "Give x, y, width and height in pixels, with width and height above 0.", box);
        }

        Box clipped = box.Clip(picture.Width, picture.Height);
        if (clipped.IsEmpty)
        {
            throw new EditException(
                EditFault.BadArgument,
                $"The box {box} lies outside the picture of {picture.Width} x {picture.Height}.",
                "Give a box that overlaps the picture, in pixels from its top left corner.",
                box);
        }

        if (clipped != box && clipped.IoU(box) < 1 - 1e-9)
        {
            warnings.Add($"The box {box} extends beyond the picture of {picture.Width} x {picture.Height}; {clipped} of it is used.");
        }

        return clipped;
    }
}

/// <summary>The part of a prompt that marks one object.</summary>
/// <param name="Box">The box around it, inside the picture.</param>
/// <param name="Points">Points on and off it.</param>
/// <param name="Mask">A rough mask of it.</param>
internal sealed record ThingPrompt(Box? Box, IReadOnlyList<SegmentPoint> Points, Mask? Mask)
{
    /// <summary>A single point may refer to a part or the whole: of several masks, the one with the network's highest confidence is used.</summary>
    public bool IsAmbiguous => Box is null && Mask is null && Points.Count == 1;
}
