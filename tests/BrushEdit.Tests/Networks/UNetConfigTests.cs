using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using BrushEdit.Networks;
using BrushEdit.Tests.Parity;
using BrushEdit.Weights;
using TorchSharp;

namespace BrushEdit.Tests.Networks;

public sealed class UNetConfigTests
{
    [Theory]
    [InlineData("unet-sd15")]
    [InlineData("unet-sd15-inpainting")]
    public void A_full_size_UNet_has_the_published_names_and_shapes(string manifest)
    {
        JsonObject json = Manifest(manifest);
        using UNet2DConditionModel unet = new(UNetConfig.Read(Reader(json["config"]!)), torch.META);
        ModuleWeights.Check(unet.state_dict(), new ListedWeights(json), manifest);
    }

    [Fact]
    public void A_full_size_BrushNet_has_the_published_names_and_shapes()
    {
        JsonObject json = Manifest("brushnet-sd15");
        BrushNetConfig config = BrushNetConfig.Read(Reader(json["config"]!));
        using BrushNetModel brushNet = new(config, torch.META);
        ModuleWeights.Check(brushNet.state_dict(), new ListedWeights(json), "brushnet-sd15");
        Assert.Equal((12, 15), (config.DownOutputs, config.UpOutputs));
        config.EnsureFits(UNetConfig.Read(Reader(Manifest("unet-sd15")["config"]!)));
    }

    [Fact]
    public void A_manifest_with_another_shape_is_not_accepted()
    {
        JsonObject json = Manifest("brushnet-sd15");
        json["tensors"]!["conv_in_condition.weight"] = new JsonArray(320L, 8L, 3L, 3L);
        using BrushNetModel brushNet = new(BrushNetConfig.Read(Reader(json["config"]!)), torch.META);
        EditException fault = Assert.Throws<EditException>(() => ModuleWeights.Check(brushNet.state_dict(), new ListedWeights(json), "BrushNet"));
        Assert.Contains("conv_in_condition.weight", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unet-sdxl", "SDXL")]
    [InlineData("controlnet-sd15", "ControlNet")]
    [InlineData("brushnet-sd15", "a BrushNet")]
    public void A_configuration_of_another_kind_is_not_taken_for_a_UNet(string manifest, string named)
    {
        ConfigReader reader = Reader(Manifest(manifest)["config"]!);
        EditException fault = Assert.Throws<EditException>(() => UNetConfig.Read(reader));
        Assert.Contains(named, fault.Message, StringComparison.Ordinal);
        Assert.Contains("Stable Diffusion 1.5", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("brushnet-sdxl", "SDXL")]
    [InlineData("controlnet-sd15", "ControlNet")]
    [InlineData("unet-sd15", "plain U-Net")]
    public void A_configuration_of_another_kind_is_not_taken_for_a_BrushNet(string manifest, string named)
    {
        ConfigReader reader = Reader(Manifest(manifest)["config"]!);
        EditException fault = Assert.Throws<EditException>(() => BrushNetConfig.Read(reader));
        Assert.Contains(named, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("time_cond_proj_dim", "256")]
    [InlineData("dual_cross_attention", "true")]
    [InlineData("upcast_attention", "true")]
    [InlineData("act_fn", "\"gelu\"")]
    [InlineData("a_new_setting", "1")]
    [InlineData("layers_per_block", "0")]
    [InlineData("layers_per_block", "\"two\"")]
    [InlineData("norm_num_groups", "7")]
    [InlineData("attention_head_dim", "7")]
    [InlineData("attention_head_dim", "[8, 8]")]
    [InlineData("block_out_channels", "[320, 640]")]
    [InlineData("block_out_channels", "[]")]
    [InlineData("down_block_types", "[\"DownEncoderBlock2D\"]")]
    [InlineData("_class_name", "\"AutoencoderKL\"")]
    public void A_setting_that_is_not_built_is_named(string key, string value)
    {
        JsonNode config = Manifest("unet-sd15")["config"]!;
        config[key] = JsonNode.Parse(value);
        EditException fault = Assert.Throws<EditException>(() => UNetConfig.Read(Reader(config)));
        Assert.Equal(EditFault.BadModel, fault.Kind);
        Assert.Contains(key == "_class_name" ? "AutoencoderKL" : key, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        UNetConfig unet = Small.Config([8, 16], true) with { AttentionHeads = [1, 2], FreqShift = 1, SampleSize = 8 };
        UNetConfig again = UNetConfig.Read(Reader(unet.ToJson()));
        Assert.Equal(unet.ToJson().ToJsonString(), again.ToJson().ToJsonString());
        Assert.Equal([1, 2], again.AttentionHeads);
        BrushNetConfig brushNet = BrushNetConfig.FromUNet(unet);
        Assert.Equal(brushNet.ToJson().ToJsonString(), BrushNetConfig.Read(Reader(brushNet.ToJson())).ToJson().ToJsonString());
    }

    [Fact]
    public void A_BrushNet_that_does_not_fit_is_refused()
    {
        BrushNetConfig brushNet = BrushNetConfig.FromUNet(Small.Config([8, 16], false));
        brushNet.EnsureFits(Small.Config([8, 16], true));
        Assert.Throws<EditException>(() => brushNet.EnsureFits(Small.Config([8, 24], false)));
        Assert.Throws<EditException>(() => brushNet.EnsureFits(Small.Config([8], false)));
        Assert.Throws<EditException>(() => brushNet.EnsureFits(Small.Config([8, 16], false) with { InChannels = 9 }));
        Assert.Throws<EditException>(() => BrushNetConfig.FromUNet(Small.Config([8, 16], false) with { InChannels = 9 }));
    }

    private static JsonObject Manifest(string name)
    {
        using FileStream file = File.OpenRead(Fixtures.Manifest(name));
        using GZipStream plain = new(file, CompressionMode.Decompress);
        return JsonNode.Parse(plain)!.AsObject();
    }

    private static ConfigReader Reader(JsonNode config) => new(JsonSerializer.SerializeToElement(config), "config.json");

    /// <summary>Names and shapes without data.</summary>
    private sealed class ListedWeights(JsonObject manifest) : IWeights
    {
        public string Source => "manifest";

        public IReadOnlyDictionary<string, TensorInfo> Tensors { get; } = manifest["tensors"]!.AsObject().ToDictionary(
            entry => entry.Key,
            entry => new TensorInfo(entry.Key, torch.ScalarType.Float32, [.. entry.Value!.AsArray().Select(size => size!.GetValue<long>())]));

        public torch.Tensor Read(string name) => throw new InvalidOperationException("A manifest holds no data.");
    }
}
