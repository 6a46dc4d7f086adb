namespace BrushEdit.Imaging;

/// <summary>Turns a picture into what a format can store, and refuses silent losses.</summary>
internal static class FormatFit
{
    public static Picture Fit(Picture picture, string path, PictureFormat format, PictureSaveOptions options)
    {
        int longest = format switch { PictureFormat.Jpeg => 65_535, PictureFormat.WebP => 16_383, PictureFormat.Avif => 16_384, PictureFormat.Gif => 65_535, _ => int.MaxValue };
        if (Math.Max(picture.Width, picture.Height) > longest)
        {
            throw new EditException(
                EditFault.CannotWrite,
                $"{path}: {picture.Width} x {picture.Height} pixels exceed {format}, whose sides are limited to {longest}.",
                "Write it as PNG or TIFF.",
                path);
        }

        switch (format)
        {
            case PictureFormat.Jpeg:
                return Narrow(picture.HasAlpha ? WithoutAlpha(picture, path, options.Background) : picture);

            case PictureFormat.Gif when picture.Color != PictureColor.Rgb || picture.Metadata.IccProfile is not null || picture.BitDepth != 8:
            case PictureFormat.Avif when picture.Color != PictureColor.Rgb:
            case PictureFormat.WebP when picture.Color != PictureColor.Rgb:
            case PictureFormat.Png when picture.Color == PictureColor.Cmyk:
                return ToSrgb(picture);

            case PictureFormat.WebP:
                return Narrow(picture);

            default:
                return picture;
        }
    }

    private static Picture Narrow(Picture picture) => picture.Samples is ushort[] words
        ? picture.With(Array.ConvertAll(words, PictureSpace.Narrow), picture.Width, picture.Height)
        : picture;

    private static Picture ToSrgb(Picture picture)
    {
        ReadOnlySpan<byte> rgb = picture.Rgb;
        int count = picture.Width * picture.Height;
        byte[] samples;
        if (picture.HasAlpha)
        {
            Mask transparency = Mask.FromAlpha(picture);
            samples = new byte[count * 4];
            for (int i = 0; i < count; i++)
            {
                rgb.Slice(i * 3, 3).CopyTo(samples.AsSpan(i * 4));
                samples[(i * 4) + 3] = (byte)(255 - transparency.Values[i]);
            }
        }
        else
        {
            samples = rgb.ToArray();
        }

        return Of(picture, samples, PictureColor.Rgb, picture.HasAlpha, null);
    }

    private static Picture WithoutAlpha(Picture picture, string path, (byte R, byte G, byte B)? background)
    {
        Mask transparency = Mask.FromAlpha(picture);
        Picture opaque = Of(picture, PictureSpace.WithoutAlpha(picture), picture.Color, false, picture.Metadata.IccProfile);
        if (transparency.IsEmpty)
        {
            return opaque;
        }

        if (background is not { } color)
        {
            throw new EditException(
                EditFault.CannotWrite,
                $"{path}: the picture has transparent parts, which a JPEG cannot hold.",
                "Write it as PNG, WebP or TIFF, or give a background colour.",
                path);
        }

        byte[] flat = new byte[picture.Width * picture.Height * 3];
        for (int i = 0; i < flat.Length; i += 3)
        {
            (flat[i], flat[i + 1], flat[i + 2]) = color;
        }

        return opaque.Compose(flat, transparency.ToFloats());
    }

    private static Picture Of(Picture picture, Array samples, PictureColor color, bool hasAlpha, byte[]? profile) =>
        new(samples, picture.Width, picture.Height, hasAlpha, new PictureSpace(color, profile))
        {
            Path = picture.Path,
            Format = picture.Format,
            Encoding = picture.Encoding,
            Metadata = picture.Metadata with { IccProfile = profile },
        };
}
