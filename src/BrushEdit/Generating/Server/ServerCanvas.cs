using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using NetVips;

namespace BrushEdit.Generating;

/// <summary>A region as sent to a server: a square with the region at its top left; the region's edge pixels are repeated over the rest.</summary>
/// <param name="region">The region, no larger than the square.</param>
/// <param name="side">The square's side in pixels.</param>
internal sealed class ServerCanvas(RegionPixels region, int side)
{
    // A server's own autoencoder changes kept parts by some 25 to 35 dB; one that paints another picture is far below.
    private const double LeastKept = 18;

    /// <summary>The picture as a PNG.</summary>
    public byte[] Picture()
    {
        byte[] rgb = new byte[3 * side * side];
        Each((at, x, y) => region.Rgb.AsSpan(3 * ((Math.Min(y, region.Height - 1) * region.Width) + Math.Min(x, region.Width - 1)), 3).CopyTo(rgb.AsSpan(3 * at)));
        return Png(rgb, 3);
    }

    /// <summary>
    /// The mask as a PNG of the same size: transparent in the edited part, as the interface requires, and white there, black elsewhere,
    /// for servers that read only the colours.
    /// </summary>
    public byte[] Mask()
    {
        byte[] rgba = new byte[4 * side * side];
        Each((at, x, y) =>
        {
            bool hole = x < region.Width && y < region.Height && region.Hole[(y * region.Width) + x];
            rgba.AsSpan(4 * at, 3).Fill((byte)(hole ? 255 : 0));
            rgba[(4 * at) + 3] = (byte)(hole ? 0 : 255);
        });
        return Png(rgba, 4);
    }

    /// <summary>Extracts the region from a server's answer.</summary>
    /// <param name="file">A picture's file.</param>
    /// <param name="server">The name of the server in error messages.</param>
    /// <returns>8-bit sRGB of the region, and a warning; null for none.</returns>
    /// <exception cref="EditException">It is not a picture, or not of the square's shape.</exception>
    public (byte[] Rgb, string? Warning) Read(byte[] file, string server)
    {
        Picture answer = PictureReader.Read(file, $"The answer of {server}");
        if (Math.Abs(answer.Width - answer.Height) > Math.Max(answer.Width, answer.Height) / 50)
        {
            throw new EditException(
                EditFault.ServiceFailed, $"The image server {server} answered with {answer.Width} x {answer.Height} pixels instead of a square of {side}.", "Give a -ServerSize that the server supports.", server);
        }

        byte[] rgb = answer.ToRgb(side, side);
        byte[] own = new byte[3 * region.Width * region.Height];
        for (int y = 0; y < region.Height; y++)
        {
            rgb.AsSpan(3 * y * side, 3 * region.Width).CopyTo(own.AsSpan(3 * y * region.Width));
        }

        double kept = Kept(own);
        return (own, kept < LeastKept ? $"The server changed the picture outside the mask as well (its kept part is at {kept:0.0} dB): these changes are discarded." : null);
    }

    private double Kept(byte[] own)
    {
        double sum = 0;
        long count = 0;
        for (int at = 0; at < region.Hole.Length; at++)
        {
            for (int channel = 0; channel < 3 && !region.Hole[at]; channel++)
            {
                double difference = own[(3 * at) + channel] - region.Rgb[(3 * at) + channel];
                sum += difference * difference;
                count++;
            }
        }

        return sum == 0 ? double.PositiveInfinity : 10 * Math.Log10(255.0 * 255 * count / sum);
    }

    private void Each(Action<int, int, int> at)
    {
        for (int y = 0; y < side; y++)
        {
            for (int x = 0; x < side; x++)
            {
                at((y * side) + x, x, y);
            }
        }
    }

    private byte[] Png(byte[] samples, int bands)
    {
        using Image image = Vips.FromSamples(samples, side, side, bands, Enums.Interpretation.Srgb);
        return image.PngsaveBuffer(keep: Enums.ForeignKeep.None);
    }
}
