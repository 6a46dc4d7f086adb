using BrushEdit.Imaging;

namespace BrushEdit.Inpainting;

/// <summary>
/// Which part of a picture goes through the networks, and at what size: a crop around the mask at the model's native
/// resolution, so that a large picture is neither shrunk nor sent whole.
/// </summary>
/// <param name="X">Left edge of the crop, in pixels of the picture.</param>
/// <param name="Y">Top edge of the crop.</param>
/// <param name="Width">Width of the crop.</param>
/// <param name="Height">Height of the crop.</param>
/// <param name="WorkWidth">Width the networks work at, a multiple of the autoencoder's factor.</param>
/// <param name="WorkHeight">Height the networks work at, a multiple of the autoencoder's factor.</param>
public sealed record WorkRegion(int X, int Y, int Width, int Height, int WorkWidth, int WorkHeight)
{
    /// <summary>The maximum factor by which a crop is enlarged, if the picture is no smaller than the crop.</summary>
    public const int LargestEnlargement = 2;

    /// <summary>Whether the crop's size differs from the networks' work size.</summary>
    public bool IsScaled => Width != WorkWidth || Height != WorkHeight;

    /// <summary>Chooses the region.</summary>
    /// <param name="width">Width of the picture.</param>
    /// <param name="height">Height of the picture.</param>
    /// <param name="mask">The enclosing box of the mask.</param>
    /// <param name="native">The side, in pixels, of the pictures the model was trained on.</param>
    /// <param name="factor">The autoencoder's factor: work sizes are multiples of it.</param>
    /// <param name="margin">Context around the mask, as a fraction of its longer side.</param>
    /// <param name="wholePicture">Whether to take the whole picture at its own size.</param>
    /// <remarks>
    /// The crop is a square if the picture is large enough: the mask with its margin on both sides, and at least half the native
    /// side. It is centred on the mask and moved into the picture. Its longer side is then scaled to the native side, so
    /// small objects are drawn up to twice as large: a network cannot draw well what covers only a few cells of its latents.
    /// </remarks>
    public static WorkRegion Choose(int width, int height, Box mask, int native, int factor, double margin, bool wholePicture)
    {
        if (wholePicture)
        {
            return new WorkRegion(0, 0, width, height, Multiple(width, factor), Multiple(height, factor));
        }

        double longer = Math.Max(mask.Width, mask.Height);
        int side = (int)Math.Ceiling(Side(longer, native, margin));
        int cropWidth = Math.Min(width, side);
        int cropHeight = Math.Min(height, side);
        int x = Place(mask.X + (mask.Width / 2), cropWidth, width);
        int y = Place(mask.Y + (mask.Height / 2), cropHeight, height);
        double scale = (double)native / Math.Max(cropWidth, cropHeight);
        return new WorkRegion(
            x, y, cropWidth, cropHeight, Multiple((int)Math.Round(cropWidth * scale), factor), Multiple((int)Math.Round(cropHeight * scale), factor));
    }

    /// <summary>Side of the crop around a mask, in pixels, if the picture is large enough.</summary>
    /// <param name="longer">The mask's longer side.</param>
    /// <param name="native">The side of the pictures the model was trained on.</param>
    /// <param name="margin">Context around the mask, as a fraction of its longer side.</param>
    internal static double Side(double longer, int native, double margin) =>
        Math.Max((double)native / LargestEnlargement, longer * (1 + (2 * margin)));

    private static int Place(double centre, int size, int limit) => Math.Clamp((int)Math.Round(centre - (size / 2.0)), 0, limit - size);

    private static int Multiple(int size, int factor) => Math.Max(1, (int)Math.Round((double)size / factor)) * factor;
}
