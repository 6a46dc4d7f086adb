using System.Text;
using BrushEdit.Imaging;

namespace BrushEdit.Tests.Imaging;

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
        byte[] upright = ExifBlock.Upright([.. "Exif\0\0"u8, .. block])!;
        Assert.Equal(block.Length, upright.Length);
        Assert.Equal(-1, upright.AsSpan().IndexOf(preview));
        Assert.Equal(1, upright[18]);
        Assert.Equal(0, BitConverter.ToInt32(upright, 22));
        Assert.Equal(6, block[18]);
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

            byte[] upright = ExifBlock.Upright(block)!;
            Assert.Equal(block.Length, ExifBlock.WithSize(upright, 5, 6).Length);
            TiffDirectory.TryRead(block);
        }

        Assert.Null(ExifBlock.Upright([1, 2, 3]));
        Assert.Null(ExifBlock.Upright(null));
    }

    [Fact]
    public void A_packet_that_states_an_orientation_says_upright()
    {
        byte[] packet = Encoding.UTF8.GetBytes("<a tiff:Orientation=\"6\" b=\"6\"/><tiff:Orientation>8</tiff:Orientation>");
        Assert.Equal("<a tiff:Orientation=\"1\" b=\"6\"/><tiff:Orientation>1</tiff:Orientation>", Encoding.UTF8.GetString(ExifBlock.UprightXmp(packet, 6)!));
        Assert.Same(packet, ExifBlock.UprightXmp(packet, 1));
    }
}
