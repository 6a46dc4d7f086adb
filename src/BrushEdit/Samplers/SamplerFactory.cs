namespace BrushEdit.Samplers;

/// <summary>Makes samplers, by kind or by the names that users write.</summary>
public static class SamplerFactory
{
    private static readonly (SamplerKind Kind, string Name)[] Known =
    [
        (SamplerKind.UniPC, "UniPC"),
        (SamplerKind.Ddim, "DDIM"),
        (SamplerKind.Pndm, "PNDM"),
        (SamplerKind.DpmPlusPlus2M, "DPM++2M"),
        (SamplerKind.DpmPlusPlus2MSde, "DPM++2MSDE"),
        (SamplerKind.Euler, "Euler"),
        (SamplerKind.EulerAncestral, "EulerAncestral"),
        (SamplerKind.Lcm, "LCM"),
    ];

    /// <summary>The names of all samplers, the default first.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Select(entry => entry.Name)];

    /// <summary>The name of a sampler.</summary>
    /// <param name="kind">The sampler.</param>
    public static string NameOf(SamplerKind kind) => Known.First(entry => entry.Kind == kind).Name;

    /// <summary>The sampler of a name, whatever its case, with or without spaces, hyphens and underscores.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="EditException">There is none of that name.</exception>
    public static SamplerKind Parse(string name)
    {
        string plain = Plain(name);
        foreach ((SamplerKind kind, string known) in Known)
        {
            if (Plain(known) == plain)
            {
                return kind;
            }
        }

        throw new EditException(EditFault.BadArgument, $"There is no sampler '{name}'.", $"Known are: {string.Join(", ", Names)}.", name);

        static string Plain(string text) => string.Concat(text.Where(letter => letter is not (' ' or '-' or '_'))).ToUpperInvariant().Replace("DPMPP", "DPM++", StringComparison.Ordinal);
    }

    /// <summary>Whether a sampler can be spaced as Karras does.</summary>
    /// <param name="kind">The sampler.</param>
    public static bool TakesKarras(SamplerKind kind) => kind is not (SamplerKind.Ddim or SamplerKind.Pndm or SamplerKind.Lcm);

    /// <summary>Starts a run.</summary>
    /// <param name="config">The model's noise schedule and settings.</param>
    /// <param name="steps">The number of steps, from 1 to the number of training timesteps (LCM: of the distillation's).</param>
    /// <param name="kind">The sampler; null for the one that the configuration names.</param>
    /// <param name="karras">Whether noise levels are spaced as Karras does; null for what the configuration says, where the sampler can.</param>
    /// <param name="eta">For DDIM the share of DDPM's noise, 0 to 1; 0 for all others.</param>
    /// <returns>A sampler at its first step; the caller disposes it.</returns>
    /// <exception cref="EditException">A number is out of range, or an option does not go with the sampler.</exception>
    public static ISampler Create(SamplerConfig config, int steps, SamplerKind? kind = null, bool? karras = null, double eta = 0)
    {
        SamplerKind chosen = kind ?? config.Kind;
        string name = NameOf(chosen);
        if (steps < 1 || steps > config.TrainTimesteps)
        {
            throw new EditException(EditFault.BadArgument, $"{steps} steps were asked for.", $"Ask for 1 to {config.TrainTimesteps}.", steps);
        }

        if (!(eta is >= 0 and <= 1))
        {
            throw new EditException(EditFault.BadArgument, $"eta is {eta}.", "Give 0 (deterministic) to 1.", eta);
        }

        if (eta > 0 && chosen != SamplerKind.Ddim)
        {
            throw new EditException(EditFault.BadArgument, $"eta does not go with {name}.", "Leave it out, or choose DDIM.", eta);
        }

        if (karras == true && !TakesKarras(chosen))
        {
            throw new EditException(
                EditFault.BadArgument,
                $"{name} has no Karras spacing.",
                $"Leave it out, or choose {string.Join(", ", Known.Where(entry => TakesKarras(entry.Kind)).Select(entry => entry.Name))}.",
                name);
        }

        if (chosen == SamplerKind.Pndm && !config.SkipPrkSteps)
        {
            throw new EditException(EditFault.BadModel, "The scheduler asks for PNDM with its Runge-Kutta start, which is not built here.", "Choose another sampler.", name);
        }

        if (chosen == SamplerKind.Pndm && config.RescaleZeroSnr)
        {
            throw new EditException(EditFault.BadModel, "PNDM cannot start at a timestep without signal, as this model's schedule does.", "Choose another sampler.", name);
        }

        SamplerConfig settings = karras is { } given ? config with { KarrasSigmas = given } : config;
        NoiseSchedule schedule = new(settings);
        ISampler sampler = chosen switch
        {
            SamplerKind.Ddim => new DdimSampler(settings, schedule, steps, eta),
            SamplerKind.Pndm => new PndmSampler(settings, schedule, steps),
            SamplerKind.DpmPlusPlus2M => new DpmSolverSampler(settings, schedule, steps, stochastic: false),
            SamplerKind.DpmPlusPlus2MSde => new DpmSolverSampler(settings, schedule, steps, stochastic: true),
            SamplerKind.Euler => new EulerSampler(settings, schedule, steps, ancestral: false),
            SamplerKind.EulerAncestral => new EulerSampler(settings, schedule, steps, ancestral: true),
            SamplerKind.Lcm => new LcmSampler(settings, schedule, steps),
            _ => new UniPCSampler(settings, schedule, steps),
        };
        CheckTimesteps(sampler, settings, name);
        return sampler;
    }

    // So many steps that two fall on one timestep, or that the offset shifts the first beyond the last: every solver would
    // divide by zero or look beyond its tables.
    private static void CheckTimesteps(ISampler sampler, SamplerConfig config, string name)
    {
        IReadOnlyList<double> levels = sampler is SigmaSampler { Sigmas: { } sigmas } ? [.. sigmas.SkipLast(1)] : [.. sampler.Timesteps.Distinct()];
        int wanted = sampler.Kind == SamplerKind.Pndm && sampler.Timesteps.Count > 1 ? sampler.Timesteps.Count - 1 : sampler.Timesteps.Count;
        bool falling = levels.Count == wanted && levels.Zip(levels.Skip(1)).All(pair => pair.First > pair.Second);
        if (!falling || sampler.Timesteps.Any(timestep => timestep < 0 || timestep >= config.TrainTimesteps))
        {
            sampler.Dispose();
            string spacing = config.Spacing is { } given ? $" with {given} spacing and offset {config.StepsOffset}" : "";
            throw new EditException(
                EditFault.BadArgument,
                $"{wanted} steps of {name}{spacing} do not fit in {config.TrainTimesteps} timesteps.",
                "Ask for fewer steps.",
                wanted);
        }
    }
}
