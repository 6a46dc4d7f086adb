using BrushEdit.Imaging;

namespace BrushEdit.Painting;

/// <summary>A picture and its mask as the page shows them: up to a size that every browser works on, scaled down beyond it.</summary>
internal sealed class PaintView
{
    // Canvases on phones are limited to 16 megapixels, and painting should stay fast; more detail is loaded piece by piece.
    private const double MostPixels = 4_000_000;
    private const int LosslessSide = 256;
    private const int MostPiece = 4096;
    private const int Quality = 88;

    private readonly Picture picture;

    /// <summary>Creates the view of a picture.</summary>
    /// <param name="picture">The picture.</param>
    public PaintView(Picture picture)
    {
        this.picture = picture;
        double scale = Math.Min(1, Math.Sqrt(MostPixels / ((double)picture.Width * picture.Height)));
        Width = Math.Max(1, (int)(picture.Width * scale));
        Height = Math.Max(1, (int)(picture.Height * scale));
    }

    /// <summary>Pixels across, as shown.</summary>
    public int Width { get; }

    /// <summary>Pixels down, as shown.</summary>
    public int Height { get; }

    /// <summary>Returns a picture of the same size as a file for a browser.</summary>
    /// <param name="shown">The picture.</param>
    public byte[] Encode(Picture shown) => Encode(PictureView.ToRgb(shown, Width, Height), Width, Height);

    /// <summary>A piece of the picture with more detail.</summary>
    /// <param name="shown">The picture.</param>
    /// <param name="box">The position, in pixels of the picture.</param>
    /// <param name="width">The requested width of the piece in pixels.</param>
    public static byte[] EncodePiece(Picture shown, Box box, int width)
    {
        Picture piece = shown.Crop(box);
        double scale = Math.Min(1, Math.Min(width, MostPiece) / (double)piece.Width);
        int across = Math.Max(1, (int)(piece.Width * scale));
        int down = Math.Clamp((int)(piece.Height * scale), 1, MostPiece);
        return Encode(PictureView.ToRgb(piece, across, down), across, down);
    }

    /// <summary>A mask's values at the size shown: each pixel has the value of the picture's pixel under its centre.</summary>
    /// <param name="values">The mask, of the picture's size.</param>
    public byte[] Sample(ReadOnlySpan<byte> values)
    {
        if (Width == picture.Width && Height == picture.Height)
        {
            return values.ToArray();
        }

        byte[] small = new byte[Width * Height];
        int[] columns = [.. Enumerable.Range(0, Width).Select(x => (int)((x + 0.5) * picture.Width / Width))];
        for (int y = 0; y < Height; y++)
        {
            ReadOnlySpan<byte> row = values.Slice((int)((y + 0.5) * picture.Height / Height) * picture.Width, picture.Width);
            for (int x = 0; x < Width; x++)
            {
                small[(y * Width) + x] = row[columns[x]];
            }
        }

        return small;
    }

    private static byte[] Encode(byte[] rgb, int width, int height) => Math.Max(width, height) <= LosslessSide
        ? PictureView.ToPng(rgb, width, height)
        : PictureView.ToWebP(rgb, width, height, Quality);
}
