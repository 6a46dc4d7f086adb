using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Segmenting;

/// <summary>A mask in the shape that a type of edit needs.</summary>
/// <param name="Mask">White is edited.</param>
/// <param name="Grown">Pixels by which it was grown; negative if it was shrunk.</param>
/// <param name="Warnings">Properties of the mask that may spoil the edit.</param>
public sealed record ShapedMask(Mask Mask, int Grown, IReadOnlyList<MaskWarning> Warnings);

/// <summary>Shapes the outline of an object into the mask that a type of edit needs, with pure functions.</summary>
public static class MaskForType
{
    /// <summary>Pixels by which a removal's mask grows in a picture whose shorter side is 512 (after arXiv 2412.10316, scaled with the picture).</summary>
    public const double GrowAt512 = 20;

    /// <summary>
    /// The growth of a removal's mask: 20 pixels if the picture's shorter side is 512, otherwise in proportion to it, so that the same picture at
    /// another size has the same mask. At least 1.
    /// </summary>
    /// <param name="width">The picture's width.</param>
    /// <param name="height">The picture's height.</param>
    public static int DefaultGrow(int width, int height) => Math.Max(1, (int)Math.Round(GrowAt512 * Math.Min(width, height) / 512));

    /// <summary>Shapes a mask.</summary>
    /// <param name="type">The kind of edit.</param>
    /// <param name="width">The picture's width.</param>
    /// <param name="height">The picture's height.</param>
    /// <param name="target">
    /// The object's outline: needed for a removal and a local edit; for a background edit that of the foreground; for an addition its hull is used if
    /// no box is given; ignored for a global edit.
    /// </param>
    /// <param name="box">Where an addition is placed; ignored for other edits.</param>
    /// <param name="options">Growth and softness.</param>
    /// <exception cref="EditException">
    /// An input that the kind of edit needs is missing (MissingStage); the outline has another size or is empty, or nothing is left to edit
    /// (BadMask); the box has no area in the picture (BadArgument).
    /// </exception>
    public static ShapedMask Shape(EditType type, int width, int height, Mask? target = null, Box? box = null, MaskShapeOptions? options = null)
    {
        options ??= new MaskShapeOptions();
        if (!(options.Soften >= 0 && double.IsFinite(options.Soften)))
        {
            throw new EditException(EditFault.BadArgument, $"The softness {options.Soften} is out of range.", "Give the pixels over which the mask fades out, 0 or more; 0 is a hard edge.", options);
        }

        if (options.LatentCell is { } cell && !(cell > 0))
        {
            throw new EditException(EditFault.BadArgument, $"A latent cell of {cell} pixels is out of range.", "Give more than 0.", options);
        }

        List<MaskWarning> warnings = [];
        bool isRoomy = type == EditType.Local && options.Room.Count > 0;
        Mask shaped = type switch
        {
            EditType.Remove => Outline().Binarize(),
            EditType.Local => isRoomy ? Outline().Binarize() : Outline(),
            EditType.Background => Outline().Invert(),
            EditType.Global => Mask.Full(width, height),
            EditType.Addition => Place(),
            _ => throw new EditException(EditFault.BadArgument, $"There is no type of edit '{type}'.", "Give Addition, Remove, Local, Global or Background.", type),
        };

        int grown = options.Grow ?? (type == EditType.Remove || isRoomy ? DefaultGrow(width, height) : 0);
        shaped = Resize(shaped, grown);
        if (isRoomy)
        {
            // The room already has a margin; the outline is grown, so that nothing of the old object remains.
            shaped = options.Room.Aggregate(shaped, (mask, room) => mask.Union(Mask.FromBox(width, height, room)));
            shaped = options.Kept is { } kept ? shaped.Subtract(kept.Binarize()).Union(Outline().Binarize()) : shaped;
        }

        if (options.Shadow is { } shadow && (type == EditType.Remove || isRoomy))
        {
            shaped = shaped.Union(shadow);
        }

        if (shaped.IsEmpty)
        {
            throw new EditException(
                EditFault.BadMask,
                grown < 0 ? $"Nothing is left of the mask when it is shrunk by {-grown} pixels." : "The mask leaves nothing to edit: the foreground covers the whole picture.",
                grown < 0 ? "Shrink it less." : "Outline only the foreground.",
                shaped);
        }

        warnings.AddRange(MaskCheck.Inspect(shaped, options.LatentCell ?? MaskCheck.LatentCell(shaped, options.NativeSize, options.LatentFactor)));
        return new ShapedMask(Soften(shaped, options.Soften), grown, warnings);

        Mask Outline()
        {
            if (target is null)
            {
                string thing = type == EditType.Background ? "foreground" : "thing";
                throw new EditException(
                    EditFault.MissingStage,
                    $"An edit of type {type} needs the outline of the {thing}, but there is none.",
                    "Outline it with Get-SegmentMask, or give a mask.",
                    type);
            }

            if (target.Width != width || target.Height != height)
            {
                throw new EditException(
                    EditFault.BadMask,
                    $"The outline is {target.Width} x {target.Height}, but the picture is {width} x {height}.",
                    "Give a mask of the picture's own size.",
                    target);
            }

            return target.Binarize().IsEmpty
                ? throw new EditException(EditFault.BadMask, "The outline is empty: nothing was found to edit.", "Give another prompt, or paint a mask.", target)
                : target;
        }

        Mask Place()
        {
            if (box is not { } place)
            {
                return target is not null
                    ? Outline().BoxHull()
                    : throw new EditException(
                        EditFault.MissingStage, "An addition needs the box for the new object, but there is none.", "Give a box, or a plan that has one.", type);
            }

            Box inside = place.Clip(width, height);
            if (place.IsEmpty || inside.IsEmpty)
            {
                throw new EditException(
                    EditFault.BadArgument,
                    $"The box {place} covers no part of the picture of {width} x {height}.",
                    "Give x, y, width and height in pixels, from the picture's top left corner.",
                    place);
            }

            if (inside.IoU(place) < 1 - 1e-9)
            {
                warnings.Add(new MaskWarning(MaskFault.Clipped, $"The box {place} extends beyond the picture of {width} x {height}; {inside} of it is used."));
            }

            return Mask.FromBox(width, height, inside);
        }
    }

    private static Mask Resize(Mask mask, int grown) => grown switch
    {
        > 0 => mask.Grow(grown),
        < 0 => mask.Shrink(-grown),
        _ => mask,
    };

    /// <summary>
    /// Fades a mask out over its surroundings: the inside stays; outside, the value falls as half a cosine with the distance d to the mask, from
    /// 255 at d = 0 to 0 just beyond the radius.
    /// </summary>
    /// <param name="mask">The mask; its soft values are kept where they are higher.</param>
    /// <param name="radius">Pixels, from 0; 0 changes nothing.</param>
    public static Mask Soften(Mask mask, double radius)
    {
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentOutOfRangeException.ThrowIfNegative(radius);
        if (radius == 0 || mask.IsEmpty)
        {
            return mask;
        }

        int[] distances = DistanceTransform.Squared(mask.Binarize().Values.ToArray(), mask.Width, mask.Height, toInside: true);
        byte[] soft = mask.Values.ToArray();
        double limit = radius * radius;
        for (int i = 0; i < soft.Length; i++)
        {
            if (distances[i] > 0 && distances[i] <= limit)
            {
                double fade = 0.5 + (0.5 * Math.Cos(Math.PI * Math.Sqrt(distances[i]) / (radius + 1)));
                soft[i] = Math.Max(soft[i], (byte)Math.Round(255 * fade));
            }
        }

        return Mask.FromValues(soft, mask.Width, mask.Height);
    }
}
