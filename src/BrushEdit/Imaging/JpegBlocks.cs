using System.Buffers.Binary;
using BitMiracle.LibJpeg.Classic;

namespace BrushEdit.Imaging;

/// <summary>
/// The coded blocks of a JPEG: reads its quantised coefficients, encodes other samples with its tables and sampling, and writes blocks of
/// both as one JPEG (LibJpeg.NET). Kept blocks are preserved bit for bit.
/// </summary>
internal sealed class JpegBlocks
{
    private const int BlockSide = 8;

    private readonly jpeg_decompress_struct source;
    private readonly jvirt_array<JBLOCK>[] blocks;
    private readonly int restartInterval;
    private readonly bool progressive;

    private JpegBlocks(jpeg_decompress_struct source, jvirt_array<JBLOCK>[] blocks, ReadOnlySpan<byte> file)
    {
        this.source = source;
        this.blocks = blocks;
        (restartInterval, progressive) = Headers(file);
        int highest = Components.Max(c => c.V_samp_factor);
        int widest = Components.Max(c => c.H_samp_factor);
        (McuWidth, McuHeight) = (widest * BlockSide, highest * BlockSide);
        if (Components.Any(c => McuWidth % c.H_samp_factor != 0 || McuHeight % c.V_samp_factor != 0))
        {
            throw new InvalidDataException("its components are sampled in an unusual way");
        }
    }

    /// <summary>Pixels across, as stored.</summary>
    public int Width => source.Image_width;

    /// <summary>Pixels down, as stored.</summary>
    public int Height => source.Image_height;

    /// <summary>Pixels across that the smallest unit of all components covers.</summary>
    public int McuWidth { get; }

    /// <summary>Pixels down that the smallest unit of all components covers.</summary>
    public int McuHeight { get; }

    private IEnumerable<jpeg_component_info> Components => source.Comp_info.Take(source.Num_components);

    /// <summary>Reads a file's coefficients.</summary>
    /// <param name="file">The JPEG.</param>
    /// <exception cref="InvalidDataException">The file cannot be parsed, or is damaged.</exception>
    public static JpegBlocks Read(byte[] file)
    {
        Errors errors = new();
        jpeg_decompress_struct source = new(errors);
        source.jpeg_stdio_src(new MemoryStream(file, writable: false));
        source.jpeg_read_header(true);
        if (source.Data_precision != 8)
        {
            throw new InvalidDataException($"Its samples have {source.Data_precision} bits.");
        }

        jvirt_array<JBLOCK>[] blocks = source.jpeg_read_coefficients();
        return errors.Damage is { } damage ? throw new InvalidDataException(damage) : new JpegBlocks(source, blocks, file);
    }

    /// <summary>
    /// The picture with changed samples: blocks without a changed pixel keep their given coefficients; the others are
    /// recoded with this file's tables and sampling. Chroma blocks cover more pixels than luma blocks if chroma is subsampled.
    /// </summary>
    /// <param name="samples">width * height pixels of the file's bands, in the file's own colour order (grey, RGB, CMYK as stored).</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="changed">Which pixels differ from the file's: width * height values.</param>
    /// <param name="left">Columns between the canvas' left and the file's picture; a multiple of <see cref="McuWidth"/> unless all is changed.</param>
    /// <param name="top">Rows between the canvas' top and the file's picture; a multiple of <see cref="McuHeight"/> unless all is changed.</param>
    /// <returns>A JPEG without metadata segments.</returns>
    public byte[] Rewrite(byte[] samples, int width, int height, bool[] changed, int left, int top)
    {
        (int x, int y, int right, int bottom) = Extent(changed, width, height);
        if (width == Width && height == Height && left == 0 && top == 0)
        {
            if (right > x)
            {
                JpegBlocks drawn = Code(samples, width, x, y, right - x, bottom - y);
                Exchange(blocks, drawn.blocks, x, y, width, height, (bx, by, c) => IsChanged(changed, width, height, bx, by, c));
            }

            return Write(this);
        }

        JpegBlocks canvas = Code(samples, width, 0, 0, width, height);
        canvas.TakeOver(this, changed, width, height, left, top);
        return Write(canvas);
    }

    /// <summary>Encodes samples with this file's tables and sampling.</summary>
    private JpegBlocks Code(byte[] samples, int stride, int x, int y, int width, int height)
    {
        int bands = source.Num_components;
        using MemoryStream coded = new();
        jpeg_compress_struct target = new(new Errors());
        target.jpeg_stdio_dest(coded);
        source.jpeg_copy_critical_parameters(target);
        target.Image_width = width;
        target.Image_height = height;
        target.Input_components = bands;
        target.In_color_space = bands switch { 1 => J_COLOR_SPACE.JCS_GRAYSCALE, 3 => J_COLOR_SPACE.JCS_RGB, _ => J_COLOR_SPACE.JCS_CMYK };
        target.Dct_method = J_DCT_METHOD.JDCT_ISLOW;
        target.do_fancy_downsampling = false;
        target.jpeg_start_compress(true);
        byte[][] row = [new byte[width * bands]];
        for (int line = y; line < y + height; line++)
        {
            samples.AsSpan(((line * stride) + x) * bands, width * bands).CopyTo(row[0]);
            target.jpeg_write_scanlines(row, 1);
        }

        target.jpeg_finish_compress();
        return Read(coded.ToArray());
    }

    /// <summary>Replaces blocks with those that were coded for a part of the picture.</summary>
    private void Exchange(jvirt_array<JBLOCK>[] into, jvirt_array<JBLOCK>[] drawn, int x, int y, int width, int height, Func<int, int, jpeg_component_info, bool> wanted)
    {
        int index = 0;
        foreach (jpeg_component_info component in Components)
        {
            (int blockWidth, int blockHeight) = Covered(component);
            (int across, int down) = (Blocks(width, blockWidth), Blocks(height, blockHeight));
            (int firstX, int firstY) = (x / blockWidth, y / blockHeight);
            for (int by = firstY; by < down; by++)
            {
                JBLOCK[] target = into[index].Access(by, 1)[0];
                JBLOCK[]? from = null;
                for (int bx = firstX; bx < across; bx++)
                {
                    if (wanted(bx, by, component))
                    {
                        from ??= drawn[index].Access(by - firstY, 1)[0];
                        target[bx] = from[bx - firstX];
                    }
                }
            }

            index++;
        }
    }

    /// <summary>Copies unchanged blocks of another file, whose picture is part of this one.</summary>
    private void TakeOver(JpegBlocks file, bool[] changed, int width, int height, int left, int top)
    {
        int index = 0;
        foreach (jpeg_component_info component in Components)
        {
            (int blockWidth, int blockHeight) = Covered(component);
            (int shiftX, int shiftY) = (left / blockWidth, top / blockHeight);
            for (int by = Math.Max(0, shiftY); by < Math.Min(Blocks(height, blockHeight), Blocks(file.Height, blockHeight) + shiftY); by++)
            {
                JBLOCK[] target = blocks[index].Access(by, 1)[0];
                JBLOCK[] from = file.blocks[index].Access(by - shiftY, 1)[0];
                for (int bx = Math.Max(0, shiftX); bx < Math.Min(Blocks(width, blockWidth), Blocks(file.Width, blockWidth) + shiftX); bx++)
                {
                    // A block at the file's edge contains padding beyond the edge, which may be visible here.
                    bool whole = ((bx + 1) * blockWidth) - left <= file.Width && ((by + 1) * blockHeight) - top <= file.Height;
                    if (whole && !IsChanged(changed, width, height, bx, by, component))
                    {
                        target[bx] = from[bx - shiftX];
                    }
                }
            }

            index++;
        }
    }

    /// <summary>Writes blocks in the way this file was written.</summary>
    private byte[] Write(JpegBlocks all)
    {
        using MemoryStream file = new();
        jpeg_compress_struct target = new(new Errors());
        target.jpeg_stdio_dest(file);
        all.source.jpeg_copy_critical_parameters(target);
        target.Optimize_coding = true;
        target.Restart_interval = restartInterval;
        target.Write_JFIF_header = false;
        target.Write_Adobe_marker = false;
        if (progressive)
        {
            target.jpeg_simple_progression();
        }

        target.jpeg_write_coefficients(all.blocks);
        target.jpeg_finish_compress();
        return file.ToArray();
    }

    /// <summary>Pixels that one block of a component covers.</summary>
    private (int Width, int Height) Covered(jpeg_component_info component) =>
        (McuWidth / component.H_samp_factor, McuHeight / component.V_samp_factor);

    private static int Blocks(int pixels, int covered) => (pixels + covered - 1) / covered;

    private bool IsChanged(bool[] changed, int width, int height, int bx, int by, jpeg_component_info component)
    {
        (int blockWidth, int blockHeight) = Covered(component);
        int left = bx * blockWidth;
        int length = Math.Min(blockWidth, width - left);
        for (int y = by * blockHeight; y < Math.Min(height, (by + 1) * blockHeight); y++)
        {
            if (changed.AsSpan((y * width) + left, length).Contains(true))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The smallest area of whole units that contains every changed pixel.</summary>
    private (int Left, int Top, int Right, int Bottom) Extent(bool[] changed, int width, int height)
    {
        int left = width;
        int right = 0;
        int top = height;
        int bottom = 0;
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<bool> row = changed.AsSpan(y * width, width);
            int first = row.IndexOf(true);
            if (first >= 0)
            {
                left = Math.Min(left, first);
                right = Math.Max(right, row.LastIndexOf(true) + 1);
                top = Math.Min(top, y);
                bottom = y + 1;
            }
        }

        return right == 0
            ? (0, 0, 0, 0)
            : (left / McuWidth * McuWidth, top / McuHeight * McuHeight, Math.Min(width, Blocks(right, McuWidth) * McuWidth), Math.Min(height, Blocks(bottom, McuHeight) * McuHeight));
    }

    private static (int RestartInterval, bool Progressive) Headers(ReadOnlySpan<byte> file)
    {
        int interval = 0;
        bool progressive = false;
        for (int at = 2; at + 4 <= file.Length && file[at] == 0xff;)
        {
            byte marker = file[at + 1];
            if (marker == 0xff)
            {
                at++;
                continue;
            }

            if (marker == 0xda)
            {
                break;
            }

            if (marker == 0xdd && at + 6 <= file.Length)
            {
                interval = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 4)..]);
            }

            progressive |= marker is 0xc2 or 0xc6;
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
        }

        return (interval, progressive);
    }

    /// <summary>Prints nothing to the console; a warning from the library means that it could not read the data as stored.</summary>
    private sealed class Errors : jpeg_error_mgr
    {
        /// <summary>The first problem with the data; null if none.</summary>
        public string? Damage { get; private set; }

        public override void emit_message(int msg_level)
        {
            if (msg_level < 0)
            {
                Damage ??= format_message();
            }
        }

        public override void output_message()
        {
        }

        public override void error_exit() => throw new InvalidDataException(format_message());
    }
}
