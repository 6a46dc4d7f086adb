using System.Text.Json;
using BrushEdit.Detecting;
using BrushEdit.Loading;
using BrushEdit.Tests.Parity;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Detecting;

public class DetectorPreprocessingTests
{
    public static TheoryData<string> Cases => ParityCase.Named("image-grounding-dino");

    [Theory]
    [Trait("Category", "Parity")]
    [MemberData(nameof(Cases))]
    public void Pictures_are_made_ready_as_the_reference_does(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ParityCase reference = ParityCase.Open(name);
        DetectorPreprocessing preprocessing = DetectorPreprocessing.Read(reference.Config());
        Tensor image = reference.Tensor("in.image");
        Tensor made = preprocessing.Prepare([.. image.data<byte>()], (int)image.shape[1], (int)image.shape[0]);
        reference.AssertClose("out.pixel_values", made);
        Tensor mask = reference.Tensor("out.pixel_mask");
        Assert.Equal(mask.shape, new long[] { 1, made.shape[2], made.shape[3] });
        Assert.True(mask.all().item<bool>());
    }

    [Theory]
    [InlineData(640, 480, 1066, 800)]
    [InlineData(480, 640, 800, 1066)]
    [InlineData(2000, 500, 1333, 333)]
    [InlineData(800, 800, 800, 800)]
    [InlineData(1200, 800, 1200, 800)]
    [InlineData(1, 1, 800, 800)]
    [InlineData(20000, 20000, 800, 800)]
    [InlineData(1, 20000, 1, 1333)]
    [InlineData(3, 20000, 1, 1333)]
    public void The_short_side_is_800_and_the_long_side_at_most_1333(int width, int height, int newWidth, int newHeight)
    {
        Assert.Equal((newWidth, newHeight), new DetectorPreprocessing().SizeFor(width, height));
    }

    [Fact]
    public void A_picture_of_one_pixel_is_made_ready()
    {
        DetectorPreprocessing small = new() { ShortSide = 8, LongSide = 12 };
        using Tensor made = small.Prepare([255, 0, 0], 1, 1);
        Assert.Equal([1, 3, 8, 8], made.shape);
        Assert.Equal((1 - 0.485) / 0.229, made[0, 0, 3, 3].item<float>(), 1e-5);
        Assert.Equal(-0.456 / 0.224, made[0, 1, 3, 3].item<float>(), 1e-5);
    }

    [Fact]
    public void Samples_that_do_not_fit_the_size_are_an_error() =>
        Assert.Equal(EditFault.BadPicture, Assert.Throws<EditException>(() => new DetectorPreprocessing().Prepare(new byte[10], 2, 2)).Kind);

    [Theory]
    [InlineData("{ \"do_resize\": false }", "do_resize")]
    [InlineData("{ \"resample\": 3 }", "resample")]
    [InlineData("{ \"sharpen\": true }", "sharpen")]
    [InlineData("{ \"image_mean\": [0.5] }", "image_mean")]
    [InlineData("{ \"size\": { \"height\": 800, \"width\": 800 } }", "shortest_edge")]
    public void A_setting_that_is_not_built_is_an_error(string json, string key)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        EditException fault = Assert.Throws<EditException>(() => DetectorPreprocessing.Read(new ConfigReader(document.RootElement, "processor")));
        Assert.Contains(key, fault.Message, StringComparison.Ordinal);
    }
}
