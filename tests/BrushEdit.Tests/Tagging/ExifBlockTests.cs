using BrushEdit.Tagging;
using BrushEdit.Tests.Imaging;

namespace BrushEdit.Tests.Tagging;

public sealed class ExifBlockTests
{
    [Fact]
    public void The_preview_of_the_unedited_picture_is_taken_out()
    {
        byte[] preview = "PREVIEWBYTES"u8.ToArray();
        byte[] block =
        [
            .. "II"u8, 42, 0, 8, 0, 0, 0,
            1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 26, 0, 0, 0,
            2, 0, 1, 2, 4, 0, 1, 0, 0, 0, 56, 0, 0, 0, 2, 2, 4, 0, 1, 0, 0, 0, (byte)preview.Length, 0, 0, 0, 0, 0, 0, 0,
            .. preview,
        ];
        LeftOut left = new();
        byte[] upright = ExifBlock.Upright([.. "Exif\0\0"u8, .. block], left)!;
        Assert.Equal(block.Length, upright.Length);
        Assert.Equal(-1, upright.AsSpan().IndexOf(preview));
        Assert.Equal(1, upright[18]);
        Assert.Equal(0, BitConverter.ToInt32(upright, 22));
        Assert.Equal(6, block[18]);
        Assert.Contains("EXIF thumbnail", Assert.Single(left.Notes));
    }

    [Fact]
    public void Broken_blocks_are_left_or_dropped_without_an_error()
    {
        Random random = new(3);
        for (int i = 0; i < 300; i++)
        {
            byte[] block = Drawn.Exif(6, little: i % 2 == 0);
            for (int n = 0; n < 3; n++)
            {
                block[random.Next(2, block.Length)] = (byte)random.Next(256);
            }

            byte[] upright = ExifBlock.Upright(block, new LeftOut())!;
            Assert.Equal(block.Length, ExifBlock.WithSize(upright, 5, 6).Length);
            TiffDirectory.TryRead(block);
        }

        Assert.Null(ExifBlock.Upright([1, 2, 3], new LeftOut()));
        Assert.Null(ExifBlock.Upright(null, new LeftOut()));
    }

    [Fact]
    public void Previews_in_a_makers_note_are_erased_in_place()
    {
        byte[] jpeg = JpegMaker.Make(new byte[24 * 24 * 3], 24, 24, new JpegKind());
        byte[] spoilt = [0, .. jpeg.AsSpan(1)];
        foreach (byte[] preview in (byte[][])[jpeg, spoilt])
        {
            byte[] block = [.. Drawn.Exif(), 1, 2, 3, .. preview, 4, 5, 6];
            LeftOut left = new();
            byte[] upright = ExifBlock.Upright(block, left)!;
            Assert.Equal(block.Length, upright.Length);
            Assert.Equal(-1, upright.AsSpan().IndexOf(preview.AsSpan(10, 40)));
            Assert.Equal([1, 2, 3], upright.AsSpan(Drawn.Exif().Length, 3).ToArray());
            Assert.Equal([4, 5, 6], upright[^3..]);
            Assert.Contains("maker's notes", Assert.Single(left.Notes));
        }
    }

    [Fact]
    public void An_uncompressed_thumbnail_is_erased_as_well()
    {
        byte[] pixels = "PIXELS-OF-A-THUMBNAIL"u8.ToArray();
        byte[] block =
        [
            .. "II"u8, 42, 0, 8, 0, 0, 0,
            0, 0, 14, 0, 0, 0,
            2, 0, 0x11, 1, 4, 0, 1, 0, 0, 0, 44, 0, 0, 0, 0x17, 1, 3, 0, 1, 0, 0, 0, (byte)pixels.Length, 0, 0, 0, 0, 0, 0, 0,
            .. pixels,
        ];
        byte[] upright = ExifBlock.Upright(block, new LeftOut())!;
        Assert.Equal(-1, upright.AsSpan().IndexOf(pixels));
    }
}
