using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Inpainting;

/// <summary>
/// Keeps a removed thing from coming back out of its own hole: for the first part of a run the hole's positions do not attend to one another
/// in the base U-Net's self-attention, but to what surrounds the hole alone (Attentive Eraser, arXiv 2412.12974, whose suppression this is;
/// its guidance along the attention's gradient is left out). The other positions attend as ever.
/// </summary>
/// <param name="holes">For each picture of the batch its hole at latent size, (1, 1, h, w), 1 = hole.</param>
internal sealed class EraseControl(IReadOnlyList<torch.Tensor> holes) : IAttentionControl, IDisposable
{
    /// <summary>The part of the steps for which it acts: afterwards the hole's positions agree on its texture.</summary>
    public const double UsualEnd = 0.5;

    private readonly Dictionary<(int Height, int Width), (torch.Tensor Hole, torch.Tensor Around)?[]> places = [];

    /// <summary>Whether it acts at a step.</summary>
    /// <param name="step">The step, from 0.</param>
    /// <param name="count">The number of steps.</param>
    public static bool ActsAt(int step, int count) => step < UsualEnd * count;

    /// <inheritdoc/>
    public torch.Tensor? Attend(AttentionSite site, torch.Tensor queries, torch.Tensor keys, torch.Tensor values)
    {
        if (site.IsCross)
        {
            return null;
        }

        (torch.Tensor Hole, torch.Tensor Around)?[] split = Places(site);
        if (split.All(one => one is null))
        {
            return null;
        }

        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor mixed = torch.nn.functional.scaled_dot_product_attention(queries, keys, values); // (B, heads, N, d)
        for (int row = 0; row < queries.shape[0]; row++)
        {
            // The halves of a guided batch are the same pictures, one after the other.
            if (split[row % split.Length] is not ({ } hole, { } around))
            {
                continue;
            }

            torch.Tensor own = torch.nn.functional.scaled_dot_product_attention(
                Row(queries, row).index_select(2, hole), Row(keys, row).index_select(2, around), Row(values, row).index_select(2, around));
            Row(mixed, row).index_copy_(2, hole, own);
        }

        return mixed.MoveToOuterDisposeScope();
    }

    /// <summary>Frees what it knows of the holes; these are the caller's.</summary>
    public void Dispose()
    {
        foreach ((torch.Tensor hole, torch.Tensor around) in places.Values.SelectMany(all => all).OfType<(torch.Tensor, torch.Tensor)>())
        {
            hole.Dispose();
            around.Dispose();
        }

        places.Clear();
    }

    private static torch.Tensor Row(torch.Tensor batch, int row) => batch.narrow(0, row, 1);

    private (torch.Tensor Hole, torch.Tensor Around)?[] Places(AttentionSite site)
    {
        if (!places.TryGetValue((site.Height, site.Width), out (torch.Tensor Hole, torch.Tensor Around)?[]? found))
        {
            places[(site.Height, site.Width)] = found = [.. holes.Select(hole => Split(hole, site.Height, site.Width))];
        }

        return found;
    }

    // The positions of the hole and of what surrounds it; null if there is nothing of either, and nothing can be kept apart.
    private static (torch.Tensor Hole, torch.Tensor Around)? Split(torch.Tensor hole, int height, int width)
    {
        using DisposeScope scope = torch.NewDisposeScope();

        // A position that sees any of the hole belongs to it.
        using torch.Tensor small = torch.nn.functional.adaptive_max_pool2d(hole.to(torch.ScalarType.Float32).cpu(), [height, width]);
        bool[] inside = [.. small.flatten().data<float>().Select(value => value > 0.5f)];
        long[] own = [.. Enumerable.Range(0, inside.Length).Where(at => inside[at]).Select(at => (long)at)];
        long[] around = [.. Enumerable.Range(0, inside.Length).Where(at => !inside[at]).Select(at => (long)at)];
        return own.Length == 0 || around.Length == 0
            ? null
            : (HostValues.Upload(own, hole.device).DetachFromDisposeScope(), HostValues.Upload(around, hole.device).DetachFromDisposeScope());
    }
}
