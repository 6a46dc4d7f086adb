using BrushEdit.Imaging;

namespace BrushEdit.Measuring;

/// <summary>Matches pictures and texts with a loaded CLIP network.</summary>
/// <param name="clip">The network; not disposed here.</param>
/// <param name="name">The name in results.</param>
public sealed class ClipMatcher(ClipMeasure clip, string name) : IPictureMatcher
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public EditException? Absence => null;

    /// <inheritdoc/>
    public IReadOnlyList<double> Match(Picture picture, Box region, IReadOnlyList<string> texts, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(picture);
        cancellation.ThrowIfCancellationRequested();
        return clip.Probabilities([Cut(picture, region)], texts)[0];
    }

    /// <summary>Returns the part of a picture to match.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="region">In pixels; clipped to the picture.</param>
    internal static RgbPicture Cut(Picture picture, Box region)
    {
        Box inside = region.Clip(picture.Width, picture.Height);
        (int left, int top, int width, int height) = (inside.PixelLeft, inside.PixelTop, Math.Max(1, inside.PixelWidth), Math.Max(1, inside.PixelHeight));
        byte[] cut = new byte[width * height * 3];
        for (int y = 0; y < height; y++)
        {
            picture.Rgb.Slice(3 * (((top + y) * picture.Width) + left), 3 * width).CopyTo(cut.AsSpan(3 * y * width));
        }

        return new RgbPicture(cut, width, height);
    }
}
