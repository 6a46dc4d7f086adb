using System.Text;
using BrushEdit.Installing;
using BrushEdit.Loading;
using BrushEdit.Tests.Loading;
using BrushEdit.Tests.Support;

namespace BrushEdit.Tests.Installing;

public sealed class PublishedModelsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Names => [.. PublishedModels.All.Select(model => model.Name)];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_names_are_those_the_help_tells()
    {
        Assert.Equal(
            [
                "sd15", "sd15-fp16", "brushnet", "brushnetx", "grounding-dino-tiny", "grounding-dino-base", "sam-vit-base", "sam-vit-large", "sam-vit-huge",
                "llava-1.6-mistral-7b", "qwen2-vl-2b", "qwen2-vl-7b", "lcm-lora-sd15", "lcm-lora-sdxl", "taesd", "taesdxl",
            ],
            PublishedModels.All.Select(model => model.Name));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_model_says_what_it_is_and_what_it_weighs(string name)
    {
        PublishedModel model = PublishedModels.Find(name.ToUpperInvariant());
        Assert.NotEqual("", model.Title);
        Assert.NotEqual("", model.License);
        Assert.True(model.Size > (model.Kind == ModelKind.Vae ? 9_000_000 : 100_000_000));
        Assert.StartsWith("https://huggingface.co/", model.Page, StringComparison.Ordinal);
        Assert.Distinct(model.Files.Select(file => file.Path));

        // A hash is of use only for a commit that stays, or where it is the list's own.
        Assert.All(model.Files, file => Assert.True(model.Revision.Length == 40 || file.Sha256 is not null || model.Revision == "main"));
    }

    // What the sizes must come to: the parameters of the manifests, and a header of names.
    [Theory]
    [InlineData("sd15", 859_520_964 + 83_653_863 + 123_060_480, 4)]
    [InlineData("sd15-fp16", 859_520_964 + 83_653_863 + 123_060_480, 2)]
    [InlineData("brushnet", 618_830_080, 4)]
    [InlineData("brushnetx", 618_830_080, 4)]
    [InlineData("grounding-dino-tiny", 172_913_686, 4)]
    [InlineData("grounding-dino-base", 232_978_324, 4)]
    [InlineData("sam-vit-base", 93_735_984, 4)]
    [InlineData("sam-vit-large", 312_343_344, 4)]
    [InlineData("sam-vit-huge", 641_091_120, 4)]
    [InlineData("taesd", 2_445_063, 4)]
    [InlineData("taesdxl", 2_445_063, 4)]
    public void Sizes_fit_the_parameters(string name, long parameters, int bytes)
    {
        // Tied weights are stored once, half a percent less; the tokenizer and the headers are a little more.
        Assert.InRange(PublishedModels.Find(name).Size, 0.994 * parameters * bytes, 1.004 * parameters * bytes);
    }

    [Fact]
    public void An_unknown_name_is_answered_with_those_there_are()
    {
        EditException fault = Assert.Throws<EditException>(() => PublishedModels.Find("sdxl"));
        Assert.Equal(EditFault.BadArgument, fault.Kind);
        Assert.Contains("grounding-dino-tiny", fault.Remedy);
    }

    [Theory]
    [InlineData("../escape.safetensors")]
    [InlineData("a/../../escape.safetensors")]
    [InlineData("/etc/model.safetensors")]
    [InlineData("a//b.safetensors")]
    [InlineData("a\\b.safetensors")]
    [InlineData("C:model.safetensors")]
    [InlineData("model.safetensors:stream")]
    [InlineData(".hidden/model.safetensors")]
    [InlineData("a./model.safetensors")]
    [InlineData("a/")]
    [InlineData("a b.json")]
    public void A_path_that_leads_elsewhere_is_refused(string path)
    {
        EditException fault = Assert.Throws<EditException>(() => new PublishedFile(path));
        Assert.Equal(EditFault.BadArgument, fault.Kind);
        Assert.Throws<EditException>(() => new PublishedModel(path, ModelKind.Sam, "a/b", "main", "MIT", []));
    }

    [Theory]
    [InlineData("pytorch_model.bin")]
    [InlineData("unet/model.ckpt")]
    [InlineData("sam_vit_b.PTH")]
    public void A_pickled_checkpoint_is_refused_by_its_name(string path) =>
        Assert.Contains("pickled", Assert.Throws<EditException>(() => new PublishedFile(path)).Message);

    [Fact]
    public void A_setting_that_is_not_known_is_an_error()
    {
        const string json = """[{"name": "a", "title": "", "kind": "Sam", "repository": "a/b", "revision": "main", "license": "MIT", "url": "x", "files": []}]""";
        Assert.ThrowsAny<Exception>(() => PublishedModels.Read(new MemoryStream(Encoding.UTF8.GetBytes(json))));
    }

    // Each name's own file names, with small contents: installed, they are what the module reads.
    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_files_of_a_model_are_those_the_module_reads(string name)
    {
        PublishedModel published = PublishedModels.Find(name);
        PublishedModel model = new(published.Name, published.Kind, published.Repository, published.Revision, published.License, [.. published.Files.Select(file => new PublishedFile(file.Path))])
        {
            IsSpace = published.IsSpace,
            Folder = published.Folder,
        };
        string prefix = model.Folder.Length > 0 ? model.Folder + "/" : "";
        using HubServer hub = new(model.Files.ToDictionary(file => prefix + file.Path, file => Content(model.Kind, file.Path)));
        string path = await new ModelInstaller(new HubSettings { Endpoint = hub.Root }).InstallAsync(model, folder.Path);

        ModelInfo listed = Assert.Single(new ModelCatalog([folder.Path]).List());
        Assert.Equal((model.Name, model.Kind), (listed.Name, listed.Kind));

        // A LoRA is its one file, other models are their folders.
        Assert.Equal(path, model.Kind == ModelKind.Lora ? Path.GetDirectoryName(listed.Path) : listed.Path);
        Assert.All(model.Files, file => Assert.Equal(Content(model.Kind, file.Path), File.ReadAllBytes(Path.Combine(path, file.Path))));
        Assert.All(hub.Calls, call => Assert.Contains($"{(model.IsSpace ? "spaces" : "")}/{model.Repository}/", call.Path.Replace("/api/models", "", StringComparison.Ordinal)));
    }

    private byte[] Content(ModelKind kind, string path)
    {
        if (path.EndsWith(".gguf", StringComparison.Ordinal))
        {
            return GgufBytes.Of(path.StartsWith("mmproj", StringComparison.Ordinal) ? "clip" : "llama", 4, 2);
        }

        if (path.EndsWith(".safetensors", StringComparison.Ordinal))
        {
            string file = folder["scratch"];
            FakeModels.Weights(file, kind == ModelKind.Lora ? "lora_unet_conv_in.lora_down.weight" : "weight");
            byte[] bytes = File.ReadAllBytes(file);
            File.Delete(file);
            return bytes;
        }

        return Encoding.UTF8.GetBytes(path switch
        {
            "model_index.json" => """{"_class_name": "StableDiffusionPipeline"}""",
            "unet/config.json" => """{"_class_name": "UNet2DConditionModel", "in_channels": 4}""",
            "config.json" => kind switch
            {
                ModelKind.BrushNet => """{"_class_name": "BrushNetModel"}""",
                ModelKind.Sam => """{"model_type": "sam"}""",
                ModelKind.Vae => """{"_class_name": "AutoencoderTiny"}""",
                _ => """{"model_type": "grounding-dino"}""",
            },
            _ => "{}",
        });
    }
}
