using BrushEdit.Loading;
using BrushEdit.Tests.Support;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Loading;

public sealed class ModelCatalogTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ModelCatalog catalog;

    public ModelCatalogTests()
    {
        FakeModels.StableDiffusion(folder["weights/toybox"]);
        FakeModels.BrushNet(folder["weights/toybox/brushnet"]);
        FakeModels.SingleFile(folder["models/Dreamer.v2.safetensors"]);
        FakeModels.BrushNet(folder["models/brush/random_mask"]);
        FakeModels.BrushNet(folder["models/brush/segmentation_mask"]);
        FakeModels.Sam(folder["models/facebook/sam-vit-base"]);
        catalog = new ModelCatalog([folder["weights"], folder["models"], folder["absent"]], remedy: BrushEdit.Installing.PublishedModels.Remedy);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void EveryModelIsListedWithItsSize()
    {
        IReadOnlyList<ModelInfo> models = catalog.List();
        Assert.Equal(
            [
                ("toybox", ModelKind.StableDiffusion),
                ("toybox/brushnet", ModelKind.BrushNet),
                ("Dreamer.v2", ModelKind.StableDiffusion),
                ("brush/random_mask", ModelKind.BrushNet),
                ("brush/segmentation_mask", ModelKind.BrushNet),
                ("facebook/sam-vit-base", ModelKind.Sam),
            ],
            models.Select(model => (model.Name, model.Kind)));
        ModelInfo bundle = models[0];
        Assert.Equal(3 * FakeModels.PartValues, bundle.ParameterCount);
        Assert.Equal(
            new[] { "unet/diffusion_pytorch_model", "vae/diffusion_pytorch_model", "text_encoder/model" }
                .Sum(name => new FileInfo(Path.Combine(bundle.Path, name + ".safetensors")).Length),
            bundle.SizeBytes);

        // What is listed is found by its name.
        Assert.All(models, model => Assert.Equal(model, catalog.Find(model.Name, model.Kind)));
    }

    [Theory]
    [InlineData("toybox", ModelKind.StableDiffusion, "weights/toybox")]
    [InlineData("toybox", ModelKind.BrushNet, "weights/toybox/brushnet")]
    [InlineData("TOYBOX", ModelKind.BrushNet, "weights/toybox/brushnet")]
    [InlineData("dreamer.v2", ModelKind.StableDiffusion, "models/Dreamer.v2.safetensors")]
    [InlineData("Dreamer.v2.safetensors", ModelKind.StableDiffusion, "models/Dreamer.v2.safetensors")]
    [InlineData("sam-vit-base", ModelKind.Sam, "models/facebook/sam-vit-base")]
    [InlineData("random_mask", ModelKind.BrushNet, "models/brush/random_mask")]
    public void ANameIsEnough(string name, ModelKind kind, string path) => Assert.Equal(folder[path], catalog.Find(name, kind).Path, ignoreCase: OperatingSystem.IsWindows());

    [Fact]
    public void WhatCanBeInstalledIsSaid() =>
        Assert.Equal("Install it: Install-EditModel sd15-fp16.", Assert.Throws<EditException>(() => catalog.Open("SD15-fp16", ModelKind.StableDiffusion)).Remedy);

    [Fact]
    public void APathNeedsNoFolder() =>
        Assert.Equal(ModelKind.BrushNet, new ModelCatalog([]).Find(folder["weights/toybox"], ModelKind.BrushNet).Kind);

    [Theory]
    [InlineData("random_mask", ModelKind.StableDiffusion, "is a BrushNet, but a Stable Diffusion base model is needed")]
    [InlineData("Dreamer.v2", ModelKind.BrushNet, "is a Stable Diffusion base model, but a BrushNet is needed")]
    [InlineData("toybox", ModelKind.Sam, "but a SAM is needed")]
    [InlineData("toybox", ModelKind.GroundingDino, "but a Grounding DINO is needed")]
    public void TheWrongKindIsRefused(string name, ModelKind kind, string said)
    {
        EditException fault = Assert.Throws<EditException>(() => catalog.Open(name, kind));
        Assert.Equal(EditFault.BadModel, fault.Kind);
        Assert.Contains(said, fault.Message, StringComparison.Ordinal);
        Assert.NotNull(fault.Remedy);
    }

    [Fact]
    public void AnUnknownNameIsAnsweredWithThoseThatAre()
    {
        EditException fault = Assert.Throws<EditException>(() => catalog.Find("nothing-like-it", ModelKind.Sam));
        Assert.Equal(EditFault.ModelNotFound, fault.Kind);
        string[] named = ["nothing-like-it", "toybox", "facebook/sam-vit-base", ModelCatalog.FolderVariable, folder["models"]];
        Assert.All(named, word => Assert.Contains(word, fault.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void ANameThatIsTwoModelsIsAsked()
    {
        FakeModels.Sam(folder["models/other/sam-vit-base"]);
        EditException fault = Assert.Throws<EditException>(() => catalog.Find("sam-vit-base", ModelKind.Sam));
        Assert.Equal(EditFault.BadArgument, fault.Kind);
        Assert.Contains("other", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatCannotBeUsedIsListedApart()
    {
        FakeModels.Text(folder["models"], "old.ckpt", "pickle");
        FakeModels.Text(folder["models"], "xl/model_index.json", """{"_class_name": "StableDiffusionXLPipeline"}""");
        FakeModels.Text(folder["models"], "cut.safetensors", "{");
        FakeModels.Text(folder["models"], "readme.md", "words");
        ModelListing listing = catalog.Scan();
        Assert.Equal(6, listing.Models.Count);
        Assert.Equal(["cut.safetensors", "old.ckpt", "xl"], listing.Problems.Select(problem => Path.GetFileName(problem.Path)).Order(StringComparer.Ordinal));
        Assert.All(listing.Problems, problem => Assert.NotNull(problem.Reason.Remedy));
    }

    [Fact]
    public void ASingleFileBorrowsTheVocabularyOfItsFamily()
    {
        const string table = "text_model.embeddings.token_embedding.weight";
        FakeModels.SingleFile(folder["models/Dreamer.v2.safetensors"], "cond_stage_model.transformer." + table);
        ModelFiles single = catalog.Open("Dreamer.v2", ModelKind.StableDiffusion);

        // A vocabulary of another length will not do.
        FakeModels.StableDiffusion(folder["models/other"]);
        Table("models/other", 3);
        EditException fault = Assert.Throws<EditException>(single.RequireTokenizer);
        Assert.Contains("tokenizer", fault.Message, StringComparison.Ordinal);

        FakeModels.StableDiffusion(folder["models/sd15"]);
        Table("models/sd15", 2);
        Assert.Equal(folder["models/sd15/tokenizer"], single.RequireTokenizer());
        FakeModels.Text(folder["models"], "tokenizer/vocab.json", "{}");
        Assert.Equal(folder["models/tokenizer"], single.RequireTokenizer());
        Assert.Equal(folder["weights/toybox/tokenizer"], catalog.Open("toybox", ModelKind.StableDiffusion).RequireTokenizer());

        void Table(string model, int rows)
        {
            using Tensor tensor = zeros(rows, 1, dtype: ScalarType.Byte);
            SafetensorsWriter.Write(folder[$"{model}/text_encoder/model.safetensors"], new Dictionary<string, Tensor> { [table] = tensor });
        }
    }

    [Fact]
    public void TheUsualFoldersFollowTheVariable()
    {
        string? before = Environment.GetEnvironmentVariable(ModelCatalog.FolderVariable);
        try
        {
            Environment.SetEnvironmentVariable(ModelCatalog.FolderVariable, string.Join(Path.PathSeparator, folder["a"], folder["b"]));
            Assert.Equal([folder["a"], folder["b"]], ModelCatalog.DefaultRoots().TakeLast(2));
            Environment.SetEnvironmentVariable(ModelCatalog.FolderVariable, null);
            Assert.EndsWith(Path.Combine("BrushEdit", "models"), ModelCatalog.DefaultRoots()[^1], StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable(ModelCatalog.FolderVariable, before);
        }
    }
}
