namespace BrushEdit.Imaging;

/// <summary>Exact squared Euclidean distances between pixel centres, in time linear in the number of pixels.</summary>
/// <remarks>Meijster, Roerdink and Hesselink, "A general algorithm for computing distance transforms in linear time", 2000.</remarks>
internal static class DistanceTransform
{
    /// <summary>The value used if there is no target to reach.</summary>
    public const int Unreachable = int.MaxValue;

    /// <summary>
    /// For each pixel the squared distance to the nearest pixel whose value, compared with the threshold, is inside (or
    /// outside). The picture's border is neither.
    /// </summary>
    /// <param name="values">width * height values.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="toInside">True for the distance to values at or above the threshold, false for the distance to those below.</param>
    /// <param name="threshold">The lowest value that is inside.</param>
    public static int[] Squared(ReadOnlySpan<byte> values, int width, int height, bool toInside, byte threshold = Mask.Threshold)
    {
        // Down and up the columns: distance to the nearest target of the same column.
        int far = width + height;
        int[] distances = new int[width * height];
        for (int x = 0; x < width; x++)
        {
            distances[x] = values[x] >= threshold == toInside ? 0 : far;
        }

        for (int i = width; i < distances.Length; i++)
        {
            distances[i] = values[i] >= threshold == toInside ? 0 : Math.Min(far, distances[i - width] + 1);
        }

        for (int i = distances.Length - width - 1; i >= 0; i--)
        {
            distances[i] = Math.Min(distances[i], distances[i + width] + 1);
        }

        // Along the rows: lower envelope of the parabolas that stand on the columns.
        int[] feet = new int[width];
        int[] begins = new int[width];
        int[] column = new int[width];
        for (int y = 0; y < height; y++)
        {
            Span<int> row = distances.AsSpan(y * width, width);
            row.CopyTo(column);
            Envelope(column, far, feet, begins, row);
        }

        return distances;
    }

    private static void Envelope(int[] column, int far, int[] feet, int[] begins, Span<int> row)
    {
        int last = -1;
        for (int u = 0; u < row.Length; u++)
        {
            if (column[u] >= far)
            {
                continue;
            }

            while (last >= 0 && Value(begins[last], feet[last], column) > Value(begins[last], u, column))
            {
                last--;
            }

            if (last < 0)
            {
                last = 0;
                feet[0] = u;
                begins[0] = 0;
                continue;
            }

            long begin = 1 + Separation(feet[last], u, column);
            if (begin < row.Length)
            {
                last++;
                feet[last] = u;
                begins[last] = (int)begin;
            }
        }

        if (last < 0)
        {
            row.Fill(Unreachable);
            return;
        }

        for (int u = row.Length - 1; u >= 0; u--)
        {
            row[u] = (int)Math.Min(Unreachable - 1, Value(u, feet[last], column));
            if (u == begins[last] && last > 0)
            {
                last--;
            }
        }
    }

    private static long Value(int x, int foot, int[] column) => ((long)(x - foot) * (x - foot)) + ((long)column[foot] * column[foot]);

    /// <summary>The last x where the parabola of the left foot is not above that of the right one.</summary>
    private static long Separation(int left, int right, int[] column)
    {
        long numerator = ((long)right * right) - ((long)left * left) + ((long)column[right] * column[right]) - ((long)column[left] * column[left]);
        long denominator = 2L * (right - left);
        return numerator >= 0 ? numerator / denominator : -((-numerator + denominator - 1) / denominator);
    }
}
