using System.Text.Json;
using System.Text.Json.Nodes;
using BrushEdit.Benchmarking;
using BrushEdit.Imaging;
using BrushEdit.Loading;
using BrushEdit.Measuring;
using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Tests.Parity;

/// <summary>The networks that measure, and the benchmarks' own scripts, against the reference.</summary>
[Trait("Category", "Parity")]
public sealed class MeasureParityTests
{
    public static TheoryData<string> LpipsCases => ParityCase.Named("metric-lpips-");

    public static TheoryData<string> ClipCases => ParityCase.Named("metric-clip");

    public static TheoryData<string> BrushBenchCases => ParityCase.Named("metric-brushbench");

    public static TheoryData<string> EditBenchCases => ParityCase.Named("data-editbench");

    public static TheoryData<string> PieCases => ParityCase.Named("metric-pie");

    [Theory]
    [MemberData(nameof(LpipsCases))]
    public void Lpips_gives_the_reference_distances(string name)
    {
        using ParityCase parity = ParityCase.Open(name);
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable inference = torch.no_grad();
        using SafetensorsFile weights = parity.Weights();
        using LpipsModel model = LpipsModel.Load(weights, torch.ScalarType.Float32, torch.CPU);
        Assert.Equal(parity.Json("config.json").GetProperty("net").GetString(), model.Backbone.ToString().ToLowerInvariant());
        foreach ((LpipsNorm norm, string prefix) in new[] { (LpipsNorm.Package, "out."), (LpipsNorm.Torchmetrics, "out.torchmetrics.") })
        {
            LpipsOutput output = model.forward(parity.Tensor("in.image0"), parity.Tensor("in.image1"), norm);
            parity.AssertClose(prefix + "distance", output.Distance);
            foreach ((int layer, torch.Tensor share) in output.Layers.Index())
            {
                parity.AssertClose($"{prefix}layer.{layer}", share);
            }

            Assert.False(parity.Has($"{prefix}layer.{output.Layers.Count}"));
        }
    }

    [Theory]
    [MemberData(nameof(ClipCases))]
    public void Clip_gives_the_reference_scores(string name)
    {
        using ParityCase parity = ParityCase.Open(name);
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable inference = torch.no_grad();
        using ClipMeasure clip = ClipMeasure.Open(parity.Folder, torch.CPU);
        JsonElement[] cases = [.. parity.About.GetProperty("cases").EnumerateArray()];
        Assert.NotEmpty(cases);
        List<RgbPicture> pictures = [];
        for (int i = 0; i < cases.Length; i++)
        {
            string text = cases[i].GetProperty("text").GetString()!;
            using torch.Tensor image = parity.Tensor($"in.image.{i}");
            pictures.Add(new RgbPicture(image.data<byte>().ToArray(), (int)image.shape[1], (int)image.shape[0]));
            Assert.Equal(parity.Tensor($"out.input_ids.{i}").data<long>().ToArray(), clip.Ids(text));
            torch.Tensor pixels = clip.Preprocessing.Normalise([clip.Preprocessing.Cut(pictures[i])], torch.CPU);
            parity.AssertClose($"out.pixel_values.{i}", pixels, 1e-3);
            parity.AssertClose($"out.image_embeds.{i}", clip.Embed([pictures[i]]));
            parity.AssertClose($"out.text_embeds.{i}", clip.Embed(text));
        }

        IReadOnlyList<double> scores = clip.Score(pictures, [.. cases.Select(one => one.GetProperty("text").GetString()!)]);
        parity.AssertClose("out.score", torch.tensor(scores.ToArray()));
    }

    [Theory]
    [MemberData(nameof(PieCases))]
    public void The_vision_transformer_gives_the_reference_tokens(string name)
    {
        using ParityCase parity = ParityCase.Open(name);
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable inference = torch.no_grad();
        using ScratchModel dino = new(parity);
        using StructureMeasure structure = StructureMeasure.Open(dino.Folder, torch.CPU);
        parity.AssertClose("out.tokens", structure.Model.forward(parity.Tensor("in.tokens.image")).Tokens);

        Benchmark benchmark = Benchmark.Open(parity.File("mapping_file.json"));
        Picture first = Picture.Open(Path.Combine(benchmark.Folder, benchmark.Entries[0].ImagePath));
        torch.Tensor pixels = structure.Prepare([new RgbPicture(first.ToRgb(), first.Width, first.Height)]);
        using torch.Tensor corner = parity.Tensor("out.resized");
        parity.AssertClose("out.resized", pixels[0].narrow(1, 0, corner.shape[1]).narrow(2, 0, corner.shape[2]));
        using torch.Tensor part = parity.Tensor("out.self_similarity");
        parity.AssertClose("out.self_similarity", structure.SelfSimilarity(pixels)[0].narrow(0, 0, part.shape[0]).narrow(1, 0, part.shape[1]));
    }

    [Theory]
    [MemberData(nameof(BrushBenchCases))]
    public void BrushBench_is_measured_as_its_script_does(string name)
    {
        using ParityCase parity = ParityCase.Open(name);
        using MeasureNetworks networks = Networks(parity);
        Benchmark benchmark = Benchmark.Open(parity.File("mapping_file.json"));
        Assert.Equal(BenchmarkKind.BrushBench, benchmark.Kind);
        foreach ((string results, string key) in new[] { ("inside", "inpainting_mask"), ("outside", "outpainting_mask") })
        {
            IReadOnlyList<EditMeasures> measures = Measure(benchmark, parity.File(results), key, networks, MeasureRule.BrushBench);
            Expect(parity, $"out.{results}.psnr", measures, one => one.KeptPsnr);
            Expect(parity, $"out.{results}.mse", measures, one => one.KeptMse);
            Expect(parity, $"out.{results}.lpips", measures, one => one.KeptLpips);
            Expect(parity, $"out.{results}.clip", measures, one => one.ClipSimilarity);
        }
    }

    [Theory]
    [MemberData(nameof(EditBenchCases))]
    public void EditBench_is_read_and_measured_as_its_script_does(string name)
    {
        using ParityCase parity = ParityCase.Open(name);
        using MeasureNetworks networks = Networks(parity);
        Benchmark benchmark = Benchmark.Open(parity.File("mapping_file.json"));
        byte[] packed = parity.Tensor("out.mask").data<byte>().ToArray();
        ReadOnlySpan<byte> mask = benchmark.Entries[0].Mask("mask").Values;
        for (int i = 0; i < mask.Length; i++)
        {
            Assert.Equal((packed[i / 8] >> (7 - (i % 8))) & 1, mask[i] / 255);
        }

        // The case's result is the picture itself.
        IReadOnlyList<EditMeasures> measures = Measure(benchmark, benchmark.Folder, "mask", networks, MeasureRule.BrushBench);
        Expect(parity, "out.psnr", measures, one => one.KeptPsnr);
        Expect(parity, "out.mse", measures, one => one.KeptMse);
        Expect(parity, "out.lpips", measures, one => one.KeptLpips);
        Expect(parity, "out.clip", measures, one => one.ClipSimilarity);
    }

    [Theory]
    [MemberData(nameof(PieCases))]
    public void PieBench_is_measured_as_its_script_does(string name)
    {
        using ParityCase parity = ParityCase.Open(name);
        using ScratchModel dino = new(parity);
        using StructureMeasure structure = StructureMeasure.Open(dino.Folder, torch.CPU);
        using MeasureNetworks networks = Networks(parity) with { Structure = structure };
        Benchmark benchmark = Benchmark.Open(parity.File("mapping_file.json"));
        Assert.Equal(BenchmarkKind.PieBench, benchmark.Kind);
        IReadOnlyList<EditMeasures> measures = Measure(benchmark, parity.File("results"), null, networks, MeasureRule.PieBench);
        Expect(parity, "out.structure_distance", measures, one => one.StructureDistance);
        Expect(parity, "out.psnr_unedit_part", measures, one => one.KeptPsnr);
        Expect(parity, "out.mse_unedit_part", measures, one => one.KeptMse);
        Expect(parity, "out.ssim_unedit_part", measures, one => one.KeptSsim);
        Expect(parity, "out.lpips_unedit_part", measures, one => one.KeptLpips);
        Expect(parity, "out.clip_similarity_source_image", measures, one => one.SourceClipSimilarity);
        Expect(parity, "out.clip_similarity_target_image", measures, one => one.ClipSimilarity);
        Expect(parity, "out.clip_similarity_target_image_edit_part", measures, one => one.EditedClipSimilarity);
    }

    private static IReadOnlyList<EditMeasures> Measure(Benchmark benchmark, string results, string? key, MeasureNetworks networks, MeasureRule rule)
    {
        MeasureItem[] items =
        [
            .. benchmark.Entries.Select(entry => new MeasureItem(
                entry.Id, Picture.Open(Path.Combine(benchmark.Folder, entry.ImagePath)), Picture.Open(Path.Combine(results, entry.ImagePath)))
            {
                Mask = entry.Mask(key),
                Caption = entry.Caption,
                SourceCaption = entry.SourceCaption,
            }),
        ];
        return [.. new ImageMeasurer(networks, rule).Measure(items).Select(answer => answer.Measures!)];
    }

    private static MeasureNetworks Networks(ParityCase parity)
    {
        JsonElement config = parity.Json("config.json");
        string Sibling(string key) => Path.Combine(ParityCase.ParityFolder, config.GetProperty(key).GetString()!);
        return new MeasureNetworks(LpipsMeasure.Open(Sibling("lpips"), torch.CPU), ClipMeasure.Open(Sibling("clip"), torch.CPU));
    }

    private static void Expect(ParityCase parity, string tensor, IReadOnlyList<EditMeasures> measures, Func<EditMeasures, double?> read)
    {
        double[] expected = parity.Tensor(tensor).data<double>().ToArray();
        Assert.Equal(expected.Length, measures.Count);
        for (int i = 0; i < expected.Length; i++)
        {
            double actual = read(measures[i]) ?? throw new InvalidOperationException($"{tensor}: nothing was measured.");
            Assert.True(
                double.IsNaN(expected[i]) ? double.IsNaN(actual) : Math.Abs(actual - expected[i]) <= 1e-4 * Math.Max(Math.Abs(expected[i]), 1e-6),
                $"{parity.Name}/{tensor}[{i}]: {actual}, expected {expected[i]}");
        }
    }

    /// <summary>The case's vision transformer in a folder of its own, with a configuration that holds nothing but the network's keys.</summary>
    private sealed class ScratchModel : IDisposable
    {
        public ScratchModel(ParityCase parity)
        {
            Folder = Directory.CreateTempSubdirectory("brushedit-vit-").FullName;
            File.Copy(parity.File("model.safetensors"), Path.Combine(Folder, "model.safetensors"));
            JsonObject config = JsonSerializer.Deserialize<JsonObject>(parity.Json("config.json"))!;
            config.Remove("clip");
            config.Remove("lpips");
            File.WriteAllText(Path.Combine(Folder, "config.json"), config.ToJsonString());
        }

        public string Folder { get; }

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }
}
