using BrushEdit.Editing;
using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Inpainting;

/// <summary>
/// Keeps a removed thing from coming back out of its own hole: in the base U-Net's self-attention the hole's positions attend less to one
/// another, or not at all, and the more to what surrounds the hole. The other positions attend as ever.
/// </summary>
/// <param name="holes">For each picture of the batch its hole at latent size, (1, 1, h, w), 1 = hole.</param>
/// <param name="mode">How far.</param>
/// <remarks>
/// <see cref="EraseMode.Full"/> is Attentive Eraser's suppression; its guidance along the attention's gradient is left out.
/// <see cref="EraseMode.Graded"/> takes AdaEraser's idea, that each position is suppressed by how much of the thing is still there, with a
/// measure of its own: that paper compares with attention maps of the picture before the removal, which a fill from noise does not have.
/// Here a position is compared with itself: how densely it looks at the hole, against how densely it looks at the rim of as many positions
/// next to it. What it looks at more densely by a factor of f counts 1/f; where f is 1 or less the thing is gone, and nothing changes.
/// </remarks>
internal sealed class EraseControl(IReadOnlyList<torch.Tensor> holes, EraseMode mode) : IAttentionControl, IDisposable
{
    /// <summary>The part of the steps for which <see cref="EraseMode.Full"/> acts: afterwards the hole's positions agree on its texture.</summary>
    public const double UsualEnd = 0.5;

    // Below this share of a position's attention nothing is told from rounding.
    private const double LeastShare = 1e-6;

    private readonly Dictionary<(int Height, int Width), HolePlaces?[]> places = [];

    /// <summary>Whether it acts at a step; the graded suppression ends by itself.</summary>
    /// <param name="step">The step, from 0.</param>
    /// <param name="count">The number of steps.</param>
    public bool ActsAt(int step, int count) => mode == EraseMode.Graded || step < UsualEnd * count;

    /// <inheritdoc/>
    public torch.Tensor? Attend(AttentionSite site, torch.Tensor queries, torch.Tensor keys, torch.Tensor values)
    {
        if (site.IsCross)
        {
            return null;
        }

        HolePlaces?[] split = Places(site);
        if (split.All(one => one is null))
        {
            return null;
        }

        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor mixed = Attention(queries, keys, values); // (B, heads, N, d)
        for (int row = 0; row < queries.shape[0]; row++)
        {
            // The halves of a guided batch are the same pictures, one after the other.
            if (split[row % split.Length] is { } found)
            {
                torch.Tensor own = Own(found, Row(queries, row), Row(keys, row), Row(values, row), Row(mixed, row));
                Row(mixed, row).index_copy_(2, found.Hole, own);
            }
        }

        return mixed.MoveToOuterDisposeScope();
    }

    /// <summary>Frees what it knows of the holes; these are the caller's.</summary>
    public void Dispose()
    {
        foreach (HolePlaces one in places.Values.SelectMany(all => all).OfType<HolePlaces>())
        {
            one.Dispose();
        }

        places.Clear();
    }

    /// <summary>How far the hole's positions are taken from what they would see to what they would see of the surroundings alone.</summary>
    /// <param name="shares">Of each position's attention, (1, heads, h, 3) in single precision: what falls on the hole, on its rim, on all around.</param>
    /// <param name="holeToRim">How many positions the hole has for each one of the rim.</param>
    /// <returns>(1, heads, h, 1), 0 (as ever) to 1 (the surroundings alone); in the caller's dispose scope.</returns>
    internal static torch.Tensor Weights(torch.Tensor shares, double holeToRim)
    {
        using DisposeScope scope = torch.NewDisposeScope();

        // What is left of the attention to the hole, alike in all heads: the factor that makes it as dense as that to the rim.
        torch.Tensor mean = shares.mean([1], keepdim: true); // (1, 1, h, 3)
        torch.Tensor left = Part(mean, 1).Times(holeToRim).div(Part(mean, 0).clamp(Scalars.Of(LeastShare))).clamp(Scalars.Of(0.0), Scalars.Of(1.0));
        torch.Tensor hole = Part(shares, 0).mul(left);
        torch.Tensor around = Part(shares, 2).clamp(Scalars.Of(LeastShare));
        return left.FromOne().mul(around).div(around.Plus(hole)).MoveToOuterDisposeScope();
    }

    private torch.Tensor Own(HolePlaces found, torch.Tensor queries, torch.Tensor keys, torch.Tensor values, torch.Tensor mixed)
    {
        torch.Tensor asking = queries.index_select(2, found.Hole); // (1, heads, h, d)
        torch.Tensor around = Attention(asking, keys.index_select(2, found.Around), values.index_select(2, found.Around));
        return mode == EraseMode.Full
            ? around
            : torch.lerp(mixed.index_select(2, found.Hole), around, Weights(Shares(found, asking, keys), found.HoleToRim).to(values.dtype));
    }

    // The fused kernel sums the shares in the place of values, which have as many columns as the queries there.
    private static torch.Tensor Shares(HolePlaces found, torch.Tensor asking, torch.Tensor keys)
    {
        long columns = Math.Max(keys.shape[3], found.Marks.shape[1]);
        torch.Tensor marks = torch.nn.functional.pad(found.Marks, [0, columns - found.Marks.shape[1]]).to(keys.dtype); // (N, columns)
        return Attention(asking, keys, marks.expand(1, keys.shape[1], -1, -1)).narrow(3, 0, found.Marks.shape[1]).to(torch.ScalarType.Float32);
    }

    private static torch.Tensor Attention(torch.Tensor queries, torch.Tensor keys, torch.Tensor values) =>
        torch.nn.functional.scaled_dot_product_attention(queries, keys, values);

    private static torch.Tensor Row(torch.Tensor batch, int row) => batch.narrow(0, row, 1);

    private static torch.Tensor Part(torch.Tensor shares, int column) => shares.narrow(3, column, 1);

    private HolePlaces?[] Places(AttentionSite site)
    {
        if (!places.TryGetValue((site.Height, site.Width), out HolePlaces?[]? found))
        {
            places[(site.Height, site.Width)] = found = [.. holes.Select(hole => HolePlaces.Find(hole, site.Height, site.Width))];
        }

        return found;
    }
}
