using BrushEdit.Imaging;
using BrushEdit.Tests.Parity;
using TorchSharp;

namespace BrushEdit.Tests.Imaging;

[Trait("Category", "Parity")]
public class ImageParityTests
{
    public static TheoryData<string> BlendCases => ParityCase.Named("image-blend");

    public static TheoryData<string> ResizeCases => ParityCase.Named("image-resize");

    [Theory]
    [MemberData(nameof(BlendCases))]
    public void Blending_and_morphology_agree(string name)
    {
        using ParityCase reference = ParityCase.Open(name);
        (byte[] values, long[] shape) = Bytes(reference, "in.mask");
        int height = (int)shape[0];
        int width = (int)shape[1];
        byte one = values.Max();
        Mask mask = Mask.FromValues(Array.ConvertAll(values, v => (byte)(v * 255 / one)), width, height);
        (byte[] original, long[] _) = Bytes(reference, "in.original");
        (byte[] generated, long[] _) = Bytes(reference, "in.generated");

        float[] blurred = Blend.TwoSidedAlpha(mask);
        AssertClose(reference, "out.blurred", blurred);
        AssertClose(reference, "out.blend", Blend.Mix(original, generated, blurred));
        AssertClose(reference, "out.blend_union", Blend.Mix(original, generated, Blend.UnionAlpha(mask)));

        int checkedCount = 0;
        foreach (string tensor in reference.TensorNames.Where(n => n.StartsWith("out.dilate.", StringComparison.Ordinal) || n.StartsWith("out.erode.", StringComparison.Ordinal)))
        {
            string[] parts = tensor.Split('.');
            MorphologyElement element = parts[2] == "disk" ? MorphologyElement.Disk : MorphologyElement.Square;
            int radius = int.Parse(parts[3]);
            Mask result = parts[1] == "dilate" ? mask.Grow(radius, element) : mask.Shrink(radius, element);
            (byte[] expected, long[] _) = Bytes(reference, tensor);
            Assert.True(result.Values.SequenceEqual(Array.ConvertAll(expected, v => (byte)(v * 255))), $"{tensor} differs");
            checkedCount++;
        }

        Assert.True(checkedCount > 0, "The case has no morphology.");
    }

    [Theory]
    [MemberData(nameof(ResizeCases))]
    public void Resizing_agrees_within_one_level(string name)
    {
        using ParityCase reference = ParityCase.Open(name);
        (byte[] image, long[] shape) = Bytes(reference, "in.image");
        int bands = shape.Length > 2 ? (int)shape[2] : 1;
        int checkedCount = 0;
        foreach (string tensor in reference.TensorNames.Where(n => n.StartsWith("out.", StringComparison.Ordinal)))
        {
            ResizeFilter filter = Enum.Parse<ResizeFilter>(tensor.Split('.')[1], ignoreCase: true);
            (byte[] expected, long[] size) = Bytes(reference, tensor);
            byte[] result = Resizer.Resize(image, (int)shape[1], (int)shape[0], bands, (int)size[1], (int)size[0], filter);
            Assert.Equal(expected.Length, result.Length);
            int most = expected.Zip(result, (a, b) => Math.Abs(a - b)).Max();
            Assert.True(most <= 1, $"{tensor}: differs by up to {most} levels");
            checkedCount++;
        }

        Assert.True(checkedCount > 0, "The case has no results.");
    }

    private static void AssertClose(ParityCase reference, string expected, float[] actual)
    {
        using torch.Tensor tensor = reference.Tensor(expected);
        using torch.Tensor flat = torch.tensor(actual);
        using torch.Tensor shaped = flat.reshape(tensor.shape);
        reference.AssertClose(expected, shaped);
    }

    private static (byte[] Values, long[] Shape) Bytes(ParityCase reference, string name)
    {
        using torch.Tensor tensor = reference.Tensor(name);
        using torch.Tensor bytes = tensor.to(torch.ScalarType.Byte);
        return (bytes.data<byte>().ToArray(), tensor.shape);
    }
}
