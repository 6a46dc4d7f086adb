using BrushEdit.Imaging;

namespace BrushEdit.Editing;

/// <summary>How <see cref="Segmenting.MaskForType"/> shapes a mask.</summary>
public sealed record MaskShapeOptions
{
    /// <summary>
    /// Pixels of the picture by which the shaped mask is grown, or shrunk where negative. When null,
    /// <see cref="Segmenting.MaskForType.DefaultGrow"/> for a removal, and for a local edit whose new thing gets room; 0 for every other edit.
    /// </summary>
    public int? Grow { get; init; }

    /// <summary>
    /// Pixels outside the mask over which it fades out, from 0: for cast shadows, fur and hair, which an outline cuts off.
    /// </summary>
    public double Soften { get; init; }

    /// <summary>
    /// Whether a removal, and a replacement that gets room, takes the thing's cast shadow along where it touches the thing
    /// (<see cref="Segmenting.CastShadow"/>).
    /// </summary>
    public bool WithShadow { get; init; }

    /// <summary>
    /// Whether a removal, and a replacement that gets room, takes the thing's reflection along that lies on the ground below it
    /// (<see cref="Segmenting.GroundReflection"/>).
    /// </summary>
    public bool WithReflection { get; init; }

    /// <summary>The shadow, and the reflection, that is taken along as it is, of the picture's size; null for none.</summary>
    public Mask? Shadow { get; init; }

    /// <summary>
    /// Pixels on either side of the foreground's outline within which its edge is found again from the colours, for a background edit
    /// (<see cref="AlphaMatte.Refine"/>); 0 for none, <see cref="AlphaMatte.DefaultReach"/> when null. A mask that is grown, shrunk or
    /// softened has no such edge.
    /// </summary>
    public int? EdgeReach { get; init; }

    /// <summary>
    /// Whether a local edit keeps to the outline also where its new content is another kind of thing, which gets room otherwise.
    /// </summary>
    public bool KeepOutline { get; init; }

    /// <summary>
    /// Boxes of things that the target's edit brings in its place, each as <see cref="Segmenting.ReplacementRoom"/> gives it: a local edit's mask is the
    /// outline joined with them. Empty if the new content keeps the outline.
    /// </summary>
    public IReadOnlyList<Box> Room { get; init; } = [];

    /// <summary>
    /// Outlines of other things, off which the room is kept; of the picture's size. Null for none. The target's own outline is never cut.
    /// </summary>
    public Mask? Kept { get; init; }

    /// <summary>Pixels of the picture under one latent cell of the model; <see cref="Segmenting.MaskCheck.LatentCell"/> of the two below when null.</summary>
    public double? LatentCell { get; init; }

    /// <summary>Side of the canvas of the model that fills the mask, pixels.</summary>
    public int NativeSize { get; init; } = 512;

    /// <summary>Pixels of that canvas along one latent cell.</summary>
    public int LatentFactor { get; init; } = 8;
}
