using BrushEdit.Tagging;
using NetVips;

namespace BrushEdit.Imaging;

/// <summary>Extracts a file's metadata, and leaves out the parts that still show the original picture.</summary>
internal static class MetadataReader
{
    public static (PictureMetadata Metadata, LeftOut LeftOut) Read(Image image, ReadOnlySpan<byte> file, PictureFormat format, int orientation)
    {
        FileMetadata found = format switch
        {
            PictureFormat.Jpeg => JpegMetadata.Read(file, JpegFile.Read(file)),
            PictureFormat.Png => PngMetadata.Read(file),
            PictureFormat.Tiff => TiffMetadata.Read(file, Blob(image, "xmp-data"), Blob(image, "iptc-data")),
            PictureFormat.Gif => GifMetadata.Read(file),
            PictureFormat.Avif => OfAvif(image, file),
            _ => OfBlobs(image),
        };

        // JPEG and PNG without a stated resolution are reported as 72 dpi or 1 pixel per millimetre; these values are not written again.
        bool stated = image.Xres > 0 && image.Yres > 0 && Math.Abs(image.Xres - 1) > 1e-9;
        bool turned = orientation is >= 5 and <= 8;
        return (new PictureMetadata
        {
            IccProfile = Blob(image, "icc-profile-data"),
            Exif = found.Exif,
            Xmp = orientation is >= 2 and <= 8 ? XmpPacket.WithForm(found.Xmp, turned ? image.Height : image.Width, turned ? image.Width : image.Height, 1) : found.Xmp,
            Iptc = found.Iptc,
            Texts = found.Texts,
            Blocks = found.Blocks,
            ResolutionX = stated ? turned ? image.Yres : image.Xres : 0,
            ResolutionY = stated ? turned ? image.Xres : image.Yres : 0,
        }, found.LeftOut);
    }

    /// <summary>Reads an AVIF's blocks; reports gain maps, depth maps and other auxiliary pictures, which libvips skips.</summary>
    private static FileMetadata OfAvif(Image image, ReadOnlySpan<byte> file)
    {
        FileMetadata found = OfBlobs(image);
        ReadOnlySpan<byte> head = file[..Math.Min(file.Length, 1 << 16)];
        if (head.IndexOf("tmap"u8) >= 0 || head.IndexOf("aux:hdrgainmap"u8) >= 0)
        {
            found.LeftOut.Warn("The file contains a gain map, which would still show the original: left out.");
        }

        if (head.IndexOf("auxiliary:depth"u8) >= 0)
        {
            found.LeftOut.Warn("The file contains a depth map, which would still show the original: left out.");
        }

        return found;
    }

    private static FileMetadata OfBlobs(Image image)
    {
        LeftOut left = new();
        return new FileMetadata
        {
            Exif = ExifBlock.Upright(Blob(image, "exif-data"), left),
            Xmp = XmpPacket.Clean(Blob(image, "xmp-data"), left, out _),
            LeftOut = left,
        };
    }

    private static byte[]? Blob(Image image, string field) =>
        image.GetTypeOf(field) != 0 && image.Get(field) is byte[] { Length: > 0 } bytes ? bytes : null;
}
