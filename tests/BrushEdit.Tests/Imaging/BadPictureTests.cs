using System.Buffers.Binary;
using BrushEdit.Imaging;
using BrushEdit.Tests.Support;

namespace BrushEdit.Tests.Imaging;

public sealed class BadPictureTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("a.png")]
    [InlineData("a.jpg")]
    [InlineData("a.webp")]
    [InlineData("a.tif")]
    public void A_truncated_file_is_named(string name)
    {
        Drawn.Picture(200, 150).Save(folder[name]);
        byte[] whole = File.ReadAllBytes(folder[name]);
        foreach (double share in (double[])[0.9, 0.5, 0.2, 0.02])
        {
            File.WriteAllBytes(folder[name], whole[..Math.Max(4, (int)(whole.Length * share))]);
            AssertBad(folder[name]);
        }
    }

    [Theory]
    [InlineData("text.png", "hello, this is no picture\n")]
    [InlineData("empty.jpg", "")]
    [InlineData("zeros.webp", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")]
    [InlineData("page.tif", "%PDF-1.7")]
    [InlineData("moving.png", "GIF89a\u0001\0\u0001\0")]
    [InlineData("head.png", "\u0089PNG\r\n\u001a\nrubbish")]
    [InlineData("riff.webp", "RIFF\u0004\0\0\0WEBP")]
    [InlineData("tiff.tif", "II*\0\u0008\0\0\0\0\0")]
    [InlineData("lying.tif", "II*\0\u00ff\u00ff\u00ff\u007f")]
    public void What_is_no_picture_is_named(string name, string content)
    {
        File.WriteAllBytes(folder[name], [.. content.Select(c => (byte)c)]);
        AssertBad(folder[name]);
        EditException error = Assert.Throws<EditException>(() => PictureParameters.Read(folder[name]));
        Assert.Equal(EditFault.BadPicture, error.Kind);
    }

    [Fact]
    public void A_folder_and_a_missing_file_are_told_apart()
    {
        AssertBad(folder.Path);
        EditException error = Assert.Throws<EditException>(() => Picture.Open(folder["none.png"]));
        Assert.Equal(EditFault.NotFound, error.Kind);
        Assert.Contains("none.png", error.Message);
    }

    [Fact]
    public void Content_counts_and_not_the_name()
    {
        Drawn.Picture().Save(folder["a.png"]);
        File.Move(folder["a.png"], folder["a.jpg"]);
        Picture picture = Picture.Open(folder["a.jpg"]);
        Assert.Equal(PictureFormat.Png, picture.Format);

        // Under the same wrong name it stays what it is; under another the name counts.
        picture.Save(folder["b.jpg"]);
        Assert.True(picture.SameSamples(Picture.Open(folder["b.jpg"])));
        picture.Save(folder["c.jpeg"]);
        Assert.Equal(PictureFormat.Jpeg, Picture.Open(folder["c.jpeg"]).Format);
        Assert.All(Enum.GetValues<PictureFormat>(), f => Assert.Equal(f, PictureFormats.OfExtension("x" + f.Extension())));
    }

    [Fact]
    public void A_huge_picture_is_refused_by_its_size()
    {
        // A whole header that claims 30,000 x 20,000 pixels; nothing of them is there.
        Drawn.Picture().Save(folder["a.tif"], new PictureSaveOptions { TiffCompression = TiffCompression.None });
        byte[] file = File.ReadAllBytes(folder["a.tif"]);
        int directory = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(4));
        for (int i = 0; i < BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(directory)); i++)
        {
            Span<byte> row = file.AsSpan(directory + 2 + (12 * i), 12);
            ushort tag = BinaryPrimitives.ReadUInt16LittleEndian(row);
            if (tag is 256 or 257 or 278)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(row[2..], 4);
                BinaryPrimitives.WriteInt32LittleEndian(row[8..], tag == 256 ? 30_000 : 20_000);
            }
        }

        File.WriteAllBytes(folder["a.tif"], file);
        EditException error = AssertBad(folder["a.tif"]);
        Assert.Contains("30000 x 20000", error.Message);
    }

    [Theory]
    [InlineData("lossless.webp")]
    [InlineData("lossy.webp")]
    [InlineData("a.avif")]
    public void What_a_header_claims_and_the_data_do_not_hold_takes_no_room(string name)
    {
        byte[] noise = new byte[64 * 64 * 3];
        new Random(1).NextBytes(noise);
        Picture.FromRgb(noise, 64, 64).Save(folder[name], new PictureSaveOptions { Lossless = name == "lossless.webp" });
        byte[] file = File.ReadAllBytes(folder[name]);
        Claim(file, 16_383);
        File.WriteAllBytes(folder[name], file);
        long before = GC.GetAllocatedBytesForCurrentThread();
        AssertBad(folder[name]);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }

    // The place of the sides in the headers: of VP8L 14 bits each behind the signature, of VP8 14 of 16 bits behind the start code.
    private static void Claim(byte[] file, int side)
    {
        if (file.AsSpan().IndexOf("VP8L"u8) is > 0 and int lossless)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(lossless + 9), (uint)(side - 1) | ((uint)(side - 1) << 14));
        }
        else if (file.AsSpan().IndexOf("VP8 "u8) is > 0 and int lossy)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(lossy + 14), (ushort)side);
            BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(lossy + 16), (ushort)side);
        }
        else
        {
            int extents = file.AsSpan().IndexOf("ispe"u8);
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(extents + 8), side);
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(extents + 12), side);
        }
    }

    [Theory]
    [InlineData("a.png")]
    [InlineData("a.jpg")]
    [InlineData("a.webp")]
    [InlineData("a.tif")]
    public void One_pixel_is_a_picture(string name)
    {
        Picture.FromRgb([10, 200, 30], 1, 1).Save(folder[name]);
        Picture read = Picture.Open(folder[name]);
        Assert.Equal((1, 1), (read.Width, read.Height));
        Mask mask = Mask.Full(1, 1).Grow(3).Shrink(2);
        Assert.Equal([1f], Blend.InsideAlpha(mask, 5));
        Assert.Equal([1f], Blend.TwoSidedAlpha(mask), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Theory]
    [InlineData("a.png")]
    [InlineData("a.jpg")]
    [InlineData("a.webp")]
    [InlineData("a.tif")]
    public void Damaged_bytes_give_a_picture_or_a_named_error(string name)
    {
        PictureMetadata metadata = new() { Exif = Drawn.Exif(), Xmp = Drawn.Xmp(), IccProfile = Drawn.Profile() };
        Drawn.Picture(metadata: metadata).Save(folder[name]);
        byte[] whole = File.ReadAllBytes(folder[name]);
        Random random = new(11);
        int refused = 0;
        for (int i = 0; i < 40; i++)
        {
            byte[] damaged = [.. whole];
            for (int n = 0; n < 4; n++)
            {
                damaged[random.Next(4, damaged.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(folder[name], damaged);
            try
            {
                Assert.NotEmpty(Picture.Open(folder[name]).ToRgb());
            }
            catch (EditException e)
            {
                Assert.Contains(folder[name], e.Message);
                refused++;
            }
        }

        Assert.True(refused > 0 || name == "a.tif");
    }

    private static EditException AssertBad(string path)
    {
        EditException error = Assert.Throws<EditException>(() => Picture.Open(path));
        Assert.Equal(EditFault.BadPicture, error.Kind);
        Assert.Contains(path, error.Message);
        Assert.False(string.IsNullOrEmpty(error.Remedy));
        return error;
    }
}
