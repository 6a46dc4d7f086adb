using BrushEdit.Adapting;
using BrushEdit.Caching;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Tests.Support;
using BrushEdit.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Inpainting;

/// <summary>What is put on a base model: LoRAs, embeddings, a tiny autoencoder, presets; good ones fill, bad ones are refused by name.</summary>
public sealed class AdditionTests(TinyBundle bundle) : IClassFixture<TinyBundle>, IDisposable
{
    private static readonly InpaintSettings Quick = new() { Caption = "a red ball", Steps = 2, Seed = 7 };
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_LoRA_changes_the_fill_and_is_gone_without_a_trace()
    {
        Lora("style", ("lora_unet_conv_in", 8, 4, 3), ("lora_te_text_model_encoder_layers_0_mlp_fc1", 16, 8, 1));
        Picture plain = Fill(bundle.Model);
        InpaintModel with = Open(["style:0.5"]);
        Assert.EndsWith(" + style:0.5", with.Name, StringComparison.Ordinal);
        Assert.False(Fill(with).SameSamples(plain));
        Assert.True(Fill(Open(["style:0"])).SameSamples(plain));
        Assert.True(Fill(bundle.Model).SameSamples(plain));
    }

    [Fact]
    public void A_LoRA_in_the_place_of_another_of_equal_length_and_time_is_read_anew()
    {
        (string, long, long, long) layer = ("lora_unet_conv_in", 8, 4, 3);
        Lora("style", layer);
        string file = folder["style.safetensors"];
        (long length, DateTime time) = (new FileInfo(file).Length, File.GetLastWriteTimeUtc(file));
        Picture first = Fill(Open(["style"]));
        random.manual_seed(4);
        Write("style", ($"{layer.Item1}.lora_down.weight", randn(2, 4, 3, 3)), ($"{layer.Item1}.lora_up.weight", randn(8, 2, 1, 1)));
        File.SetLastWriteTimeUtc(file, time);
        Assert.Equal((length, time), (new FileInfo(file).Length, File.GetLastWriteTimeUtc(file)));
        Picture second = Fill(Open(["style"]));
        Assert.False(second.SameSamples(first));

        // The same file under another name is the same LoRA: nothing is added anew.
        File.Move(file, folder["moved.safetensors"]);
        Assert.True(Fill(Open(["moved"])).SameSamples(second));
    }

    [Fact]
    public void One_that_fits_in_part_is_a_warning_with_the_counts()
    {
        Lora("part", ("lora_unet_conv_in", 8, 4, 3), ("lora_unet_down_blocks_7_attentions_0_proj_in", 8, 8, 1));
        string warning = Assert.Single(Open(["part"]).Warnings);
        Assert.Contains("1 of its 2 layers", warning, StringComparison.Ordinal);
        Assert.Contains("down_blocks_7_attentions_0_proj_in", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_LoRAs_are_refused_by_name_before_anything_is_loaded()
    {
        Lora("nothing", ("lora_unet_double_blocks_0_img_attn_qkv", 8, 8, 1));
        Lora("wide", ("lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k", 16, 2048, 1));
        Write("ranks", ("lora_unet_conv_in.lora_down.weight", ones(2, 4, 3, 3)), ("lora_unet_conv_in.lora_up.weight", ones(8, 3, 1, 1)));
        Write("nan", ("lora_unet_conv_in.lora_down.weight", full([2, 4, 3, 3], double.NaN)), ("lora_unet_conv_in.lora_up.weight", ones(8, 2, 1, 1)));
        Write("half", ("lora_unet_conv_in.lora_down.weight", ones(2, 4, 3, 3)));
        Write("dora", ("lora_unet_conv_in.lora_down.weight", ones(2, 4, 3, 3)), ("lora_unet_conv_in.dora_scale", ones(8)));
        File.WriteAllText(folder["style.ckpt"], "pickle");
        Refused("nothing", "FLUX", "'double_blocks_0_img_attn_qkv'");
        Refused("wide", "Stable Diffusion XL by its sizes", "attn2_to_k");
        Refused("ranks", "rank 2 and 3", "conv_in");
        Refused("nan", "NaN", "lora_unet_conv_in.lora_down.weight");
        Refused("half", "lacks one of the two factors", "conv_in");
        Refused("dora", "a DoRA", "dora");
        Refused(folder["style.ckpt"], "pickled", "style.ckpt");

        void Refused(string name, params string[] words)
        {
            using ModelPool pool = new();
            EditException fault = Assert.Throws<EditException>(() => InpaintModel.Open(Catalog, bundle.Folder, null, bundle.Model.Device, pool, null, [new LoraChoice(name)]));
            Assert.All(words, word => Assert.Contains(word, fault.Message, StringComparison.Ordinal));
            Assert.NotNull(fault.Remedy);
            Assert.Empty(pool.Loaded);
        }
    }

    [Theory]
    [InlineData("style", "style", 1)]
    [InlineData("style:0.8", "style", 0.8)]
    [InlineData("C:\\loras\\style.safetensors:-0.5", "C:\\loras\\style.safetensors", -0.5)]
    [InlineData("C:\\loras\\style.safetensors", "C:\\loras\\style.safetensors", 1)]
    public void A_weight_follows_the_last_colon(string text, string name, double weight) => Assert.Equal(new LoraChoice(name, weight), LoraChoice.Parse(text));

    [Fact]
    public void An_embedding_is_a_word_of_the_prompt_in_both_layouts()
    {
        Write("my-style", ("emb_params", randn(3, 8)));
        Write("other", ("<cat-toy>", randn(8)));
        Picture plain = Fill(bundle.Model);
        InpaintModel model = Open([], ["my-style", "other"]);
        Assert.True(Fill(model).SameSamples(plain));
        Picture styled = Fill(model, "a red ball in my-style");
        Assert.False(styled.SameSamples(Fill(bundle.Model, "a red ball in my-style")));
        Assert.False(Fill(model, "a <cat-toy>").SameSamples(Fill(bundle.Model, "a <cat-toy>")));

        Write("wide", ("emb_params", randn(3, 768)));
        Write("broken", ("emb_params", full([1, 8], double.NaN)));
        Assert.Contains("768", Assert.Throws<EditException>(() => Open([], ["wide"])).Message, StringComparison.Ordinal);
        Assert.Contains("NaN", Assert.Throws<EditException>(() => Open([], ["broken"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tiny_autoencoder_makes_results_and_previews_and_kept_pixels_stay()
    {
        using (AutoencoderTiny tiny = Toybox.Build(9, CPU, () => new AutoencoderTiny(new TinyVaeConfig { EncoderWidth = 8, DecoderWidth = 8, EncoderBlocks = [1, 1], DecoderBlocks = [1, 1] })))
        {
            Directory.CreateDirectory(folder["taesd"]);
            SafetensorsWriter.Write(folder["taesd/diffusion_pytorch_model.safetensors"], tiny.state_dict());
            File.WriteAllText(folder["taesd/config.json"], """
                {"_class_name": "AutoencoderTiny", "encoder_block_out_channels": [8, 8], "decoder_block_out_channels": [8, 8], "num_encoder_blocks": [1, 1], "num_decoder_blocks": [1, 1]}
                """);
        }

        (Picture picture, Mask mask) = Scene();
        using ModelPool pool = new();
        InpaintModel withTiny = InpaintModel.Open(Catalog, bundle.Folder, null, bundle.Model.Device, pool, "taesd");
        Picture result = new InpaintPipeline(withTiny).Fill(picture, mask, Quick).Samples[0].Picture;
        Assert.False(result.SameSamples(picture));
        for (int i = 0; i < mask.Values.Length; i++)
        {
            Assert.True(mask.Values[i] != 0 || result.Rgb.Slice(3 * i, 3).SequenceEqual(picture.Rgb.Slice(3 * i, 3)));
        }

        // Installed, it makes the previews alone, at every step.
        InpaintModel full = InpaintModel.Open(Catalog, bundle.Folder, null, bundle.Model.Device, pool);
        Assert.True(full.HasPreviewVae);
        List<InpaintProgress> told = [];
        Picture own = new InpaintPipeline(full).Fill(picture, mask, Quick with { Steps = 3, PreviewEvery = null }, new Collected(told)).Samples[0].Picture;
        Assert.Equal(3, told.Count(progress => progress.Preview is not null));
        Assert.True(own.SameSamples(new InpaintPipeline(bundle.Model).Fill(picture, mask, Quick with { Steps = 3 }).Samples[0].Picture));
    }

    [Fact]
    public void A_draft_takes_the_distilled_LoRA_where_one_is_installed()
    {
        QualityPreset without = QualityPreset.Of(EditQuality.Draft, Catalog, bundle.Folder);
        Assert.Equal(("DPM++2M", 12, (double?)null, (LoraChoice?)null), (without.Sampler, without.Steps, without.GuidanceScale, without.Lora));
        Lora("lcm-lora-sd15", ("lora_unet_conv_in", 8, 4, 3));
        QualityPreset with = QualityPreset.Of(EditQuality.Draft, Catalog, bundle.Folder);
        Assert.Equal(("LCM", 4, (double?)1, folder["lcm-lora-sd15.safetensors"]), (with.Sampler, with.Steps, with.GuidanceScale, with.Lora?.Name));
        Assert.Equal(20, QualityPreset.Of(EditQuality.Normal, Catalog, bundle.Folder).Steps);
        Assert.Equal(("UniPC", 50), (QualityPreset.Of(EditQuality.Best, Catalog, bundle.Folder).Sampler, QualityPreset.Of(EditQuality.Best, Catalog, bundle.Folder).Steps));
    }

    [Fact]
    public void A_distilled_network_is_given_the_guidance_itself()
    {
        using IDisposable quiet = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using UNet2DConditionModel unet = new(new UNetConfig
        {
            BlockOutChannels = [8],
            DownAttention = [true],
            UpAttention = [true],
            LayersPerBlock = 1,
            AttentionHeads = [2],
            TransformerLayers = [1],
            CrossAttentionDim = 8,
            NormGroups = 4,
            TimeCondProjDim = 16,
        });
        Assert.Equal([8, 16], unet.state_dict()["time_embedding.cond_proj.weight"].shape);
        Tensor sample = randn(1, 4, 8, 8);
        TextConditioning text = new(randn(1, 5, 8));
        Tensor Noise(double? guidance) => unet.forward(sample, tensor(500.0), text, guidance: guidance);
        Assert.False(Noise(8).allclose(Noise(1)));
        using TextKeyValues prepared = unet.TextKeysAndValues(text, 8);
        Assert.True(unet.forward(sample, tensor(500.0), prepared).allclose(Noise(8)));
    }

    private ModelCatalog Catalog => new([folder.Path]);

    private InpaintModel Open(string[] loras, string[]? embeddings = null) =>
        InpaintModel.Open(Catalog, bundle.Folder, null, bundle.Model.Device, bundle.Pool, null, [.. loras.Select(LoraChoice.Parse)], embeddings);

    private static Picture Fill(InpaintModel model, string caption = "a red ball")
    {
        (Picture picture, Mask mask) = Scene();
        return new InpaintPipeline(model).Fill(picture, mask, Quick with { Caption = caption }).Samples[0].Picture;
    }

    private static (Picture Picture, Mask Mask) Scene()
    {
        byte[] rgb = [.. Enumerable.Range(0, 32 * 32 * 3).Select(i => (byte)(i * 37 % 251))];
        return (Picture.FromRgb(rgb, 32, 32), Mask.FromBox(32, 32, new Box(8, 8, 12, 12)));
    }

    private void Lora(string name, params (string Layer, long Out, long In, long Kernel)[] layers)
    {
        random.manual_seed(3);
        Write(name, [.. layers.SelectMany(layer => ((string, Tensor)[])[
            ($"{layer.Layer}.lora_down.weight", layer.Kernel > 1 ? randn(2, layer.In, layer.Kernel, layer.Kernel) : randn(2, layer.In)),
            ($"{layer.Layer}.lora_up.weight", layer.Kernel > 1 ? randn(layer.Out, 2, 1, 1) : randn(layer.Out, 2))])]);
    }

    private void Write(string name, params (string Name, Tensor Tensor)[] tensors) =>
        SafetensorsWriter.Write(folder[name + ".safetensors"], tensors.ToDictionary(entry => entry.Name, entry => entry.Tensor));

    private sealed class Collected(List<InpaintProgress> told) : IProgress<InpaintProgress>
    {
        public void Report(InpaintProgress value) => told.Add(value);
    }
}
