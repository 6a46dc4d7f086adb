using System.Globalization;
using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Verifying;

/// <summary>
/// Checks whether the mask's edge is visible in the result: colours step more across it than beside it. Colours are first averaged over stretches of
/// the edge, so that texture, whose steps have no common direction, cancels out, while a seam, which has one, does not.
/// </summary>
internal static class SeamCheck
{
    public const string Name = "Seam";

    /// <summary>Levels of 255 by which the step across the edge may be larger than the steps beside it.</summary>
    public const double MostExcess = 12;

    // Rings of equal width along the edge: two outside, two inside. The innermost pixels, where the fill fades in, belong to none.
    private const int RingWidth = 3;
    private const double LeastShare = 0.02;

    /// <summary>Measures the colour steps along the mask's edge.</summary>
    /// <param name="before">The picture before the edit; null if there was nothing under the mask.</param>
    /// <param name="after">The result.</param>
    /// <param name="mask">The edited area.</param>
    /// <param name="fade">Pixels over which the fill fades in within the mask.</param>
    /// <param name="followsOutline">
    /// Whether the mask may follow the outline of an object that stays or is changed: an edge that existed before is then not a seam.
    /// </param>
    /// <returns>The check; null if the mask has no edge, or its edge follows an object's own outline.</returns>
    public static EditCheck? Make(Picture? before, Picture after, Mask mask, int fade, bool followsOutline)
    {
        Rings rings = new(mask.Binarize(), fade);
        if (followsOutline && before is not null && rings.Measure(before.Rgb) is { } own && own.Excess > MostExcess)
        {
            return null;
        }

        if (rings.Measure(after.Rgb) is not { } steps)
        {
            return null;
        }

        double score = CheckScore.Low(Math.Max(0, steps.Excess), MostExcess);
        return new EditCheck(
            Name,
            CheckScore.Passes(score),
            score,
            string.Create(
                CultureInfo.InvariantCulture,
                $"Across the mask's edge, colours step by {steps.Across:0.0} levels of 255, beside it by {steps.Beside:0.0}; up to {MostExcess:0} more do not count as a seam."));
    }

    /// <summary>By how many levels of 255 colours step more across the mask's edge than beside it; null if nothing can be measured.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="mask">The mask.</param>
    /// <param name="fade">Pixels over which the fill fades in within the mask.</param>
    public static double? Excess(Picture picture, Mask mask, int fade) => new Rings(mask.Binarize(), fade).Measure(picture.Rgb)?.Excess;

    /// <summary>The mean colour steps across the edge and beside it.</summary>
    public readonly record struct Steps(double Across, double Beside)
    {
        public double Excess => Across - Beside;
    }

    /// <summary>The rings along a mask's edge, with the ring number of each pixel: 1 and 2 inside, -1 and -2 outside, 0 none.</summary>
    private sealed class Rings
    {
        private readonly sbyte[] ring;
        private readonly List<int> edge = [];
        private readonly int width;
        private readonly int height;
        private readonly int radius;
        private readonly double stretch;

        public Rings(Mask mask, int fade)
        {
            (width, height) = (mask.Width, mask.Height);
            ring = new sbyte[width * height];

            // Steps are measured between the middles of rings; across the edge, the fade is between them as well.
            stretch = (RingWidth + fade) / (double)RingWidth;
            radius = (2 * RingWidth) + fade;
            if (mask.IsEmpty || mask.IsFull)
            {
                return;
            }

            int[] inside = DistanceTransform.Squared(mask.Values, width, height, toInside: false);
            int[] outside = DistanceTransform.Squared(mask.Values, width, height, toInside: true);
            for (int i = 0; i < ring.Length; i++)
            {
                ring[i] = inside[i] > 0 ? Number(Math.Sqrt(inside[i]) - fade) : (sbyte)-Number(Math.Sqrt(outside[i]));
                if (inside[i] == 1)
                {
                    edge.Add(i);
                }
            }
        }

        public Steps? Measure(ReadOnlySpan<byte> rgb)
        {
            (double across, double beside, int count) = (0, 0, 0);
            double[] means = new double[4 * 3];
            for (int i = 0; i < edge.Count; i += RingWidth)
            {
                if (!Average(rgb, edge[i], means))
                {
                    continue;
                }

                across += Step(means, 1, 2);
                beside += stretch * Math.Max(Step(means, 0, 1), Step(means, 2, 3));
                count++;
            }

            return count == 0 ? null : new Steps(across / count, beside / count);
        }

        private static sbyte Number(double distance) => distance <= 0 || distance > 2 * RingWidth ? (sbyte)0 : (sbyte)(distance <= RingWidth ? 1 : 2);

        private static double Step(double[] means, int a, int b)
        {
            double most = 0;
            for (int c = 0; c < 3; c++)
            {
                most = Math.Max(most, Math.Abs(means[(3 * a) + c] - means[(3 * b) + c]));
            }

            return most;
        }

        // The means of the rings around a pixel of the edge, from the outermost to the innermost; false if a ring has too few pixels there.
        private bool Average(ReadOnlySpan<byte> rgb, int pixel, double[] means)
        {
            (int centreX, int centreY) = (pixel % width, pixel / width);
            Span<int> counts = stackalloc int[4];
            Array.Clear(means);
            for (int y = Math.Max(0, centreY - radius); y <= Math.Min(height - 1, centreY + radius); y++)
            {
                for (int x = Math.Max(0, centreX - radius); x <= Math.Min(width - 1, centreX + radius); x++)
                {
                    int at = (y * width) + x;
                    int place = ring[at] switch { -2 => 0, -1 => 1, 1 => 2, 2 => 3, _ => -1 };
                    if (place < 0)
                    {
                        continue;
                    }

                    counts[place]++;
                    for (int c = 0; c < 3; c++)
                    {
                        means[(3 * place) + c] += rgb[(3 * at) + c];
                    }
                }
            }

            int least = (int)Math.Ceiling(LeastShare * ((2 * radius) + 1) * ((2 * radius) + 1));
            for (int place = 0; place < 4; place++)
            {
                if (counts[place] < least)
                {
                    return false;
                }

                for (int c = 0; c < 3; c++)
                {
                    means[(3 * place) + c] /= counts[place];
                }
            }

            return true;
        }
    }
}
