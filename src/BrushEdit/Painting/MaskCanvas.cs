using BrushEdit.Imaging;

namespace BrushEdit.Painting;

/// <summary>A mask that steps are applied to, at the picture's size.</summary>
/// <param name="width">Pixels across.</param>
/// <param name="height">Pixels down.</param>
internal sealed class MaskCanvas(int width, int height)
{
    private readonly byte[] values = new byte[checked(width * height)];

    /// <summary>The current values.</summary>
    public ReadOnlySpan<byte> Values => values;

    /// <summary>Restarts with a mask.</summary>
    /// <param name="mask">The mask.</param>
    public void Load(PackedMask mask) => mask.CopyTo(values);

    /// <summary>Packs the values.</summary>
    public PackedMask Pack() => PackedMask.Of(values, width, height);

    /// <summary>Returns a copy as a mask.</summary>
    public Mask ToMask() => Mask.FromValues(values, width, height);

    /// <summary>Applies a step.</summary>
    /// <param name="step">The step.</param>
    public void Do(PaintStep step)
    {
        switch (step)
        {
            case StrokeStep stroke:
                StrokeRaster.Draw(values, width, height, stroke);
                break;
            case ShapeStep shape:
                ShapeRaster.Draw(values, width, height, shape);
                break;
            case MaskStep other:
                Combine(other);
                break;
            case WholeStep whole:
                Change(whole);
                break;
            default:
                throw new ArgumentException($"The kind of step {step.GetType().Name} is unknown.", nameof(step));
        }
    }

    private void Combine(MaskStep step)
    {
        byte[] other = step.Mask.ToValues();
        for (int i = 0; i < other.Length; i++)
        {
            values[i] = step.Erases ? Math.Min(values[i], (byte)(255 - other[i])) : Math.Max(values[i], other[i]);
        }
    }

    private void Change(WholeStep step)
    {
        switch (step.Kind)
        {
            case WholeChange.Invert:
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = (byte)(255 - values[i]);
                }

                break;
            case WholeChange.Clear:
                Array.Clear(values);
                break;
            case WholeChange.All:
                Array.Fill(values, (byte)255);
                break;
            case WholeChange.Grow:
                Take(ToMask().Grow(step.Radius));
                break;
            case WholeChange.Shrink:
                Take(ToMask().Shrink(step.Radius));
                break;
            default:
                Take(ToMask().FillHoles());
                break;
        }
    }

    private void Take(Mask mask) => mask.Values.CopyTo(values);
}
