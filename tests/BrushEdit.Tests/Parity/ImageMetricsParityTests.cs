using BrushEdit.Imaging;
using TorchSharp;

namespace BrushEdit.Tests.Parity;

[Trait("Category", "Parity")]
public sealed class ImageMetricsParityTests
{
    public static TheoryData<string> Cases => ParityCase.Named("metrics");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Figures(string name)
    {
        using ParityCase parity = ParityCase.Open(name);
        byte[] reference = Bytes("in.reference");
        byte[] result = Bytes("in.result");
        byte[] mask = Bytes("in.mask");
        using torch.Tensor shape = parity.Tensor("in.reference");
        double masked = ImageMetrics.BrushBenchMeanSquaredError(reference, result, mask);
        Expect("mse", ImageMetrics.MeanSquaredError(reference, result));
        Expect("psnr", ImageMetrics.Psnr(reference, result));
        Expect("masked_mse_brushbench", masked);
        Expect("masked_psnr_brushbench", ImageMetrics.Psnr(masked));
        Expect("ssim", ImageMetrics.Ssim(reference, result, (int)shape.shape[1], (int)shape.shape[0]));

        byte[] Bytes(string tensor)
        {
            using torch.Tensor read = parity.Tensor(tensor);
            return read.data<byte>().ToArray();
        }

        void Expect(string key, double actual)
        {
            double expected = parity.About.GetProperty(key).GetDouble();
            Assert.True(Math.Abs(actual - expected) <= 1e-6 * Math.Abs(expected), $"{name}/{key}: {actual}, expected {expected}");
        }
    }
}
