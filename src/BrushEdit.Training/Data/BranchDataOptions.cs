namespace BrushEdit.Training;

/// <summary>Which part of a picture that is not square is learnt from.</summary>
public enum TrainingCrop
{
    /// <summary>A square anywhere, another one each time.</summary>
    Random,

    /// <summary>The square in the middle, always.</summary>
    Center,
}

/// <summary>How pictures become examples.</summary>
public sealed record BranchDataOptions
{
    /// <summary>The side of the examples, pixels: a multiple of what the base's autoencoder divides by.</summary>
    public int Side { get; init; } = 512;

    /// <summary>Which part of a picture is taken.</summary>
    public TrainingCrop Crop { get; init; } = TrainingCrop.Random;

    /// <summary>The weight of random brush strokes among the masks.</summary>
    public double BrushShare { get; init; } = 0.5;

    /// <summary>The weight of a picture's own masks; pictures that have none get brush strokes.</summary>
    public double SegmentShare { get; init; } = 0.4;

    /// <summary>
    /// The weight of other pictures' masks, laid where nothing lies that they outline: the picture and its caption tell what is really there, so that
    /// a branch learns to take things away. Where no picture has a mask, brush strokes take their place.
    /// </summary>
    public double RemovalShare { get; init; } = 0.1;

    /// <summary>The share of masks whose edge is changed: opened, as the authors do, or a thing's mask grown or shrunk.</summary>
    public double ChangeShare { get; init; } = 0.3;

    /// <summary>The width of brush strokes, pixels of the picture; null for the authors' 128, less for pictures with a short side below 512.</summary>
    public int? StrokeWidth { get; init; }

    /// <summary>Decides order, masks and crops.</summary>
    public ulong Seed { get; init; } = 1;
}
