namespace BrushEdit.Tagging;

/// <summary>The metadata fields of a TIFF's first page, without those that describe how its samples are stored.</summary>
internal static class TiffMetadata
{
    private const ushort SubDirectories = 330;
    private const ushort PhotoshopData = 34377;
    private const ushort PhotoshopLayers = 37724;
    private const ushort Credentials = 52545;

    // How samples are stored (TIFF 6.0, its supplements, and DNG's own ways), and what is stored separately: profile, XMP, IPTC.
    private static readonly HashSet<ushort> OfStorage =
    [
        254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 274, 277, 278, 279, 280, 281, 282, 283, 284, 288, 289, 290, 291, 292, 293, 296, 297, 301, 317, 320, 321, 322, 323,
        324, 325, 326, 327, 328, 332, 333, 334, 336, 338, 339, 340, 341, 342, 343, 344, 345, 346, 347, 351, 512, 513, 514, 515, 517, 518, 519, 520, 521, 529, 530, 531, 532, 559,
        700, 32932, 33421, 33422, 33723, 34675, 50706, 50707, 50708,
    ];

    /// <summary>Reads the fields.</summary>
    /// <param name="file">The file.</param>
    /// <param name="xmp">The XMP packet, if already known.</param>
    /// <param name="iptc">The IPTC record, if already known.</param>
    public static FileMetadata Read(ReadOnlySpan<byte> file, byte[]? xmp, byte[]? iptc)
    {
        LeftOut left = new();
        TiffDirectory photograph = new();
        TiffDirectory others = new();
        foreach (TiffEntry entry in TiffDirectory.TryRead(file)?.Entries ?? [])
        {
            switch (entry.Tag)
            {
                case ushort tag when TiffTag.OfPhotograph.Contains(tag):
                    photograph.Entries.Add(entry);
                    break;
                case SubDirectories:
                    left.Preview("smaller copy of the picture (TIFF sub-directories)");
                    break;
                case PhotoshopLayers:
                    left.Warn("The file contains Photoshop layers, which would still show the original: left out.");
                    break;
                case Credentials:
                    left.Warn("The file contains content credentials (C2PA), which do not apply to an edited picture: they are left out.");
                    break;
                case PhotoshopData:
                    if (PhotoshopResources.Clean(entry.Value, left) is { } resources)
                    {
                        others.Entries.Add(entry with { Value = resources, Count = (uint)resources.Length });
                    }

                    iptc ??= PhotoshopResources.FindIptc(entry.Value);
                    break;
                case ushort tag when OfStorage.Contains(tag):
                    break;
                default:
                    if (EmbeddedPicture.IsIn(entry.Value))
                    {
                        left.Preview($"picture in the field {entry.Tag}");
                        break;
                    }

                    others.Entries.Add(entry);
                    break;
            }
        }

        byte[]? packet = XmpPacket.Clean(xmp, left, out _);
        return new FileMetadata
        {
            Exif = photograph.Entries.Count == 0 ? null : ExifBlock.Upright(photograph.ToBlock(), left),
            Xmp = packet,
            Iptc = iptc is null ? null : IptcRecord.Clean(iptc, left),
            Blocks = others.Entries.Count == 0 ? [] : [new MetadataBlock(BlockKind.Tiff, string.Empty, others.ToBlock())],
            LeftOut = left,
        };
    }
}
