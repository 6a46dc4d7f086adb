using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Inpainting;

/// <summary>The position of a hole in a feature map, whose positions are counted row by row.</summary>
/// <param name="Hole">The positions that cover any part of the hole, int64 (h).</param>
/// <param name="Around">All others, int64 (N - h).</param>
/// <param name="Marks">Ones and zeros (N, 3): the hole, its rim, and everything around it; one column each.</param>
/// <param name="HoleToRim">The number of hole positions per rim position.</param>
internal sealed record HolePlaces(torch.Tensor Hole, torch.Tensor Around, torch.Tensor Marks, double HoleToRim) : IDisposable
{
    /// <summary>Finds a hole in a feature map.</summary>
    /// <param name="hole">(1, 1, h, w), 1 = hole.</param>
    /// <param name="height">The feature map's rows.</param>
    /// <param name="width">The feature map's columns.</param>
    /// <returns>Null if the hole is empty or fills the map, so that there is nothing to separate; the caller owns the result.</returns>
    public static HolePlaces? Find(torch.Tensor hole, int height, int width)
    {
        using DisposeScope scope = torch.NewDisposeScope();

        // A position that covers any part of the hole belongs to it.
        torch.Tensor small = torch.nn.functional.adaptive_max_pool2d(hole.to(torch.ScalarType.Float32).cpu(), [height, width]); // (1, 1, height, width)
        bool[] inside = Marked(small);
        int count = inside.Count(one => one);
        if (count == 0 || count == inside.Length)
        {
            return null;
        }

        bool[] rim = Rim(small, inside, count);
        float[] marks = [.. Enumerable.Range(0, inside.Length).SelectMany(at => new[] { Mark(inside[at]), Mark(rim[at]), Mark(!inside[at]) })];
        return new HolePlaces(
            HostValues.Upload(Positions(inside, true), hole.device).DetachFromDisposeScope(),
            HostValues.Upload(Positions(inside, false), hole.device).DetachFromDisposeScope(),
            HostValues.Upload(marks, hole.device).view(inside.Length, 3).DetachFromDisposeScope(),
            (double)count / rim.Count(one => one));
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Hole.Dispose();
        Around.Dispose();
        Marks.Dispose();
    }

    // The positions next to the hole: grown one by one until they are as many as the hole's, or all that exist.
    private static bool[] Rim(torch.Tensor small, bool[] inside, int count)
    {
        int most = Math.Min(count, inside.Length - count);
        bool[] rim;
        do
        {
            small = torch.nn.functional.max_pool2d(small, 3, stride: 1, padding: 1);
            rim = [.. Marked(small).Zip(inside, (reached, own) => reached && !own)];
        }
        while (rim.Count(one => one) < most);
        return rim;
    }

    private static bool[] Marked(torch.Tensor map) => [.. map.flatten().data<float>().Select(value => value > 0.5f)];

    private static long[] Positions(bool[] inside, bool which) => [.. Enumerable.Range(0, inside.Length).Where(at => inside[at] == which).Select(at => (long)at)];

    private static float Mark(bool holds) => holds ? 1 : 0;
}
