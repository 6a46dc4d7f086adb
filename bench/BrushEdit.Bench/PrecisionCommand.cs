using System.Diagnostics;
using BrushEdit.Caching;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Synthesizing;
using TorchSharp;

namespace BrushEdit.Bench;

/// <summary>
/// Compares the same fills in single precision, in bfloat16 and with 8-bit weights: their differences, the cost of each, and the bfloat16
/// probe's result on this processor.
/// </summary>
internal static class PrecisionCommand
{
    private static readonly ComputeDevice Single = new(torch.CPU, torch.ScalarType.Float32);
    private static readonly ComputeDevice Reduced = new(torch.CPU, torch.ScalarType.BFloat16);
    private static readonly ComputeDevice EightBit = Single with { EightBitWeights = true };

    /// <summary>Measures and prints.</summary>
    /// <param name="options">The command's options.</param>
    public static void Run(BenchOptions options)
    {
        IReadOnlyList<int> widths = InpaintModel.ReadUnet(ModelCatalog.CreateDefault().Open(options.Model, ModelKind.StableDiffusion)).BlockOutChannels;
        _ = ComputeDevice.Choose("cpu");
        Stopwatch clock = Stopwatch.StartNew();
        double gain = BFloat16Probe.Gain(widths[0], widths.Max());
        Console.WriteLine(
            $"{options.Model}: instructions for bfloat16: {(BFloat16Probe.HasInstructions ? "yes" : "no")}; the probe of {widths[0]} and {widths.Max()} channels measures {gain:0.00} "
            + $"(at least {BFloat16Probe.LeastGain} is required) in {clock.Elapsed.TotalMilliseconds:0} ms: auto takes {ComputeDevice.Choose("cpu").For(widths)}");
        if (options["passes"] != "0")
        {
            if (!options.Has("no-bfloat16"))
            {
                Passes(options, Reduced);
            }

            Passes(options, EightBit);
        }

        if (options["count"] == "0")
        {
            return;
        }

        Console.WriteLine();
        Console.WriteLine("| reduced | fills | judged right | hole PSNR to single, dB, mean and least | levels of difference in the hole, mean and largest | kept equal | s of processor a fill | highest memory, MiB | U-Net and branch, MiB | beyond them, MiB |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        List<Filled> first = Fill(options, Single, false, out string cost);
        Console.WriteLine($"| nothing | {first.Count} | {Right(first)} | - | - | - | {cost} |");
        Print("weights of U-Net, branch and text encoder in 8 bits", first, Fill(options, EightBit, false, out cost), cost);
        if (options.Has("no-bfloat16"))
        {
            return;
        }

        Print("U-Net, branch, text in bfloat16", first, Fill(options, Reduced, false, out cost), cost);
        if (!options.Has("low-memory"))
        {
            Print("these and the autoencoder", first, Fill(options, Reduced, true, out cost), cost);
        }

        Print("in bfloat16, their weights in 8 bits", first, Fill(options, Reduced with { EightBitWeights = true }, false, out cost), cost);
    }

    /// <summary>Times the same U-Net pass, over both halves of a guided step, alternately in single precision and on the second device.</summary>
    private static void Passes(BenchOptions options, ComputeDevice second)
    {
        using ModelPool pool = new();
        InpaintModel single = InpaintModel.Open(ModelCatalog.CreateDefault(), options.Model, null, Single, pool);
        InpaintModel reduced = InpaintModel.Open(ModelCatalog.CreateDefault(), options.Model, null, second, pool);
        int cells = Side(options, single) / single.Factor;
        single.WithUNet(one => reduced.WithUNet(other =>
        {
            Pass(one, cells);
            Pass(other, cells);
            (PairedTiming clock, PairedTiming processor) = PairedTiming.Measure(() => Pass(one, cells), () => Pass(other, cells), options.Count("passes"));
            Console.WriteLine(
                $"A pass of the U-Net over both halves of {cells} x {cells} cells: {processor.First:0.000} s of processor in single precision, {processor.Second:0.000} on {second} "
                + $"({processor.Ratio:0.00}); by the clock {clock.First:0.000} and {clock.Second:0.000} ({clock.Ratio:0.00}); medians of {options["passes"]} pairs");
            return true;
        }));
    }

    private static void Pass(UNet2DConditionModel unet, int cells)
    {
        using IDisposable inference = torch.inference_mode();
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor sample = torch.randn([2, unet.Config.InChannels, cells, cells]).to(unet.WeightType);
        torch.Tensor text = torch.randn([2, 77, unet.Config.CrossAttentionDim]).to(unet.WeightType);
        unet.forward(sample, torch.tensor(500f), text);
    }

    private static int Side(BenchOptions options, InpaintModel model) => int.TryParse(options["size"], out int size) && size > 0 ? size : model.NativeSide;

    private static List<Filled> Fill(BenchOptions options, ComputeDevice device, bool reducesVae, out string cost)
    {
        ResidentMemory.Restart();
        using ModelPool pool = new() { LowMemory = options.Has("low-memory") };
        InpaintModel model = InpaintModel.Open(ModelCatalog.CreateDefault(), options.Model, null, device, pool);
        if (reducesVae)
        {
            model.WithVae(vae => vae.to(torch.ScalarType.BFloat16));
        }

        int side = Side(options, model);
        InpaintPipeline pipeline = new(model);
        List<Filled> fills = [];
        TimeSpan begin = Environment.CpuUsage.TotalTime;
        for (int i = 0; i < options.Count("count"); i++)
        {
            ToyScene scene = ToyScene.Draw((ulong)i, new ToySceneOptions { Width = side, Height = side, MaxObjects = 3, Split = SceneSplit.HeldOutSeeds });
            SceneEdit edit = scene.Edit(i % 2 == 0 ? SceneEditForm.Remove : SceneEditForm.Add, (ulong)i);
            byte[] rgb = pipeline.Fill(
                Picture.FromRgb(scene.Rgb, side, side),
                Mask.FromValues(edit.Mask, side, side),
                options.Settings() with { Caption = edit.CaptionAfter, Seed = i, WholePicture = true }).Samples[0].Picture.ToRgb();
            fills.Add(new Filled(rgb, edit.Mask, SceneTruth.Judge(scene, edit, rgb).Success));
        }

        double seconds = (Environment.CpuUsage.TotalTime - begin).TotalSeconds / fills.Count, highest = ResidentMemory.Peak;
        long? beyond = pool.Loaded.FirstOrDefault(part => part.Part.Contains("brushnet", StringComparison.Ordinal))?.Activations;
        long weights = model.WithDenoiser(denoiser => Bytes(denoiser.UNet) + Bytes(denoiser.BrushNet));
        cost = $"{seconds:0.00} | {highest:0} | {weights / 1048576.0:0.0} | {(beyond is long bytes ? $"{bytes / 1048576.0:0.0}" : "-")}";
        return fills;
    }

    private static long Bytes(torch.nn.Module network) => network.state_dict().Values.Sum(tensor => tensor.numel() * tensor.element_size());

    private static void Print(string name, List<Filled> first, List<Filled> second, string cost)
    {
        double[] psnr = [.. first.Zip(second, (a, b) => ImageMetrics.Psnr(a.Hole, b.Hole))];
        int[] levels = [.. first.Zip(second, (a, b) => a.Hole.Zip(b.Hole, (x, y) => Math.Abs(x - y))).SelectMany(all => all)];
        bool kept = first.Zip(second, (a, b) => a.Kept.AsSpan().SequenceEqual(b.Kept)).All(equal => equal);
        Console.WriteLine(
            $"| {name} | {second.Count} | {Right(second)} | {psnr.Average():0.0}, {psnr.Min():0.0} | {levels.Average():0.00}, {levels.Max()} | {(kept ? "yes" : "no")} | {cost} |");
    }

    private static string Right(List<Filled> fills) => $"{fills.Count(fill => fill.IsRight)}";

    private sealed record Filled(byte[] Rgb, byte[] Mask, bool IsRight)
    {
        public byte[] Hole { get; } = [.. Rgb.Where((_, at) => Mask[at / 3] == 255)];

        public byte[] Kept { get; } = [.. Rgb.Where((_, at) => Mask[at / 3] == 0)];
    }
}
