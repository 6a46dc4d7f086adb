namespace BrushEdit.Training;

/// <summary>Which part of a non-square picture is used for training.</summary>
public enum TrainingCrop
{
    /// <summary>A square at a random position, different each time.</summary>
    Random,

    /// <summary>The central square.</summary>
    Center,
}

/// <summary>How pictures become examples.</summary>
public sealed record BranchDataOptions
{
    /// <summary>The side of the examples in pixels: a multiple of the base autoencoder's downsampling factor.</summary>
    public int Side { get; init; } = 512;

    /// <summary>Which part of a picture is used.</summary>
    public TrainingCrop Crop { get; init; } = TrainingCrop.Random;

    /// <summary>The weight of random brush strokes among the masks.</summary>
    public double BrushShare { get; init; } = 0.5;

    /// <summary>The weight of a picture's own masks; pictures that have none get brush strokes.</summary>
    public double SegmentShare { get; init; } = 0.4;

    /// <summary>
    /// The weight of other pictures' masks, placed where the outlined object is absent: picture and caption describe the actual content, so that
    /// a branch learns to remove objects. If no picture has a mask, brush strokes are used instead.
    /// </summary>
    public double RemovalShare { get; init; } = 0.1;

    /// <summary>The share of masks whose edge is changed: opened, as by the authors, or, for an object's mask, also dilated or eroded.</summary>
    public double ChangeShare { get; init; } = 0.3;

    /// <summary>The width of brush strokes in pixels of the picture; null for the authors' 128, less for pictures with a short side below 512.</summary>
    public int? StrokeWidth { get; init; }

    /// <summary>The seed that determines order, masks and crops.</summary>
    public ulong Seed { get; init; } = 1;
}
