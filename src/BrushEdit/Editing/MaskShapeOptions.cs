using BrushEdit.Imaging;

namespace BrushEdit.Editing;

/// <summary>How <see cref="Segmenting.MaskForType"/> shapes a mask.</summary>
public sealed record MaskShapeOptions
{
    /// <summary>
    /// Pixels of the picture by which the shaped mask is grown, or shrunk if negative. If null: <see cref="Segmenting.MaskForType.DefaultGrow"/> for
    /// a removal, and for a local edit whose new object needs room; 0 for every other edit.
    /// </summary>
    public int? Grow { get; init; }

    /// <summary>Pixels outside the mask over which it fades out, from 0: for cast shadows, fur and hair, which an outline cuts off.</summary>
    public double Soften { get; init; }

    /// <summary>
    /// Whether a removal, or a replacement with extra room, includes the object's cast shadow where it touches the object (<see
    /// cref="Segmenting.CastShadow"/>).
    /// </summary>
    public bool WithShadow { get; init; }

    /// <summary>
    /// Whether a removal, or a replacement with extra room, includes the object's reflection on the ground below it (<see
    /// cref="Segmenting.GroundReflection"/>).
    /// </summary>
    public bool WithReflection { get; init; }

    /// <summary>The shadow, and the reflection, to include as it is, of the picture's size; null for none.</summary>
    public Mask? Shadow { get; init; }

    /// <summary>
    /// Pixels on either side of the foreground's outline within which its edge is re-estimated from the colours, for a background edit (<see
    /// cref="AlphaMatte.Refine"/>); 0 for none, <see cref="AlphaMatte.DefaultReach"/> if null. A mask that is grown, shrunk or softened has no such
    /// edge.
    /// </summary>
    public int? EdgeReach { get; init; }

    /// <summary>
    /// Whether a local edit keeps to the outline even if its new content is another kind of object, which otherwise gets extra room.
    /// </summary>
    public bool KeepOutline { get; init; }

    /// <summary>
    /// Boxes of the objects that replace the target, each as <see cref="Segmenting.ReplacementRoom"/> returns it: a local edit's mask is the union of
    /// the outline and these boxes. Empty if the new content keeps the outline.
    /// </summary>
    public IReadOnlyList<Box> Room { get; init; } = [];

    /// <summary>
    /// Outlines of other objects, which are excluded from the extra room; of the picture's size. Null for none. The target's own outline is never
    /// cut.
    /// </summary>
    public Mask? Kept { get; init; }

    /// <summary>
    /// Pixels of the picture per latent cell of the model; if null, <see cref="Segmenting.MaskCheck.LatentCell"/> of the two properties below.
    /// </summary>
    public double? LatentCell { get; init; }

    /// <summary>The side of the canvas of the model that fills the mask, in pixels.</summary>
    public int NativeSize { get; init; } = 512;

    /// <summary>Pixels of that canvas along one latent cell.</summary>
    public int LatentFactor { get; init; } = 8;
}
