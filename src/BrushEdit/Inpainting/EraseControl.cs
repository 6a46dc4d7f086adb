using BrushEdit.Editing;
using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Inpainting;

/// <summary>
/// Keeps a removed object from coming back in its own hole: in the base U-Net's self-attention the hole's positions attend less to one
/// another, or not at all, and correspondingly more to the surroundings. The other positions attend as usual.
/// </summary>
/// <param name="holes">For each picture of the batch, its hole at latent size, (1, 1, h, w), 1 = hole.</param>
/// <param name="mode">How far.</param>
/// <remarks>
/// <see cref="EraseMode.Full"/> is Attentive Eraser's suppression; its guidance along the attention's gradient is left out.
/// <see cref="EraseMode.Graded"/> follows AdaEraser's idea that each position is suppressed by how much of the object is still visible, with a
/// different measure: that paper compares with attention maps of the picture before the removal, which a fill from noise does not have.
/// Here a position is compared with itself: how densely it attends to the hole, against how densely it attends to a rim of as many positions
/// next to it. If it attends to the hole f times as densely, the hole counts 1/f; where f is 1 or less, the object is gone, and nothing changes.
/// </remarks>
internal sealed class EraseControl(IReadOnlyList<torch.Tensor> holes, EraseMode mode) : IAttentionControl, IDisposable
{
    /// <summary>The part of the steps for which <see cref="EraseMode.Full"/> acts: afterwards the hole's positions agree on its texture.</summary>
    public const double UsualEnd = 0.5;

    // Below this share of a position's attention, differences are indistinguishable from rounding.
    private const double LeastShare = 1e-6;

    private readonly Dictionary<(int Height, int Width), HolePlaces?[]> places = [];

    /// <summary>Whether the suppression acts at a step; the graded suppression ends by itself.</summary>
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
            // The halves of a guided batch contain the same pictures, one half after the other.
            if (split[row % split.Length] is { } found)
            {
                torch.Tensor own = Own(found, Row(queries, row), Row(keys, row), Row(values, row), Row(mixed, row));
                Row(mixed, row).index_copy_(2, found.Hole, own);
            }
        }

        return mixed.MoveToOuterDisposeScope();
    }

    /// <summary>Frees the tensors derived from the holes; the caller owns the holes.</summary>
    public void Dispose()
    {
        foreach (HolePlaces one in places.Values.SelectMany(all => all).OfType<HolePlaces>())
        {
            one.Dispose();
        }

        places.Clear();
    }

    /// <summary>How far the hole's positions move from their usual attention towards attention to the surroundings alone.</summary>
    /// <param name="shares">Of each position's attention, (1, heads, h, 3) in single precision: what falls on the hole, on its rim, on all around.</param>
    /// <param name="holeToRim">The number of hole positions per rim position.</param>
    /// <returns>(1, heads, h, 1), 0 (as usual) to 1 (the surroundings alone); in the caller's dispose scope.</returns>
    internal static torch.Tensor Weights(torch.Tensor shares, double holeToRim)
    {
        using DisposeScope scope = torch.NewDisposeScope();

        // The remaining attention to the hole, equal in all heads: the factor that makes it as dense as that to the rim.
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

    // The fused kernel sums the shares in place of values, so they need as many columns as the queries.
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
