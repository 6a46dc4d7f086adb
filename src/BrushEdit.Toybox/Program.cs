using System.Globalization;
using BrushEdit;
using BrushEdit.Caching;
using BrushEdit.Generating;
using BrushEdit.Linking;
using BrushEdit.Training;
using TorchSharp;

const string usage = """
    Trains the bundle weights/toybox from scratch. An interrupted run continues from its checkpoints.

      --phase NAME              all, vae, inpaint, segmenter, detector, fills, judge, engine, average, export, measure or validate (all);
                                fills makes the edits of the bundle that the judge learns from;
                                engine trains the network of an engine that BrushNet is compared with; the bundle does not contain it;
                                average mixes the inpainting weights of --other into the bundle's;
                                export writes the bundle from the current checkpoints, without training;
                                measure prints the quality of the bundle's detector and segmenter;
                                validate prints the bundle's losses on a fixed set of held-out fills and whole pictures
      --out FOLDER              the bundle (weights/toybox)
      --checkpoints FOLDER      the folder of checkpoints (artifacts/training)
      --device NAME             auto, cpu, cuda, cuda:n, mps (auto)
      --seed N                  the seed of all random numbers (1)
      --from nothing|bundle     the initial weights of the phases inpaint and detector (nothing)
      --vae-steps N             steps of the autoencoder (3400)
      --steps N                 steps of the text encoder, U-Net and BrushNet (15000)
      --detector-steps N        steps of the detector (20000)
      --edited-share X          the share of the detector's scenes that are edited, some of them badly, 0 to 1 (0)
      --segmenter-steps N       steps of the segmenter (12000)
      --fills N                 fills that the judge learns from (2400)
      --fill-steps N            steps of each fill (20)
      --judge-steps N           steps of the judge (6000)
      --other FOLDER            the bundle that average mixes in
      --share X                 its weight, 0 to 1 (0.6)
      --engine NAME             SDInpainting, ControlNetInpaint or InstructPix2Pix (SDInpainting)
      --engine-steps N          steps of its network (2000)
      --engines FOLDER          where its network is written, in a folder named after the engine (artifacts/engines)
      --scenes N                held-out scenes of each family to measure on (300)
      --batch N                 samples per step (16)
      --side-by-side N          parts of a step's samples, each on its own thread; for the phases inpaint, engine, detector and judge (1)
      --precision single|bfloat16   bfloat16 computes the expensive CPU operations in bfloat16, in half the time (single)
      --learning-rate X         the highest learning rate of the phases inpaint and engine (0.001)
      --stage-learning-rate X   the highest learning rate of the detector, segmenter and judge (0.0005)
    """;

Dictionary<string, string> given = new(StringComparer.Ordinal)
{
    ["phase"] = "all",
    ["out"] = "weights/toybox",
    ["checkpoints"] = "artifacts/training",
    ["device"] = ComputeDevice.Auto,
    ["seed"] = "1",
    ["from"] = "nothing",
    ["vae-steps"] = "3400",
    ["steps"] = "15000",
    ["detector-steps"] = "20000",
    ["edited-share"] = "0",
    ["segmenter-steps"] = "12000",
    ["fills"] = "2400",
    ["fill-steps"] = "20",
    ["judge-steps"] = "6000",
    ["other"] = "",
    ["share"] = "0.6",
    ["engine"] = nameof(EngineKind.SDInpainting),
    ["engine-steps"] = "2000",
    ["engines"] = "artifacts/engines",
    ["scenes"] = "300",
    ["batch"] = "16",
    ["side-by-side"] = "1",
    ["precision"] = "single",
    ["learning-rate"] = "0.001",
    ["stage-learning-rate"] = "0.0005",
};
for (int i = 0; i < args.Length; i += 2)
{
    string name = args[i].StartsWith("--", StringComparison.Ordinal) ? args[i][2..] : string.Empty;
    if (!given.ContainsKey(name) || i + 1 >= args.Length)
    {
        Console.Error.WriteLine(usage);
        return 2;
    }

    given[name] = args[i + 1];
}

string[] phases = ["all", "vae", "inpaint", "export", "segmenter", "detector", "fills", "judge", "engine", "average", "measure", "validate"];
if (!phases.Contains(given["phase"]) || given["from"] is not ("nothing" or "bundle") || given["precision"] is not ("single" or "bfloat16"))
{
    Console.Error.WriteLine($"A value is unknown: --phase {given["phase"]} --from {given["from"]} --precision {given["precision"]}.\n\n{usage}");
    return 2;
}

NativeLibraries.Register();
using CancellationTokenSource stop = new();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
TrainingLog log = new();
try
{
    ulong seed = ulong.TryParse(given["seed"], CultureInfo.InvariantCulture, out ulong number) ? number : throw Wrong("seed", "a whole number of at least 0");
    TrainingOptions shared = new()
    {
        BatchSize = Count("batch"),
        BFloat16 = given["precision"] == "bfloat16",
        Beta2 = 0.99,
        Average = new WeightAverage { Decay = 0.999 },
    };
    ToyboxTraining training = new(
        given["out"],
        given["checkpoints"],
        ComputeDevice.Choose(given["device"], "single").Device,
        seed);
    if (given["phase"] is "all" or "vae")
    {
        training.TrainVae(
            shared with { Steps = Count("vae-steps"), LearningRate = 1e-3, WarmupSteps = 100, CheckpointEvery = 250, Average = new WeightAverage { Decay = 0.998 } },
            log,
            stop.Token);
    }

    int parts = Count("side-by-side");
    if (shared.BatchSize % parts != 0)
    {
        throw new EditException(EditFault.BadArgument, $"A batch of {shared.BatchSize} cannot be divided into {parts} parts.", "Give a --side-by-side that divides --batch.", parts);
    }

    if (parts > 1)
    {
        // Each part has a thread; libtorch's own threads would only slow them down.
        torch.set_num_threads(1);
    }

    InpaintTrainingOptions inpaint = new() { HoleWeight = 10, BranchDropout = 0.3, SnrGamma = 0, MiddleShare = 0.7, PureNoiseShare = 0.08 };
    if (given["phase"] == "average")
    {
        training.Average(given["other"].Length > 0 ? given["other"] : throw Wrong("other", "the folder of a bundle"), Share("share"));
    }

    if (given["phase"] == "validate")
    {
        (double fills, double whole) = training.Validate(batches: 40, inpaint);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"fills {fills:0.00000}, whole pictures {whole:0.00000}"));
    }

    TrainingOptions divided = shared with { BatchSize = shared.BatchSize / parts, Accumulate = parts, SideBySide = parts, WarmupSteps = 200, CheckpointEvery = 500 };
    double learningRate = Rate("learning-rate");
    if (given["phase"] is "all" or "inpaint" && !stop.IsCancellationRequested)
    {
        training.TrainDenoiser(
            divided with { Steps = Count("steps"), LearningRate = learningRate }, inpaint, log, stop.Token, given["from"] == "bundle");
    }

    if (given["phase"] == "engine")
    {
        EngineKind engine = Enum.TryParse(given["engine"], ignoreCase: true, out EngineKind kind)
            ? kind
            : throw new EditException(EditFault.BadArgument, $"There is no engine '{given["engine"]}'.", "Give SDInpainting, ControlNetInpaint or InstructPix2Pix.", given["engine"]);
        training.TrainEngine(
            engine,
            Path.Combine(given["engines"], engine.ToString()),
            divided with { Steps = Count("engine-steps"), LearningRate = learningRate },
            inpaint,
            log,
            stop.Token);
    }

    ToyboxStageTraining stages = new(
        given["out"],
        given["checkpoints"],
        ComputeDevice.Choose(given["device"], "single").Device,
        seed);
    if (given["phase"] == "export")
    {
        string[] written = [.. training.Export() ? new[] { "inpainting" } : [], .. stages.Export()];
        Console.WriteLine(written.Length == 0 ? $"There is no checkpoint in {given["checkpoints"]}." : $"Written: {string.Join(", ", written)}.");
        return written.Length == 0 ? 1 : 0;
    }

    if (given["phase"] == "measure")
    {
        foreach (string line in stages.Measure(Count("scenes")))
        {
            Console.WriteLine(line);
        }
    }

    TrainingOptions stageOptions = shared with
    {
        LearningRate = Rate("stage-learning-rate"),
        WarmupSteps = 300,
        GradientNorm = 0.5,
        CheckpointEvery = 250,
    };
    if (given["phase"] is "all" or "segmenter" && !stop.IsCancellationRequested)
    {
        stages.TrainSegmenter(stageOptions with { Steps = Count("segmenter-steps") }, log, stop.Token);
    }

    if (given["phase"] is "all" or "detector" && !stop.IsCancellationRequested)
    {
        stages.TrainDetector(
            stageOptions with { BatchSize = divided.BatchSize, Accumulate = parts, SideBySide = parts, Steps = Count("detector-steps") },
            log,
            stop.Token,
            given["from"] == "bundle",
            Share("edited-share"));
    }

    ToyboxJudgeTraining judge = new(given["out"], given["checkpoints"], seed);
    if (given["phase"] is "all" or "fills" && !stop.IsCancellationRequested)
    {
        judge.MakeFills(Count("fills"), Count("fill-steps"), stop.Token);
    }

    if (given["phase"] is "all" or "judge" && !stop.IsCancellationRequested)
    {
        judge.Train(stageOptions with { Steps = Count("judge-steps"), BatchSize = 4 * stageOptions.BatchSize / parts, Accumulate = parts, SideBySide = parts }, log, stop.Token);
    }

    return stop.IsCancellationRequested ? 130 : 0;
}
catch (EditException fault)
{
    Console.Error.WriteLine(fault.Message);
    return 1;
}

int Count(string name) => int.TryParse(given[name], CultureInfo.InvariantCulture, out int value) && value > 0 ? value : throw Wrong(name, "a whole number of at least 1");

double Rate(string name) => double.TryParse(given[name], CultureInfo.InvariantCulture, out double value) && value > 0 ? value : throw Wrong(name, "a number above 0");

double Share(string name) => double.TryParse(given[name], CultureInfo.InvariantCulture, out double value) && value is >= 0 and <= 1 ? value : throw Wrong(name, "a number from 0 to 1");

EditException Wrong(string name, string wanted) => new(EditFault.BadArgument, $"--{name} is '{given[name]}'.", $"Give {wanted}.", given[name]);

internal sealed class TrainingLog : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value) => Console.WriteLine($"{DateTime.UtcNow:HH:mm:ss} {value}");
}
