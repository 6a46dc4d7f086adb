using System.Text.Json;
using System.Text.Json.Nodes;
using BrushEdit.Caching;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Sampling;
using BrushEdit.Tests.Loading;
using BrushEdit.Tests.Parity;
using BrushEdit.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Inpainting;

/// <summary>Stable Diffusion XL from its files to a filled picture, and what is refused before anything large is read.</summary>
public sealed class SdxlModelTests(TinyBundle sd15) : IClassFixture<TinyBundle>, IDisposable
{
    private static readonly InpaintSettings Quick = new() { Caption = "a red ball!", Steps = 3, Seed = 7, GuidanceScale = 5, Sampler = "Euler" };

    private readonly TemporaryFolder folder = new();

    private string Xl
    {
        get
        {
            if (!Directory.Exists(folder["models/xl"]))
            {
                SdxlBundle.Write(folder["models/xl"], ParityCase.ParityFolder);
            }

            return folder["models/xl"];
        }
    }

    private static ComputeDevice Cpu => ComputeDevice.Choose("cpu", "single");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_folder_fills_and_keeps_what_is_not_edited()
    {
        InpaintModel model = Open(Xl);
        Assert.Equal((ModelFamily.Sdxl, 64, 8), (model.Family, model.NativeSide, model.Factor));
        Picture picture = Picture.FromRgb([.. Enumerable.Range(0, 70 * 50 * 3).Select(i => (byte)(i * 7))], 70, 50);
        Mask mask = Mask.FromBox(70, 50, new Box(20, 10, 24, 24));
        InpaintOutcome outcome = new InpaintPipeline(model).Fill(picture, mask, Quick);
        byte[] was = picture.ToRgb();
        byte[] now = outcome.Samples[0].Picture.ToRgb();
        Assert.All(Enumerable.Range(0, 70 * 50).Where(i => mask.Values[i] == 0), i => Assert.Equal(was[(3 * i)..((3 * i) + 3)], now[(3 * i)..((3 * i) + 3)]));
        Assert.True(Enumerable.Range(0, was.Length).Count(i => was[i] != now[i]) > 500);
        Assert.Empty(outcome.Warnings);
    }

    [Fact]
    public void What_the_texts_say_decides()
    {
        InpaintModel model = Open(Xl);
        byte[] plain = Fill(model, Quick);
        Assert.Equal(plain, Fill(model, Quick));
        Assert.NotEqual(plain, Fill(model, Quick with { ClipSkip = 1 }));
        Assert.NotEqual(plain, Fill(model, Quick with { NegativePrompt = string.Empty }));

        // No negative prompt is zeros here, and an empty text where the model's index says so, or in Stable Diffusion 1.5.
        byte[] none = Fill(model, Quick with { NegativePrompt = null });
        Assert.NotEqual(none, Fill(model, Quick with { NegativePrompt = string.Empty }));
        string index = Path.Combine(Xl, "model_index.json");
        File.WriteAllText(index, File.ReadAllText(index).Replace("true", "false", StringComparison.Ordinal));
        Assert.Equal(Fill(Open(Xl), Quick with { NegativePrompt = string.Empty }), Fill(Open(Xl), Quick with { NegativePrompt = null }));
        Assert.Equal(Fill(sd15.Model, Quick with { NegativePrompt = string.Empty }), Fill(sd15.Model, Quick with { NegativePrompt = null }));
        Assert.Contains("0 to 1", Assert.Throws<EditException>(() => Fill(sd15.Model, Quick with { ClipSkip = 2 })).Message, StringComparison.Ordinal);
    }

    /// <summary>A guided step by hand: the branch sees each half's pooled text, so that it gives each half something of its own.</summary>
    [Fact]
    public void A_guided_step_runs_the_branch_for_both_halves() => Open(Xl).WithDenoiser(denoiser =>
    {
        using IDisposable inference = inference_mode();
        using DisposeScope scope = NewDisposeScope();
        random.manual_seed(3);
        TextConditioning text = new TextConditioning(randn(2, 5, 40), randn(2, 20)).WithSizes(PictureSizes.Whole(64, 64), new PictureSizes(32, 48, 1, 2, 64, 64));
        Assert.Equal([32, 48, 1, 2, 64, 64, 64, 64, 0, 0, 64, 64], text.TimeIds!.data<float>().ToArray());
        Tensor noise = randn(1, 4, 8, 8);
        Tensor condition = randn(1, 5, 8, 8);
        Tensor? predicted = null;
        using ISampler sampler = SamplerFactory.Create(new SamplerConfig(), 2, SamplerKind.Ddim);
        denoiser.Run(
            new DenoisingRun(text, condition, 5, 0.8),
            sampler,
            () => noise.clone(),
            step => predicted = step.Step == 0 ? step.Predicted.clone().MoveToOtherDisposeScope(scope) : predicted,
            default);

        Tensor time = tensor(sampler.Timesteps[0], dtype: ScalarType.Float32);
        Tensor[] halves = [.. Enumerable.Range(0, 2).Select(half =>
        {
            TextConditioning row = text.Rows(half, 1);
            return denoiser.UNet.forward(noise, time, row, denoiser.BrushNet.forward(noise, time, condition, 0.8, text: row));
        })];
        Close.Assert("guided", halves[0] + ((halves[1] - halves[0]) * 5), predicted!, 1e-5);
        Tensor once = denoiser.BrushNet.forward(noise, time, condition, 0.8, text: text.Rows(0, 1)).Mid;
        Assert.False(once.allclose(denoiser.BrushNet.forward(noise, time, condition, 0.8, text: text.Rows(1, 1)).Mid));
        Assert.Throws<ArgumentNullException>(() => denoiser.BrushNet.forward(noise, time, condition));
        Assert.Contains("pooled", Assert.Throws<ArgumentException>(() => denoiser.UNet.forward(noise, time, text.Context)).Message, StringComparison.Ordinal);
        return true;
    });

    [Fact]
    public void Pictures_that_share_passes_are_told_by_their_own_texts()
    {
        InpaintPipeline pipeline = new(Open(Xl));
        FillRequest[] requests = [.. new[] { "a red ball", "a blue car on sand" }.Select(caption => new FillRequest(Grey, Hole, Quick with { Caption = caption }))];
        IReadOnlyList<FillAnswer> together = pipeline.FillAll(requests);
        foreach ((FillRequest request, FillAnswer answer) in requests.Zip(together))
        {
            byte[] alone = pipeline.Fill(request.Picture, request.Mask, request.Settings).Samples[0].Picture.ToRgb();
            byte[] shared = answer.Outcome!.Samples[0].Picture.ToRgb();
            Assert.All(alone.Zip(shared), pair => Assert.InRange(pair.First - pair.Second, -1, 1));
        }
    }

    [Fact]
    public void One_file_gives_what_its_folder_gives()
    {
        Dictionary<string, Tensor> all = OriginalNames.SingleFile(Xl);
        Assert.Contains("conditioner.embedders.1.model.transformer.resblocks.0.attn.in_proj_weight", all.Keys);
        Assert.Contains("model.diffusion_model.label_emb.0.0.weight", all.Keys);
        Directory.CreateDirectory(folder["one"]);
        string file = folder["one/fine-tune.safetensors"];
        SafetensorsWriter.Write(file, all);
        ModelCatalog catalog = new([folder["models"]]);
        Assert.Equal(ModelFamily.Sdxl, catalog.Open(file, ModelKind.StableDiffusion).Family);
        byte[] expected = Fill(Open(Xl), Quick);
        Assert.Equal(expected, Fill(InpaintModel.Open(catalog, file, Xl, Cpu, new ModelPool()), Quick));

        // Half precision, and a part in several files.
        SafetensorsWriter.Write(file, all.ToDictionary(entry => entry.Key, entry => entry.Value.to(ScalarType.Float16)));
        Assert.Equal(expected.Length, Fill(InpaintModel.Open(catalog, file, Xl, Cpu, new ModelPool()), Quick).Length);
        Shard(Path.Combine(Xl, "text_encoder_2"), "model");
        Shard(Path.Combine(Xl, "unet"), "diffusion_pytorch_model");
        Assert.Equal(expected, Fill(Open(Xl), Quick));
    }

    [Theory]
    [InlineData("conditioner.embedders.1.", "second text encoder")]
    [InlineData("conditioner.embedders.0.", "first text encoder")]
    [InlineData("conditioner.", "first text encoder")]
    public void A_text_encoder_that_one_file_lacks_is_named(string prefix, string named)
    {
        Dictionary<string, Tensor> all = OriginalNames.SingleFile(Xl);
        SafetensorsWriter.Write(folder["one.safetensors"], all.Where(entry => !entry.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary());
        EditException fault = Assert.Throws<EditException>(() => ModelFiles.Open(folder["one.safetensors"]));
        Assert.All(["one.safetensors", named, "Stable Diffusion XL"], word => Assert.Contains(word, fault.Message, StringComparison.Ordinal));
        Assert.NotNull(fault.Remedy);
    }

    [Fact]
    public void A_text_encoder_that_a_folder_lacks_is_named()
    {
        Directory.Delete(Path.Combine(Xl, "text_encoder_2"), recursive: true);
        EditException fault = Assert.Throws<EditException>(() => Open(Xl));
        Assert.All([Xl, "text_encoder_2", "Stable Diffusion XL"], word => Assert.Contains(word, fault.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_branch_of_one_family_beside_a_base_of_the_other_is_refused_by_name()
    {
        foreach ((string model, string branch) in new[] { (Xl, sd15.Folder), (sd15.Folder, Xl), (Xl, Bare(sd15.Folder)), (sd15.Folder, Bare(Xl)) })
        {
            EditException fault = Assert.Throws<EditException>(() => Open(model, branch));
            Assert.Equal(EditFault.BadModel, fault.Kind);
            Assert.All([model, "Stable Diffusion XL", "Stable Diffusion 1.5", "BrushNet"], word => Assert.Contains(word, fault.Message, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Parts_of_two_families_in_one_folder_are_refused()
    {
        Change("unet", json =>
        {
            json.Remove("addition_embed_type");
            return json;
        });
        Assert.Contains("Stable Diffusion 1.5", Assert.Throws<EditException>(() => Open(Xl)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pooled_text_of_another_width_is_refused()
    {
        Change("text_encoder_2", json =>
        {
            json["projection_dim"] = 24;
            return json;
        });
        EditException fault = Assert.Throws<EditException>(() => Open(Xl));
        Assert.All(["20", "24", "second text encoder"], word => Assert.Contains(word, fault.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void An_inpainting_base_beside_a_branch_is_refused()
    {
        Change("unet", json =>
        {
            json["in_channels"] = 9;
            return json;
        });
        EditException fault = Assert.Throws<EditException>(() => Open(Xl));
        Assert.All([Xl, "9 channels"], word => Assert.Contains(word, fault.Message, StringComparison.Ordinal));
        Assert.NotNull(fault.Remedy);
    }

    [Fact]
    public void A_VAE_of_another_family_is_told_by_its_configuration_or_by_a_warning()
    {
        // Of the same shape: only the scaling factor differs.
        string other = Copy(Path.Combine(Xl, "vae"), "sd15-vae");
        string config = Path.Combine(other, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("0.13025", "0.18215", StringComparison.Ordinal));
        EditException fault = Assert.Throws<EditException>(() => Open(Xl, null, other));
        Assert.All([other, "0.18215", "0.13025", "another family"], word => Assert.Contains(word, fault.Message, StringComparison.Ordinal));
        Assert.Equal((ModelFamily.Sd15, ModelFamily.Sdxl), (ModelFiles.Open(other).Family, ModelFiles.Open(Path.Combine(Xl, "vae")).Family));

        // The same VAE by its folder and by the whole model is the model's own; alone in one file nothing tells its family.
        byte[] expected = Fill(Open(Xl), Quick);
        Assert.Equal(expected, Fill(Open(Xl, null, Path.Combine(Xl, "vae")), Quick));
        string bare = Bare(Path.Combine(Xl, "vae"));
        InpaintModel told = InpaintModel.Open(new ModelCatalog([folder["models"]]), Xl, null, Cpu, new ModelPool(), bare);
        InpaintOutcome outcome = new InpaintPipeline(told).Fill(Grey, Hole, Quick);
        Assert.Equal(expected, outcome.Samples[0].Picture.ToRgb());
        string warning = Assert.Single(outcome.Warnings);
        Assert.All(["0.13025", "config.json", "Stable Diffusion XL"], word => Assert.Contains(word, warning, StringComparison.Ordinal));
    }

    [Fact]
    public void A_VAE_with_other_latents_is_refused()
    {
        string other = Copy(Path.Combine(Xl, "vae"), "wide");
        string config = Path.Combine(other, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"latent_channels\":4", "\"latent_channels\":16", StringComparison.Ordinal).Replace("\"latents_mean\":null", "\"shift_factor\":0.1", StringComparison.Ordinal));
        Dictionary<string, Tensor> weights;
        using (IWeightsFile file = ModelFiles.Open(Path.Combine(Xl, "vae")).OpenWeights(ModelPart.Vae))
        {
            weights = file.Tensors.Keys.ToDictionary(name => name, file.Read);
        }

        weights["decoder.conv_in.weight"] = zeros(8, 16, 3, 3);
        SafetensorsWriter.Write(folder["wide.safetensors"], weights);
        SafetensorsWriter.Write(folder["flux.safetensors"], weights.Where(entry => !entry.Key.Contains("quant_conv", StringComparison.Ordinal)).ToDictionary());
        foreach (string vae in new[] { other, folder["wide.safetensors"] })
        {
            EditException fault = Assert.Throws<EditException>(() => InpaintModel.Open(new ModelCatalog([folder["models"]]), Xl, null, Cpu, new ModelPool(), vae));
            Assert.All([vae, "16", "Stable Diffusion XL"], word => Assert.Contains(word, fault.Message, StringComparison.Ordinal));
        }

        Assert.Contains("FLUX", Assert.Throws<EditException>(() => ModelFiles.Open(folder["flux.safetensors"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_VAE_is_run_in_single_precision_where_its_configuration_says_so_or_half_overflows()
    {
        ComputeDevice half = new(CPU, ScalarType.Float16);
        using ModelPool asked = new();
        InpaintModel model = InpaintModel.Open(new ModelCatalog([]), Xl, null, half, asked);
        Assert.Equal(ScalarType.Float32, model.WithVae(vae => vae.WeightType()));
        Assert.Equal(ScalarType.Float16, model.WithText(encoders => encoders.All[1].Encoder.WeightType()));

        // One that says nothing runs in half precision, until it overflows: a bias that half precision can hold, times a weight.
        Change("vae", json =>
        {
            json["force_upcast"] = false;
            return json;
        });
        string path = Path.Combine(Xl, "vae", "diffusion_pytorch_model.safetensors");
        Dictionary<string, Tensor> weights;
        using (SafetensorsFile file = SafetensorsFile.Open(path))
        {
            weights = file.Tensors.Keys.ToDictionary(name => name, file.Read);
        }

        weights["decoder.conv_norm_out.bias"].fill_(30000);
        weights["decoder.conv_out.weight"].fill_(1);
        SafetensorsWriter.Write(path, weights);
        using ModelPool pool = new();
        InpaintModel loud = InpaintModel.Open(new ModelCatalog([]), Xl, null, half, pool);
        Assert.Equal(ScalarType.Float16, loud.WithVae(vae => vae.WeightType()));
        byte[] filled = Fill(loud, Quick with { Steps = 1 });
        Assert.Contains((byte)255, filled);
        Assert.Equal(ScalarType.Float32, loud.WithVae(vae => vae.WeightType()));
        Assert.Equal(ScalarType.Float32, Assert.Single(pool.Loaded, held => held.Part == "vae").Device.Type);
    }

    private static Picture Grey => Picture.FromRgb([.. Enumerable.Repeat((byte)90, 64 * 64 * 3)], 64, 64);

    private static Mask Hole => Mask.FromBox(64, 64, new Box(16, 16, 28, 28));

    private static byte[] Fill(IInpaintModel model, InpaintSettings settings) => new InpaintPipeline(model).Fill(Grey, Hole, settings).Samples[0].Picture.ToRgb();

    private static InpaintModel Open(string model, string? branch = null, string? vae = null) =>
        InpaintModel.Open(new ModelCatalog([]), model, branch, Cpu, new ModelPool(), vae);

    // The weights of a branch or a VAE without their configuration.
    private string Bare(string model)
    {
        string from = Directory.Exists(Path.Combine(model, "brushnet")) ? Path.Combine(model, "brushnet") : model;
        string name = $"bare-{Path.GetFileName(model)}";
        Directory.CreateDirectory(folder[name]);
        File.Copy(Path.Combine(from, "diffusion_pytorch_model.safetensors"), folder[$"{name}/weights.safetensors"]);
        return folder[$"{name}/weights.safetensors"];
    }

    private string Copy(string from, string name)
    {
        Directory.CreateDirectory(folder[name]);
        foreach (string file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(folder[name], Path.GetFileName(file)));
        }

        return folder[name];
    }

    private void Change(string part, Func<JsonObject, JsonObject> change)
    {
        string config = Path.Combine(Xl, part, "config.json");
        File.WriteAllText(config, change(JsonNode.Parse(File.ReadAllText(config))!.AsObject()).ToJsonString());
    }

    private static void Shard(string part, string stem)
    {
        string whole = Path.Combine(part, stem + ".safetensors");
        Dictionary<string, Tensor> tensors;
        using (SafetensorsFile file = SafetensorsFile.Open(whole))
        {
            tensors = file.Tensors.Keys.ToDictionary(name => name, file.Read);
        }

        File.Delete(whole);
        Dictionary<string, string> map = [];
        foreach ((KeyValuePair<string, Tensor>[] chunk, int number) in tensors.Chunk((tensors.Count + 1) / 2).Select((chunk, number) => (chunk, number)))
        {
            string name = $"{stem}-0000{number + 1}-of-00002.safetensors";
            SafetensorsWriter.Write(Path.Combine(part, name), chunk);
            foreach ((string tensor, _) in chunk)
            {
                map[tensor] = name;
            }
        }

        File.WriteAllText(whole + ".index.json", JsonSerializer.Serialize(new { weight_map = map }));
    }
}
