using BrushEdit.Tagging;
using NetVips;

namespace BrushEdit.Imaging;

/// <summary>
/// Writes a picture that came from a JPEG as a JPEG again without loss where nothing was changed: blocks in which every pixel is what the file
/// decodes to keep their coefficients. The picture keeps its position in the file, rotated by the orientation that the file states.
/// </summary>
/// <remarks>
/// A pixel in a kept block decodes to what it was, except beside changed blocks where chroma is subsampled: decoders draw chroma between
/// blocks (the "fancy" upsampling of libjpeg reaches one chroma sample over a block's edge).
/// </remarks>
internal static class JpegRewriter
{
    /// <summary>The picture's file, recoded where necessary.</summary>
    /// <param name="picture">The picture, 8 bit without alpha.</param>
    /// <param name="segments">The metadata segments of the file.</param>
    /// <param name="whyNot">Why it cannot be done; null if it was.</param>
    /// <returns>A whole JPEG file; null if it cannot be done.</returns>
    public static byte[]? TryWrite(Picture picture, IReadOnlyList<JpegSegment> segments, out string? whyNot)
    {
        CodedSource source = picture.Source ?? throw new ArgumentException("The picture does not come from a JPEG.", nameof(picture));
        try
        {
            byte[] file = Write(picture, source, segments);
            whyNot = null;
            return file;
        }
#pragma warning disable CA1031 // A crafted or odd file may make the library fail in any way; the file is then written as any other picture.
        catch (Exception fault) when (fault is not OutOfMemoryException)
#pragma warning restore CA1031
        {
            whyNot = fault is InvalidDataException or VipsException ? fault.Message.Trim().TrimEnd('.') : $"its coded data cannot be parsed ({fault.GetType().Name})";
            return null;
        }
    }

    private static byte[] Write(Picture picture, CodedSource source, IReadOnlyList<JpegSegment> segments)
    {
        JpegBlocks blocks = JpegBlocks.Read(source.File);
        byte[] own = Decode(source.File, out int ownWidth, out int ownHeight, out int bands);
        if (bands != picture.Bands || (ownWidth, ownHeight) != (blocks.Width, blocks.Height))
        {
            throw new InvalidDataException("its data can be read in two ways");
        }

        (Array turned, int width, int height) = Orientation.Apply(picture.Samples, picture.Width, picture.Height, bands, Orientation.Inverse(source.Orientation));
        byte[] samples = (byte[])turned;
        (int left, int top) = Orientation.Place(source.Orientation, picture.Width, picture.Height, source.Left, source.Top, source.Width, source.Height);
        bool aligned = left % blocks.McuWidth == 0 && top % blocks.McuHeight == 0;
        bool[] changed = Changed(samples, width, height, own, ownWidth, ownHeight, bands, left, top, aligned);
        byte[] coded = blocks.Rewrite(bands == 4 && IsInverted(segments) ? Array.ConvertAll(samples, v => (byte)(255 - v)) : samples, width, height, changed, left, top);
        using MemoryStream whole = new();
        JpegFile.Write(whole, segments, coded);
        byte[] file = whole.ToArray();
        Check(file, samples, width, height, Touched(changed, width, height, blocks), LargestShift(picture.Encoding.Quality));
        return file;
    }

    // libvips inverts CMYK if an Adobe segment is present, since Adobe's programs store it inverted.
    private static bool IsInverted(IReadOnlyList<JpegSegment> segments) => segments.Any(s => s.Marker == JpegSegment.App14 && s.Is("Adobe"u8));

    private static byte[] Decode(byte[] file, out int width, out int height, out int bands)
    {
        using Image image = Image.NewFromBuffer(file, access: Enums.Access.Sequential, failOn: Enums.FailOn.Error);
        (width, height, bands) = (image.Width, image.Height, image.Bands);
        return image.WriteToMemory<byte>();
    }

    private static bool[] Changed(byte[] samples, int width, int height, byte[] own, int ownWidth, int ownHeight, int bands, int left, int top, bool aligned)
    {
        bool[] changed = new bool[width * height];
        Array.Fill(changed, true);
        for (int y = Math.Max(0, top); aligned && y < Math.Min(height, ownHeight + top); y++)
        {
            for (int x = Math.Max(0, left); x < Math.Min(width, ownWidth + left); x++)
            {
                int at = (y * width) + x;
                int ownAt = ((y - top) * ownWidth) + x - left;
                changed[at] = !samples.AsSpan(at * bands, bands).SequenceEqual(own.AsSpan(ownAt * bands, bands));
            }
        }

        return changed;
    }

    // How far mean colours may deviate from the drawn ones: quantisation alone can cause this much.
    private static double LargestShift(int? quality) => quality switch { >= 50 => 20, >= 20 => 40, _ => 120 };

    /// <summary>The pixels of every unit that contains a changed one: mean colours of units survive the subsampling of chroma.</summary>
    private static bool[] Touched(bool[] changed, int width, int height, JpegBlocks blocks)
    {
        int across = (width + blocks.McuWidth - 1) / blocks.McuWidth;
        HashSet<int> units = [];
        for (int i = 0; i < changed.Length; i++)
        {
            if (changed[i])
            {
                units.Add((i / width / blocks.McuHeight * across) + (i % width / blocks.McuWidth));
            }
        }

        bool[] touched = new bool[changed.Length];
        foreach (int unit in units)
        {
            int left = unit % across * blocks.McuWidth;
            int top = unit / across * blocks.McuHeight;
            for (int y = top; y < Math.Min(height, top + blocks.McuHeight); y++)
            {
                touched.AsSpan((y * width) + left, Math.Min(blocks.McuWidth, width - left)).Fill(true);
            }
        }

        return touched;
    }

    /// <summary>Reads the file back as other programs do: the drawn pixels must have their colours, and the file must be intact.</summary>
    private static void Check(byte[] file, byte[] samples, int width, int height, bool[] changed, double largestShift)
    {
        byte[] read = Decode(file, out int readWidth, out int readHeight, out int bands);
        if ((readWidth, readHeight) != (width, height) || read.Length != samples.Length)
        {
            throw new InvalidDataException("the written file has another size when it is read back");
        }

        for (int band = 0; band < bands; band++)
        {
            foreach (bool part in (ReadOnlySpan<bool>)[true, false])
            {
                double wanted = 0;
                double found = 0;
                long count = 0;
                for (int i = 0; i < changed.Length; i++)
                {
                    if (changed[i] == part)
                    {
                        wanted += samples[(i * bands) + band];
                        found += read[(i * bands) + band];
                        count++;
                    }
                }

                if (count > 0 && Math.Abs(wanted - found) / count > largestShift)
                {
                    throw new InvalidDataException("its colours are coded in an unusual way");
                }
            }
        }
    }
}
