namespace BrushEdit.Training;

/// <summary>Random masks like those that users paint: a few thick strokes, a box, or an ellipse.</summary>
public static class BrushMasks
{
    /// <summary>Draws a mask.</summary>
    /// <param name="random">The random source.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <returns>Row-major, 255 = hole, 0 = keep; never empty.</returns>
    public static byte[] Draw(Random random, int width, int height)
    {
        byte[] mask = new byte[width * height];
        switch (random.Next(3))
        {
            case 0:
                Strokes(random, mask, width, height);
                break;
            case 1:
                Shape(random, mask, width, height, ellipse: false);
                break;
            default:
                Shape(random, mask, width, height, ellipse: true);
                break;
        }

        return mask;
    }

    private static void Strokes(Random random, byte[] mask, int width, int height)
    {
        int side = Math.Min(width, height);
        for (int stroke = random.Next(1, 4); stroke > 0; stroke--)
        {
            double x = random.NextDouble() * width;
            double y = random.NextDouble() * height;
            double angle = random.NextDouble() * Math.Tau;
            double radius = side * (0.04 + (0.08 * random.NextDouble()));
            for (int step = random.Next(4, 16); step > 0; step--)
            {
                Disk(mask, width, height, x, y, radius, radius);
                angle += (random.NextDouble() - 0.5) * 1.5;
                x = Math.Clamp(x + (Math.Cos(angle) * radius), 0, width - 1);
                y = Math.Clamp(y + (Math.Sin(angle) * radius), 0, height - 1);
            }
        }
    }

    private static void Shape(Random random, byte[] mask, int width, int height, bool ellipse)
    {
        double halfWidth = width * (0.1 + (0.2 * random.NextDouble()));
        double halfHeight = height * (0.1 + (0.2 * random.NextDouble()));
        double x = random.NextDouble() * width;
        double y = random.NextDouble() * height;
        if (ellipse)
        {
            Disk(mask, width, height, x, y, halfWidth, halfHeight);
            return;
        }

        for (int row = Math.Max(0, (int)(y - halfHeight)); row < Math.Min(height, y + halfHeight); row++)
        {
            int left = Math.Max(0, (int)(x - halfWidth));
            int right = Math.Min(width, (int)(x + halfWidth) + 1);
            mask.AsSpan((row * width) + left, right - left).Fill(255);
        }
    }

    private static void Disk(byte[] mask, int width, int height, double x, double y, double radiusX, double radiusY)
    {
        for (int row = Math.Max(0, (int)(y - radiusY)); row <= Math.Min(height - 1, (int)(y + radiusY)); row++)
        {
            double dy = (row - y) / radiusY;
            double half = radiusX * Math.Sqrt(Math.Max(0, 1 - (dy * dy)));
            int left = Math.Max(0, (int)(x - half));
            int right = Math.Min(width - 1, (int)(x + half));
            if (right >= left)
            {
                mask.AsSpan((row * width) + left, right - left + 1).Fill(255);
            }
        }
    }
}
