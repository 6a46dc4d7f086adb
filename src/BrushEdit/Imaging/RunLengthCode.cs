namespace BrushEdit.Imaging;

/// <summary>
/// How a data set encodes a mask as a list of integers: start, length, start, length ... over the pixels in one order. The meaning of a
/// one differs between data sets: the hole in BrushBench, EditBench and PIE-Bench, the kept part in BrushData.
/// </summary>
/// <param name="First">The number of the first pixel: 0 or 1.</param>
/// <param name="Order">The order in which pixels are counted.</param>
public sealed record RunLengthCode(int First, PixelOrder Order)
{
    /// <summary>BrushBench's and EditBench's mapping files: row by row from 1, ones are the hole (BrushNet's <c>evaluate_brushnet.py</c>).</summary>
    public static RunLengthCode BrushBench { get; } = new(1, PixelOrder.Rows);

    /// <summary>BrushData's field <c>segmentation</c>: column by column from 1, ones are <em>kept</em> (BrushNet's training script).</summary>
    public static RunLengthCode BrushData { get; } = new(1, PixelOrder.Columns);

    /// <summary>
    /// PIE-Bench's mapping file: row by row from 0, a run that continues past the last pixel ends there, and the outermost pixels on each
    /// side are ones whatever the runs say; ones are the edited part (PnPInversion's <c>evaluate.py</c>).
    /// </summary>
    public static RunLengthCode PieBench { get; } = new(0, PixelOrder.Rows) { CutsAtEnd = true, MarksBorder = true };

    /// <summary>Whether a run may continue past the last pixel; else that is an error.</summary>
    public bool CutsAtEnd { get; init; }

    /// <summary>Whether the outermost row and column on each side are set to one.</summary>
    public bool MarksBorder { get; init; }

    /// <summary>Draws the runs.</summary>
    /// <param name="runs">Start, length, start, length ...; none for a mask without ones.</param>
    /// <param name="width">Pixels across, from 1.</param>
    /// <param name="height">Pixels down, from 1.</param>
    /// <returns>width * height values, rows from the top: 1 in a run, 0 elsewhere.</returns>
    /// <exception cref="EditException">A length is missing, or a run extends beyond the picture (BadMask).</exception>
    public byte[] Decode(IReadOnlyList<int> runs, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(runs);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (runs.Count % 2 != 0)
        {
            throw Bad($"It has {runs.Count} numbers, so one start has no length.");
        }

        byte[] ones = new byte[checked(width * height)];
        for (int i = 0; i < runs.Count; i += 2)
        {
            Draw(ones, runs[i], runs[i + 1], width, height);
        }

        if (MarksBorder)
        {
            DrawBorder(ones, width, height);
        }

        return ones;
    }

    private void Draw(byte[] ones, int start, int length, int width, int height)
    {
        long from = (long)start - First;
        long to = from + length;
        if (from < 0 || length < 0 || from > ones.Length || (to > ones.Length && !CutsAtEnd))
        {
            throw Bad($"The run of {length} pixels from {start} is outside the {width} x {height} pixels, which are counted from {First}.");
        }

        int end = (int)Math.Min(to, ones.Length);
        if (Order == PixelOrder.Rows)
        {
            ones.AsSpan((int)from, end - (int)from).Fill(1);
            return;
        }

        for (int pixel = (int)from; pixel < end; pixel++)
        {
            ones[(pixel % height * width) + (pixel / height)] = 1;
        }
    }

    private static void DrawBorder(byte[] ones, int width, int height)
    {
        ones.AsSpan(0, width).Fill(1);
        ones.AsSpan((height - 1) * width).Fill(1);
        for (int y = 0; y < height; y++)
        {
            ones[y * width] = 1;
            ones[(y * width) + width - 1] = 1;
        }
    }

    private static EditException Bad(string what) =>
        new(EditFault.BadMask, $"The run-length code is broken. {what}", "Copy the data set's file again, or check the size of its pictures.");
}

/// <summary>The order in which a run-length code counts pixels.</summary>
public enum PixelOrder
{
    /// <summary>Row by row, each from the left.</summary>
    Rows,

    /// <summary>Column by column, each from the top.</summary>
    Columns,
}
