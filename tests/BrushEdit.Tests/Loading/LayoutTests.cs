using BrushEdit.Caching;
using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Segmenting;
using BrushEdit.Synthesizing;
using BrushEdit.Tests.Inpainting;
using BrushEdit.Tests.Modeling;
using BrushEdit.Tests.Parity;
using BrushEdit.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Loading;

/// <summary>Checkpoints as they lie on users' disks: each layout gives what the folder it was made from gives.</summary>
public sealed class LayoutTests(TinyBundle bundle) : IClassFixture<TinyBundle>, IDisposable
{
    private static readonly string Toybox = Path.Combine(Path.GetFullPath(Path.Combine(Fixtures.Root, "..", "..")), "weights", "toybox");

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void TheHubsCacheIsReadThroughItsLinks()
    {
        string snapshot = Cache(bundle.Folder, "owner", "tiny", "0123abc");
        ModelInfo plain = ModelFiles.Open(bundle.Folder).Describe("tiny");
        ModelCatalog catalog = new([], folder.Path);
        foreach (string name in new[] { snapshot, "owner/tiny" })
        {
            ModelInfo info = catalog.Find(name, ModelKind.StableDiffusion);
            Assert.Equal((snapshot, plain.SizeBytes, plain.ParameterCount), (info.Path, info.SizeBytes, info.ParameterCount));
        }

        InpaintModel model = Open(catalog, "owner/tiny");
        Assert.Equal("owner/tiny", model.Name);
        AssertSameFill(model);

        // A folder within; a name that is not there; the newest snapshot where no reference names one.
        Assert.Equal(ModelKind.BrushNet, catalog.Open("owner/tiny/brushnet", ModelKind.BrushNet).Kind);
        Assert.Equal(EditFault.ModelNotFound, Assert.Throws<EditException>(() => catalog.Open("owner/absent", ModelKind.StableDiffusion)).Kind);
        File.WriteAllText(folder["models--owner--tiny/refs/main"], "../../../elsewhere");
        Assert.Equal(snapshot, catalog.Open("owner/tiny", ModelKind.StableDiffusion).Path);
    }

    [Fact]
    public void AnUnfinishedDownloadIsNamed()
    {
        string snapshot = Cache(bundle.Folder, "owner", "tiny", "0123abc");
        string blobs = folder["models--owner--tiny/blobs"];
        File.Delete(Path.Combine(snapshot, "unet", "diffusion_pytorch_model.safetensors"));
        File.WriteAllText(Path.Combine(blobs, "abc.incomplete"), "half");
        EditException fault = Refused("owner/tiny");
        Assert.All(["owner/tiny", "only a part", "unet", "partly downloaded", "hf download"], word => Assert.Contains(word, fault.Message, StringComparison.Ordinal));

        if (!OperatingSystem.IsWindows())
        {
            File.CreateSymbolicLink(Path.Combine(snapshot, "unet", "diffusion_pytorch_model.safetensors"), "../../../blobs/absent");
            Assert.Contains("missing file", Refused("owner/tiny").Message, StringComparison.Ordinal);
        }

        Directory.CreateDirectory(folder["models--owner--empty/blobs"]);
        Assert.Contains("none of its files", Refused("owner/empty").Message, StringComparison.Ordinal);

        EditException Refused(string name) => Assert.Throws<EditException>(() => new ModelCatalog([], folder.Path).Open(name, ModelKind.StableDiffusion));
    }

    [Fact]
    public void ATextEncoderIsReadWithoutTheFirstWordOfItsNames()
    {
        string copy = Copy(bundle.Folder, "short");
        Rewrite(Path.Combine(copy, "text_encoder", "model.safetensors"), name => name["text_model.".Length..], ("text_projection.weight", [8, 8]), ("logit_scale", []));
        AssertSameFill(Open(new ModelCatalog([]), copy));
    }

    [Fact]
    public void OneFileIsReadWithWhatItsFamilyLends()
    {
        Dictionary<string, Tensor> all = OriginalNames.SingleFile(bundle.Folder);
        all["cond_stage_model.transformer.text_projection.weight"] = zeros(8, 8);
        all["cond_stage_model.logit_scale"] = zeros(1);
        Write("one/fine-tune.safetensors", all);
        ModelCatalog catalog = new([Path.GetDirectoryName(bundle.Folder)!], folder.Path);
        AssertSameFill(Open(new ModelCatalog([Copied()]), folder["one/fine-tune.safetensors"], bundle.Folder));

        // The same, short of its VAE: that is asked for, and taken in every layout.
        Write("bare/bare.safetensors", OriginalNames.SingleFile(bundle.Folder, vae: false));
        EditException fault = Assert.Throws<EditException>(() => Open(new ModelCatalog([Copied()]), folder["bare/bare.safetensors"], bundle.Folder));
        Assert.Contains("-Vae", fault.Message, StringComparison.Ordinal);
        Dictionary<string, Tensor> vae = OriginalNames.Vae(ModelFiles.Open(bundle.Folder));
        Write("vae/original.safetensors", vae);
        Write("inside/inside.safetensors", vae.ToDictionary(entry => "first_stage_model." + entry.Key, entry => entry.Value));
        foreach (string given in new[] { bundle.Folder, Path.Combine(bundle.Folder, "vae"), folder["vae/original.safetensors"], folder["inside"] })
        {
            AssertSameFill(InpaintModel.Open(new ModelCatalog([Copied()]), folder["bare/bare.safetensors"], bundle.Folder, Cpu, new ModelPool(), given));
        }

        // Nobody lends: the sizes are not the published ones.
        Assert.Throws<EditException>(() => Open(new ModelCatalog([]), folder["one/fine-tune.safetensors"], bundle.Folder).WithText(encoders => encoders.All[0].Tokenizer.MaxLength));
    }

    [Fact]
    public void AVaeOfAnotherFamilyIsRefused()
    {
        string copy = Copy(Path.Combine(bundle.Folder, "vae"), "other");
        string config = Path.Combine(copy, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("0.5", "0.13025", StringComparison.Ordinal));
        EditException fault = Assert.Throws<EditException>(() => InpaintModel.Open(new ModelCatalog([]), bundle.Folder, null, Cpu, new ModelPool(), copy));
        Assert.Contains("0.13025", fault.Message, StringComparison.Ordinal);
        Assert.Contains("a VAE, but a BrushNet", Assert.Throws<EditException>(() => Open(new ModelCatalog([]), bundle.Folder, copy)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ABrushNetWithoutItsConfigurationTakesItsShapeFromItsTensors()
    {
        string copy = Copy(Path.Combine(bundle.Folder, "brushnet"), "random_mask");
        File.Delete(Path.Combine(copy, "config.json"));
        AssertSameFill(Open(new ModelCatalog([]), bundle.Folder, copy));
        AssertSameFill(Open(new ModelCatalog([]), bundle.Folder, Path.Combine(copy, "diffusion_pytorch_model.safetensors")));
    }

    [Theory]
    [InlineData("sam-vit-b")]
    [InlineData("sam-vit-l")]
    [InlineData("sam-vit-h")]
    public void ASamUnderItsAuthorsNamesIsThePublishedOne(string name)
    {
        ManifestWeights published = ManifestWeights.Open(name);
        Dictionary<string, TensorInfo> original = OriginalNames.Sam(published.Tensors).ToDictionary(entry => entry.Key, entry => entry.Value with { Name = entry.Key });
        Assert.Contains("image_encoder.blocks.0.norm1.weight", original.Keys);
        Assert.Contains("mask_decoder.output_hypernetworks_mlps.3.layers.2.bias", original.Keys);
        using RenamedWeights renamed = new(new HeaderOnly(original), SamNames.Renaming(original.Keys));
        Assert.Equal(Shapes(published).Where(line => !line.StartsWith("prompt_encoder.shared_embedding", StringComparison.Ordinal)), Shapes(renamed));

        SamConfig told = SamConfig.Read(published.Reader());
        SamConfig read = SamShapes.Read(renamed);
        Assert.Equal(told.Vision.GlobalAttnIndexes, read.Vision.GlobalAttnIndexes);
        Assert.Equal(told.Vision with { GlobalAttnIndexes = read.Vision.GlobalAttnIndexes }, read.Vision);
        Assert.Equal((told.PromptEncoder, told.MaskDecoder), (read.PromptEncoder, read.MaskDecoder));
    }

    [Theory]
    [InlineData("grounding-dino-tiny")]
    [InlineData("grounding-dino-base")]
    public void AGroundingDinoUnderItsAuthorsNamesIsThePublishedOne(string name)
    {
        ManifestWeights published = ManifestWeights.Open(name);
        Dictionary<string, TensorInfo> original = OriginalNames.Dino(published.Tensors, parts => parts[0] with { Shape = [3 * parts[0].Shape[0], .. parts[0].Shape.Skip(1)] })
            .ToDictionary(entry => entry.Key, entry => entry.Value with { Name = entry.Key });
        string[] own = ["backbone.0.layers.2.blocks.5.attn.qkv.weight", "transformer.decoder.layers.5.ca_text.in_proj_weight", "transformer.encoder.fusion_layers.0.gamma_v", "bert.embeddings.LayerNorm.weight"];
        Assert.All(own, known => Assert.Contains(known, original.Keys));
        foreach (string left in new[] { "bert.pooler.dense.weight", "label_enc.weight", "backbone.0.layers.0.blocks.0.attn.relative_position_index" })
        {
            original[left] = new TensorInfo(left, ScalarType.Float32, [1]);
        }

        using RenamedWeights renamed = new(new HeaderOnly(original), GroundingDinoNames.Parts);
        Assert.Equal(Shapes(published), Shapes(renamed));

        GroundingDinoConfig told = GroundingDinoConfig.Read(published.Reader());
        GroundingDinoConfig read = GroundingDinoShapes.Read(renamed);
        Assert.Equal(told.ToJson(), read.ToJson().Replace("\"drop_path_rate\": 0,", "\"drop_path_rate\": 0.1,", StringComparison.Ordinal));
    }

    [Fact]
    public void OriginalFilesOutlineAndFindWhatTheFoldersDo()
    {
        ToyScene scene = ToyScene.Draw(7);
        Picture picture = Picture.FromRgb(scene.Rgb, scene.Width, scene.Height);
        ModelCatalog catalog = new([Path.GetDirectoryName(Toybox)!]);
        SegmentPrompt prompt = SegmentPrompt.FromBoxes([new Box(20, 20, 60, 60)]);
        using Segmenter sam = Segmenter.Load(catalog.Open("toybox", ModelKind.Sam));
        Write("sams/sam_vit_b_01ec64.safetensors", OriginalNames.Sam(Tensors(catalog.Open("toybox", ModelKind.Sam))));
        using Segmenter original = Segmenter.Load(catalog.Open(folder["sams/sam_vit_b_01ec64.safetensors"], ModelKind.Sam));
        Assert.Equal(sam.Segment(picture, prompt).Masks[0].Mask.Values.ToArray(), original.Segment(picture, prompt).Masks[0].Mask.Values.ToArray());

        using ObjectDetector dino = ObjectDetector.Load(catalog.Open("toybox", ModelKind.GroundingDino));
        Write("dino/groundingdino.safetensors", OriginalNames.Dino(Tensors(catalog.Open("toybox", ModelKind.GroundingDino)), parts => cat(parts)));
        using ObjectDetector first = ObjectDetector.Load(catalog.Open(folder["dino/groundingdino.safetensors"], ModelKind.GroundingDino));
        DetectionOptions options = new() { Threshold = 0.01 };
        Assert.NotEmpty(dino.Find(picture, [scene.Objects[0].Phrase], options).Detections);
        Assert.Equal(dino.Find(picture, [scene.Objects[0].Phrase], options).Detections, first.Find(picture, [scene.Objects[0].Phrase], options).Detections);

        // Without an installed model of their shapes, what no shape tells is asked for.
        Assert.Contains("config.json", Assert.Throws<EditException>(() => Segmenter.Load(folder["sams"])).Message, StringComparison.Ordinal);
        Assert.Contains("config.json", Assert.Throws<EditException>(() => ObjectDetector.Load(folder["dino"])).Message, StringComparison.Ordinal);
        File.Copy(Path.Combine(Toybox, "sam", "config.json"), folder["sams/config.json"]);
        using Segmenter told = Segmenter.Load(folder["sams"]);
        Assert.NotEmpty(told.Segment(picture, prompt).Masks);
    }

    [Theory]
    [InlineData("SAM 2", "image_encoder.trunk.pos_embed", "sam_mask_decoder.iou_token.weight")]
    [InlineData("SAM 2", "vision_encoder.backbone.pos_embed", "mask_decoder.iou_token.weight")]
    [InlineData("SAM-HQ", "image_encoder.pos_embed", "mask_decoder.hf_token.weight")]
    [InlineData("MobileSAM", "image_encoder.patch_embed.seq.0.c.weight", "mask_decoder.iou_token.weight")]
    public void RelativesOfSamAreNamed(string named, params string[] tensors)
    {
        FakeModels.Weights(folder["relative.safetensors"], tensors);
        AssertRefused(folder["relative.safetensors"], named);
        FakeModels.Text(folder["folder"], "config.json", """{"model_type": "sam"}""");
        FakeModels.Weights(folder["folder/model.safetensors"], tensors);
        AssertRefused(folder["folder"], named);
    }

    [Theory]
    [InlineData("sam2_hiera_large.pt", "relative of SAM")]
    [InlineData("sam_hq_vit_b.pth", "relative of SAM")]
    [InlineData("mobile_sam.pt", "relative of SAM")]
    [InlineData("sam_vit_h_4b8939.pth", "of a SAM")]
    [InlineData("groundingdino_swint_ogc.pth", "of a Grounding DINO")]
    public void PicklesAreNamedByTheNamesTheyArePublishedUnder(string file, string named)
    {
        File.WriteAllText(folder[file], "not read");
        AssertRefused(folder[file], named);
    }

    [Theory]
    [InlineData("sam2")]
    [InlineData("sam_hq")]
    public void RelativesOfSamAreNamedByTheirConfigurations(string type)
    {
        FakeModels.Network(folder["sam"], "", "model", $$"""{"model_type": "{{type}}"}""");
        AssertRefused(folder["sam"], type == "sam2" ? "SAM 2" : "SAM-HQ");
    }

    [Fact]
    public void APieceOfAnOriginalFileIsToldWhatItLacks()
    {
        FakeModels.Weights(folder["dino.safetensors"], "transformer.level_embed", "bert.embeddings.word_embeddings.weight");
        EditException fault = Assert.Throws<EditException>(() => ObjectDetector.Load(folder["dino.safetensors"]));
        Assert.Contains("is a Grounding DINO", fault.Message, StringComparison.Ordinal);
        Assert.Contains("grounding-dino-tiny", fault.Remedy, StringComparison.Ordinal);
    }

    private static ComputeDevice Cpu => ComputeDevice.Choose("cpu", "single");

    private static InpaintModel Open(ModelCatalog catalog, string model, string? brushNet = null) => InpaintModel.Open(catalog, model, brushNet, Cpu, new ModelPool());

    private static void AssertRefused(string path, string named)
    {
        EditException fault = Assert.Throws<EditException>(() => ModelFiles.Open(path));
        Assert.Contains(named, fault.Message, StringComparison.Ordinal);
        Assert.Contains("Install-EditModel", fault.Remedy, StringComparison.Ordinal);
    }

    private static Dictionary<string, Tensor> Tensors(ModelFiles files)
    {
        using IWeightsFile weights = files.OpenWeights(ModelPart.Network);
        return weights.Tensors.Keys.ToDictionary(name => name, weights.Read);
    }

    private static IEnumerable<string> Shapes(IWeights weights) =>
        weights.Tensors.Values.Select(tensor => $"{tensor.Name} {tensor.ShapeText}").Order(StringComparer.Ordinal);

    private void AssertSameFill(InpaintModel model)
    {
        byte[] pixels = new byte[32 * 32 * 3];
        new Random(3).NextBytes(pixels);
        Picture picture = Picture.FromRgb(pixels, 32, 32);
        Mask mask = Mask.FromBox(32, 32, new Box(8, 8, 12, 12));
        InpaintSettings settings = new() { Caption = "a red ball", Steps = 2, Seed = 7, GuidanceScale = 2 };
        Assert.True(new InpaintPipeline(bundle.Model).Fill(picture, mask, settings).Samples[0].Picture.SameSamples(new InpaintPipeline(model).Fill(picture, mask, settings).Samples[0].Picture));
    }

    // A models folder with the bundle in it, so that it lends.
    private string Copied() => Directory.Exists(folder["installed"]) ? folder["installed"] : Path.GetDirectoryName(Copy(bundle.Folder, "installed/tiny"))!;

    private void Write(string name, IReadOnlyCollection<KeyValuePair<string, Tensor>> tensors)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder[name])!);
        SafetensorsWriter.Write(folder[name], tensors);
    }

    private string Copy(string from, string name)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string to = Path.Combine(folder[name], Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }

        return folder[name];
    }

    private static void Rewrite(string path, Func<string, string> rename, params (string Name, long[] Shape)[] more)
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> tensors;
        using (SafetensorsFile file = SafetensorsFile.Open(path))
        {
            tensors = file.Tensors.Keys.ToDictionary(rename, file.Read);
        }

        foreach ((string name, long[] shape) in more)
        {
            tensors[name] = zeros(shape);
        }

        SafetensorsWriter.Write(path, tensors);
    }

    // As the hub's tools lay it out: files as blobs, a snapshot of relative links to them. Where links need a right, as on Windows, copies, as those tools do.
    private string Cache(string from, string owner, string name, string commit)
    {
        string model = folder[$"models--{owner}--{name}"];
        string snapshot = Path.Combine(model, "snapshots", commit);
        Directory.CreateDirectory(Path.Combine(model, "blobs"));
        Directory.CreateDirectory(Path.Combine(model, "refs"));
        File.WriteAllText(Path.Combine(model, "refs", "main"), commit);
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string link = Path.Combine(snapshot, Path.GetRelativePath(from, file));
            string blob = Path.Combine(model, "blobs", Guid.NewGuid().ToString("N"));
            Directory.CreateDirectory(Path.GetDirectoryName(link)!);
            File.Copy(file, blob);
            if (OperatingSystem.IsWindows())
            {
                File.Move(blob, link);
            }
            else
            {
                File.CreateSymbolicLink(link, Path.GetRelativePath(Path.GetDirectoryName(link)!, blob));
            }
        }

        return snapshot;
    }

    private sealed class HeaderOnly(IReadOnlyDictionary<string, TensorInfo> tensors) : IWeights
    {
        public string Source => "header";

        public IReadOnlyDictionary<string, TensorInfo> Tensors => tensors;

        public Tensor Read(string name) => throw new NotSupportedException("A header holds no data.");
    }
}
