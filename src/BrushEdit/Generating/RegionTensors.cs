using BrushEdit.Inpainting;
using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Generating;

/// <summary>A region of a picture as input for the engines' networks. BrushNet's own condition is <see cref="HoleCondition"/>.</summary>
internal static class RegionTensors
{
    /// <summary>The whole region: (1, 3, H, W) in [-1, 1].</summary>
    public static torch.Tensor Pixels(RegionPixels region)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return HoleCondition.MaskedPixels(region.Rgb, [], region.Width, region.Height).MoveToOuterDisposeScope();
    }

    /// <summary>The region with its hole mid-grey, 0 in [-1, 1], as inpainting U-Nets were trained: (1, 3, H, W).</summary>
    public static torch.Tensor GreyHole(RegionPixels region)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return (Pixels(region) * Hole(region, region.Width, region.Height).FromOne()).MoveToOuterDisposeScope();
    }

    /// <summary>The condition of an inpainting ControlNet: colours in [0, 1], -1 in every channel of the hole; (1, 3, H, W).</summary>
    public static torch.Tensor MarkedHole(RegionPixels region)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor hole = Hole(region, region.Width, region.Height);
        torch.Tensor colours = Pixels(region).Plus(1).Over(2);
        return (colours * hole.FromOne()).Minus(hole).MoveToOuterDisposeScope();
    }

    /// <summary>The hole at another size by nearest neighbour: (1, 1, h, w), 1 = hole.</summary>
    public static torch.Tensor Hole(RegionPixels region, long width, long height)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return HoleCondition.Keep(region.Hole, region.Width, region.Height, width, height).FromOne().MoveToOuterDisposeScope();
    }
}
