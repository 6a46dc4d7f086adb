using System.Text.Json;
using BrushEdit.Loading;
using BrushEdit.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Loading;

public sealed class ModelFilesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Model => folder["model"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void EveryKindIsRecognised()
    {
        FakeModels.StableDiffusion(folder["sd"]);
        FakeModels.BrushNet(folder["brush"]);
        FakeModels.GroundingDino(folder["dino"]);
        FakeModels.Sam(folder["sam"]);
        FakeModels.SingleFile(folder["one.safetensors"]);
        Assert.Equal(ModelKind.StableDiffusion, ModelFiles.Open(folder["sd"]).Kind);
        Assert.Equal(ModelKind.BrushNet, ModelFiles.Open(folder["brush"] + Path.DirectorySeparatorChar).Kind);
        Assert.Equal(ModelKind.GroundingDino, ModelFiles.Open(folder["dino"]).Kind);
        Assert.Equal(ModelKind.Sam, ModelFiles.Open(folder["sam"]).Kind);
        Assert.Equal(ModelKind.StableDiffusion, ModelFiles.Open(folder["one.safetensors"]).Kind);
        Assert.True(ModelFiles.Open(folder["one.safetensors"]).IsSingleFile);

        // The weights of a folder, and a folder around one file, mean the same model.
        Assert.Equal(folder["brush"], ModelFiles.Open(folder["brush/diffusion_pytorch_model.safetensors"]).Path);
        FakeModels.SingleFile(folder["around/one.safetensors"]);
        Assert.Equal(folder["around/one.safetensors"], ModelFiles.Open(folder["around"]).Path);
    }

    [Fact]
    public void ABrushNetWithoutItsClassIsKnownByItsTensors()
    {
        FakeModels.Text(Model, "config.json", """{"conditioning_channels": 5}""");
        FakeModels.Weights(Path.Combine(Model, "random_mask.safetensors"), "brushnet_down_blocks.0.weight");
        ModelFiles model = ModelFiles.Open(Model);
        Assert.Equal(ModelKind.BrushNet, model.Kind);
        Assert.Equal([Path.Combine(Model, "random_mask.safetensors")], model.WeightFiles(ModelPart.Network));
    }

    [Fact]
    public void PartsAreOpenedByName()
    {
        FakeModels.StableDiffusion(Model);
        ModelFiles model = ModelFiles.Open(Model);
        foreach (ModelPart part in model.WeightParts)
        {
            using IWeightsFile weights = model.OpenWeights(part);
            Assert.Equal(["weight"], weights.Tensors.Keys);
            Assert.NotNull(model.Config(part));
        }

        Assert.Equal("PNDMScheduler", model.Config(ModelPart.Scheduler)!.Text("_class_name"));
        Assert.Equal(Path.Combine(Model, "tokenizer"), model.TokenizerFolder);
        Assert.Null(model.Config(ModelPart.Processor));
        Assert.Throws<EditException>(() => model.OpenWeights(ModelPart.Network));
    }

    [Fact]
    public void ASingleFileGivesItsPartsUnderTheirPublishedNames()
    {
        FakeModels.SingleFile(folder["one.safetensors"], "model_ema.decay", "betas");
        ModelFiles model = ModelFiles.Open(folder["one.safetensors"]);
        Assert.Equal(["conv_in.weight"], Names(model, ModelPart.Unet));
        Assert.Equal(["quant_conv.weight"], Names(model, ModelPart.Vae));
        Assert.Equal(["text_model.final_layer_norm.weight"], Names(model, ModelPart.TextEncoder));
        Assert.Null(model.Config(ModelPart.Unet));
        Assert.Null(model.TokenizerFolder);

        // Its size is the file's, counted once; its parameters are those that are used.
        ModelInfo info = model.Describe("one");
        Assert.Equal(new FileInfo(folder["one.safetensors"]).Length, info.SizeBytes);
        Assert.Equal(3 * FakeModels.PartValues, info.ParameterCount);
    }

    [Fact]
    public void HalfPrecisionAndShardsAreFound()
    {
        FakeModels.StableDiffusion(Model);
        string unet = Path.Combine(Model, "unet");
        string full = Path.Combine(unet, "diffusion_pytorch_model.safetensors");
        string half = Path.Combine(unet, "diffusion_pytorch_model.fp16.safetensors");
        File.Copy(full, half);
        ModelFiles model = ModelFiles.Open(Model);
        Assert.Equal([full], model.WeightFiles(ModelPart.Unet));
        Assert.Equal([half], model.WeightFiles(ModelPart.Unet, preferHalf: true));
        File.Delete(full);
        Assert.Equal([half], model.WeightFiles(ModelPart.Unet));

        File.Delete(half);
        string[] shards = ["diffusion_pytorch_model-00001-of-00002.safetensors", "diffusion_pytorch_model-00002-of-00002.safetensors"];
        FakeModels.Weights(Path.Combine(unet, shards[0]), "a");
        FakeModels.Weights(Path.Combine(unet, shards[1]), "b");
        Assert.Contains("several", Assert.Throws<EditException>(() => ModelFiles.Open(Model)).Message, StringComparison.Ordinal);
        FakeModels.Text(unet, "diffusion_pytorch_model.safetensors.index.json", JsonSerializer.Serialize(new { weight_map = new { a = shards[0], b = shards[1] } }));
        Assert.Equal(["a", "b"], Names(model, ModelPart.Unet).Order());
        Assert.Equal(2, model.WeightFiles(ModelPart.Unet).Count);
        Assert.Equal(4 * FakeModels.PartValues, model.Describe("sharded").ParameterCount);
    }

    [Fact]
    public void ABundleHoldsMore()
    {
        FakeModels.StableDiffusion(Model);
        FakeModels.BrushNet(Path.Combine(Model, "brushnet"));
        FakeModels.Sam(Path.Combine(Model, "sam"));
        FakeModels.Text(Model, "safety_checker/config.json", """{"model_type": "clip"}""");
        FakeModels.Network(Model, "controlnet", "diffusion_pytorch_model", """{"_class_name": "ControlNetModel"}""");
        FakeModels.Text(Model, "sam2/config.json", """{"model_type": "sam2"}""");
        List<ModelProblem> problems = [];
        Assert.Equal([ModelKind.BrushNet, ModelKind.ControlNet, ModelKind.Sam], ModelFiles.Open(Model).Bundled(problems).Select(model => model.Kind));
        Assert.Contains("SAM 2", Assert.Single(problems).Reason.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model_index.json", """{"_class_name": "StableDiffusionXLPipeline"}""", "lacks text_encoder_2, tokenizer_2")]
    [InlineData("unet/config.json", """{"in_channels": 4, "addition_embed_type": "text_time"}""", "Stable Diffusion XL")]
    [InlineData("text_encoder_2/config.json", "{}", "lacks tokenizer_2")]
    [InlineData("model_index.json", "{", "JSON")]
    public void AFolderOfAnotherKindIsToldWhatItIs(string file, string text, string named)
    {
        FakeModels.StableDiffusion(Model);
        FakeModels.Text(Model, file, text);
        Refused(Model, named);
    }

    [Theory]
    [InlineData("""{"_class_name": "ControlNetModel", "addition_embed_type": "text_time"}""", "ControlNet for Stable Diffusion XL")]
    [InlineData("""{"_class_name": "UNet2DConditionModel"}""", "one part")]
    [InlineData("""{"model_type": "clip_text_model"}""", "one part")]
    [InlineData("""{"model_type": "llama"}""", "llama")]
    [InlineData("""{"other": 1}""", "not a whole")]
    public void AFolderByItsConfigurationIsToldWhatItIs(string config, string named)
    {
        FakeModels.Network(Model, string.Empty, "diffusion_pytorch_model", config);
        Refused(Model, named);
    }

    [Fact]
    public void ATransformerModelIsToldApart()
    {
        FakeModels.Text(Model, "model_index.json", """{"_class_name": "FluxPipeline"}""");
        FakeModels.Text(Model, "transformer/config.json", "{}");
        Refused(Model, "transformer");
    }

    [Theory]
    [InlineData("unet")]
    [InlineData("vae")]
    [InlineData("text_encoder")]
    [InlineData("tokenizer")]
    [InlineData("scheduler")]
    public void AMissingPartIsNamed(string part)
    {
        FakeModels.StableDiffusion(Model);
        Directory.Delete(Path.Combine(Model, part), recursive: true);
        Refused(Model, $"lacks {part}");
    }

    [Theory]
    [InlineData("unet/diffusion_pytorch_model")]
    [InlineData("text_encoder/model")]
    public void AMissingWeightsFileIsNamed(string stem)
    {
        FakeModels.StableDiffusion(Model);
        File.Delete(Path.Combine(Model, stem + ".safetensors"));
        EditException missing = Assert.Throws<EditException>(() => ModelFiles.Open(Model));
        Assert.Equal(EditFault.NotFound, missing.Kind);
        Assert.Contains(Path.GetFileName(stem) + ".safetensors", missing.Message, StringComparison.Ordinal);

        FakeModels.Text(Model, stem + ".bin", "pickle");
        Refused(Model, "pickled", ".bin", ".safetensors");
    }

    [Theory]
    [InlineData("conditioner.embedders.0.transformer.text_model.x", "Stable Diffusion XL")]
    [InlineData("model.diffusion_model.label_emb.0.0.weight", "Stable Diffusion XL")]
    [InlineData("control_model.input_blocks.0.0.weight", "ControlNet")]
    [InlineData("cond_stage_model.model.ln_final.weight", "Stable Diffusion 2")]
    [InlineData("double_blocks.0.x", "FLUX")]
    public void ASingleFileOfAnotherKindIsToldWhatItIs(string tensor, string named)
    {
        FakeModels.SingleFile(folder["one.safetensors"], tensor);
        Refused(folder["one.safetensors"], named);
    }

    [Fact]
    public void ASingleFileThatIsNotWholeIsRefused()
    {
        FakeModels.Weights(folder["one.safetensors"], "some.thing");
        Refused(folder["one.safetensors"], "not a whole");
        FakeModels.Weights(folder["one.safetensors"], "model.diffusion_model.input_blocks.0.0.weight", "first_stage_model.a");
        Refused(folder["one.safetensors"], "lacks the text encoder");

        // One without a VAE is a model that takes another's.
        FakeModels.Weights(folder["one.safetensors"], "model.diffusion_model.input_blocks.0.0.weight", "cond_stage_model.transformer.a");
        ModelFiles model = ModelFiles.Open(folder["one.safetensors"]);
        Assert.False(model.HasVae);
        Assert.Equal([ModelPart.Unet, ModelPart.TextEncoder], model.WeightParts);
    }

    [Theory]
    [InlineData(9, ModelKind.Inpainting, "-Engine SDInpainting")]
    [InlineData(8, ModelKind.InstructPix2Pix, "-Engine InstructPix2Pix")]
    public void ABaseForAnotherTaskIsKnownAndSaysWhichEngineTakesIt(int channels, ModelKind kind, string remedy)
    {
        FakeModels.StableDiffusion(Model);
        FakeModels.Text(Model, "unet/config.json", $$"""{"in_channels": {{channels}}}""");
        ModelFiles model = ModelFiles.Open(Model);
        Assert.Equal(kind, model.Kind);
        Assert.True(model.IsBase);
        Assert.Equal([ModelPart.Unet, ModelPart.Vae, ModelPart.TextEncoder], model.WeightParts);
        EditException fault = Assert.Throws<EditException>(() => new ModelCatalog([]).Open(Model, ModelKind.StableDiffusion));
        Assert.Contains($"{channels} channels", fault.Remedy, StringComparison.Ordinal);
        Assert.Contains(remedy, fault.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void ASingleInpaintingFileIsKnown()
    {
        using DisposeScope scope = NewDisposeScope();
        SafetensorsWriter.Write(folder["one.safetensors"], new Dictionary<string, Tensor>
        {
            ["model.diffusion_model.input_blocks.0.0.weight"] = zeros(2, 9, 3, 3),
            ["first_stage_model.a"] = zeros(1),
            ["cond_stage_model.transformer.a"] = zeros(1),
        });
        Assert.Equal(ModelKind.Inpainting, ModelFiles.Open(folder["one.safetensors"]).Kind);
    }

    [Theory]
    [InlineData("model.ckpt")]
    [InlineData("model.bin")]
    [InlineData("model.pth")]
    [InlineData("model.PT")]
    public void APickleIsRefusedUnopened(string name)
    {
        File.WriteAllText(folder[name], "not read");
        Refused(folder[name], "pickled", ".safetensors");
        Refused(folder.Path, "pickled", name);
    }

    [Fact]
    public void NothingThereIsSaid()
    {
        EditException missing = Assert.Throws<EditException>(() => ModelFiles.Open(folder["absent"]));
        Assert.Equal(EditFault.ModelNotFound, missing.Kind);
        Assert.Contains("absent", missing.Message, StringComparison.Ordinal);
        Refused(folder.Path, "not a supported m");
    }

    private static string[] Names(ModelFiles model, ModelPart part)
    {
        using IWeightsFile weights = model.OpenWeights(part);
        return [.. weights.Tensors.Keys];
    }

    private static void Refused(string path, params string[] named)
    {
        EditException fault = Assert.Throws<EditException>(() => ModelFiles.Open(path));
        Assert.Equal(EditFault.BadModel, fault.Kind);
        Assert.NotNull(fault.Remedy);
        Assert.All(named, word => Assert.Contains(word, fault.Message, StringComparison.Ordinal));
        Assert.Contains(path, fault.Message, StringComparison.Ordinal);
    }
}
