using System.Diagnostics;
using BrushEdit.Caching;
using BrushEdit.Modeling;
using BrushEdit.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Bench;

/// <summary>
/// Measures the cost of a detector or a segmenter of the published size, for one picture, with random weights: wall-clock and processor
/// seconds, and the peak memory of the process, weights included.
/// </summary>
internal static class StagesCommand
{
    // Grounding DINO's largest picture: short side 800, long side 1333.
    private const int ShortSide = 800;
    private const int LongSide = 1333;

    /// <summary>Measures and prints.</summary>
    /// <param name="options">The command's options.</param>
    public static void Run(BenchOptions options)
    {
        ComputeDevice device = options.Device;
        using IDisposable inference = inference_mode();
        switch (options["network"])
        {
            case "grounding-dino-tiny":
                Detector(device, new GroundingDinoConfig { Text = new BertConfig() });
                break;
            case "grounding-dino-base":
                Detector(device, new GroundingDinoConfig
                {
                    Text = new BertConfig(),
                    Backbone = new SwinConfig { EmbedDim = 128, Depths = [2, 2, 18, 2], Heads = [4, 8, 16, 32], WindowSize = 12 },
                });
                break;
            case "sam-vit-base":
                Segmenter(device, new SamVisionConfig());
                break;
            case "sam-vit-huge":
                Segmenter(device, new SamVisionConfig { HiddenSize = 1280, NumHiddenLayers = 32, NumAttentionHeads = 16, MlpDim = 5120, GlobalAttnIndexes = [7, 15, 23, 31] });
                break;
            default:
                throw options.Wrong("network", "grounding-dino-tiny, grounding-dino-base, sam-vit-base or sam-vit-huge");
        }
    }

    private static void Detector(ComputeDevice device, GroundingDinoConfig config)
    {
        using DisposeScope scope = NewDisposeScope();
        using GroundingDinoNetwork network = new(config, device.Device, device.Type);
        DetectorTraining.Initialize(network);
        network.eval();

        // [CLS] a red car . a dog . [SEP], in BERT's vocabulary.
        long[,] ids = { { 101, 1037, 2417, 2482, 1012, 1037, 3899, 1012, 102 } };
        DinoText text = network.EncodeText(ids, new PhraseTokens(101, 102, 1012, 1029));
        Tensor pixels = randn(1, 3, ShortSide, LongSide, device.Type, device.Device);
        Time($"{LongSide} x {ShortSide}", () => network.Forward(pixels, null, text).Dispose());
    }

    private static void Segmenter(ComputeDevice device, SamVisionConfig vision)
    {
        using DisposeScope scope = NewDisposeScope();
        using SamModel network = new(new SamConfig { Vision = vision }, device.Device, device.Type);
        network.eval();
        Tensor pixels = randn(1, 3, vision.ImageSize, vision.ImageSize, device.Type, device.Device);
        Tensor box = tensor(new float[] { 100, 100, 500, 400 }, [1, 1, 4], device: device.Device);
        Time($"{vision.ImageSize} x {vision.ImageSize}, one box", () =>
        {
            using DisposeScope inner = NewDisposeScope();
            network.Predict(network.Encode(pixels), new SamPrompt(null, null, box, null), multimask: false);
        });
    }

    private static void Time(string what, Action run)
    {
        using Process self = Process.GetCurrentProcess();
        TimeSpan before = self.TotalProcessorTime;
        Stopwatch clock = Stopwatch.StartNew();
        run();
        clock.Stop();
        self.Refresh();
        Console.WriteLine(
            $"{what}: {clock.Elapsed.TotalSeconds:0.0} s by the clock, {(self.TotalProcessorTime - before).TotalSeconds:0.0} s of processor, "
            + $"highest memory {self.PeakWorkingSet64 / 1048576.0:0} MiB");
    }
}
