using NetVips;

namespace BrushEdit.Imaging;

/// <summary>A picture of at most 256 colours.</summary>
/// <param name="Palette">The colours in sRGB.</param>
/// <param name="Indexes">Width * Height palette indexes, rows from the top.</param>
/// <param name="Width">Pixels across.</param>
/// <param name="Height">Pixels down.</param>
internal sealed record IndexedPicture(IReadOnlyList<(byte R, byte G, byte B)> Palette, byte[] Indexes, int Width, int Height)
{
    /// <summary>The maximum number of colours.</summary>
    public const int MostColors = 256;

    /// <summary>
    /// Reduces sRGB samples to the palette that represents them best, with dithering (the quantiser that libvips writes PNG palettes with).
    /// Samples that have few colours already keep them.
    /// </summary>
    /// <param name="rgb">width * height * 3 values.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    public static IndexedPicture Of(byte[] rgb, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(rgb);
        if (rgb.Length != width * height * 3)
        {
            throw new ArgumentException($"{rgb.Length} values are not {width} x {height} pixels of RGB.", nameof(rgb));
        }

        return Exact(rgb, width, height) ?? Exact(Quantised(rgb, width, height), width, height)
            ?? throw new InvalidOperationException("The quantiser returned more colours than requested.");
    }

    private static IndexedPicture? Exact(byte[] rgb, int width, int height)
    {
        Dictionary<(byte, byte, byte), byte> places = [];
        byte[] indexes = new byte[width * height];
        for (int i = 0; i < indexes.Length; i++)
        {
            (byte, byte, byte) color = (rgb[i * 3], rgb[(i * 3) + 1], rgb[(i * 3) + 2]);
            if (!places.TryGetValue(color, out byte place))
            {
                if (places.Count == MostColors)
                {
                    return null;
                }

                place = (byte)places.Count;
                places.Add(color, place);
            }

            indexes[i] = place;
        }

        (byte, byte, byte)[] palette = new (byte, byte, byte)[places.Count];
        foreach (((byte, byte, byte) color, byte place) in places)
        {
            palette[place] = color;
        }

        return new IndexedPicture(palette, indexes, width, height);
    }

    private static byte[] Quantised(byte[] rgb, int width, int height)
    {
        using Image image = Vips.FromSamples(rgb, width, height, 3, Enums.Interpretation.Srgb);
        byte[] file = image.PngsaveBuffer(compression: 1, palette: true, q: 100, dither: 1, bitdepth: 8, keep: Enums.ForeignKeep.None);
        using Image reduced = Image.PngloadBuffer(file);
        using Image colors = reduced.ExtractBand(0, n: 3);
        return colors.WriteToMemory<byte>();
    }
}
