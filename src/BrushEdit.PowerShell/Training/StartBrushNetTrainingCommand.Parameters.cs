using System.Management.Automation;
using BrushEdit.Caching;
using BrushEdit.Modeling;
using BrushEdit.PowerShell.Infrastructure;
using BrushEdit.Training;

namespace BrushEdit.PowerShell;

/// <content>What the user can decide.</content>
public sealed partial class StartBrushNetTrainingCommand
{
    /// <summary>A folder of pictures, or tar shards of BrushData.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = FilesSet)]
    public string[] Data { get; set; } = [];

    /// <summary>Drawn scenes.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ScenesSet)]
    public ToySceneEdit[]? Scene { get; set; }

    /// <summary>The run's folder: the branch, checkpoints, metrics and pictures.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    public string OutputPath { get; set; } = "";

    /// <summary>The base model: a name or a path.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(BaseModelCompleter))]
    public string? Model { get; set; }

    /// <summary>A VAE in place of the base model's own: a name or a path.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(VaeCompleter))]
    public string? Vae { get; set; }

    /// <summary>The branch that training begins with, in place of a new one: a name or a path.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(BrushNetCompleter))]
    public string? BrushNet { get; set; }

    /// <summary>Which outputs a new branch has and where they are added.</summary>
    [Parameter]
    public BrushNetVariant Variant { get; set; }

    /// <summary>Whether a new branch keeps the base's attention layers.</summary>
    [Parameter]
    public SwitchParameter Attention { get; set; }

    /// <summary>The total number of weight updates.</summary>
    [Parameter]
    [ValidateRange(1, 100_000_000)]
    public int Steps { get; set; } = 1000;

    /// <summary>Pictures that go through the networks at once.</summary>
    [Parameter]
    [ValidateRange(1, 4096)]
    public int BatchSize { get; set; } = 4;

    /// <summary>Batches whose gradients are added up for an update.</summary>
    [Parameter]
    [ValidateRange(1, 4096)]
    public int Accumulate { get; set; } = 1;

    /// <summary>The highest learning rate.</summary>
    [Parameter]
    [ValidateRange(1e-12, 1.0)]
    public double LearningRate { get; set; } = 1e-5;

    /// <summary>The learning-rate schedule.</summary>
    [Parameter]
    public LearningRateCourse LearningRateCourse { get; set; } = LearningRateCourse.Constant;

    /// <summary>Steps over which the learning rate rises from 0.</summary>
    [Parameter]
    [ValidateRange(0, 100_000_000)]
    public int WarmupSteps { get; set; }

    /// <summary>Half cycles of the CosineWithRestarts schedule.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int Restarts { get; set; } = 1;

    /// <summary>Decoupled weight decay.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double WeightDecay { get; set; } = 0.01;

    /// <summary>The norm above which the gradient is scaled down.</summary>
    [Parameter]
    [ValidateRange(1e-6, 1e6)]
    public double GradientNorm { get; set; } = 1;

    /// <summary>The decay of the running average of the weights; 0 keeps none.</summary>
    [Parameter]
    [ValidateRange(0.0, 0.999999)]
    public double AverageDecay { get; set; } = 0.9999;

    /// <summary>The signal-to-noise ratio above which a timestep's weight is cut.</summary>
    [Parameter]
    [ValidateRange(0.01, 1e6)]
    public double? SnrGamma { get; set; }

    /// <summary>The share of captions left empty.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double CaptionDropout { get; set; } = 0.1;

    /// <summary>How far the noise of each channel is shifted as a whole.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double NoiseOffset { get; set; }

    /// <summary>The side of the examples, pixels.</summary>
    [Parameter]
    [ValidateRange(16, 4096)]
    public int? Resolution { get; set; }

    /// <summary>Which part of a picture is used for training.</summary>
    [Parameter]
    public TrainingCrop Crop { get; set; }

    /// <summary>The weight of random brush strokes among the masks.</summary>
    [Parameter]
    [ValidateRange(0.0, 1e6)]
    public double BrushShare { get; set; } = 0.5;

    /// <summary>The weight of the pictures' own masks.</summary>
    [Parameter]
    [ValidateRange(0.0, 1e6)]
    public double SegmentShare { get; set; } = 0.4;

    /// <summary>The weight of other pictures' masks.</summary>
    [Parameter]
    [ValidateRange(0.0, 1e6)]
    public double RemovalShare { get; set; } = 0.1;

    /// <summary>The seed of all random numbers.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long Seed { get; set; } = 1;

    /// <summary>Where networks run.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(DeviceCompleter))]
    public string Device { get; set; } = ComputeDevice.Auto;

    /// <summary>The precision of weights and activations.</summary>
    [Parameter]
    [ValidateSet("single", "bfloat16")]
    public string Precision { get; set; } = "single";

    /// <summary>Steps between reports, curves and the measure of the zero convolutions.</summary>
    [Parameter]
    [ValidateRange(1, 1_000_000)]
    public int ReportEvery { get; set; } = 10;

    /// <summary>Steps between checkpoints.</summary>
    [Parameter]
    [ValidateRange(1, 100_000_000)]
    public int CheckpointEvery { get; set; } = 500;

    /// <summary>Checkpoints that are kept.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int KeepCheckpoints { get; set; } = 2;

    /// <summary>Pictures kept for validation.</summary>
    [Parameter]
    [ValidateRange(0, 1000)]
    public int ValidationCount { get; set; } = 4;

    /// <summary>Steps between two validations; 0 for only the first and the last.</summary>
    [Parameter]
    [ValidateRange(0, 100_000_000)]
    public int ValidateEvery { get; set; }

    /// <summary>Sampling steps of a validation fill.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int ValidationSteps { get; set; } = 20;

    /// <summary>A folder that keeps the pictures' latents.</summary>
    [Parameter]
    public string? LatentCache { get; set; }

    /// <summary>Continues from the newest checkpoint.</summary>
    [Parameter]
    public SwitchParameter Resume { get; set; }

    /// <summary>Starts over in a folder that contains a run.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Draws the loss and the validation fills in the terminal.</summary>
    [Parameter]
    public SwitchParameter Show { get; set; }
}
