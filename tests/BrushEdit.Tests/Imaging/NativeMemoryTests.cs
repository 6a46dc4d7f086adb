using BrushEdit.Imaging;
using BrushEdit.Tests.Support;
using NetVips;

namespace BrushEdit.Tests.Imaging;

/// <summary>Runs alone, since libvips counts for the whole process.</summary>
[CollectionDefinition(nameof(NativeMemoryTests), DisableParallelization = true)]
public sealed class NativeMemoryDefinition;

[Collection(nameof(NativeMemoryTests))]
public sealed class NativeMemoryTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(".png", PictureColor.Rgb, 16, "p3")]
    [InlineData(".jpg", PictureColor.Cmyk, 8, "cmyk")]
    [InlineData(".webp", PictureColor.Rgb, 8, "p3")]
    [InlineData(".tif", PictureColor.Cmyk, 16, "cmyk")]
    public void Reading_and_writing_leave_no_native_memory(string extension, PictureColor color, int depth, string profile)
    {
        string path = folder["a" + extension];
        PictureMetadata metadata = new() { IccProfile = Drawn.Profile(profile), Exif = Drawn.Exif(), Xmp = Drawn.Xmp() };
        Drawn.Picture(120, 80, color, depth: depth, metadata: metadata).Save(path);
        File.WriteAllBytes(folder["bad" + extension], File.ReadAllBytes(path)[..2000]);
        Round();
        (double, int, int) before = Settled();
        for (int i = 0; i < 8; i++)
        {
            Round();
        }

        Assert.Equal(before, Settled());

        // The threads of libvips free their buffers when they end, which may be after the call that began them.
        static (double Memory, int Allocations, int Files) Settled()
        {
            (double, int, int) last = default, now = (Stats.Mem, Stats.Allocations, Stats.Files);
            for (int look = 0; look < 50 && last != now; look++)
            {
                Thread.Sleep(200);
                (last, now) = (now, (Stats.Mem, Stats.Allocations, Stats.Files));
            }

            return now;
        }

        void Round()
        {
            Picture picture = Picture.Open(path);
            float[] alpha = new float[picture.Width * picture.Height];
            Array.Fill(alpha, 0.5f);
            picture.Compose(picture.Rgb, alpha).Save(folder["b" + extension], new PictureSaveOptions { Rule = WriteRule.For(force: true), Parameters = new Dictionary<string, string> { ["seed"] = "1" } });
            Assert.Throws<EditException>(() => Picture.Open(folder["bad" + extension]));
        }
    }
}
