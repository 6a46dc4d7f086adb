using BrushEdit.Loading;
using BrushEdit.Planning;
using BrushEdit.Tests.Support;

namespace BrushEdit.Tests.Installing;

/// <summary>Language models as GGUF: recognised by their headers, listed, and found by name.</summary>
public sealed class GgufTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ModelCatalog catalog;

    public GgufTests()
    {
        Write("vision/model-q4.gguf", GgufBytes.Of("qwen2vl", 100, 20));
        Write("vision/projector.gguf", GgufBytes.Of("clip", 7));
        catalog = new ModelCatalog([folder.Path]);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_pair_is_listed_with_its_size()
    {
        ModelInfo model = Assert.Single(catalog.List());
        Assert.Equal(("vision", ModelKind.VisionLanguage, 2007), (model.Name, model.Kind, model.ParameterCount));
        Assert.Equal(Directory.GetFiles(model.Path).Sum(file => new FileInfo(file).Length), model.SizeBytes);
    }

    [Fact]
    public void The_projector_is_told_by_its_header_and_not_by_its_name()
    {
        (string model, string projector) = catalog.Open("vision", ModelKind.VisionLanguage).Gguf!.Value;
        Assert.Equal(("model-q4.gguf", "projector.gguf"), (Path.GetFileName(model), Path.GetFileName(projector)));
        Assert.Equal(model, ModelFiles.Open(model).Gguf!.Value.Model);
    }

    [Fact]
    public void A_planner_takes_an_installed_model_by_name()
    {
        PlannerSettings settings = PlannerCatalog.Installed(new PlannerSettings { Model = "vision" }, catalog);
        Assert.Equal((folder["vision/model-q4.gguf"], folder["vision/projector.gguf"]), (settings.Model!, settings.Projector!));
        Assert.Equal("other.gguf", PlannerCatalog.Installed(new PlannerSettings { Model = "other.gguf" }, catalog).Model);
        Assert.Equal("mine.gguf", PlannerCatalog.Installed(new PlannerSettings { Model = "vision", Projector = "mine.gguf" }, catalog).Projector);
        Assert.Equal(EditFault.ModelNotFound, Assert.Throws<EditException>(() => PlannerCatalog.Installed(new PlannerSettings { Model = "absent" }, catalog)).Kind);
    }

    [Theory]
    [InlineData("llama", "without its projector")]
    [InlineData("clip", "without its language model")]
    public void One_of_the_two_is_not_enough(string architecture, string message)
    {
        Write("single/file.gguf", GgufBytes.Of(architecture, 3));
        Assert.Contains(message, Assert.Throws<EditException>(() => ModelFiles.Open(folder["single"])).Message);
    }

    [Fact]
    public void Several_models_in_a_folder_are_not_guessed_at()
    {
        Write("vision/another.gguf", GgufBytes.Of("llama", 3));
        Assert.Contains("several", Assert.Throws<EditException>(() => ModelFiles.Open(folder["vision"])).Message);
    }

    [Fact]
    public void Another_kind_is_told_apart() =>
        Assert.Contains("vision-language model", Assert.Throws<EditException>(() => catalog.Open("vision", ModelKind.Sam)).Message);

    [Theory]
    [InlineData(3, "start with GGUF")]
    [InlineData(4, "version")]
    [InlineData(8, "tensors")]
    public void A_header_that_is_none_is_an_error(int at, string message)
    {
        byte[] bytes = GgufBytes.Of("llama", 3);
        bytes.AsSpan(at, at == 8 ? 8 : 1).Fill(0x7F);
        Write("broken/file.gguf", bytes);
        EditException fault = Assert.Throws<EditException>(() => GgufHeader.Read(folder["broken/file.gguf"]));
        Assert.Equal(EditFault.BadModel, fault.Kind);
        Assert.Contains(message, fault.Message);
    }

    [Fact]
    public void A_file_that_ends_within_its_header_is_an_error_wherever_it_ends()
    {
        byte[] bytes = GgufBytes.Of("llama", 3);
        for (int length = 0; length < bytes.Length - 64; length += 7)
        {
            Write("broken/file.gguf", bytes[..length]);
            Assert.Equal(EditFault.BadModel, Assert.Throws<EditException>(() => GgufHeader.Read(folder["broken/file.gguf"])).Kind);
        }
    }

    [Fact]
    public void Sides_that_overflow_are_an_error()
    {
        Write("broken/file.gguf", GgufBytes.Of("llama", ulong.MaxValue, 3));
        Assert.Throws<EditException>(() => GgufHeader.Read(folder["broken/file.gguf"]));
    }

    private void Write(string name, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder[name])!);
        File.WriteAllBytes(folder[name], bytes);
    }
}
