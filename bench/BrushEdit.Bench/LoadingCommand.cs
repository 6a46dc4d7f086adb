using System.Diagnostics;
using BrushEdit.Caching;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Bench;

/// <summary>The cost of loading SAM-huge, the largest network, from a warm cache: seconds, peak memory, and memory left after clearing.</summary>
internal static class LoadingCommand
{
    private static readonly SamConfig Huge = new()
    {
        Vision = new SamVisionConfig { HiddenSize = 1280, NumHiddenLayers = 32, NumAttentionHeads = 16, MlpDim = 5120, GlobalAttnIndexes = [7, 15, 23, 31] },
    };

    /// <summary>Measures and prints.</summary>
    /// <param name="options">The command's options.</param>
    public static void Run(BenchOptions options)
    {
        string path = options["file"].Length > 0 ? Path.GetFullPath(options["file"]) : throw options.Wrong("file", "a file; it is written if it does not exist");
        if (!File.Exists(path))
        {
            Write(path);
        }

        // Reads the file once, so that it is in the file cache.
        _ = RegularFile.Hash(path);
        Console.WriteLine($"SAM-huge, {new FileInfo(path).Length / 1048576.0:0} MiB on disk");
        Console.WriteLine();
        Console.WriteLine("| type | load | s by the clock | s of processor | weights, MiB | resident before | highest while loading | highest / weights | resident after clearing |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach (torch.ScalarType type in (torch.ScalarType[])[torch.ScalarType.Float32, torch.ScalarType.BFloat16])
        {
            for (int load = 1; load <= options.Count("repeats"); load++)
            {
                Print(path, new ComputeDevice(torch.CPU, type), load);
            }
        }
    }

    private static void Print(string path, ComputeDevice device, int load)
    {
        using ModelPool pool = new();
        ResidentMemory.Restart();
        double before = ResidentMemory.Now;
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        Stopwatch clock = Stopwatch.StartNew();
        (double weights, double seconds, double used, double peak) = pool.Lend(
            new LoadedModel(path, "network", device),
            () => Load(path, device),
            network =>
            {
                double seconds = clock.Elapsed.TotalSeconds, used = (Environment.CpuUsage.TotalTime - processor).TotalSeconds, peak = ResidentMemory.Peak;
                return (network.parameters().Sum(one => one.NumberOfElements * one.ElementSize) / 1048576.0, seconds, used, peak);
            });
        pool.Clear();
        Console.WriteLine(
            $"| {(device.Type == torch.ScalarType.Float32 ? "single" : "bfloat16")} | {load} | {seconds:0.00} | {used:0.00} | {weights:0} | {before:0} | {peak:0} | {(peak - before) / weights:0.000} | {ResidentMemory.Now:0} |");
    }

    private static SamModel Load(string path, ComputeDevice device)
    {
        using SafetensorsFile weights = SafetensorsFile.Open(path);
        return SamModel.Load(Huge, weights, device.Device, device.Type);
    }

    private static void Write(string path)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using SamModel network = new(Huge, torch.META, torch.ScalarType.Float32);
        torch.random.manual_seed(1);
        SafetensorsWriter.Write(path, network.state_dict().ToDictionary(
            entry => entry.Key, entry => RandomWeights.Draw(entry.Key, entry.Value.shape, torch.ScalarType.Float32, torch.CPU)));
    }
}
