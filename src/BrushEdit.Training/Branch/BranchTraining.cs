using System.Globalization;
using System.Text.Json.Nodes;
using BrushEdit.Imaging;
using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Training;

/// <summary>The outcome of a run.</summary>
/// <param name="Path">The run's folder; it contains a usable branch, unless the run was interrupted before one was written.</param>
/// <param name="Steps">The total number of steps taken, including those before a resume.</param>
/// <param name="Skipped">Steps skipped because their loss was not finite.</param>
/// <param name="Loss">The mean loss of the last tenth of the steps.</param>
/// <param name="FirstScore">The score of held-out pictures before the first step; null if there are none or the run was resumed.</param>
/// <param name="LastScore">The score after the last step; null if there are no held-out pictures or the run was interrupted.</param>
/// <param name="Interrupted">Whether the run ended before its last step.</param>
/// <param name="Checkpoint">The last checkpoint.</param>
/// <param name="Problems">Pictures, shards and rows that were skipped, each with the reason.</param>
public sealed record BranchTrainingResult(
    string Path, int Steps, int Skipped, double Loss, BranchScore? FirstScore, BranchScore? LastScore, bool Interrupted, string? Checkpoint, IReadOnlyList<string> Problems);

/// <summary>
/// Trains a branch on a frozen base. All random values derive from the seed, the step and the position in the data, so that a run that is
/// stopped at any step and resumed from its checkpoint ends, on a CPU, bit for bit like an uninterrupted run.
/// </summary>
public sealed class BranchTraining
{
    /// <summary>The folder of checkpoints in a run's folder.</summary>
    public const string CheckpointFolder = "checkpoints";

    /// <summary>The metrics file in a run's folder.</summary>
    public const string MetricsName = "metrics.jsonl";

    /// <summary>The loss chart in a run's folder.</summary>
    public const string CurveName = "loss.png";

    /// <summary>The chart of the zero convolutions' growth in a run's folder.</summary>
    public const string GrowthName = "zero-convolutions.png";

    /// <summary>The picture of held-out fills in a run's folder.</summary>
    public const string SheetName = "validation.png";

    private const string IdentityKey = "identity";
    private const string NetworkName = "branch";

    private readonly TrainingBase model;
    private readonly ITrainingPictures pictures;
    private readonly BranchTrainingOptions options;
    private readonly string folder;
    private readonly BranchSource source;
    private readonly BranchEncoder encoder;
    private readonly BranchValidation? validation;
    private readonly List<string> problems;

    /// <summary>Prepares a run: splits the pictures into a training set and a held-out set.</summary>
    /// <param name="model">The base.</param>
    /// <param name="pictures">The data.</param>
    /// <param name="options">The options of the run.</param>
    /// <param name="folder">The run's output folder.</param>
    /// <exception cref="EditException">The side does not fit the base autoencoder's downsampling factor, or there are too few pictures.</exception>
    public BranchTraining(TrainingBase model, ITrainingPictures pictures, BranchTrainingOptions options, string folder)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(options);
        this.model = model;
        this.pictures = pictures;
        this.folder = folder;
        this.options = options = options with { Data = options.Data with { Seed = options.Training.Seed } };
        int factor = model.Vae.Config.ScaleFactor;
        if (options.Data.Side % factor != 0)
        {
            throw new EditException(EditFault.BadArgument, $"Pictures of {options.Data.Side} pixels a side do not fit the base model, whose latents are {factor} times smaller.", $"Give a -Resolution that {factor} divides.", options.Data.Side);
        }

        int[] heldOut = HeldOut();
        source = new BranchSource(pictures, options.Data, heldOut);
        LatentCache? cache = options.LatentCache is { } latents ? new LatentCache(latents, model.VaeIdentity) : null;
        encoder = new BranchEncoder(model, options.CaptionDropout, options.NoiseOffset, cache);
        BranchSample[] samples = [.. heldOut.Select(source.HeldOut).OfType<BranchSample>()];
        validation = samples.Length > 0 ? new BranchValidation(model, samples, options) : null;
        problems = [.. pictures.Problems];
    }

    /// <summary>Pictures, shards and rows that were skipped so far.</summary>
    public IReadOnlyList<string> Problems => [.. problems, .. source.Faults];

    /// <summary>Trains.</summary>
    /// <param name="branch">The branch; it ends with the running average of its weights.</param>
    /// <param name="isNew">Whether it was just made from the base; its input bias, the base's, then stays frozen, as in the authors' training.</param>
    /// <param name="resume">Whether the run continues from the folder's newest checkpoint; if none exists, the run starts from the beginning.</param>
    /// <param name="facts">Further facts for the model card: the command, the initial branch.</param>
    /// <param name="progress">Receives the loss.</param>
    /// <param name="drawn">Receives each written picture with its name. Null for none.</param>
    /// <param name="warn">Receives warnings about skipped data. Null for none.</param>
    /// <param name="cancellation">Ends the run after the current step, with a checkpoint.</param>
    /// <exception cref="EditException">The folder belongs to another run or cannot be written, or several consecutive steps had no finite loss.</exception>
    public BranchTrainingResult Run(
        BrushNetModel branch,
        bool isNew,
        bool resume,
        IReadOnlyList<(string Name, string Value)> facts,
        IProgress<TrainingProgress>? progress,
        Action<string, Picture>? drawn,
        Action<string>? warn,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(branch);
        Freeze(branch, isNew);
        Checkpoints checkpoints = new(Path.Combine(folder, CheckpointFolder), options.Training.KeepCheckpoints);
        string identity = Identity(branch, isNew);
        using TrainingState state = new(new Dictionary<string, torch.nn.Module> { [NetworkName] = branch }, options.Training);
        bool goesOn = resume && checkpoints.TryRestore(state, told => CheckSame(told, identity), warn);
        Directory.CreateDirectory(folder);
        if (!goesOn)
        {
            checkpoints.Clear();
        }

        using MetricsFile metrics = MetricsFile.Open(Path.Combine(folder, MetricsName), goesOn ? state.Step : -1);
        BranchScore? first = null;
        BranchScore? last = null;
        branch.train();
        try
        {
            if (!goesOn)
            {
                metrics.Add(0, ("zero_convolution_weight", BranchFolder.ZeroConvolutionWeight(branch)));
                first = Validate(branch, state, metrics, drawn, cancellation);
            }

            TrainingLoop.Run(
                "branch",
                state,
                options.Training,
                (step, batch) => Loss(branch, step, batch),
                () => checkpoints.Save(state, new Dictionary<string, string> { [IdentityKey] = identity }),
                progress,
                step => AfterStep(step, branch, state, metrics, drawn, warn, cancellation),
                cancellation);
            if (state.Step >= options.Training.Steps)
            {
                last = Validate(branch, state, metrics, drawn, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Cancelled during a validation: the checkpoint contains the step before it.
            checkpoints.Save(state, new Dictionary<string, string> { [IdentityKey] = identity });
        }

        DrawCurves(metrics, drawn);
        branch.eval();
        bool done = state.Step >= options.Training.Steps && !(validation is not null && last is null);
        state.UseAverage();
        if (done)
        {
            Finish(branch, state, metrics, facts, last);
        }

        return new BranchTrainingResult(folder, state.Step, state.Skipped, LastLoss(metrics), first, last, !done, checkpoints.Files is [string newest, ..] ? newest : null, Problems);
    }

    private torch.Tensor Loss(BrushNetModel branch, int step, int batch)
    {
        TrainingOptions training = options.Training;
        long place = (((long)step * training.Accumulate) + batch) * training.BatchSize;
        BranchSample[] samples = TrainingBatch.Draw(source.Sample, place, training.BatchSize);
        BranchBatch encoded = encoder.Encode(samples, SampleSeed.Of((training.Seed << 40) ^ (ulong)place ^ (1UL << 63)));
        return BranchObjective.Loss(model.UNet, branch, model.Schedule, encoded, options.SnrGamma);
    }

    private void AfterStep(
        TrainingStep step, BrushNetModel branch, TrainingState state, MetricsFile metrics, Action<string, Picture>? drawn, Action<string>? warn, CancellationToken cancellation)
    {
        metrics.Add(
            step.Step, ("loss", step.Loss), ("gradient_norm", step.GradientNorm), ("learning_rate", step.LearningRate), ("skipped", step.Skipped ? 1 : 0));
        if (step.Skipped)
        {
            warn?.Invoke(string.Create(CultureInfo.InvariantCulture, $"Step {step.Step} had a loss of {step.Loss} and was skipped."));
        }

        bool last = step.Step == options.Training.Steps;
        if (last || step.Step % options.Training.ReportEvery == 0)
        {
            metrics.Add(step.Step, ("zero_convolution_weight", BranchFolder.ZeroConvolutionWeight(branch)));
            DrawCurves(metrics, drawn);
        }

        if (!last && options.ValidateEvery > 0 && step.Step % options.ValidateEvery == 0)
        {
            Validate(branch, state, metrics, drawn, cancellation);
        }
    }

    private BranchScore? Validate(BrushNetModel branch, TrainingState state, MetricsFile metrics, Action<string, Picture>? drawn, CancellationToken cancellation)
    {
        if (validation is null)
        {
            return null;
        }

        BranchScore? score = null;
        state.WithAverage(() => score = validation.Score(branch, cancellation));
        metrics.Add(state.Step, ("hole_psnr", score!.HolePsnr), ("kept_psnr", score.KeptPsnr), ("whole_psnr", score.WholePsnr));
        Save(SheetName, score.Sheet, drawn);
        return score;
    }

    private void DrawCurves(MetricsFile metrics, Action<string, Picture>? drawn)
    {
        IReadOnlyList<(double, double)> loss = metrics.Series("loss");
        IReadOnlyList<(double, double)> smooth = LineChart.Smooth(loss, Math.Max(1, loss.Count / 40));
        Save(CurveName, LineChart.Draw("loss by step", [new ChartSeries("each step", loss), new ChartSeries("running mean", smooth)]), drawn);
        Save(GrowthName, LineChart.Draw("mean absolute weight of the zero convolutions by step", [new ChartSeries("weight", metrics.Series("zero_convolution_weight"))]), drawn);
    }

    private void Save(string name, Picture picture, Action<string, Picture>? drawn)
    {
        picture.Save(Path.Combine(folder, name), PictureSaveOptions.Default with { Rule = new WriteRule { Replace = true } });
        drawn?.Invoke(name, picture);
    }

    private void Finish(BrushNetModel branch, TrainingState state, MetricsFile metrics, IReadOnlyList<(string Name, string Value)> facts, BranchScore? score)
    {
        List<(string, string)> all =
        [
            ("base model", model.Files.Name),
            ("variant", branch.Config.Variant + (branch.Config.Attention is null ? ", without attention" : ", with attention")),
            .. facts,
            ("data", pictures.Description),
            ("SHA-256 of the data's listing", pictures.Fingerprint),
            ("steps", string.Create(CultureInfo.InvariantCulture, $"{state.Step}, of which {state.Skipped} skipped")),
            ("precision", model.Device.Type.ToString()),
            ("loss, last tenth", LastLoss(metrics).ToString("f5", CultureInfo.InvariantCulture)),
        ];
        if (score is not null)
        {
            all.Add(("PSNR of held-out pictures", $"{score} ({validation!.Count} pictures)"));
        }

        WriteRule rule = new() { Replace = true };
        BranchFolder.Write(folder, branch, null, rule, state.Final(NetworkName));
        string hash = PendingFile.HashOf(Path.Combine(folder, BranchFolder.WeightsName));
        JsonObject settings = options.Identity();
        settings["steps"] = options.Training.Steps;
        NetworkFolder.WriteText(Path.Combine(folder, BranchFolder.CardName), BranchFolder.Card(all, settings, hash), rule);
    }

    private static double LastLoss(MetricsFile metrics)
    {
        (double, double Loss)[] losses = [.. metrics.Series("loss")];
        return losses.Length == 0 ? double.NaN : losses.TakeLast(Math.Max(1, losses.Length / 10)).Average(entry => entry.Loss);
    }

    private static void Freeze(BrushNetModel branch, bool isNew)
    {
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in branch.named_parameters())
        {
            parameter.requires_grad = !(isNew && name == "conv_in_condition.bias");
        }
    }

    private string Identity(BrushNetModel branch, bool isNew)
    {
        JsonObject identity = options.Identity();
        identity["base"] = model.Files.Name;
        identity["precision"] = model.Device.Type.ToString();
        identity["variant"] = branch.Config.Variant.ToString();
        identity["attention"] = branch.Config.Attention is not null;
        identity["new"] = isNew;
        identity["data"] = pictures.Fingerprint;
        return identity.ToJsonString();
    }

    private void CheckSame(IReadOnlyDictionary<string, string> told, string identity)
    {
        JsonObject then = told.TryGetValue(IdentityKey, out string? text) && JsonNode.Parse(text) is JsonObject stored ? stored : [];
        JsonObject now = JsonNode.Parse(identity)!.AsObject();
        string[] changed = [.. then.Select(entry => entry.Key).Union(now.Select(entry => entry.Key))
            .Where(key => then[key]?.ToJsonString() != now[key]?.ToJsonString())];
        if (changed.Length > 0)
        {
            throw new EditException(
                EditFault.BadArgument,
                $"The run in '{folder}' cannot be resumed: {string.Join("; ", changed.Select(key => $"{key} was {then[key]?.ToJsonString() ?? "nothing"} and is {now[key]?.ToJsonString() ?? "nothing"}"))}.",
                "Give the parameters that the run started with, or another -OutputPath.",
                folder);
        }
    }

    private int[] HeldOut()
    {
        int count = Math.Min(options.ValidationCount, Math.Max(0, pictures.Count - 1));
        int[] order = [.. Enumerable.Range(0, pictures.Count)];
        new Random(SampleSeed.Of(options.Training.Seed)).Shuffle(order);
        return [.. order.Take(count).Order()];
    }
}
