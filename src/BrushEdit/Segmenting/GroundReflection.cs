using BrushEdit.Imaging;

namespace BrushEdit.Segmenting;

/// <summary>
/// Finds an object's reflection in water or on other level, shiny ground: its mirrored copy below the line where it touches the ground, blended
/// with the ground's colour.
/// </summary>
/// <remarks>
/// A reflection adds to each place a fraction of the difference between the mirrored object and the ground there. Therefore the differences from the
/// ground of the same row are compared with those of the vertically flipped outline, for every height of the line and for several foreshortenings:
/// their correlation (a matched filter) is near 1 for a reflection, and near 0 for ground of any pattern. No such copy is found for an object in
/// front of similar objects, an upright mirror, waves that break up the copy, or an object that is not visible down to the line.
/// </remarks>
public static class GroundReflection
{
    // The object's longer side, in pixels, at which the comparison is made: ripples and grain are smaller.
    private const double ComparedSide = 96;

    // The minimum correlation of the differences from the ground with those of the mirrored object.
    private const double LeastCorrelation = 0.6;

    // The range of the mirrored object's fraction that is visible in the ground.
    private const double LeastShare = 0.08;
    private const double MostShare = 1.3;

    // The minimum correlation of a band: the reflection ends where it fades below this.
    private const double LeastOfBand = 0.3;
    private const int Bands = 8;

    // The minimum fraction of the mirrored object that is in the picture and on open ground.
    private const double LeastSeen = 0.35;
    private const int LeastPixels = 24;

    private static readonly double[] Heights = [0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2];

    /// <summary>Finds the reflection.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="outline">The object's outline, of the picture's size; values from 128 count.</param>
    /// <param name="others">Other objects, which are not ground; null for none.</param>
    /// <returns>White on the reflection, outside the outline; empty if none is seen.</returns>
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

        double margin = Math.Max(4, box.Width / 2);
        Box place = new Box(box.X - margin, box.Y, box.Width + (2 * margin), box.Height * 2.4).Clip(picture.Width, picture.Height);
        double scale = Math.Min(1, ComparedSide / Math.Max(box.Width, box.Height));
        Mask near = thing.Crop(place);
        Mask taken = others is null ? near : near.Union(others.Crop(place).Binarize());
        View view = View.Of(picture.Crop(place), near, taken, scale);
        if (view.Best() is not { } found)
        {
            return Mask.Empty(picture.Width, picture.Height);
        }

        Mask mirrored = Mirrored(near, found.Line / scale, found.Height, found.Depth / scale).Grow(Math.Max(1, (int)(box.Height / 24))).Subtract(taken);
        return mirrored.Extend(
            place.PixelLeft, place.PixelTop, picture.Width - place.PixelLeft - mirrored.Width, picture.Height - place.PixelTop - mirrored.Height, 0);
    }

    // The outline flipped at a line, to a depth below it.
    private static Mask Mirrored(Mask thing, double line, double height, double depth)
    {
        byte[] values = new byte[thing.Width * thing.Height];
        for (int y = (int)Math.Floor(line); y < Math.Min(thing.Height, line + depth); y++)
        {
            int from = Source(y, line, height);
            if (y >= 0 && from >= 0 && from < thing.Height)
            {
                thing.Values.Slice(from * thing.Width, thing.Width).CopyTo(values.AsSpan(y * thing.Width));
            }
        }

        return Mask.FromValues(values, thing.Width, thing.Height);
    }

    // The row that is mirrored in a row below the line.
    private static int Source(int row, double line, double height) => (int)Math.Floor(line - ((row + 0.5 - line) / height));

    /// <summary>
    /// A reflection: the position of the line, the reflection's height for each pixel of the object's height, and its visible depth, in rows.
    /// </summary>
    private readonly record struct Found(double Line, double Height, double Depth, double Correlation);

    /// <summary>Sums over pixels: of the products of the mirrored and the visible differences from the ground, and of their squares.</summary>
    private struct Sums
    {
        public double Both;
        public double Mirrored;
        public double Seen;
        public int Inside;

        public readonly double Correlation => Mirrored > 0 && Seen > 0 ? Both / Math.Sqrt(Mirrored * Seen) : 0;

        public readonly double Share => Mirrored > 0 ? Both / Mirrored : 0;

        public static Sums operator +(Sums one, Sums other) => new()
        {
            Both = one.Both + other.Both,
            Mirrored = one.Mirrored + other.Mirrored,
            Seen = one.Seen + other.Seen,
            Inside = one.Inside + other.Inside,
        };
    }

    /// <summary>The surroundings of the object, scaled down.</summary>
    private sealed class View
    {
        private readonly int width;
        private readonly int height;
        private readonly float[][] channels;
        private readonly bool[] thing;
        private readonly bool[] taken;
        private readonly int top;
        private readonly int bottom;
        private readonly int pixels;

        private View(int width, int height, float[][] channels, bool[] thing, bool[] taken)
        {
            (this.width, this.height, this.channels, this.thing, this.taken) = (width, height, channels, thing, taken);
            pixels = thing.Count(value => value);
            top = Array.IndexOf(thing, true) / width;
            bottom = (Array.LastIndexOf(thing, true) / width) + 1;
        }

        public static View Of(Picture picture, Mask thing, Mask taken, double scale)
        {
            int width = Math.Max(1, (int)Math.Round(picture.Width * scale));
            int height = Math.Max(1, (int)Math.Round(picture.Height * scale));
            byte[] rgb = PictureView.ToRgb(picture, width, height);
            float[] Channel(int c) => BoxFilter.Mean([.. Enumerable.Range(0, width * height).Select(i => (float)rgb[(3 * i) + c])], width, height, 1);
            bool[] Small(Mask mask) => [.. mask.Fit(width, height).Values.ToArray().Select(value => value >= Mask.Threshold)];
            return new View(width, height, [Channel(0), Channel(1), Channel(2)], Small(thing), Small(taken.Grow(1)));
        }

        public Found? Best()
        {
            Found? best = null;
            if (pixels < LeastPixels)
            {
                return null;
            }

            int high = bottom - top;
            for (int line = bottom - Math.Max(1, high / 8); line <= Math.Min(height - 2, bottom + Math.Max(1, high / 16)); line++)
            {
                foreach (double stretch in Heights)
                {
                    Sums[] rows = Rows(line, stretch, (int)Math.Ceiling(high * stretch));
                    Sums all = rows.Aggregate(default(Sums), (one, other) => one + other);
                    if (all.Inside >= LeastSeen * pixels * stretch && all.Correlation >= LeastCorrelation && all.Correlation > (best?.Correlation ?? 0) && all.Share is >= LeastShare and <= MostShare)
                    {
                        best = new Found(line, stretch, Depth(rows), all.Correlation);
                    }
                }
            }

            return best;
        }

        // The depth, in rows, of the last band that still shows the reflection.
        private static int Depth(Sums[] rows)
        {
            int band = Math.Max(2, rows.Length / Bands);
            int depth = 0;
            for (int from = 0; from < rows.Length; from += band)
            {
                Sums sums = rows.Skip(from).Take(band).Aggregate(default(Sums), (one, other) => one + other);
                depth = sums.Correlation >= LeastOfBand ? Math.Min(rows.Length, from + band) : depth;
            }

            return depth;
        }

        private Sums[] Rows(int line, double stretch, int depth)
        {
            List<Sums> rows = [];
            for (int y = line; y < Math.Min(height, line + depth); y++)
            {
                int from = Source(y, line, stretch);
                rows.Add(from < 0 || from >= height ? default : Row(y, from));
            }

            return [.. rows];
        }

        private Sums Row(int y, int from)
        {
            Sums sums = default;
            (int open, float r, float g, float b) = (0, 0, 0, 0);
            for (int x = 0; x < width; x++)
            {
                int at = (y * width) + x;
                if (!taken[at] && !thing[(from * width) + x])
                {
                    (open, r, g, b) = (open + 1, r + channels[0][at], g + channels[1][at], b + channels[2][at]);
                }
            }

            // A row without ground to compare with carries no information.
            if (open < 3)
            {
                return sums;
            }

            ReadOnlySpan<float> ground = [r / open, g / open, b / open];
            for (int x = 0; x < width; x++)
            {
                int at = (y * width) + x, above = (from * width) + x;
                if (taken[at])
                {
                    continue;
                }

                sums.Inside += thing[above] ? 1 : 0;
                for (int c = 0; c < 3; c++)
                {
                    double mirrored = thing[above] ? channels[c][above] - ground[c] : 0, seen = channels[c][at] - ground[c];
                    sums.Both += mirrored * seen;
                    sums.Mirrored += mirrored * mirrored;
                    sums.Seen += seen * seen;
                }
            }

            return sums;
        }
    }
}
