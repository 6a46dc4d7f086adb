namespace BrushEdit.Training;

/// <summary>
/// Resizes by cubic interpolation as OpenCV does, which prepares BrushNet's training data: four taps, a = -0.75, no antialiasing, the
/// border replicated. Only the requested part of the result is computed.
/// </summary>
internal static class CubicResizer
{
    private const float A = -0.75f;

    // For 8-bit pictures, the weights have eleven fractional bits.
    private const float Fixed = 2048;

    /// <summary>Resizes a picture and cuts a square out of the result.</summary>
    /// <param name="source">Interleaved, row-major.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="bands">Values per pixel.</param>
    /// <param name="toWidth">The width of the whole result.</param>
    /// <param name="toHeight">The height of the whole result.</param>
    /// <param name="left">The part's first column.</param>
    /// <param name="top">The part's first row.</param>
    /// <param name="side">The part's side.</param>
    /// <param name="toBytes">Whether the source has 8 bits per value and the result is rounded to 8 bits.</param>
    /// <returns>Interleaved, row-major, side x side; values that are not rounded may overshoot those of the source.</returns>
    public static float[] Resize(float[] source, int width, int height, int bands, int toWidth, int toHeight, int left, int top, int side, bool toBytes)
    {
        (int First, float[] Taps)[] columns = Taps(width, toWidth, left, side, toBytes);
        (int First, float[] Taps)[] rows = Taps(height, toHeight, top, side, toBytes);
        Dictionary<int, float[]> lines = [];
        float[] Line(int y)
        {
            if (!lines.TryGetValue(y, out float[]? line))
            {
                lines[y] = line = Across(source.AsSpan(y * width * bands, width * bands), width, bands, columns);
            }

            return line;
        }

        float[] result = new float[side * side * bands];
        for (int y = 0; y < side; y++)
        {
            Span<float> target = result.AsSpan(y * side * bands, side * bands);
            for (int tap = 0; tap < 4; tap++)
            {
                float[] line = Line(Math.Clamp(rows[y].First + tap, 0, height - 1));
                float weight = rows[y].Taps[tap];
                for (int at = 0; at < target.Length; at++)
                {
                    target[at] += weight * line[at];
                }
            }
        }

        return toBytes ? Array.ConvertAll(result, value => Math.Clamp(MathF.Round(value), 0, 255)) : result;
    }

    private static float[] Across(ReadOnlySpan<float> row, int width, int bands, (int First, float[] Taps)[] columns)
    {
        float[] line = new float[columns.Length * bands];
        for (int x = 0; x < columns.Length; x++)
        {
            for (int tap = 0; tap < 4; tap++)
            {
                int from = Math.Clamp(columns[x].First + tap, 0, width - 1) * bands;
                for (int band = 0; band < bands; band++)
                {
                    line[(x * bands) + band] += columns[x].Taps[tap] * row[from + band];
                }
            }
        }

        return line;
    }

    private static (int First, float[] Taps)[] Taps(int from, int to, int start, int count, bool inFixedPoint)
    {
        double scale = (double)from / to;
        (int, float[])[] taps = new (int, float[])[count];
        for (int at = 0; at < count; at++)
        {
            float place = (float)(((start + at + 0.5) * scale) - 0.5);
            int floor = (int)MathF.Floor(place);
            float x = place - floor;
            float[] weights =
            [
                ((((A * (x + 1)) - (5 * A)) * (x + 1) + (8 * A)) * (x + 1)) - (4 * A),
                ((((A + 2) * x) - (A + 3)) * x * x) + 1,
                ((((A + 2) * (1 - x)) - (A + 3)) * (1 - x) * (1 - x)) + 1,
                0,
            ];
            weights[3] = 1 - weights[0] - weights[1] - weights[2];
            taps[at] = (floor - 1, inFixedPoint ? Array.ConvertAll(weights, weight => MathF.Round(weight * Fixed) / Fixed) : weights);
        }

        return taps;
    }
}
