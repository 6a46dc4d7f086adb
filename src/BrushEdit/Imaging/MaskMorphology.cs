namespace BrushEdit.Imaging;

/// <summary>The shape of the structuring element for growing or shrinking a mask.</summary>
public enum MorphologyElement
{
    /// <summary>A square of side 2r + 1.</summary>
    Square,

    /// <summary>All points whose distance from the centre is at most r.</summary>
    Disk,
}

/// <content>Growing, shrinking and hulls. Values from 128 count as inside, and results are binary.</content>
public sealed partial class Mask
{
    /// <summary>Everything within a radius of the mask (dilation).</summary>
    /// <param name="radius">Pixels, from 0; any size costs the same.</param>
    /// <param name="element">The element's shape.</param>
    public Mask Grow(int radius, MorphologyElement element = MorphologyElement.Disk)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(radius);
        return Spread(radius, element, toInside: true);
    }

    /// <summary>All pixels with nothing but mask within a radius (erosion). Pixels outside the picture do not erode the mask.</summary>
    /// <param name="radius">Pixels, from 0; any size costs the same.</param>
    /// <param name="element">The element's shape.</param>
    public Mask Shrink(int radius, MorphologyElement element = MorphologyElement.Disk)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(radius);
        return Spread(radius, element, toInside: false).Invert();
    }

    /// <summary>Shrinks, then grows: removes specks and thin bridges.</summary>
    /// <param name="radius">Pixels, from 0.</param>
    /// <param name="element">The element's shape.</param>
    public Mask Open(int radius, MorphologyElement element = MorphologyElement.Disk) => Shrink(radius, element).Grow(radius, element);

    /// <summary>Grows, then shrinks: closes small holes and gaps.</summary>
    /// <param name="radius">Pixels, from 0.</param>
    /// <param name="element">The element's shape.</param>
    public Mask Close(int radius, MorphologyElement element = MorphologyElement.Disk) => Grow(radius, element).Shrink(radius, element);

    /// <summary>The smallest box that contains the mask, filled; an empty mask stays empty.</summary>
    public Mask BoxHull() => Binarize().Bounds is { } bounds ? FromBox(Width, Height, bounds) : Empty(Width, Height);

    /// <summary>
    /// The filled ellipse around the mask: centred in its box, with the box's proportions, as small as possible. An
    /// empty mask stays empty.
    /// </summary>
    public Mask EllipseHull()
    {
        Mask hard = Binarize();
        if (hard.Bounds is not { } box)
        {
            return Empty(Width, Height);
        }

        double farthest = 0;
        for (int y = box.PixelTop; y < box.PixelBottom; y++)
        {
            ReadOnlySpan<byte> row = hard.values.AsSpan(y * Width, Width);
            int first = row.IndexOf((byte)255);
            if (first < 0)
            {
                continue;
            }

            double v = (y + 0.5 - box.CenterY) / (box.Height / 2);
            foreach (int x in (ReadOnlySpan<int>)[first, row.LastIndexOf((byte)255)])
            {
                double u = (x + 0.5 - box.CenterX) / (box.Width / 2);
                farthest = Math.Max(farthest, (u * u) + (v * v));
            }
        }

        // Slightly more, so that the farthest pixel's centre is inside despite floating-point rounding.
        double scale = Math.Sqrt(farthest) + 1e-6;
        return FromEllipse(Width, Height, Box.FromCenter(box.CenterX, box.CenterY, box.Width * scale, box.Height * scale)).Union(hard);
    }

    private Mask Spread(int radius, MorphologyElement element, bool toInside)
    {
        byte[] hard = Binarize().values;
        if (radius == 0)
        {
            return toInside ? new Mask(hard, Width, Height) : new Mask(hard, Width, Height).Invert();
        }

        byte[] near = new byte[hard.Length];
        if (element == MorphologyElement.Square)
        {
            byte target = toInside ? (byte)255 : (byte)0;
            SpreadAcross(hard, near, target, radius);
            SpreadDown(near, radius);
            return new Mask(near, Width, Height);
        }

        int[] distances = DistanceTransform.Squared(hard, Width, Height, toInside);
        long limit = (long)radius * radius;
        for (int i = 0; i < near.Length; i++)
        {
            near[i] = distances[i] <= limit && distances[i] != DistanceTransform.Unreachable ? (byte)255 : (byte)0;
        }

        return new Mask(near, Width, Height);
    }

    /// <summary>Marks pixels that have a target within the radius in their row.</summary>
    private void SpreadAcross(byte[] hard, byte[] near, byte target, int radius)
    {
        for (int y = 0; y < Height; y++)
        {
            ReadOnlySpan<byte> row = hard.AsSpan(y * Width, Width);
            Span<byte> result = near.AsSpan(y * Width, Width);
            int from = 0;
            for (int x = 0; x < Width; x++)
            {
                if (row[x] == target)
                {
                    int to = (int)Math.Min(Width, x + (long)radius + 1);
                    from = (int)Math.Max(from, x - (long)radius);
                    if (to > from)
                    {
                        result[from..to].Fill(255);
                        from = to;
                    }
                }
            }
        }
    }

    /// <summary>Marks pixels that have a marked one within the radius in their column, in place.</summary>
    private void SpreadDown(byte[] marks, int radius)
    {
        int[] since = new int[Width];
        Array.Fill(since, int.MaxValue);
        int[] gap = new int[marks.Length];
        for (int y = 0, i = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++, i++)
            {
                since[x] = marks[i] != 0 ? 0 : since[x] == int.MaxValue ? int.MaxValue : since[x] + 1;
                gap[i] = since[x];
            }
        }

        Array.Fill(since, int.MaxValue);
        for (int y = Height - 1, i = marks.Length - 1; y >= 0; y--)
        {
            for (int x = Width - 1; x >= 0; x--, i--)
            {
                since[x] = marks[i] != 0 ? 0 : since[x] == int.MaxValue ? int.MaxValue : since[x] + 1;
                marks[i] = Math.Min(gap[i], since[x]) <= radius ? (byte)255 : (byte)0;
            }
        }
    }
}
