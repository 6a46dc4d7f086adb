namespace BrushEdit.Training;

/// <summary>
/// Random brush strokes as the authors of BrushNet draw them for training (arXiv 2403.06976): zero to three polylines of one to eight
/// vertices, a quarter as wide as a 512-pixel picture.
/// </summary>
public static class RandomBrush
{
    /// <summary>The authors' stroke width in pixels, whatever the picture's size.</summary>
    public const int PublishedWidth = 128;

    // The short side, in pixels, of which the published width is a quarter.
    private const int UsualSide = 512;

    /// <summary>The stroke width for a picture, scaled down for pictures that one stroke of the published width would cover.</summary>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    public static int WidthFor(int width, int height) =>
        Math.Max(2, (int)Math.Round(PublishedWidth * Math.Min(1.0, (double)Math.Min(width, height) / UsualSide)));

    /// <summary>Draws the strokes' vertices; x runs over the height and y over the width, as in the authors' code, which matters if they differ.</summary>
    /// <param name="random">The random source.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    public static IReadOnlyList<IReadOnlyList<(int X, int Y)>> Strokes(Random random, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(random);
        IReadOnlyList<(int, int)>[] strokes = new IReadOnlyList<(int, int)>[random.Next(4)];
        for (int stroke = 0; stroke < strokes.Length; stroke++)
        {
            strokes[stroke] = Stroke(random, width, height);
        }

        return strokes;
    }

    /// <summary>Draws a mask.</summary>
    /// <param name="random">The random source.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="strokeWidth">The strokes' width in pixels.</param>
    /// <returns>Row-major, true = hole. A quarter of all masks is empty.</returns>
    public static bool[] Draw(Random random, int width, int height, int strokeWidth = PublishedWidth)
    {
        bool[] hole = new bool[checked(width * height)];
        foreach (IReadOnlyList<(int X, int Y)> stroke in Strokes(random, width, height))
        {
            for (int at = 0; at < stroke.Count; at++)
            {
                Sausage(hole, width, height, stroke[Math.Max(0, at - 1)], stroke[at], strokeWidth / 2.0);
            }
        }

        bool upsideDown = random.Next(2) == 0;
        bool mirrored = random.Next(2) == 0;
        return upsideDown || mirrored ? Flip(hole, width, height, upsideDown, mirrored) : hole;
    }

    private static (int X, int Y)[] Stroke(Random random, int width, int height)
    {
        const double middle = 2 * Math.PI / 5;
        const double spread = 2 * Math.PI / 15;
        (int X, int Y)[] vertices = new (int, int)[1 + random.Next(8)];
        double least = middle - (random.NextDouble() * spread);
        double most = middle + (random.NextDouble() * spread);
        double mean = Math.Sqrt(((double)height * height) + ((double)width * width)) / 8;
        vertices[0] = (random.Next(height), random.Next(width));
        for (int at = 1; at < vertices.Length; at++)
        {
            double angle = least + (random.NextDouble() * (most - least));
            angle = at % 2 == 1 ? (2 * Math.PI) - angle : angle;
            double length = Math.Clamp(mean + (Math.Floor(mean / 2) * Normal(random)), 0, 2 * mean);
            (int x, int y) = vertices[at - 1];
            vertices[at] = ((int)Math.Clamp(x + (length * Math.Cos(angle)), 0, height), (int)Math.Clamp(y + (length * Math.Sin(angle)), 0, width));
        }

        return vertices;
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    // Fills all points within the radius of a segment: a convex shape, one run in each row.
    private static void Sausage(bool[] hole, int width, int height, (int X, int Y) from, (int X, int Y) to, double radius)
    {
        double length = Math.Sqrt(Math.Pow(to.X - from.X, 2) + Math.Pow(to.Y - from.Y, 2));
        (double sideX, double sideY) = length == 0 ? (0, 0) : (-(to.Y - from.Y) / length * radius, (to.X - from.X) / length * radius);
        (double X, double Y)[] corners =
        [
            (from.X + sideX, from.Y + sideY), (to.X + sideX, to.Y + sideY), (to.X - sideX, to.Y - sideY), (from.X - sideX, from.Y - sideY),
        ];
        int top = Math.Max(0, (int)Math.Ceiling(Math.Min(from.Y, to.Y) - radius));
        int bottom = Math.Min(height - 1, (int)Math.Floor(Math.Max(from.Y, to.Y) + radius));
        for (int y = top; y <= bottom; y++)
        {
            (double left, double right) = (double.PositiveInfinity, double.NegativeInfinity);
            foreach ((int x, int centre) in new[] { from, to })
            {
                double half = (radius * radius) - ((y - centre) * (y - centre));
                if (half >= 0)
                {
                    (left, right) = (Math.Min(left, x - Math.Sqrt(half)), Math.Max(right, x + Math.Sqrt(half)));
                }
            }

            for (int side = 0; side < corners.Length && length > 0; side++)
            {
                ((double X, double Y) a, (double X, double Y) b) = (corners[side], corners[(side + 1) % corners.Length]);
                if (a.Y != b.Y && Math.Min(a.Y, b.Y) <= y && y <= Math.Max(a.Y, b.Y))
                {
                    double x = a.X + ((y - a.Y) / (b.Y - a.Y) * (b.X - a.X));
                    (left, right) = (Math.Min(left, x), Math.Max(right, x));
                }
            }

            int first = Math.Max(0, (int)Math.Ceiling(left));
            int last = Math.Min(width - 1, (int)Math.Floor(right));
            if (last >= first)
            {
                hole.AsSpan((y * width) + first, last - first + 1).Fill(true);
            }
        }
    }

    private static bool[] Flip(bool[] hole, int width, int height, bool upsideDown, bool mirrored)
    {
        bool[] flipped = new bool[hole.Length];
        for (int y = 0; y < height; y++)
        {
            Span<bool> row = flipped.AsSpan(y * width, width);
            hole.AsSpan((upsideDown ? height - 1 - y : y) * width, width).CopyTo(row);
            if (mirrored)
            {
                row.Reverse();
            }
        }

        return flipped;
    }
}
