using BrushEdit.Imaging;

namespace BrushEdit.Tests.Imaging;

public sealed class ImageMetricsTests
{
    private const int Width = 16;
    private const int Height = 12;

    [Fact]
    public void EqualPicturesAreEqual()
    {
        byte[] picture = Noise(1);
        Assert.Equal(0, ImageMetrics.MeanSquaredError(picture, picture));
        Assert.Equal(double.PositiveInfinity, ImageMetrics.Psnr(picture, picture));
        Assert.Equal(1, ImageMetrics.Ssim(picture, picture, Width, Height), 1e-9);
    }

    [Fact]
    public void SimilarityFallsWithTheDifference()
    {
        byte[] picture = Noise(2);
        double[] figures = [.. new[] { 4, 16, 64 }.Select(step => ImageMetrics.Ssim(picture, [.. picture.Select((value, i) => (byte)Math.Clamp(value + (i % 2 == 0 ? step : -step), 0, 255))], Width, Height))];
        Assert.True(figures[0] > figures[1] && figures[1] > figures[2], string.Join(", ", figures));
        Assert.InRange(figures[2], -1, 0.99);
    }

    [Fact]
    public void TheMaskSplitsTheError()
    {
        byte[] reference = new byte[Width * Height * 3];
        byte[] result = new byte[reference.Length];
        byte[] mask = new byte[Width * Height];
        // One pixel in the hole is white instead of black; one kept pixel differs in one channel by half.
        mask[5] = 128;
        mask[6] = 255;
        result.AsSpan(15, 3).Fill(255);
        result[0] = 51;
        int kept = mask.Length - 2;
        Assert.Equal(1.0 / 2, ImageMetrics.MaskedMeanSquaredError(reference, result, mask, MaskPart.Hole), 1e-12);
        Assert.Equal(0.04 / 3 / kept, ImageMetrics.MaskedMeanSquaredError(reference, result, mask, MaskPart.Kept), 1e-12);
        Assert.Equal(0.04 / kept, ImageMetrics.BrushBenchMeanSquaredError(reference, result, mask), 1e-12);
        Assert.True(double.IsNaN(ImageMetrics.MaskedMeanSquaredError(reference, result, new byte[mask.Length], MaskPart.Hole)));
    }

    [Fact]
    public void SizesThatDoNotGoTogetherAreErrors()
    {
        byte[] picture = Noise(3);
        Assert.Equal(EditFault.BadPicture, Assert.Throws<EditException>(() => ImageMetrics.MeanSquaredError(picture, picture.AsSpan(3))).Kind);
        Assert.Equal(EditFault.BadPicture, Assert.Throws<EditException>(() => ImageMetrics.MeanSquaredError([], [])).Kind);
        Assert.Equal(EditFault.BadPicture, Assert.Throws<EditException>(() => ImageMetrics.Ssim(picture, picture, Width + 1, Height)).Kind);
        Assert.Equal(EditFault.BadPicture, Assert.Throws<EditException>(() => ImageMetrics.Ssim(new byte[300], new byte[300], 10, 10)).Kind);
        Assert.Equal(EditFault.BadMask, Assert.Throws<EditException>(() => ImageMetrics.BrushBenchMeanSquaredError(picture, picture, new byte[3])).Kind);
    }

    private static byte[] Noise(int seed)
    {
        byte[] bytes = new byte[Width * Height * 3];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
