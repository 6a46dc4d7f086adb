using BrushEdit.Benchmarking;

namespace BrushEdit.Tests.Benchmarking;

public sealed class BenchmarkTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("brushedit-benchmark-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void BrushBench_has_a_mask_for_inside_and_one_for_outside()
    {
        Benchmark benchmark = Open("""{"7":{"image":"images/7.jpg","caption":"a dog","inpainting_mask":[1,512],"outpainting_mask":[513,261632]}}""");
        BenchmarkEntry entry = Assert.Single(benchmark.Entries);
        Assert.Equal(BenchmarkKind.BrushBench, benchmark.Kind);
        Assert.Equal(folder, benchmark.Folder);
        Assert.Equal(["inpainting_mask", "outpainting_mask"], benchmark.MaskKeys);
        Assert.Equal(1 / 512.0, entry.Mask().Coverage, 1e-9);
        Assert.True(entry.Mask("outpainting_mask").SameAs(entry.Mask("inpainting_mask").Invert()));
        Assert.Contains("outpainting_mask", Assert.Throws<EditException>(() => entry.Mask("other")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PieBench_tells_prompts_without_brackets_and_the_kind_of_edit()
    {
        Directory.CreateDirectory(Path.Combine(folder, "annotation_images"));
        Benchmark benchmark = Open("""{"1":{"image_path":"a/b.jpg","original_prompt":"a [red] cat","editing_prompt":"a [blue] cat","editing_instruction":"make it blue","editing_type_id":"6","mask":[0,5]}}""");
        BenchmarkEntry entry = Assert.Single(benchmark.Entries);
        Assert.Equal(BenchmarkKind.PieBench, benchmark.Kind);
        Assert.Equal(Path.Combine(folder, "annotation_images"), benchmark.Folder);
        Assert.Equal(("a red cat", "a blue cat", "make it blue", "ChangeColor"), (entry.SourceCaption, entry.Caption, entry.Instruction, entry.EditType));
        Assert.Equal(((4 * 512) - 4) / (512.0 * 512), entry.Mask().Coverage, 1e-9);
    }

    [Theory]
    [InlineData("[]", "no pictures")]
    [InlineData("{}", "no pictures")]
    [InlineData("{", "cannot be read")]
    [InlineData("""{"a":3}""", "'a'")]
    [InlineData("""{"a":{"caption":"x"}}""", "'image'")]
    [InlineData("""{"a":{"image":"x.png"}}""", "'caption'")]
    [InlineData("""{"a":{"image":"../x.png","caption":"x"}}""", "inside")]
    [InlineData("""{"a":{"image":"/etc/x.png","caption":"x"}}""", "inside")]
    [InlineData("""{"a":{"image":"x.png","caption":"x","inpainting_mask":[1,"2"]}}""", "whole numbers")]
    [InlineData("""{"a":{"image":"x.png","caption":"x","inpainting_mask":[1,99999999999]}}""", "whole numbers")]
    public void A_broken_file_is_told(string json, string told)
    {
        EditException fault = Assert.Throws<EditException>(() => Open(json));
        Assert.Equal(EditFault.BadArgument, fault.Kind);
        Assert.Contains(told, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_told() =>
        Assert.Equal(EditFault.NotFound, Assert.Throws<EditException>(() => Benchmark.Open(Path.Combine(folder, "none.json"))).Kind);

    private Benchmark Open(string json)
    {
        string path = Path.Combine(folder, "mapping_file.json");
        File.WriteAllText(path, json);
        return Benchmark.Open(path);
    }
}
