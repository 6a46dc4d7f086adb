namespace BrushEdit.Modeling;

/// <summary>
/// Which outputs a branch has, and where the U-Net adds them: the rows of the ablation in BrushEdit (arXiv 2412.10316, Table VII). Every
/// variant runs through the same networks and the same pipeline.
/// </summary>
public enum BrushNetVariant
{
    /// <summary>Down, middle and up outputs, each added where it arises: BrushNet as published.</summary>
    Full,

    /// <summary>
    /// Down and middle outputs, added where the full branch adds them. The paper does not say which half it means; this is the one that
    /// the authors' U-Net accepts.
    /// </summary>
    Half,

    /// <summary>The down outputs are added to the skip connections alone, on their way to the decoder, and the middle one after the middle block.</summary>
    ControlNet,
}
