using BrushEdit.Tagging;
using NetVips;

namespace BrushEdit.Imaging;

/// <summary>Writes pictures with libvips: to a temporary name beside the target, then moved there.</summary>
internal static class PictureWriter
{
    private const int QualityOfNewJpeg = 92;
    private const int QualityOfLossyWebP = 90;
    private const int QualityOfLossyAvif = 90;
    private const double UnstatedResolution = 72 / 25.4;

    public static IReadOnlyList<string> Write(Picture picture, string path, PictureSaveOptions options)
    {
        WriteRule rule = options.Rule.Protecting(picture.Path);
        rule.Check(path);
        using PendingFile file = Prepare(picture, path, options);
        try
        {
            file.Commit(rule);
            return file.Warnings;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(path, fault);
        }
    }

    /// <summary>Writes a picture in full under a temporary name beside its destination; the caller moves it there.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="path">The destination.</param>
    /// <param name="options">How it is written; the caller applies the rule.</param>
    public static PendingFile Prepare(Picture picture, string path, PictureSaveOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (options.Quality is < 1 or > 100)
        {
            throw new EditException(EditFault.BadArgument, $"A quality of {options.Quality} is out of range.", "Give a number from 1 to 100.", options.Quality);
        }

        if (options.ChromaSubsampling is not (null or "4:4:4" or "4:2:0"))
        {
            throw new EditException(EditFault.BadArgument, $"Chroma subsampling '{options.ChromaSubsampling}' cannot be written.", "Give 4:4:4 or 4:2:0.", options.ChromaSubsampling);
        }

        PictureFormat format = FormatOf(picture, path, options);
        Picture fitting = FormatFit.Fit(picture, path, format, options);
        PictureMetadata metadata = Metadata(fitting, options);
        MetadataEmbedder.RequireFits(metadata, format, path);
        string full = System.IO.Path.GetFullPath(path);
        string folder = System.IO.Path.GetDirectoryName(full) ?? full;
        if (!Directory.Exists(folder))
        {
            throw new EditException(EditFault.CannotWrite, $"{path}: the folder {folder} does not exist.", "Make it first.", path);
        }

        Vips.Ready();
        List<string> warnings = [.. MetadataLoss.Of(picture, metadata, format)];
        try
        {
            PendingFile file = PendingFile.Write(full, temporary =>
            {
                using Image image = Prepare(fitting, metadata);
                Encode(image, fitting, metadata, format, options, temporary, warnings);
            });
            file.Warnings = warnings;
            return file;
        }
        catch (Exception e) when (e is VipsException or IOException or UnauthorizedAccessException or OverflowException)
        {
            throw Unwritable(path, e);
        }
    }

    private static EditException Unwritable(string path, Exception fault) => new(
        EditFault.CannotWrite, $"{path}: the picture cannot be written ({fault.Message.Trim()}).", "Check the folder's permissions and free space.", path, fault);

    /// <summary>
    /// The format of the output file: requested, or by extension, or kept. A picture that came under a wrong extension (a PNG
    /// named .jpeg) and is saved under the same one keeps its format, since no conversion was requested.
    /// </summary>
    private static PictureFormat FormatOf(Picture picture, string path, PictureSaveOptions options)
    {
        bool sameName = picture.Path is { } source
            && string.Equals(System.IO.Path.GetExtension(source), System.IO.Path.GetExtension(path), StringComparison.OrdinalIgnoreCase);
        return options.Format ?? (sameName ? null : PictureFormats.OfExtension(path)) ?? picture.Format;
    }

    private static PictureMetadata Metadata(Picture picture, PictureSaveOptions options)
    {
        PictureMetadata metadata = options.KeepMetadata ? picture.Metadata : picture.Metadata.Bare();
        metadata = options.Parameters is { } parameters ? metadata with { Xmp = PictureParameters.Merge(metadata.Xmp, parameters) } : metadata;
        return metadata.OfForm(picture.Width, picture.Height, null);
    }

    /// <summary>A JPEG made from a JPEG, with its unchanged coded blocks; null if it is to be recoded.</summary>
    private static byte[]? Rewritten(Picture picture, PictureMetadata metadata, PictureSaveOptions options, List<string> warnings)
    {
        if (picture.Source is not { } source || picture.Format != PictureFormat.Jpeg || options.Quality is not null || options.ChromaSubsampling is not null || picture.HasAlpha || picture.BitDepth != 8)
        {
            return null;
        }

        bool turned = source.Orientation >= 5;
        PictureMetadata stored = metadata.OfForm(turned ? picture.Height : picture.Width, turned ? picture.Width : picture.Height, source.Orientation);
        byte[]? file = JpegRewriter.TryWrite(picture, MetadataEmbedder.JpegSegments(stored, source.File), out string? whyNot);
        if (file is null)
        {
            warnings.Add($"The whole JPEG was coded anew, so kept pixels also change slightly: {whyNot}. Write it as PNG to keep every pixel.");
        }

        return file;
    }

    /// <summary>A GIF's own colours are reused; other pictures get the colours that represent them best.</summary>
    private static byte[] GifBuffer(Image image, PictureEncoding encoding, List<string> warnings)
    {
        if (encoding.Palette is not { } palette)
        {
            warnings.Add("A GIF has 256 colours: the whole picture was reduced to them. Write it as PNG to keep every pixel.");
            return image.GifsaveBuffer(keep: Enums.ForeignKeep.None);
        }

        warnings.Add("A GIF has 256 colours: the whole picture uses those of the original, so kept pixels may also change slightly. Write it as PNG to keep every pixel.");
        using Image coloured = image.Mutate(m => m.Set(GValue.ArrayIntType, "gif-palette", palette));
        return coloured.GifsaveBuffer(dither: 0, reuse: true, keep: Enums.ForeignKeep.All);
    }

    private static Image WithBlocks(Image image, PictureMetadata metadata) => image.Mutate(m =>
    {
        if (metadata.Exif is { } exif)
        {
            m.Set(GValue.BlobType, "exif-data", (byte[])[.. "Exif\0\0"u8, .. exif]);
        }

        if (metadata.Xmp is { } xmp)
        {
            m.Set(GValue.BlobType, "xmp-data", xmp);
        }
    });

    private static Image Prepare(Picture picture, PictureMetadata metadata)
    {
        using Image image = Vips.FromSamples(picture.Samples, picture.Width, picture.Height, picture.Bands, Vips.Interpretation(picture.Color, picture.BitDepth));
        using Image scaled = image.Copy(
            xres: metadata.ResolutionX > 0 ? metadata.ResolutionX : UnstatedResolution,
            yres: metadata.ResolutionY > 0 ? metadata.ResolutionY : UnstatedResolution);
        return scaled.Mutate(m =>
        {
            m.Set(GValue.GStrType, "resolution-unit", "in");
            if (metadata.IccProfile is { } profile)
            {
                m.Set(GValue.BlobType, "icc-profile-data", profile);
            }
        });
    }

    private static void Encode(Image image, Picture picture, PictureMetadata metadata, PictureFormat format, PictureSaveOptions options, string temporary, List<string> warnings)
    {
        PictureEncoding encoding = picture.Encoding;
        switch (format)
        {
            case PictureFormat.Png:
                MetadataEmbedder.WritePng(temporary, image.PngsaveBuffer(compression: 6, interlace: picture.Format == format && encoding.Interlaced, filter: Enums.ForeignPngFilter.All, keep: Enums.ForeignKeep.Icc), metadata);
                break;

            case PictureFormat.Jpeg:
                if (Rewritten(picture, metadata, options, warnings) is { } rewritten)
                {
                    File.WriteAllBytes(temporary, rewritten);
                    break;
                }

                int quality = options.Quality ?? (picture.Format == format ? encoding.Quality : null) ?? QualityOfNewJpeg;
                string sampling = options.ChromaSubsampling ?? (picture.Format == format ? encoding.ChromaSubsampling : null) ?? (quality >= 90 ? "4:4:4" : "4:2:0");
                byte[] jpeg = image.JpegsaveBuffer(
                    q: quality,
                    optimizeCoding: true,
                    interlace: picture.Format == format && encoding.Interlaced,
                    subsampleMode: sampling == "4:2:0" ? Enums.ForeignSubsample.On : Enums.ForeignSubsample.Off,
                    keep: Enums.ForeignKeep.Icc);
                MetadataEmbedder.WriteJpeg(temporary, jpeg, metadata);
                break;

            case PictureFormat.WebP:
                bool lossless = options.Lossless ?? (options.Quality is null && encoding.Lossless);
                byte[] webp = lossless
                    ? image.WebpsaveBuffer(lossless: true, exact: true, keep: Enums.ForeignKeep.Icc)
                    : image.WebpsaveBuffer(q: options.Quality ?? QualityOfLossyWebP, keep: Enums.ForeignKeep.Icc);
                MetadataEmbedder.WriteWebP(temporary, webp, picture, metadata);
                break;

            case PictureFormat.Avif:
                using (Image told = WithBlocks(image, metadata))
                {
                    told.Heifsave(
                        temporary,
                        compression: Enums.ForeignHeifCompression.Av1,
                        q: options.Quality ?? QualityOfLossyAvif,
                        lossless: options.Lossless ?? false,
                        bitdepth: picture.BitDepth == 8 ? 8 : Math.Max(10, encoding.CodedBits ?? 12),
                        subsampleMode: Enums.ForeignSubsample.Off,
                        keep: Enums.ForeignKeep.Icc | Enums.ForeignKeep.Exif | Enums.ForeignKeep.Xmp);
                }

                break;

            case PictureFormat.Gif:
                MetadataEmbedder.WriteGif(temporary, GifBuffer(image, encoding, warnings), metadata);
                break;

            default:
                TiffCompression packing = options.TiffCompression ?? encoding.TiffCompression;
                image.Tiffsave(
                    temporary,
                    compression: packing switch
                    {
                        TiffCompression.None => Enums.ForeignTiffCompression.None,
                        TiffCompression.Lzw => Enums.ForeignTiffCompression.Lzw,
                        TiffCompression.PackBits => Enums.ForeignTiffCompression.Packbits,
                        _ => Enums.ForeignTiffCompression.Deflate,
                    },
                    predictor: packing is TiffCompression.Lzw or TiffCompression.Deflate ? Enums.ForeignTiffPredictor.Horizontal : Enums.ForeignTiffPredictor.None,
                    keep: Enums.ForeignKeep.Icc);
                MetadataEmbedder.AmendTiff(temporary, metadata);
                if (picture is { Format: PictureFormat.Tiff, Source: { } pages } && TiffPages.Append(temporary, pages.File) is > 0 and int lost)
                {
                    warnings.Add($"{lost} further page(s) of the TIFF are stored in a way that cannot be copied, and are left out.");
                }

                break;
        }
    }
}
