using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using BrushEdit.Inpainting;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Tests.Parity;
using TorchSharp;

namespace BrushEdit.Tests.Modeling;

public sealed class UNetConfigTests
{
    [Theory]
    [InlineData("unet-sd15")]
    [InlineData("unet-sd15-inpainting")]
    [InlineData("unet-sdxl")]
    public void A_full_size_UNet_has_the_published_names_and_shapes(string manifest)
    {
        JsonObject json = Manifest(manifest);
        using UNet2DConditionModel unet = new(UNetConfig.Read(Reader(json["config"]!)), torch.META);
        ModuleWeights.Check(unet.state_dict(), new ListedWeights(json), manifest);
    }

    [Theory]
    [InlineData("sd15", 12, 15)]
    [InlineData("sdxl", 9, 11)]
    public void A_full_size_BrushNet_has_the_published_names_and_shapes(string family, int down, int up)
    {
        JsonObject json = Manifest("brushnet-" + family);
        BrushNetConfig config = BrushNetConfig.Read(Reader(json["config"]!));
        using BrushNetModel brushNet = new(config, torch.META);
        ListedWeights weights = new(json);
        ModuleWeights.Check(brushNet.state_dict(), weights, "brushnet-" + family);
        Assert.Equal((down, up), (config.DownOutputs, config.UpOutputs));
        UNetConfig unet = UNetConfig.Read(Reader(Manifest("unet-" + family)["config"]!));
        config.EnsureFits(unet);

        // Without a configuration its tensors and the U-Net tell the same; and a family's defaults are what its published models say.
        Assert.Equal(config.ToJson().ToJsonString(), BrushNetConfig.FromShapes(weights, unet).ToJson().ToJsonString());
        Assert.Equal(unet.ToJson().ToJsonString(), FamilyDefaults.Of(unet.Family).Unet.ToJson().ToJsonString());
    }

    [Fact]
    public void A_BrushNet_of_another_family_is_refused_by_name()
    {
        UNetConfig unet(string family) => UNetConfig.Read(Reader(Manifest("unet-" + family)["config"]!));
        foreach ((string one, string other) in new[] { ("sd15", "sdxl"), ("sdxl", "sd15") })
        {
            BrushNetConfig config = BrushNetConfig.Read(Reader(Manifest("brushnet-" + one)["config"]!));
            EditException fault = Assert.Throws<EditException>(() => config.EnsureFits(unet(other)));
            Assert.Contains("Stable Diffusion XL", fault.Message, StringComparison.Ordinal);
            Assert.Contains("Stable Diffusion 1.5", fault.Message, StringComparison.Ordinal);
        }
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
    [InlineData("controlnet-sd15", "ControlNet")]
    [InlineData("unet-sd15", "plain U-Net")]
    public void A_configuration_of_another_kind_is_not_taken_for_a_BrushNet(string manifest, string named)
    {
        ConfigReader reader = Reader(Manifest(manifest)["config"]!);
        EditException fault = Assert.Throws<EditException>(() => BrushNetConfig.Read(reader));
        Assert.Contains(named, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("addition_embed_type", "\"text_image\"")]
    [InlineData("addition_embed_type", "\"text_time\"")]
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
        Assert.Contains(key switch { "_class_name" => "AutoencoderKL", "addition_embed_type" => "add", _ => key }, fault.Message, StringComparison.Ordinal);
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
