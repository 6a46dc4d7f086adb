using System.Numerics;

namespace BrushEdit.Imaging;

/// <summary>Lays drawn sRGB pixels over a picture in the picture's own colours and depth.</summary>
internal static class PictureComposer
{
    public static Picture Compose(Picture picture, ReadOnlySpan<byte> rgb, ReadOnlySpan<float> alpha, bool coverTransparency)
    {
        int count = picture.Width * picture.Height;
        if (rgb.Length != count * 3)
        {
            throw new ArgumentException($"{rgb.Length} values are not {picture.Width} x {picture.Height} pixels of RGB.", nameof(rgb));
        }

        if (alpha.Length != count)
        {
            throw new ArgumentException($"{alpha.Length} values are not {picture.Width} x {picture.Height} values of alpha.", nameof(alpha));
        }

        (int top, int bottom) = Rows(alpha, picture.Width, picture.Height);
        if (top >= bottom)
        {
            return picture;
        }

        // Only the affected rows are colour-converted.
        int first = top * picture.Width;
        int rows = bottom - top;
        Array drawn = picture.Space.FromSrgb(rgb.Slice(first * 3, rows * picture.Width * 3), picture.Width, rows, picture.BitDepth);
        Array samples = (Array)picture.Samples.Clone();
        ReadOnlySpan<float> weights = alpha.Slice(first, rows * picture.Width);
        if (samples is byte[] bytes)
        {
            Lay<byte>(bytes.AsSpan(first * picture.Bands), (byte[])drawn, weights, picture, coverTransparency);
        }
        else
        {
            Lay<ushort>(((ushort[])samples).AsSpan(first * picture.Bands), (ushort[])drawn, weights, picture, coverTransparency);
        }

        return picture.With(samples, picture.Width, picture.Height);
    }

    private static void Lay<T>(Span<T> samples, ReadOnlySpan<T> drawn, ReadOnlySpan<float> alpha, Picture picture, bool cover)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        int bands = picture.Bands;
        int colours = picture.Space.Bands;
        double full = double.CreateChecked(T.MaxValue);
        for (int i = 0; i < alpha.Length; i++)
        {
            double weight = Math.Min(alpha[i], 1f);
            if (!(weight > 0))
            {
                continue;
            }

            Span<T> own = samples.Slice(i * bands, bands);
            ReadOnlySpan<T> over = drawn.Slice(i * colours, colours);
            if (cover && picture.HasAlpha)
            {
                double opacity = double.CreateChecked(own[colours]) / full;
                double result = weight + (opacity * (1 - weight));
                own[colours] = T.CreateTruncating((full * result) + 0.5);
                weight /= result;
            }

            for (int c = 0; c < colours; c++)
            {
                double from = double.CreateChecked(own[c]);
                own[c] = T.CreateSaturating(from + (weight * (double.CreateChecked(over[c]) - from)) + 0.5);
            }
        }
    }

    private static (int Top, int Bottom) Rows(ReadOnlySpan<float> alpha, int width, int height)
    {
        int top = 0;
        while (top < height && !Touched(alpha.Slice(top * width, width)))
        {
            top++;
        }

        int bottom = height;
        while (bottom > top && !Touched(alpha.Slice((bottom - 1) * width, width)))
        {
            bottom--;
        }

        return (top, bottom);
    }

    private static bool Touched(ReadOnlySpan<float> row)
    {
        foreach (float value in row)
        {
            if (value > 0)
            {
                return true;
            }
        }

        return false;
    }
}
