using BrushEdit.Imaging;

namespace BrushEdit.Painting;

/// <summary>
/// The steps done to a mask, and the mask after any of them. Steps are kept, not masks; now and then, and after what takes long, the mask is
/// packed away, so that going back never repeats much.
/// </summary>
internal sealed class MaskHistory
{
    private const int Stride = 32;

    private readonly List<PaintStep> steps = [];
    private readonly SortedDictionary<int, PackedMask> kept = [];
    private readonly MaskCanvas canvas;
    private int drawn;

    /// <summary>Begins with a mask.</summary>
    /// <param name="start">The mask that there is.</param>
    public MaskHistory(Mask start)
    {
        canvas = new MaskCanvas(start.Width, start.Height);
        kept[0] = PackedMask.Of(start);
        canvas.Load(kept[0]);
    }

    /// <summary>Steps done, with those that were taken back and can be done again.</summary>
    public int Count => steps.Count;

    /// <summary>Forgets what was taken back, and adds steps.</summary>
    /// <param name="from">The steps before the first new one, 0 to <see cref="Count"/>.</param>
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

    /// <summary>The values after some steps, good until the next call.</summary>
    /// <param name="at">How many steps, 0 to <see cref="Count"/>.</param>
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

    /// <summary>The mask after some steps.</summary>
    /// <param name="at">How many steps, 0 to <see cref="Count"/>.</param>
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
