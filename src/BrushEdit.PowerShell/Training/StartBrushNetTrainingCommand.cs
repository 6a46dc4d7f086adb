using System.Globalization;
using System.Management.Automation;
using BrushEdit.Caching;
using BrushEdit.Imaging;
using BrushEdit.Installing;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.PowerShell.Infrastructure;
using BrushEdit.Training;
using TorchSharp;

namespace BrushEdit.PowerShell;

/// <summary><c>Start-BrushNetTraining</c>: trains a branch beside a frozen base, or continues a stopped run.</summary>
[Cmdlet(VerbsLifecycle.Start, "BrushNetTraining", SupportsShouldProcess = true, DefaultParameterSetName = FilesSet)]
[OutputType(typeof(BranchTrainingResult))]
public sealed partial class StartBrushNetTrainingCommand : EditCmdlet
{
    private const string FilesSet = "Files";
    private const string ScenesSet = "Scenes";
    private const int ActivityId = 51;

    private readonly List<ToySceneEdit> scenes = [];

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        if (Scene is not null)
        {
            scenes.AddRange(Scene);
        }
    }

    /// <inheritdoc />
    protected override void EndProcessing() => Attempt(OutputPath, Train);

    private void Train()
    {
        PathResolver paths = new(SessionState);
        string folder = paths.Output(OutputPath);
        ModelCatalog catalog = ModelCatalog.CreateDefault();
        ModelChoice choice = ModelChoice.Of(Model, BrushNet, Vae, paths);
        ModelFiles model = catalog.Open(choice.Base, ModelKind.StableDiffusion);
        ModelFiles? started = BrushNet is null ? null : catalog.Open(choice.BrushNet!, ModelKind.BrushNet);
        UNetConfig unet = BranchMaker.UNetOf(model);
        BrushNetConfig shape = started is null ? BrushNetConfig.FromUNet(unet, Variant, Attention) : BranchMaker.ConfigOf(started, model);
        BranchTrainingOptions options = Options(model, unet, paths);
        CheckFolder(folder, started);
        ITrainingPictures pictures = Pictures(paths);
        ComputeDevice device = ComputeDevice.Choose(Device, Precision == "bfloat16" ? "bfloat16" : "single");
        MemoryNeed need = MemoryNeed.Of(model.Describe(model.Name).ParameterCount, unet, shape, unet.SampleSize * options.Data.Side / NativeSide(model, unet), options.Training, device.Type);
        string told = MemoryText(need);
        if (!ShouldProcess(folder, $"Train a BrushNet ({shape.Variant}) for {Steps} steps beside '{model.Name}' on {pictures.Description}. Memory: {told}"))
        {
            return;
        }

        TellMemory(need, told, device);
        OutputFolder.Make(folder, nameof(OutputPath));
        List<(string, string)> facts = [("begun from", started?.Name ?? "the base's U-Net"), ("command", MyInvocation.Line.Trim())];
        BranchTrainingResult result = Work(feed =>
        {
            using TrainingBase trained = TrainingBase.Open(catalog, choice.Base, choice.Vae, device);
            using BrushNetModel branch = started is null
                ? BrushNetModel.FromUNet(trained.UNet, variant: Variant, attention: Attention)
                : BranchMaker.Open(started, model, device.Device, device.Type);
            BranchTraining training = new(trained, pictures, options, folder);
            return training.Run(
                branch, started is null, Resume, facts, feed.Progress<TrainingProgress>(Report), Show ? (name, picture) => feed.Do(_ => Draw(name, picture)) : null, feed.Warn, feed.Cancellation);
        });
        Tell(result);
        WriteObject(result);
    }

    private BranchTrainingOptions Options(ModelFiles model, UNetConfig unet, PathResolver paths) => new()
    {
        Variant = Variant,
        Attention = Attention,
        SnrGamma = SnrGamma,
        CaptionDropout = CaptionDropout,
        NoiseOffset = NoiseOffset,
        ValidationCount = ValidationCount,
        ValidateEvery = ValidateEvery,
        ValidationSteps = ValidationSteps,
        LatentCache = LatentCache is null ? null : paths.Output(LatentCache),
        Data = new BranchDataOptions
        {
            Side = Resolution ?? NativeSide(model, unet),
            Crop = Crop,
            BrushShare = BrushShare,
            SegmentShare = SegmentShare,
            RemovalShare = BrushShare + SegmentShare + RemovalShare > 0
                ? RemovalShare
                : throw new EditException(EditFault.BadArgument, "All shares of masks are 0.", "Give -BrushShare, -SegmentShare or -RemovalShare above 0.", RemovalShare),
        },
        Training = new TrainingOptions
        {
            Steps = Steps,
            BatchSize = BatchSize,
            Accumulate = Accumulate,
            LearningRate = LearningRate,
            Course = LearningRateCourse,
            WarmupSteps = WarmupSteps,
            Restarts = Restarts,
            WeightDecay = WeightDecay,
            GradientNorm = GradientNorm,
            Average = AverageDecay > 0 ? new WeightAverage { Decay = AverageDecay } : null,
            ReportEvery = ReportEvery,
            CheckpointEvery = CheckpointEvery,
            KeepCheckpoints = KeepCheckpoints,
            Seed = (ulong)Seed,
        },
    };

    private static int NativeSide(ModelFiles model, UNetConfig unet)
    {
        VaeConfig vae = model.HasVae && model.Config(ModelPart.Vae) is { } json ? VaeConfig.Read(json) : new VaeConfig();
        return unet.SampleSize * vae.ScaleFactor;
    }

    private ITrainingPictures Pictures(PathResolver paths)
    {
        if (ParameterSetName == ScenesSet)
        {
            return scenes.Count > 0
                ? new GivenPictures(
                    $"{scenes.Count} drawn scenes",
                    [.. scenes.Select(scene => new TrainingPicture(scene.Truth.ToRgb(), scene.Truth.Width, scene.Truth.Height, scene.Caption, [Array.ConvertAll(scene.Mask.Values.ToArray(), value => value >= Mask.Threshold)]))])
                : throw new EditException(EditFault.BadArgument, "No scene was piped in.", "Give -Data, or scenes of New-ToyScene.", null);
        }

        List<string> shards = [];
        List<string> folders = [];
        foreach (string path in Data)
        {
            string full = paths.Output(path);
            if (Directory.Exists(full))
            {
                string[] inside = Directory.GetFiles(full, "*.tar");
                shards.AddRange(inside);
                folders.AddRange(inside.Length == 0 ? [full] : []);
                continue;
            }

            foreach ((string file, EditException? fault) in paths.Files([path], literal: false))
            {
                shards.Add(fault is null ? file : throw fault);
            }
        }

        string output = paths.Output(OutputPath);
        if (folders.Any(data => Path.GetRelativePath(data, output) is { } inside && !Path.IsPathRooted(inside) && !inside.StartsWith("..", StringComparison.Ordinal)))
        {
            throw new EditException(EditFault.CannotWrite, $"'{output}' is in the folder of pictures, so the run's own files would be used for training.", "Give an -OutputPath outside this folder.", output);
        }

        if (shards.Count > 0 && folders.Count == 0)
        {
            return new ShardPictures(shards, Cancellation);
        }

        return shards.Count == 0 && folders.Count == 1
            ? new FolderPictures(folders[0])
            : throw new EditException(EditFault.BadArgument, $"-Data names {folders.Count} folders of pictures and {shards.Count} shards.", "Give one folder of pictures, or tar shards.", Data);
    }

    private void CheckFolder(string folder, ModelFiles? started)
    {
        if (started is not null && string.Equals(started.Path, folder, StringComparison.Ordinal))
        {
            throw new EditException(EditFault.CannotWrite, $"'{folder}' contains the branch that training starts from.", "Give another -OutputPath.", folder);
        }

        bool taken = new Checkpoints(Path.Combine(folder, BranchTraining.CheckpointFolder), KeepCheckpoints).Files.Count > 0
            || File.Exists(Path.Combine(folder, BranchFolder.WeightsName)) || File.Exists(Path.Combine(folder, "config.json"));
        if (taken && !Resume && !Force)
        {
            throw new EditException(EditFault.CannotWrite, $"'{folder}' already contains a run.", "Continue it with -Resume, start again with -Force, or give another -OutputPath.", folder);
        }
    }

    private static string MemoryText(MemoryNeed need) =>
        $"{ByteText.Of(need.Total)} (weights {ByteText.Of(need.Weights)}, gradients {ByteText.Of(need.Gradients)}, optimiser {ByteText.Of(need.Optimizer)}, activations about {ByteText.Of(need.Activations)})";

    private void TellMemory(MemoryNeed need, string told, ComputeDevice device)
    {
        WriteVerbose($"Memory: {told}.");
        if (device.Device.type != DeviceType.CPU)
        {
            WriteVerbose("TorchSharp does not report the device's memory.");
            return;
        }

        long there = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (need.Total > there)
        {
            WriteWarning($"The run needs about {ByteText.Of(need.Total)} of memory, but the machine has {ByteText.Of(there)}: give a smaller -BatchSize (with -Accumulate) or -Resolution.");
        }
    }

    private static ProgressRecord Report(TrainingProgress at) => new(
        ActivityId,
        "Training a BrushNet",
        string.Create(CultureInfo.InvariantCulture, $"step {at.Step} of {at.Steps}, loss {at.Loss:f5}, {at.StepsPerSecond:f2} steps/s"))
    {
        PercentComplete = (int)(100L * at.Step / at.Steps),
        SecondsRemaining = (int)at.Left.TotalSeconds,
    };

    private void Tell(BranchTrainingResult result)
    {
        const int most = 10;
        foreach (string problem in result.Problems.Take(most))
        {
            WriteWarning($"Skipped: {problem}");
        }

        if (result.Problems.Count > most)
        {
            WriteWarning($"Skipped: {result.Problems.Count - most} more.");
        }

        if (result.Interrupted)
        {
            WriteWarning($"The run was stopped at step {result.Steps}; -Resume continues from '{result.Checkpoint}'.");
        }
    }

    private void Draw(string name, Picture picture)
    {
        TerminalLink link = new(Host, SessionState);
        if (name is BranchTraining.CurveName or BranchTraining.SheetName && link.Draws)
        {
            TerminalDrawing.Write(this, link, picture, Cancellation);
        }
    }
}
