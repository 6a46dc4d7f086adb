using BrushEdit.Tagging;

namespace BrushEdit.Imaging;

/// <summary>Reports which parts of a picture's metadata a format cannot store. The README's table lists them for every format.</summary>
internal static class MetadataLoss
{
    public static IEnumerable<string> Of(Picture picture, PictureMetadata metadata, PictureFormat format)
    {
        List<string> lost = [];
        bool gif = format == PictureFormat.Gif;
        if (metadata.Exif is not null && gif)
        {
            lost.Add("EXIF data");
        }

        if (metadata.Iptc is not null && format is PictureFormat.WebP or PictureFormat.Avif or PictureFormat.Gif)
        {
            lost.Add("IPTC data");
        }

        if (metadata.Texts.Count > 0 && format is PictureFormat.WebP or PictureFormat.Avif)
        {
            lost.Add("comments and texts");
        }

        BlockKind? own = format switch { PictureFormat.Jpeg => BlockKind.Jpeg, PictureFormat.Png => BlockKind.Png, PictureFormat.Tiff => BlockKind.Tiff, _ => null };
        if (metadata.Blocks.FirstOrDefault(block => block.Kind != own && IsMissed(block)) is { } foreign)
        {
            lost.Add(foreign.Kind switch
            {
                BlockKind.Jpeg => "segments that only a JPEG can store",
                BlockKind.Png => "colour chunks of a PNG (gAMA, cHRM and the like)",
                _ => "fields that only a TIFF can store",
            });
        }

        if (lost.Count > 0)
        {
            yield return $"{format} cannot store {string.Join(", ", lost)} of the picture: left out.";
        }

        if (picture.Format == PictureFormat.Tiff && picture.Encoding.PageCount > 1 && format != PictureFormat.Tiff)
        {
            yield return $"{format} contains one page: the other {picture.Encoding.PageCount - 1} were left out. Write it as TIFF to keep them.";
        }
    }

    // Texts are reported separately; a JPEG's coding segments apply only to a JPEG.
    private static bool IsMissed(MetadataBlock block) => block.Kind switch
    {
        BlockKind.Png => block.Name is "gAMA" or "cHRM" or "cICP" or "mDCV" or "cLLI",
        BlockKind.Jpeg => block.Name is not ("FE" or "E0" or "EE"),
        _ => true,
    };
}
