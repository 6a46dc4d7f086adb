using System.Collections.Concurrent;
using System.Numerics;

namespace BrushEdit.Synthesizing;

/// <summary>
/// Outlines of the kinds on a grid of bits, and how well a shape fits them: the best intersection over union (IoU) over
/// mirroring, lean, scale and shift. Every outline is first scaled to the same longer side.
/// </summary>
internal static class SceneOutlines
{
    /// <summary>Side of the grid in cells.</summary>
    public const int Grid = 48;

    private const int Inner = 38;
    private const int Shift = 2;
    private static readonly double[] Tilts = [-0.12, 0, 0.12];
    private static readonly float[] Scales = [0.88f, 0.94f, 1f, 1.06f];
    private static readonly ConcurrentDictionary<(string Light, bool FromLeft, bool Shadows), (string Kind, ulong[] Rows)[]> Templates = new();

    /// <summary>Scales a shape to the grid, with the same longer side as the outlines.</summary>
    /// <param name="inside">The shape.</param>
    /// <param name="width">Columns of the map.</param>
    /// <param name="height">Rows of the map.</param>
    public static ulong[] Normalise(bool[] inside, int width, int height)
    {
        int left = width, top = height, right = -1, bottom = -1;
        for (int i = 0; i < inside.Length; i++)
        {
            if (inside[i])
            {
                left = Math.Min(left, i % width);
                right = Math.Max(right, i % width);
                top = Math.Min(top, i / width);
                bottom = Math.Max(bottom, i / width);
            }
        }

        ulong[] rows = new ulong[Grid];
        if (right < 0)
        {
            return rows;
        }

        float cx = (left + right + 1) / 2f, cy = (top + bottom + 1) / 2f, step = Math.Max(right - left + 1, bottom - top + 1) / (float)Inner;
        for (int y = 0; y < Grid; y++)
        {
            for (int x = 0; x < Grid; x++)
            {
                // Bilinear interpolation between pixel centres rounds the corners of coarse pixels.
                float px = cx + ((x + 0.5f - (Grid / 2f)) * step) - 0.5f, py = cy + ((y + 0.5f - (Grid / 2f)) * step) - 0.5f;
                int ix = (int)MathF.Floor(px), iy = (int)MathF.Floor(py);
                float tx = px - ix, ty = py - iy;
                float value = ((1f - ty) * (((1f - tx) * Bit(ix, iy)) + (tx * Bit(ix + 1, iy)))) + (ty * (((1f - tx) * Bit(ix, iy + 1)) + (tx * Bit(ix + 1, iy + 1))));
                if (value >= 0.5f)
                {
                    rows[y] |= 1UL << x;
                }
            }
        }

        return rows;

        float Bit(int x, int y) => (uint)x < (uint)width && (uint)y < (uint)height && inside[(y * width) + x] ? 1f : 0f;
    }

    /// <summary>Best IoU of a shape with the outlines of every kind, 0 to 1, in the order of <see cref="SceneVocabulary.Kinds"/>.</summary>
    /// <param name="shape">The shape on the grid.</param>
    /// <param name="light">Light of the scene, for the shadow.</param>
    /// <param name="fromLeft">Whether the light comes from the left.</param>
    /// <param name="shadows">Whether the shape includes the shadow.</param>
    public static double[] Fit(ulong[] shape, string light, bool fromLeft, bool shadows)
    {
        double[] best = new double[SceneVocabulary.Kinds.Count];
        int area = shape.Sum(BitOperations.PopCount);
        foreach ((string kind, ulong[] rows) in Templates.GetOrAdd((light, fromLeft, shadows), key => Make(key.Light, key.FromLeft, key.Shadows)))
        {
            int k = SceneVocabulary.IndexOf(SceneVocabulary.Kinds, kind, "a kind of scene object");

            // No shift raises the IoU above the ratio of the areas.
            int other = rows.Sum(BitOperations.PopCount);
            if ((double)Math.Min(area, other) / Math.Max(1, Math.Max(area, other)) <= best[k])
            {
                continue;
            }

            for (int dy = -Shift; dy <= Shift; dy++)
            {
                for (int dx = -Shift; dx <= Shift; dx++)
                {
                    int both = 0, either = 0;
                    for (int y = 0; y < Grid; y++)
                    {
                        int from = y - dy;
                        ulong row = (uint)from >= Grid ? 0 : dx >= 0 ? rows[from] << dx : rows[from] >> -dx;
                        both += BitOperations.PopCount(shape[y] & row);
                        either += BitOperations.PopCount(shape[y] | row);
                    }

                    best[k] = Math.Max(best[k], either == 0 ? 0 : (double)both / either);
                }
            }
        }

        return best;
    }

    private static (string Kind, ulong[] Rows)[] Make(string light, bool fromLeft, bool shadows)
    {
        const int Side = 240;
        var made = new List<(string, ulong[])>();
        foreach (string kind in SceneVocabulary.Kinds)
        {
            foreach (double tilt in Tilts)
            {
                foreach (bool flip in new[] { false, true })
                {
                    var scene = new SceneDescription([new SceneThing(kind, "red", "large", 0.5, 0.75, flip, tilt, false)], "sand", light, 1, fromLeft);
                    SceneRendering drawn = SceneRenderer.Render(scene, Side, Side);
                    bool[] inside = new bool[Side * Side];
                    for (int i = 0; i < inside.Length; i++)
                    {
                        inside[i] = drawn.Objects[0].At(i % Side, i / Side) >= 0.5f || (shadows && drawn.Shadows[0].At(i % Side, i / Side) > 0.12f);
                    }

                    ulong[] rows = Normalise(SceneRegions.Largest(inside, Side, Side, out _), Side, Side);
                    made.AddRange(Scales.Select(scale => (kind, Rescale(rows, scale))));
                }
            }
        }

        return [.. made];
    }

    private static ulong[] Rescale(ulong[] rows, float scale)
    {
        ulong[] scaled = new ulong[Grid];
        for (int y = 0; y < Grid; y++)
        {
            for (int x = 0; x < Grid; x++)
            {
                int sx = (int)MathF.Floor(((x + 0.5f - (Grid / 2f)) / scale) + (Grid / 2f)), sy = (int)MathF.Floor(((y + 0.5f - (Grid / 2f)) / scale) + (Grid / 2f));
                if ((uint)sx < Grid && (uint)sy < Grid && ((rows[sy] >> sx) & 1) != 0)
                {
                    scaled[y] |= 1UL << x;
                }
            }
        }

        return scaled;
    }
}
