using BrushEdit.Loading;

namespace BrushEdit.Sampling;

/// <summary>How this library interprets the class that a scheduler's configuration names.</summary>
/// <param name="Kind">The sampler; null if its noise schedule is usable but the sampler itself is not implemented.</param>
/// <param name="ClipsByDefault">Whether that class clips the clean sample by default.</param>
internal sealed record SchedulerClass(SamplerKind? Kind, bool ClipsByDefault = false)
{
    private static readonly Dictionary<string, SchedulerClass> Known = new(StringComparer.Ordinal)
    {
        ["UniPCMultistepScheduler"] = new(SamplerKind.UniPC),
        ["DDIMScheduler"] = new(SamplerKind.Ddim, true),
        ["PNDMScheduler"] = new(SamplerKind.Pndm),
        ["DPMSolverMultistepScheduler"] = new(SamplerKind.DpmPlusPlus2M),
        ["EulerDiscreteScheduler"] = new(SamplerKind.Euler),
        ["EulerAncestralDiscreteScheduler"] = new(SamplerKind.EulerAncestral),
        ["HeunDiscreteScheduler"] = new(SamplerKind.Heun),
        ["LCMScheduler"] = new(SamplerKind.Lcm),
        ["TCDScheduler"] = new(SamplerKind.Tcd),
        ["DDPMScheduler"] = new(null, true),
        ["LMSDiscreteScheduler"] = new((SamplerKind?)null),
        ["KDPM2DiscreteScheduler"] = new((SamplerKind?)null),
        ["KDPM2AncestralDiscreteScheduler"] = new((SamplerKind?)null),
        ["DEISMultistepScheduler"] = new((SamplerKind?)null),
        ["DPMSolverSinglestepScheduler"] = new((SamplerKind?)null),
    };

    // Settings that only one kind has; they identify the kind if a configuration does not name its class.
    private static readonly (string Key, string Class)[] Telling =
    [
        ("predict_x0", "UniPCMultistepScheduler"),
        ("disable_corrector", "UniPCMultistepScheduler"),
        ("algorithm_type", "DPMSolverMultistepScheduler"),
        ("skip_prk_steps", "PNDMScheduler"),
        ("original_inference_steps", "LCMScheduler"),
        ("interpolation_type", "EulerDiscreteScheduler"),
        ("clip_sample", "DDIMScheduler"),
    ];

    /// <summary>Determines the class, and checks the settings whose meaning depends on it.</summary>
    /// <param name="config">The configuration.</param>
    /// <exception cref="EditException">The class does not describe a diffusion with betas, or is a variant that is not supported.</exception>
    public static SchedulerClass Of(ConfigReader config)
    {
        string name = config.Text("_class_name", Telling.FirstOrDefault(pair => config.Has(pair.Key)).Class ?? "UniPCMultistepScheduler");
        if (!Known.TryGetValue(name, out SchedulerClass? about))
        {
            throw new EditException(
                EditFault.BadModel,
                $"The scheduler '{config.Source}' is a {name}, which does not suit Stable Diffusion.",
                $"Supported are: {string.Join(", ", Known.Keys)}.",
                name);
        }

        if (about.Kind is null)
        {
            // Settings of the sampler that is replaced.
            config.Ignore("algorithm_type", "variance_type");
            return about;
        }

        config.Expect("variance_type", "null", "\"fixed_small\"", "\"fixed_large\"");
        if (about.Kind != SamplerKind.DpmPlusPlus2M)
        {
            config.Ignore("algorithm_type");
            return about;
        }

        bool third = config.Int("solver_order", 2, 1, 3) == 3;
        return config.Text("algorithm_type", "dpmsolver++") switch
        {
            "dpmsolver++" => about with { Kind = third ? SamplerKind.DpmPlusPlus3M : SamplerKind.DpmPlusPlus2M },
            "sde-dpmsolver++" => about with { Kind = third ? SamplerKind.DpmPlusPlus3MSde : SamplerKind.DpmPlusPlus2MSde },
            string other => throw new EditException(
                EditFault.BadModel,
                $"The configuration '{config.Source}' sets algorithm_type to '{other}'; supported are dpmsolver++ and sde-dpmsolver++.",
                "Use a scheduler with one of them.",
                other),
        };
    }
}
