using BrushEdit.Synthesizing;

namespace BrushEdit.Training;

/// <summary>A picture and the outlines of some of its objects.</summary>
/// <param name="Rgb">8-bit sRGB, interleaved, row-major.</param>
/// <param name="Things">One mask per object: 255 on it, 0 elsewhere; row-major. An object may appear more than once.</param>
public sealed record SegmenterSample(byte[] Rgb, IReadOnlyList<byte[]> Things);

/// <summary>Scenes with the visible outlines of their objects.</summary>
/// <param name="seed">Determines all samples.</param>
/// <param name="size">The side in pixels.</param>
/// <param name="things">The number of outlines in each sample.</param>
/// <param name="split">The family of scenes.</param>
public sealed class SegmenterSource(ulong seed, int size, int things = 3, SceneSplit split = SceneSplit.Train)
{
    // Objects with fewer visible pixels are not used.
    private const int LeastArea = 24;

    /// <summary>The side in pixels.</summary>
    public int Size => size;

    /// <summary>The sample at an index of the endless sequence; deterministic for each index.</summary>
    /// <param name="index">From 0.</param>
    public SegmenterSample Sample(long index)
    {
        for (ulong again = 0; ; again++)
        {
            ulong own = (seed << 40) + (again << 36) + (ulong)index;
            ToyScene scene = ToyScene.Draw(own, new ToySceneOptions { Width = size, Height = size, Split = split });
            byte[][] masks = [.. scene.Objects.Select(thing => Hard(thing.VisibleMask)).Where(mask => mask.Count(value => value != 0) >= LeastArea)];
            if (masks.Length > 0)
            {
                Random random = new(SampleSeed.Of(own));
                random.Shuffle(masks);
                return new SegmenterSample(scene.Rgb, [.. Enumerable.Range(0, things).Select(at => masks[at % masks.Length])]);
            }
        }
    }

    private static byte[] Hard(byte[] mask) => Array.ConvertAll(mask, value => value >= 128 ? (byte)255 : (byte)0);
}
