using System.Globalization;
using System.Text.Json.Nodes;
using BrushEdit.Modeling;

namespace BrushEdit.Training;

/// <summary>The settings of a branch's training, except for the base, the data and the output folder.</summary>
public sealed record BranchTrainingOptions
{
    /// <summary>Steps, batches, optimiser, checkpoints.</summary>
    public TrainingOptions Training { get; init; } = new() { LearningRate = 1e-5, Course = LearningRateCourse.Constant, BatchSize = 4 };

    /// <summary>How pictures become examples.</summary>
    public BranchDataOptions Data { get; init; } = new();

    /// <summary>Which outputs a new branch has; an existing one keeps its own.</summary>
    public BrushNetVariant Variant { get; init; }

    /// <summary>Whether a new branch keeps the base's attention layers.</summary>
    public bool Attention { get; init; }

    /// <summary>The signal-to-noise ratio above which a timestep's weight is clamped; null weights all timesteps equally.</summary>
    public double? SnrGamma { get; init; }

    /// <summary>The share of captions left empty, for classifier-free guidance.</summary>
    public double CaptionDropout { get; init; } = 0.1;

    /// <summary>The standard deviation of a random offset added to each channel of the noise; 0, as in BrushNet's training, for none.</summary>
    public double NoiseOffset { get; init; }

    /// <summary>Pictures kept for validation.</summary>
    public int ValidationCount { get; init; } = 4;

    /// <summary>Steps between validations; 0 validates only before the first step and after the last.</summary>
    public int ValidateEvery { get; init; }

    /// <summary>Sampling steps of a validation fill.</summary>
    public int ValidationSteps { get; init; } = 20;

    /// <summary>The guidance scale of validation fills; null for the base's own, or 7.5 if it has none.</summary>
    public double? ValidationGuidance { get; init; }

    /// <summary>The folder of the latent cache; null for none.</summary>
    public string? LatentCache { get; init; }

    /// <summary>The settings that must not change if a run is to continue as if it had not been stopped.</summary>
    internal JsonObject Identity()
    {
        TrainingOptions training = Training;
        JsonObject identity = new()
        {
            ["batch_size"] = training.BatchSize,
            ["accumulate"] = training.Accumulate,
            ["learning_rate"] = training.LearningRate,
            ["learning_rate_course"] = training.Course.ToString(),
            ["warmup_steps"] = training.WarmupSteps,
            ["restarts"] = training.Restarts,
            ["betas"] = new JsonArray(training.Beta1, training.Beta2),
            ["epsilon"] = training.Epsilon,
            ["weight_decay"] = training.WeightDecay,
            ["gradient_norm"] = training.GradientNorm,
            ["average_decay"] = training.Average?.Decay,
            ["snr_gamma"] = SnrGamma,
            ["caption_dropout"] = CaptionDropout,
            ["noise_offset"] = NoiseOffset,
            ["side"] = Data.Side,
            ["crop"] = Data.Crop.ToString(),
            ["mask_shares"] = new JsonArray(Data.BrushShare, Data.SegmentShare, Data.RemovalShare),
            ["change_share"] = Data.ChangeShare,
            ["stroke_width"] = Data.StrokeWidth,
            ["validation_count"] = ValidationCount,
            ["latents_cached"] = LatentCache is not null,
            ["seed"] = training.Seed.ToString(CultureInfo.InvariantCulture),
        };

        // A run can be extended only if its learning rate does not depend on the total number of steps.
        if (training.Course is not (LearningRateCourse.Constant or LearningRateCourse.ConstantWithWarmup))
        {
            identity["steps"] = training.Steps;
        }

        return identity;
    }
}
