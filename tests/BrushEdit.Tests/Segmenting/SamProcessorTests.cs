using System.Text.Json;
using BrushEdit.Imaging;
using BrushEdit.Loading;
using BrushEdit.Segmenting;
using BrushEdit.Tests.Parity;
using TorchSharp;

namespace BrushEdit.Tests.Segmenting;

public sealed class SamProcessorTests
{
    public static TheoryData<string> Cases => ParityCase.Named("image-sam");

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Parity")]
    public void Preparation(string name)
    {
        using var scope = torch.NewDisposeScope();
        using ParityCase parity = ParityCase.Open(name);
        SamProcessor processor = new(SamProcessorConfig.Read(parity.Config()));
        torch.Tensor image = parity.Tensor("in.image");
        (int width, int height) = ((int)image.shape[1], (int)image.shape[0]);
        Picture picture = Picture.FromRgb(image.data<byte>().ToArray(), width, height);

        torch.Tensor pixels = processor.Pixels(picture);
        torch.Tensor expected = parity.Tensor("out.pixel_values");
        Assert.Equal(expected.shape, pixels.shape);
        double level = processor.Config.RescaleFactor / processor.Config.Deviation.Min();
        Assert.True((pixels - expected).abs().max().item<float>() <= level * 1.001, "more than one 8-bit level apart");

        // What is filled up is exactly zero, and so is only that.
        Assert.True(pixels.eq(0).eq(expected.eq(0)).all().item<bool>());

        (int fittedWidth, int fittedHeight) = processor.FittedSize(width, height);
        Assert.Equal([height, width], parity.Tensor("out.original_size").data<long>().ToArray());
        Assert.Equal([fittedHeight, fittedWidth], parity.Tensor("out.reshaped_size").data<long>().ToArray());

        Box[] boxes = [.. Rows(parity.Tensor("in.boxes"), 4).Select(row => Box.FromCorners(row[0], row[1], row[2], row[3]))];
        parity.AssertClose("out.boxes", processor.Boxes(boxes, width, height));
        (double X, double Y)[][] points = [.. Rows(parity.Tensor("in.points")[0], (int)parity.Tensor("in.points").shape[2] * 2)
            .Select(row => row.Chunk(2).Select(pair => ((double)pair[0], (double)pair[1])).ToArray())];
        parity.AssertClose("out.points", processor.Points(points, width, height));

        torch.Tensor low = parity.Tensor("in.low_res");
        torch.Tensor logits = parity.Tensor("out.mask_logits");
        parity.AssertClose("out.mask_logits", processor.Restore(low.flatten(0, 1), width, height).view(logits.shape));

        static float[][] Rows(torch.Tensor tensor, int length) => [.. tensor.contiguous().data<float>().ToArray().Chunk(length)];
    }

    [Theory]
    [InlineData(2000, 1000, 1024, 512)]
    [InlineData(999, 1333, 767, 1024)]
    [InlineData(100, 50, 1024, 512)]
    [InlineData(5000, 2, 1024, 1)]
    public void TheLongerSideIsBroughtToTheConfiguredLength(int width, int height, int fittedWidth, int fittedHeight) =>
        Assert.Equal((fittedWidth, fittedHeight), new SamProcessor(new SamProcessorConfig()).FittedSize(width, height));

    [Fact]
    public void ARoughMaskLiesWhereThePictureDoes()
    {
        using var scope = torch.NewDisposeScope();
        SamProcessor processor = new(SamProcessorConfig.For(64));
        torch.Tensor prompt = processor.MaskPrompt(Mask.FromBox(40, 20, new Box(0, 0, 20, 20)), 16);
        Assert.Equal([1, 1, 16, 16], prompt.shape);

        // The picture fills the upper half; its left half is inside.
        Assert.Equal(SamProcessor.MaskPromptLogit, prompt[0, 0, 4, 3].item<float>(), 4);
        Assert.Equal(-SamProcessor.MaskPromptLogit, prompt[0, 0, 4, 12].item<float>(), 4);
        Assert.Equal(-SamProcessor.MaskPromptLogit, prompt[0, 0, 12, 3].item<float>(), 4);
    }

    [Theory]
    [InlineData("""{ "do_resize": false }""", "do_resize")]
    [InlineData("""{ "resample": 3 }""", "resample")]
    [InlineData("""{ "pad_size": { "height": 512, "width": 512 } }""", "512")]
    [InlineData("""{ "image_mean": [0.5] }""", "image_mean")]
    [InlineData("""{ "do_wonders": true }""", "do_wonders")]
    public void ASettingThatIsNotBuiltHereIsRefused(string json, string named)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        EditException fault = Assert.Throws<EditException>(
            () => SamProcessorConfig.Read(new ConfigReader(document.RootElement, "preprocessor_config.json")));
        Assert.Equal(EditFault.BadModel, fault.Kind);
        Assert.Contains(named, fault.Message, StringComparison.Ordinal);
    }
}
