using BrushEdit.Imaging;

namespace BrushEdit.Segmenting;

/// <summary>
/// Finds an object's cast shadow if it touches the object: ground that is darker than the ground around it, equally in all colours.
/// </summary>
/// <remarks>
/// A cast shadow multiplies the colours it falls on, which preserves chromaticity (Cucchiara et al., "Detecting Moving Objects, Ghosts, and Shadows
/// in Video Streams", 2003). The unshaded ground, which a video shows and a single picture does not, is estimated as the mean of the surroundings
/// that are not classified as shadow themselves.
/// </remarks>
public static class CastShadow
{
    // The fraction of its brightness that shaded ground keeps: below it the area is a dark object, above it there is no shadow.
    private const float Darkest = 0.35f;
    private const float Lightest = 0.88f;

    // Maximum difference of that fraction between the channels.
    private const float Tint = 0.15f;
    private const int Rounds = 3;

    // If at least this fraction of the ground farther away looks like shadow as well, the ground has dark and light patterns, and no shadow is reported.
    private const double Pattern = 0.1;

    /// <summary>Finds the shadow.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="outline">The object's outline, of the picture's size; values from 128 count.</param>
    /// <param name="others">Other objects, which are not ground; null for none.</param>
    /// <returns>White on the shadow, outside the outline; empty if none is seen.</returns>
    /// <exception cref="EditException">A mask's size differs from the picture's.</exception>
    public static Mask Find(Picture picture, Mask outline, Mask? others = null)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(outline);
        outline.RequireSize(picture);
        others?.RequireSize(picture);
        Mask thing = outline.Binarize();
        if (thing.Bounds is not { } box || thing.IsFull)
        {
            return Mask.Empty(picture.Width, picture.Height);
        }

        int reach = Math.Max(3, (int)(0.6 * Math.Max(box.Width, box.Height)));
        Box place = box.Expand(2 * reach).Clip(picture.Width, picture.Height);
        Mask near = thing.Crop(place), taken = others is null ? near : near.Union(others.Crop(place).Binarize());
        Mask found = Search(picture.Crop(place), near, taken, reach);
        return found.Extend(
            place.PixelLeft, place.PixelTop, picture.Width - place.PixelLeft - found.Width, picture.Height - place.PixelTop - found.Height, 0);
    }

    private static Mask Search(Picture picture, Mask thing, Mask taken, int reach)
    {
        (int width, int height) = (picture.Width, picture.Height);
        int edge = Math.Max(1, reach / 12);
        float[] ground = Array.ConvertAll(taken.Grow(edge).Values.ToArray(), value => value == 0 ? 1f : 0f);
        float[][] smooth = [.. Channels(picture, ground, width, height, edge)];
        int[] distances = DistanceTransform.Squared(thing.Values, width, height, toInside: true);
        bool[] dark = new bool[ground.Length];
        for (int round = 0; round < Rounds; round++)
        {
            float[] lit = [.. ground.Select((weight, i) => dark[i] ? 0 : weight)];
            float[][] around = [.. Channels(picture, lit, width, height, reach)];
            for (int i = 0; i < dark.Length; i++)
            {
                dark[i] = taken.Values[i] == 0 && IsShaded(smooth, around, i);
            }
        }

        (int far, int darkFar) = (0, 0);
        for (int i = 0; i < dark.Length; i++)
        {
            if (taken.Values[i] == 0 && distances[i] > (long)reach * reach)
            {
                far++;
                darkFar += dark[i] ? 1 : 0;
            }

            dark[i] &= distances[i] <= (long)reach * reach;
        }

        Mask shadow = Mask.FromValues(Array.ConvertAll(dark, value => value ? (byte)255 : (byte)0), width, height);
        return far > 0 && darkFar >= Pattern * far ? Mask.Empty(width, height) : Touching(shadow, thing, edge).Grow(edge).Subtract(taken);
    }

    private static bool IsShaded(float[][] here, float[][] around, int i)
    {
        float least = float.MaxValue, most = 0;
        for (int c = 0; c < 3; c++)
        {
            float share = (here[c][i] + 1) / (around[c][i] + 1);
            least = Math.Min(least, share);
            most = Math.Max(most, share);
        }

        return least >= Darkest && most <= Lightest && most - least <= Tint;
    }

    // Weighted means of the channels over squares.
    private static IEnumerable<float[]> Channels(Picture picture, float[] weights, int width, int height, int radius)
    {
        byte[] rgb = picture.ToRgb();
        float[] all = BoxFilter.Mean(weights, width, height, radius);
        for (int c = 0; c < 3; c++)
        {
            float[] weighted = new float[weights.Length];
            for (int i = 0; i < weighted.Length; i++)
            {
                weighted[i] = weights[i] * rgb[(3 * i) + c];
            }

            float[] sums = BoxFilter.Mean(weighted, width, height, radius);
            for (int i = 0; i < sums.Length; i++)
            {
                sums[i] = all[i] > 1e-4f ? sums[i] / all[i] : rgb[(3 * i) + c];
            }

            yield return sums;
        }
    }

    private static Mask Touching(Mask shadow, Mask thing, int edge)
    {
        Mask near = thing.Grow((2 * edge) + 1);
        Mask parts = Mask.Empty(shadow.Width, shadow.Height);
        foreach (MaskComponent part in shadow.Components())
        {
            Mask own = shadow.Component(part);
            parts = own.Intersect(near).IsEmpty ? parts : parts.Union(own);
        }

        return parts;
    }
}
