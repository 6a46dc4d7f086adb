namespace BrushEdit.Painting;

/// <summary>Draws shapes: a pixel is inside if its centre is. The page draws the same shapes with the same arithmetic (<c>raster.js</c>).</summary>
internal static class ShapeRaster
{
    /// <summary>Draws a shape.</summary>
    /// <param name="values">The mask's values, changed in place.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="shape">The shape.</param>
    public static void Draw(byte[] values, int width, int height, ShapeStep shape)
    {
        double top = shape.Corners.Min(corner => corner.Y);
        double bottom = shape.Corners.Max(corner => corner.Y);
        List<double> edges = [];
        for (int y = First(top, height); y < First(bottom, height); y++)
        {
            edges.Clear();
            Cross(shape, y + 0.5, edges);
            for (int i = 0; i + 1 < edges.Count; i += 2)
            {
                int from = First(edges[i], width);
                int to = First(edges[i + 1], width);
                if (from < to)
                {
                    values.AsSpan((y * width) + from, to - from).Fill(shape.Erases ? (byte)0 : (byte)255);
                }
            }
        }
    }

    // The first pixel whose centre is at or after an edge.
    private static int First(double edge, int most) => (int)Math.Clamp(Math.Ceiling(edge - 0.5), 0, most);

    // Where a line of pixel centres enters and leaves the shape, from left to right.
    private static void Cross(ShapeStep shape, double y, List<double> edges)
    {
        switch (shape.Kind)
        {
            case PaintShape.Rectangle:
                edges.Add(Math.Min(shape.Corners[0].X, shape.Corners[1].X));
                edges.Add(Math.Max(shape.Corners[0].X, shape.Corners[1].X));
                break;
            case PaintShape.Ellipse:
                CrossEllipse(shape.Corners[0], shape.Corners[1], y, edges);
                break;
            default:
                CrossPolygon(shape.Corners, y, edges);
                break;
        }
    }

    private static void CrossEllipse((double X, double Y) a, (double X, double Y) b, double y, List<double> edges)
    {
        double across = Math.Abs(b.X - a.X) / 2;
        double down = Math.Abs(b.Y - a.Y) / 2;
        double v = (y - ((a.Y + b.Y) / 2)) / down;
        double rest = 1 - (v * v);
        if (rest > 0)
        {
            double half = across * Math.Sqrt(rest);
            edges.Add(((a.X + b.X) / 2) - half);
            edges.Add(((a.X + b.X) / 2) + half);
        }
    }

    private static void CrossPolygon(IReadOnlyList<(double X, double Y)> corners, double y, List<double> edges)
    {
        for (int i = 0; i < corners.Count; i++)
        {
            (double x1, double y1) = corners[i];
            (double x2, double y2) = corners[(i + 1) % corners.Count];
            if (y1 <= y != y2 <= y)
            {
                edges.Add(x1 + ((y - y1) / (y2 - y1) * (x2 - x1)));
            }
        }

        edges.Sort();
    }
}
