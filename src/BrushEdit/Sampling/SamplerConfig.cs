using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using BrushEdit.Loading;

namespace BrushEdit.Sampling;

/// <summary>
/// Everything a <c>scheduler_config.json</c> says: the noise schedule of the model, and settings of the sampler it names. A sampler of any kind can
/// be created from it; a setting that is not given uses that kind's own default. The defaults of a new object are those of Stable Diffusion 1.5.
/// </summary>
public sealed partial record SamplerConfig
{
    // Ten times the published number; a table has an entry for each.
    private const int MostTimesteps = 10_000;
    private const long LargestFile = 1 << 20;

    /// <summary>The sampler that the configuration names; UniPC if that one is not supported.</summary>
    public SamplerKind Kind { get; init; } = SamplerKind.UniPC;

    /// <summary>The number of training timesteps, at least 1.</summary>
    public int TrainTimesteps { get; init; } = 1000;

    /// <summary>The first beta, above 0 and below 1.</summary>
    public double BetaStart { get; init; } = 0.00085;

    /// <summary>The last beta, above 0 and below 1.</summary>
    public double BetaEnd { get; init; } = 0.012;

    /// <summary>How the betas progress from first to last.</summary>
    public BetaSchedule BetaSchedule { get; init; } = BetaSchedule.ScaledLinear;

    /// <summary>The betas themselves, one a timestep, in place of a schedule; usually null.</summary>
    public IReadOnlyList<double>? TrainedBetas { get; init; }

    /// <summary>
    /// Whether the schedule is stretched so that the last timestep contains no signal; requires a network that does not predict noise.
    /// </summary>
    public bool RescaleZeroSnr { get; init; }

    /// <summary>What the network's output means.</summary>
    public PredictionType Prediction { get; init; } = PredictionType.Epsilon;

    /// <summary>Which timesteps are visited; null for the sampler's own default (leading for DDIM and PNDM, else linspace).</summary>
    public TimestepSpacing? Spacing { get; init; }

    /// <summary>Added to timesteps under leading spacing; 1 for Stable Diffusion.</summary>
    public int StepsOffset { get; init; } = 1;

    /// <summary>Whether the last step of DDIM and PNDM ends at pure signal rather than at timestep 0; null for the sampler's own default.</summary>
    public bool? SetAlphaToOne { get; init; } = false;

    /// <summary>Whether DDIM and LCM clip the clean sample; never so for latents.</summary>
    public bool ClipSample { get; init; }

    /// <summary>The range of that clipping, above 0.</summary>
    public double ClipSampleRange { get; init; } = 1;

    /// <summary>Whether PNDM omits its Runge-Kutta start; only that form is implemented here.</summary>
    public bool SkipPrkSteps { get; init; } = true;

    /// <summary>
    /// Explicit timesteps, first to last, one per step: strictly decreasing and none below 0; null for a spacing. They belong to a single run and are
    /// not read from files.
    /// </summary>
    public IReadOnlyList<double>? Timesteps { get; init; }

    /// <summary>
    /// Explicit noise levels, in place of timesteps: one per step and, last, the final one, usually 0; null for a spacing.
    /// </summary>
    public IReadOnlyList<double>? Sigmas { get; init; }

    /// <summary>The order of UniPC (1 to 3) and DPM-Solver++; for the latter, 3 selects another kind.</summary>
    public int SolverOrder { get; init; } = 2;

    /// <summary>The variant of the solver; null, or one of the other solver, for the sampler's own default (bh2, midpoint).</summary>
    public SolverType? SolverType { get; init; }

    /// <summary>Whether UniPC works on the clean sample rather than on the noise.</summary>
    public bool PredictX0 { get; init; } = true;

    /// <summary>Whether the order falls towards the last step.</summary>
    public bool LowerOrderFinal { get; init; } = true;

    /// <summary>Whether DPM-Solver++ always ends with a step of first order.</summary>
    public bool EulerAtFinal { get; init; }

    /// <summary>The steps, counted from 0, after which UniPC does not correct.</summary>
    public IReadOnlyList<int> DisableCorrector { get; init; } = [];

    /// <summary>The level at which samplers on noise levels end.</summary>
    public FinalSigma FinalSigma { get; init; } = FinalSigma.Zero;

    /// <summary>Whether noise levels are spaced as in arXiv 2206.00364, equation 5, with rho 7.</summary>
    public bool KarrasSigmas { get; init; }

    /// <summary>The least noise level of Karras spacing; null for the schedule's own.</summary>
    public double? SigmaMin { get; init; }

    /// <summary>The greatest noise level of Karras spacing; null for the schedule's own.</summary>
    public double? SigmaMax { get; init; }

    /// <summary>DPM-Solver++ starts at the last timestep whose log signal-to-noise ratio is at least this.</summary>
    public double LambdaMinClipped { get; init; } = double.NegativeInfinity;

    /// <summary>The number of timesteps an LCM was distilled on.</summary>
    public int OriginalInferenceSteps { get; init; } = 50;

    /// <summary>The factor on the timestep in the boundary condition of an LCM.</summary>
    public double TimestepScaling { get; init; } = 10;

    /// <summary>Opens a scheduler's configuration.</summary>
    /// <param name="path">The file, or the folder that contains <c>scheduler_config.json</c>.</param>
    /// <exception cref="EditException">It is missing, broken, or requires something that is not supported.</exception>
    public static SamplerConfig Open(string path)
    {
        string file = Directory.Exists(path) ? Path.Combine(path, "scheduler_config.json") : path;

        // Python writes an unbounded limit as a bare -Infinity, which is not JSON; absent means the same.
        return Read(ConfigReader.Open(file, () => StrictJson.Parse(Encoding.UTF8.GetBytes(
            BareInfinity().Replace(Encoding.UTF8.GetString(RegularFile.ReadAll(file, LargestFile)), "$1null")))));
    }

    /// <summary>Reads a scheduler's configuration. Unsupported settings that would change the result are rejected.</summary>
    /// <param name="config">The JSON object; the class is named by <c>_class_name</c> or inferred from the settings.</param>
    /// <exception cref="EditException">It requires something that is not supported, or contradicts itself.</exception>
    public static SamplerConfig Read(ConfigReader config)
    {
        SchedulerClass about = SchedulerClass.Of(config);
        bool distilled = about.Kind is SamplerKind.Lcm or SamplerKind.Tcd;
        int count = config.Int("num_train_timesteps", 1000, 1, MostTimesteps);
        SamplerConfig read = new()
        {
            Kind = about.Kind ?? SamplerKind.UniPC,
            TrainTimesteps = count,
            BetaStart = config.Double("beta_start", distilled ? 0.00085 : 0.0001, 0, 1),
            BetaEnd = config.Double("beta_end", distilled ? 0.012 : 0.02, 0, 1),
            BetaSchedule = Choice(config, "beta_schedule", distilled ? "scaled_linear" : "linear", BetaScheduleNames),
            TrainedBetas = Numbers(config, "trained_betas"),
            RescaleZeroSnr = config.Bool("rescale_betas_zero_snr", false),
            Prediction = Choice(config, "prediction_type", "epsilon", PredictionNames),
            Spacing = config.Has("timestep_spacing") ? Choice(config, "timestep_spacing", "", SpacingNames) : null,
            StepsOffset = config.Int("steps_offset", 0, 0, 10_000),
            SetAlphaToOne = config.Has("set_alpha_to_one") ? config.Bool("set_alpha_to_one") : null,
            ClipSample = config.Bool("clip_sample", about.ClipsByDefault),
            ClipSampleRange = config.Double("clip_sample_range", 1, 1e-6, 1e6),
            SkipPrkSteps = config.Bool("skip_prk_steps", about.Kind != SamplerKind.Pndm),
            SolverOrder = config.Int("solver_order", 2, 1, 3),
            SolverType = config.Has("solver_type") ? Choice(config, "solver_type", "", SolverNames) : null,
            PredictX0 = config.Bool("predict_x0", true),
            LowerOrderFinal = config.Bool("lower_order_final", true),
            EulerAtFinal = config.Bool("euler_at_final", false),
            DisableCorrector = config.Ints("disable_corrector", [], 0, 10_000),
            FinalSigma = Choice(config, "final_sigmas_type", "zero", FinalSigmaNames),
            KarrasSigmas = config.Bool("use_karras_sigmas", false),
            SigmaMin = config.Has("sigma_min") ? config.Double("sigma_min", null, 0, 1e6) : null,
            SigmaMax = config.Has("sigma_max") ? config.Double("sigma_max", null, 0, 1e6) : null,
            LambdaMinClipped = config.Double("lambda_min_clipped", double.NegativeInfinity, double.NegativeInfinity, 1e3),
            OriginalInferenceSteps = config.Int("original_inference_steps", 50, 1, 10_000),
            TimestepScaling = config.Double("timestep_scaling", 10, 1e-6, 1e6),
        };
        foreach (string key in (string[])["thresholding", "use_exponential_sigmas", "use_beta_sigmas", "use_flow_sigmas", "use_lu_lambdas", "use_dynamic_shifting"])
        {
            config.Expect(key, "false");
        }

        config.Expect("solver_p", "null");
        config.Expect("shift_terminal", "null");
        config.Expect("interpolation_type", "\"linear\"");
        config.Expect("timestep_type", "\"discrete\"");
        // Without thresholding and flow matching, which are rejected above, these have no effect.
        config.Ignore("dynamic_thresholding_ratio", "sample_max_value", "flow_shift", "time_shift_type");
        config.Finish();
        read.Validate(config.Source);
        return read;
    }

    /// <summary>Checks ranges.</summary>
    /// <param name="source">What errors call the configuration.</param>
    /// <exception cref="EditException">A value is out of range, or two contradict each other.</exception>
    internal void Validate(string source = "sampler")
    {
        string? fault =
            TrainTimesteps < 1 ? $"num_train_timesteps is {TrainTimesteps}, not at least 1" :
            TrainedBetas is { } betas && betas.Count != TrainTimesteps ? $"trained_betas has {betas.Count} values for {TrainTimesteps} timesteps" :
            TrainedBetas is { } given && !given.All(Within) ? "trained_betas has a value outside 0 to 1" :
            !Within(BetaStart) || !Within(BetaEnd) ? $"beta_start {BetaStart} or beta_end {BetaEnd} is outside 0 to 1" :
            Timesteps is { Count: 0 } || Timesteps?.Any(timestep => !double.IsInteger(timestep)) == true ? "the explicit timesteps are empty or not whole numbers" :
            Sigmas is { Count: < 2 } || Sigmas?.SkipLast(1).Any(sigma => !(sigma > 0 && double.IsFinite(sigma))) == true || (Sigmas is { } levels && !(levels[^1] >= 0 && levels[^1] < levels[^2])) ? "the explicit noise levels are fewer than two, are not above 0, or do not end below the previous one" :
            SolverOrder is < 1 or > 3 ? $"solver_order is {SolverOrder}, not 1 to 3" :
            !(ClipSampleRange > 0) ? $"clip_sample_range is {ClipSampleRange}, not above 0" :
            StepsOffset < 0 ? $"steps_offset is {StepsOffset}, not 0 or more" :
            SigmaMin is <= 0 or double.NaN || SigmaMax is <= 0 or double.NaN || SigmaMin >= SigmaMax ? $"sigma_min {SigmaMin} and sigma_max {SigmaMax} are not a range above 0" :
            OriginalInferenceSteps < 1 ? $"original_inference_steps is {OriginalInferenceSteps}, not at least 1" :
            !(TimestepScaling > 0) ? $"timestep_scaling is {TimestepScaling}, not above 0" :
            RescaleZeroSnr && Prediction == PredictionType.Epsilon ? "rescale_betas_zero_snr leaves no signal in the last timestep, which prediction of noise cannot handle" :
            null;
        if (fault is not null)
        {
            throw new EditException(EditFault.BadModel, $"In the scheduler configuration '{source}' {fault}.", "Use the scheduler that the model was published with.", source);
        }

        static bool Within(double beta) => beta is > 0 and < 1;
    }

    private static readonly Dictionary<string, BetaSchedule> BetaScheduleNames = new()
    {
        ["linear"] = BetaSchedule.Linear,
        ["scaled_linear"] = BetaSchedule.ScaledLinear,
        ["squaredcos_cap_v2"] = BetaSchedule.SquaredCosCapV2,
    };

    private static readonly Dictionary<string, PredictionType> PredictionNames = new()
    {
        ["epsilon"] = PredictionType.Epsilon,
        ["v_prediction"] = PredictionType.VPrediction,
        ["sample"] = PredictionType.Sample,
    };

    private static readonly Dictionary<string, TimestepSpacing> SpacingNames = new()
    {
        ["linspace"] = TimestepSpacing.Linspace,
        ["leading"] = TimestepSpacing.Leading,
        ["trailing"] = TimestepSpacing.Trailing,
    };

    // "logrho" is a third solver's variant, for which both solvers here use their own default.
    private static readonly Dictionary<string, SolverType?> SolverNames = new()
    {
        ["bh1"] = Sampling.SolverType.Bh1,
        ["bh2"] = Sampling.SolverType.Bh2,
        ["midpoint"] = Sampling.SolverType.Midpoint,
        ["heun"] = Sampling.SolverType.Heun,
        ["logrho"] = null,
    };

    private static readonly Dictionary<string, FinalSigma> FinalSigmaNames = new()
    {
        ["zero"] = FinalSigma.Zero,
        ["sigma_min"] = FinalSigma.SigmaMin,
    };

    private static T Choice<T>(ConfigReader config, string key, string otherwise, Dictionary<string, T> names)
    {
        string name = config.Text(key, otherwise);
        return names.TryGetValue(name, out T? value)
            ? value
            : throw new EditException(
                EditFault.BadModel,
                $"The configuration '{config.Source}' sets {key} to '{name}'; supported are {string.Join(", ", names.Keys)}.",
                "Use a scheduler with one of them.",
                key);
    }

    private static double[]? Numbers(ConfigReader config, string key)
    {
        if (!config.Has(key))
        {
            return null;
        }

        JsonElement list = config.Raw(key);
        return list.ValueKind == JsonValueKind.Array && list.GetArrayLength() <= MostTimesteps && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number && item.TryGetDouble(out _))
            ? [.. list.EnumerateArray().Select(item => item.GetDouble())]
            : throw ConfigReader.Broken(config.Source, $"the value of '{key}' is not a list of numbers");
    }

    [GeneratedRegex(@"(""lambda_min_clipped""\s*:\s*)-Infinity\b", RegexOptions.CultureInvariant)]
    private static partial Regex BareInfinity();
}
