using BrushEdit.Imaging;

namespace BrushEdit.Painting;

/// <summary>
/// The steps applied to a mask, and the mask after any of them. Steps are kept, not masks; periodically, and after slow steps, the mask is
/// stored as a snapshot, so that undo repeats few steps.
/// </summary>
internal sealed class MaskHistory
{
    private const int Stride = 32;

    private readonly List<PaintStep> steps = [];
    private readonly SortedDictionary<int, PackedMask> kept = [];
    private readonly MaskCanvas canvas;
    private int drawn;

    /// <summary>Begins with a mask.</summary>
    /// <param name="start">The initial mask.</param>
    public MaskHistory(Mask start)
    {
        canvas = new MaskCanvas(start.Width, start.Height);
        kept[0] = PackedMask.Of(start);
        canvas.Load(kept[0]);
    }

    /// <summary>The number of steps, including undone ones that can be redone.</summary>
    public int Count => steps.Count;

    /// <summary>Discards undone steps, and adds steps.</summary>
    /// <param name="from">The number of steps before the first new one, 0 to <see cref="Count"/>.</param>
    /// <param name="more">The new steps.</param>
    public void Replace(int from, IReadOnlyCollection<PaintStep> more)
    {
        if (more.Count == 0)
        {
            return;
        }

        steps.RemoveRange(from, steps.Count - from);
        foreach (int at in kept.Keys.Where(at => at > from).ToArray())
        {
            kept.Remove(at);
        }

        if (drawn > from)
        {
            Rewind(from);
        }

        steps.AddRange(more);
    }

    /// <summary>Returns the values after some steps, valid until the next call.</summary>
    /// <param name="at">The number of steps, 0 to <see cref="Count"/>.</param>
    public ReadOnlySpan<byte> ValuesAt(int at)
    {
        if (at < drawn)
        {
            Rewind(at);
        }

        while (drawn < at)
        {
            PaintStep step = steps[drawn++];
            canvas.Do(step);
            if (step is WholeStep { Kind: WholeChange.Grow or WholeChange.Shrink or WholeChange.FillHoles } || drawn % Stride == 0)
            {
                kept[drawn] = canvas.Pack();
            }
        }

        return canvas.Values;
    }

    /// <summary>Returns the mask after some steps.</summary>
    /// <param name="at">The number of steps, 0 to <see cref="Count"/>.</param>
    public Mask MaskAt(int at)
    {
        ValuesAt(at);
        return canvas.ToMask();
    }

    private void Rewind(int at)
    {
        (drawn, PackedMask mask) = kept.Last(one => one.Key <= at);
        canvas.Load(mask);
    }
}
