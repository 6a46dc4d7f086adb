using BrushEdit.Loading;
using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Adapting;

/// <summary>One layer's change: up x down, or up x mid x down, times alpha over the rank.</summary>
/// <param name="Target">The network it belongs to.</param>
/// <param name="Name">The layer as the file names it.</param>
/// <param name="Down">(r, in), or (r, in, kh, kw).</param>
/// <param name="Up">(out, r), or (out, r, 1, 1).</param>
/// <param name="Mid">(r, r, kh, kw) between two of 1 x 1; null if there are two factors.</param>
/// <param name="Alpha">The tensor with alpha; null if there is none.</param>
internal sealed record LoraLayer(LoraTarget Target, string Name, TensorInfo Down, TensorInfo Up, TensorInfo? Mid, TensorInfo? Alpha)
{
    /// <summary>The rank.</summary>
    public long Rank => Down.Shape[0];

    /// <summary>The layer's scaling from the file's metadata; a tensor with alpha takes precedence.</summary>
    public LoraScaling Scaling { get; init; } = new(null, false);

    /// <summary>The reason why the factors cannot be multiplied; null if they can.</summary>
    public string? Fault
    {
        get
        {
            bool flat = Up.Shape.Skip(2).All(side => side == 1) && Down.Shape.Count >= 2 && Up.Shape.Count >= 2;
            if (!flat)
            {
                return $"has factors of {Down.ShapeText} and {Up.ShapeText}, which are not those of a LoRA";
            }

            if (Mid is null)
            {
                return Up.Shape[1] == Rank ? null : $"has factors of rank {Rank} and {Up.Shape[1]} ({Down.ShapeText} and {Up.ShapeText}), which do not match";
            }

            bool fits = Mid.Shape.Count == 4 && Mid.Shape[0] == Up.Shape[1] && Mid.Shape[1] == Rank && Down.Shape.Skip(2).All(side => side == 1);
            return fits ? null : $"has factors of {Down.ShapeText}, {Mid.ShapeText} and {Up.ShapeText}, which do not match";
        }
    }

    /// <summary>Whether the change matches a weight's shape; a linear layer also matches a 1 x 1 convolution.</summary>
    /// <param name="weight">(out, in), or (out, in, kh, kw).</param>
    public bool Fits(IReadOnlyList<long> weight) =>
        weight.Count >= 2 && weight[0] == Up.Shape[0] && weight[1] == Down.Shape[1] && Product(weight.Skip(2)) == Product((Mid ?? Down).Shape.Skip(2));

    /// <summary>The change of the weight at scale 1.</summary>
    /// <param name="file">The file.</param>
    /// <param name="shape">The weight's shape.</param>
    /// <param name="device">The device to compute it on.</param>
    /// <returns>Of the weight's shape, in single precision; the caller owns it.</returns>
    public torch.Tensor Change(IWeights file, long[] shape, torch.Device device)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor Factor(TensorInfo info) => file.Read(info.Name).to(torch.ScalarType.Float32, device);
        torch.Tensor down = Factor(Down).reshape(Rank, -1);
        torch.Tensor up = Factor(Up).reshape(Up.Shape[0], -1);
        torch.Tensor product = Mid is null ? up.matmul(down) : Through(up, Factor(Mid), down);
        return product.Times(Scale(file)).reshape(shape).MoveToOuterDisposeScope();
    }

    // (out, p) x (p, q, kh, kw) x (q, in), with the kernel's positions as extra dimensions.
    private static torch.Tensor Through(torch.Tensor up, torch.Tensor mid, torch.Tensor down)
    {
        torch.Tensor inner = up.matmul(mid.reshape(mid.shape[0], -1)).reshape(up.shape[0], mid.shape[1], -1); // (out, q, kh kw)
        return inner.permute(0, 2, 1).matmul(down).permute(0, 2, 1); // (out, in, kh kw)
    }

    private double Scale(IWeights file)
    {
        double alpha = Scaling.Alpha ?? Rank;
        if (Alpha is not null)
        {
            using torch.Tensor stored = file.Read(Alpha.Name);
            using torch.Tensor wide = stored.to(torch.ScalarType.Float64);
            alpha = wide.item<double>();
        }

        return alpha / (Scaling.ByRoot ? Math.Sqrt(Rank) : Rank);
    }

    private static long Product(IEnumerable<long> sides) => sides.Aggregate(1L, (product, side) => product * side);
}

/// <summary>How a layer is scaled if no tensor specifies it.</summary>
/// <param name="Alpha">Alpha; null for the rank.</param>
/// <param name="ByRoot">Whether alpha is divided by the square root of the rank (arXiv 2312.03732).</param>
internal readonly record struct LoraScaling(double? Alpha, bool ByRoot);
