using System.Globalization;
using BrushEdit.Imaging;

namespace BrushEdit.Training;

/// <summary>A curve of a chart.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="Points">Its points, from left to right.</param>
public sealed record ChartSeries(string Name, IReadOnlyList<(double X, double Y)> Points);

/// <summary>
/// Draws curves into a picture, with the project's bitmap font. A plotting library (ScottPlot) would add the native libraries of SkiaSharp
/// and HarfBuzz for every platform: tens of megabytes for two pictures, more than all assemblies of the module together, and a version of
/// SkiaSharp other than the one that TorchSharp requires.
/// </summary>
public static class LineChart
{
    private const int Width = 720;
    private const int Height = 360;
    private const int Left = 70;
    private const int Right = 20;
    private const int Top = 34;
    private const int Bottom = 40;
    private const int Ticks = 5;

    private static readonly (byte R, byte G, byte B)[] Colors = [(31, 119, 180), (214, 39, 40), (44, 160, 44), (148, 103, 189)];
    private static readonly (byte R, byte G, byte B) Ink = (40, 40, 40);
    private static readonly (byte R, byte G, byte B) Grid = (225, 225, 225);

    /// <summary>Draws a chart.</summary>
    /// <param name="title">The title above it.</param>
    /// <param name="series">Its curves; those without points are left out.</param>
    public static Picture Draw(string title, IReadOnlyList<ChartSeries> series)
    {
        ArgumentNullException.ThrowIfNull(series);
        Canvas canvas = new(Width, Height);
        (double X, double Y)[] all = [.. series.SelectMany(one => one.Points)];
        (double low, double high) = Range(all.Select(point => point.Y));
        (double first, double last) = Range(all.Select(point => point.X));
        int X(double x) => Left + (int)Math.Round((x - first) / (last - first) * (Width - Left - Right));
        int Y(double y) => Height - Bottom - (int)Math.Round((y - low) / (high - low) * (Height - Top - Bottom));
        canvas.Write(Left, 10, title, Ink);
        for (int tick = 0; tick <= Ticks; tick++)
        {
            double value = low + ((high - low) * tick / Ticks);
            double step = first + ((last - first) * tick / Ticks);
            canvas.Line(Left, Y(value), Width - Right, Y(value), Grid);
            canvas.Write(6, Y(value) - 3, value.ToString("g4", CultureInfo.InvariantCulture), Ink);
            canvas.Write(X(step) - 10, Height - Bottom + 10, Math.Round(step).ToString(CultureInfo.InvariantCulture), Ink);
        }

        canvas.Line(Left, Height - Bottom, Width - Right, Height - Bottom, Ink);
        canvas.Line(Left, Top, Left, Height - Bottom, Ink);
        for (int at = 0; at < series.Count; at++)
        {
            (byte, byte, byte) color = Colors[at % Colors.Length];
            canvas.Write(Width - Right - 160, 10 + (at * 12), series.Count > 1 ? series[at].Name : string.Empty, color);
            for (int point = 1; point < series[at].Points.Count; point++)
            {
                (double X, double Y) from = series[at].Points[point - 1];
                (double X, double Y) to = series[at].Points[point];
                canvas.Line(X(from.X), Y(from.Y), X(to.X), Y(to.Y), color);
            }
        }

        return canvas.ToPicture();
    }

    /// <summary>The running mean of a curve, which shows its trend.</summary>
    /// <param name="points">The curve.</param>
    /// <param name="window">The number of neighbours on each side that a mean includes.</param>
    public static IReadOnlyList<(double X, double Y)> Smooth(IReadOnlyList<(double X, double Y)> points, int window)
    {
        ArgumentNullException.ThrowIfNull(points);
        (double X, double Y)[] smooth = new (double, double)[points.Count];
        double sum = 0;
        int begin = 0;
        int end = 0;
        for (int at = 0; at < smooth.Length; at++)
        {
            for (; end < Math.Min(points.Count, at + window + 1); end++)
            {
                sum += points[end].Y;
            }

            for (; begin < at - window; begin++)
            {
                sum -= points[begin].Y;
            }

            smooth[at] = (points[at].X, sum / (end - begin));
        }

        return smooth;
    }

    private static (double Low, double High) Range(IEnumerable<double> values)
    {
        double[] finite = [.. values.Where(double.IsFinite)];
        if (finite.Length == 0)
        {
            return (0, 1);
        }

        (double low, double high) = (finite.Min(), finite.Max());
        return high > low ? (low, high) : (low - 0.5, low + 0.5);
    }

    private sealed class Canvas(int width, int height)
    {
        private readonly byte[] rgb = Enumerable.Repeat((byte)255, width * height * 3).ToArray();

        public void Write(int left, int top, string text, (byte R, byte G, byte B) color)
        {
            foreach ((int x, int y) in BitmapFont.Dots(text))
            {
                Set(left + x, top + y, color);
            }
        }

        // Bresenham's line.
        public void Line(int x, int y, int toX, int toY, (byte R, byte G, byte B) color)
        {
            (int wide, int high) = (Math.Abs(toX - x), -Math.Abs(toY - y));
            int error = wide + high;
            while (true)
            {
                Set(x, y, color);
                if (x == toX && y == toY)
                {
                    return;
                }

                int twice = 2 * error;
                if (twice >= high)
                {
                    error += high;
                    x += Math.Sign(toX - x);
                }

                if (twice <= wide)
                {
                    error += wide;
                    y += Math.Sign(toY - y);
                }
            }
        }

        public Picture ToPicture() => Picture.FromRgb(rgb, width, height);

        private void Set(int x, int y, (byte R, byte G, byte B) color)
        {
            if ((uint)x < (uint)width && (uint)y < (uint)height)
            {
                (rgb[3 * ((y * width) + x)], rgb[(3 * ((y * width) + x)) + 1], rgb[(3 * ((y * width) + x)) + 2]) = color;
            }
        }
    }
}
