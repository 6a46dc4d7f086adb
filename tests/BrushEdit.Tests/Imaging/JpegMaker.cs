using BitMiracle.LibJpeg.Classic;
using BrushEdit.Tagging;

namespace BrushEdit.Tests.Imaging;

/// <summary>JPEG files of all kinds, made for tests, and what their coded blocks hold.</summary>
internal static class JpegMaker
{
    /// <summary>Codes samples: the kind says how.</summary>
    public static byte[] Make(byte[] samples, int width, int height, JpegKind kind)
    {
        using MemoryStream file = new();
        jpeg_compress_struct target = new(new jpeg_error_mgr());
        target.jpeg_stdio_dest(file);
        target.Image_width = width;
        target.Image_height = height;
        int bands = samples.Length / width / height;
        target.Input_components = bands;
        target.In_color_space = bands switch { 1 => J_COLOR_SPACE.JCS_GRAYSCALE, 3 => J_COLOR_SPACE.JCS_RGB, _ => J_COLOR_SPACE.JCS_CMYK };
        target.jpeg_set_defaults();
        target.jpeg_set_colorspace(kind.Space ?? (bands switch { 1 => J_COLOR_SPACE.JCS_GRAYSCALE, 3 => J_COLOR_SPACE.JCS_YCbCr, _ => J_COLOR_SPACE.JCS_CMYK }));
        target.jpeg_set_quality(kind.Quality, true);
        target.Component_info[0].H_samp_factor = kind.Across;
        target.Component_info[0].V_samp_factor = kind.Down;
        if (bands == 4)
        {
            target.Component_info[3].H_samp_factor = kind.Across;
            target.Component_info[3].V_samp_factor = kind.Down;
        }

        target.do_fancy_downsampling = false;
        target.Restart_interval = kind.Restart;
        if (kind.Progressive)
        {
            target.jpeg_simple_progression();
        }

        target.jpeg_start_compress(true);
        for (int y = 0; y < height; y++)
        {
            target.jpeg_write_scanlines([samples[(y * width * bands)..((y + 1) * width * bands)]], 1);
        }

        target.jpeg_finish_compress();
        return file.ToArray();
    }

    /// <summary>A file with segments put in after its JFIF header, and bytes put behind it.</summary>
    public static byte[] With(byte[] jpeg, IEnumerable<(byte Marker, byte[] Body)> segments, byte[]? trailer = null)
    {
        JpegSegment[] own = [.. JpegFile.Read(jpeg).Segments];
        using MemoryStream file = new();
        JpegFile.Write(file, [.. own.Take(1), .. segments.Select(s => new JpegSegment(s.Marker, s.Body)), .. own.Skip(1)], jpeg);
        file.Write(trailer ?? []);
        return file.ToArray();
    }

    /// <summary>The quantised coefficients: by component, row of blocks, block.</summary>
    public static short[][][][] Coefficients(byte[] jpeg)
    {
        jpeg_decompress_struct source = new(new jpeg_error_mgr());
        source.jpeg_stdio_src(new MemoryStream(jpeg));
        source.jpeg_read_header(true);
        jvirt_array<JBLOCK>[] blocks = source.jpeg_read_coefficients();
        int highest = source.Comp_info.Take(source.Num_components).Max(c => c.V_samp_factor);
        short[][][][] all = new short[source.Num_components][][][];
        for (int c = 0; c < all.Length; c++)
        {
            jpeg_component_info component = source.Comp_info[c];
            int rows = ((source.Image_height * component.V_samp_factor) + (8 * highest) - 1) / (8 * highest);
            all[c] = new short[rows][][];
            for (int y = 0; y < rows; y++)
            {
                JBLOCK[] row = blocks[c].Access(y, 1)[0];
                all[c][y] = [.. row.Take(component.Width_in_blocks).Select(block => Enumerable.Range(0, 64).Select(i => block[i]).ToArray())];
            }
        }

        return all;
    }
}

/// <summary>How a JPEG is coded.</summary>
internal sealed record JpegKind
{
    public int Across { get; init; } = 1;

    public int Down { get; init; } = 1;

    public int Quality { get; init; } = 85;

    public bool Progressive { get; init; }

    public int Restart { get; init; }

    public J_COLOR_SPACE? Space { get; init; }
}
