namespace BrushEdit.Painting;

/// <summary>
/// Draws strokes. The page draws the same strokes with the same arithmetic (<c>raster.js</c>): additions, multiplications, divisions, roots and
/// roundings of double precision in the same order, which produce the same bits everywhere.
/// </summary>
/// <remarks>
/// A stroke is a disk at its first point, and between any two points a capsule whose radius is interpolated between theirs. A pixel whose
/// centre is d away from the segment's nearest point, where the radius is r, gets 255 up to (1 - softness) r, nothing beyond r, and between them
/// 255 u² (3 - 2u) with u from 1 down to 0. Painting uses the maximum of the old value and this one, erasing the minimum of the old value and 255
/// minus this one.
/// </remarks>
internal static class StrokeRaster
{
    // The number of rows from which parallel work pays off.
    private const int ManyPixels = 1 << 18;

    /// <summary>Draws a stroke.</summary>
    /// <param name="values">The mask's values, changed in place.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="stroke">The stroke.</param>
    public static void Draw(byte[] values, int width, int height, StrokeStep stroke)
    {
        IReadOnlyList<StrokePoint> points = stroke.Points;
        Segment(values, width, height, points[0], points[0], stroke);
        for (int i = 1; i < points.Count; i++)
        {
            Segment(values, width, height, points[i - 1], points[i], stroke);
        }
    }

    private static void Segment(byte[] values, int width, int height, StrokePoint a, StrokePoint b, StrokeStep stroke)
    {
        double reach = Math.Max(a.Radius, b.Radius);
        int left = (int)Math.Clamp(Math.Floor(Math.Min(a.X, b.X) - reach), 0, width);
        int right = (int)Math.Clamp(Math.Ceiling(Math.Max(a.X, b.X) + reach), 0, width);
        int top = (int)Math.Clamp(Math.Floor(Math.Min(a.Y, b.Y) - reach), 0, height);
        int bottom = (int)Math.Clamp(Math.Ceiling(Math.Max(a.Y, b.Y) + reach), 0, height);
        if (left >= right || top >= bottom)
        {
            return;
        }

        if ((long)(right - left) * (bottom - top) < ManyPixels)
        {
            for (int y = top; y < bottom; y++)
            {
                Row(values.AsSpan((y * width) + left, right - left), left, y, a, b, stroke);
            }
        }
        else
        {
            Parallel.For(top, bottom, y => Row(values.AsSpan((y * width) + left, right - left), left, y, a, b, stroke));
        }
    }

    private static void Row(Span<byte> row, int left, int y, StrokePoint a, StrokePoint b, StrokeStep stroke)
    {
        byte done = stroke.Erases ? (byte)0 : (byte)255;
        double dx = b.X - a.X;
        double dy = b.Y - a.Y;
        double length = (dx * dx) + (dy * dy);
        double py = y + 0.5 - a.Y;
        for (int i = 0; i < row.Length; i++)
        {
            if (row[i] == done)
            {
                continue;
            }

            double px = left + i + 0.5 - a.X;
            double t = length > 0 ? ((px * dx) + (py * dy)) / length : 0;
            t = t < 0 ? 0 : t > 1 ? 1 : t;
            double ex = px - (t * dx);
            double ey = py - (t * dy);
            double away = (ex * ex) + (ey * ey);
            double radius = a.Radius + (t * (b.Radius - a.Radius));
            if (away > radius * radius)
            {
                continue;
            }

            byte value = Value(away, radius, stroke.Softness);
            row[i] = stroke.Erases ? Math.Min(row[i], (byte)(255 - value)) : Math.Max(row[i], value);
        }
    }

    private static byte Value(double away, double radius, double softness)
    {
        double inner = radius * (1 - softness);
        if (away <= inner * inner)
        {
            return 255;
        }

        double u = (radius - Math.Sqrt(away)) / (radius - inner);
        u = u < 0 ? 0 : u;
        return (byte)Math.Floor((u * u * (3 - (2 * u)) * 255) + 0.5);
    }
}
