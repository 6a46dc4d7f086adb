namespace BrushEdit.Imaging;

/// <summary>Fills polygons by scan lines and the even-odd rule.</summary>
internal static class PolygonFill
{
    // Scan lines per pixel row when edges are soft; horizontal coverage is exact.
    private const int SoftLines = 8;

    public static byte[] Fill(int width, int height, IReadOnlyList<(double X, double Y)> corners, bool antialias)
    {
        ArgumentNullException.ThrowIfNull(corners);
        if (corners.Count < 3 || corners.Any(c => !double.IsFinite(c.X) || !double.IsFinite(c.Y)))
        {
            throw new EditException(EditFault.BadArgument, $"{corners.Count} corner(s) are not a polygon.", "Give at least three corners as x,y in pixels.");
        }

        byte[] values = new byte[checked(width * height)];
        int lines = antialias ? SoftLines : 1;
        double[] covered = new double[width];
        List<double> crossings = [];
        for (int y = (int)Math.Clamp(Math.Floor(corners.Min(c => c.Y)), 0, height); y < Math.Clamp(Math.Ceiling(corners.Max(c => c.Y)), 0, height); y++)
        {
            Array.Clear(covered);
            for (int line = 0; line < lines; line++)
            {
                Cross(corners, y + ((line + 0.5) / lines), crossings);
                for (int i = 0; i + 1 < crossings.Count; i += 2)
                {
                    if (antialias)
                    {
                        Cover(covered, crossings[i], crossings[i + 1]);
                    }
                    else
                    {
                        int from = (int)Math.Clamp(Math.Ceiling(crossings[i] - 0.5), 0, width);
                        int to = (int)Math.Clamp(Math.Ceiling(crossings[i + 1] - 0.5), 0, width);
                        covered.AsSpan(from, Math.Max(0, to - from)).Fill(1);
                    }
                }
            }

            for (int x = 0; x < width; x++)
            {
                values[(y * width) + x] = (byte)((covered[x] / lines * 255) + 0.5);
            }
        }

        return values;
    }

    private static void Cross(IReadOnlyList<(double X, double Y)> corners, double y, List<double> crossings)
    {
        crossings.Clear();
        for (int i = 0; i < corners.Count; i++)
        {
            (double x1, double y1) = corners[i];
            (double x2, double y2) = corners[(i + 1) % corners.Count];
            if (y1 <= y != y2 <= y)
            {
                crossings.Add(x1 + ((y - y1) / (y2 - y1) * (x2 - x1)));
            }
        }

        crossings.Sort();
    }

    private static void Cover(double[] covered, double from, double to)
    {
        from = Math.Clamp(from, 0, covered.Length);
        to = Math.Clamp(to, 0, covered.Length);
        for (int x = (int)from; x < to; x++)
        {
            covered[x] += Math.Min(to, x + 1) - Math.Max(from, x);
        }
    }
}
