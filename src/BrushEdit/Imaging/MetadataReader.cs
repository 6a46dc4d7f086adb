using NetVips;

namespace BrushEdit.Imaging;

/// <summary>Takes the blocks of metadata out of a file that libvips has opened.</summary>
internal static class MetadataReader
{
    public static PictureMetadata Read(Image image, ReadOnlySpan<byte> file, PictureFormat format, int orientation)
    {
        byte[]? exif = Blob(image, "exif-data");
        if (format == PictureFormat.Tiff && TiffDirectory.TryRead(file) is { } directory)
        {
            exif = OfTiff(directory);
        }

        // JPEG and PNG without a stated resolution come as 72 dpi or 1 pixel a millimetre; these are not worth stating again.
        bool stated = image.Xres > 0 && image.Yres > 0 && Math.Abs(image.Xres - 1) > 1e-9;
        return new PictureMetadata
        {
            IccProfile = Blob(image, "icc-profile-data"),
            Exif = ExifBlock.Upright(exif),
            Xmp = ExifBlock.UprightXmp(Blob(image, "xmp-data"), orientation),
            Iptc = Blob(image, "iptc-data"),
            ResolutionX = stated ? orientation >= 5 ? image.Yres : image.Xres : 0,
            ResolutionY = stated ? orientation >= 5 ? image.Xres : image.Yres : 0,
        };
    }

    private static byte[]? OfTiff(TiffDirectory directory)
    {
        TiffDirectory photograph = new();
        photograph.Entries.AddRange(directory.Entries.Where(e => TiffTag.OfPhotograph.Contains(e.Tag)));
        return photograph.Entries.Count == 0 ? null : photograph.ToBlock();
    }

    private static byte[]? Blob(Image image, string field) =>
        image.GetTypeOf(field) != 0 && image.Get(field) is byte[] { Length: > 0 } bytes ? bytes : null;
}
