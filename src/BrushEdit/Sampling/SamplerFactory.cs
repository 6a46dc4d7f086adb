using System.Globalization;

namespace BrushEdit.Sampling;

/// <summary>Creates samplers, by kind or by the names that users type.</summary>
public static class SamplerFactory
{
    // The value of TCD's reference implementation.
    private const double TcdEta = 0.3;

    private static readonly (SamplerKind Kind, string Name)[] Known =
    [
        (SamplerKind.UniPC, "UniPC"),
        (SamplerKind.Ddim, "DDIM"),
        (SamplerKind.Pndm, "PNDM"),
        (SamplerKind.DpmPlusPlus2M, "DPM++2M"),
        (SamplerKind.DpmPlusPlus2MSde, "DPM++2MSDE"),
        (SamplerKind.DpmPlusPlus3M, "DPM++3M"),
        (SamplerKind.DpmPlusPlus3MSde, "DPM++3MSDE"),
        (SamplerKind.Euler, "Euler"),
        (SamplerKind.EulerAncestral, "EulerAncestral"),
        (SamplerKind.Heun, "Heun"),
        (SamplerKind.Lcm, "LCM"),
        (SamplerKind.Tcd, "TCD"),
    ];

    /// <summary>The names of all samplers, the default first.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Select(entry => entry.Name)];

    /// <summary>The name of a sampler.</summary>
    /// <param name="kind">The sampler.</param>
    public static string NameOf(SamplerKind kind) => Known.First(entry => entry.Kind == kind).Name;

    /// <summary>The sampler with a name; case, spaces, hyphens and underscores are ignored.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="EditException">No sampler has that name.</exception>
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

        throw new EditException(EditFault.BadArgument, $"There is no sampler '{name}'.", $"Choose from {string.Join(", ", Names)}.", name);

        static string Plain(string text) => string.Concat(text.Where(letter => letter is not (' ' or '-' or '_'))).ToUpperInvariant().Replace("DPMPP", "DPM++", StringComparison.Ordinal);
    }

    /// <summary>Whether a sampler supports Karras spacing.</summary>
    /// <param name="kind">The sampler.</param>
    public static bool TakesKarras(SamplerKind kind) => TakesSigmas(kind);

    /// <summary>Whether a sampler accepts given noise levels: those that work on noise levels do, those that work on timesteps do not.</summary>
    /// <param name="kind">The sampler.</param>
    public static bool TakesSigmas(SamplerKind kind) => kind is not (SamplerKind.Ddim or SamplerKind.Pndm or SamplerKind.Lcm or SamplerKind.Tcd);

    /// <summary>Whether a sampler accepts given timesteps; DDIM and PNDM use a fixed stride.</summary>
    /// <param name="kind">The sampler.</param>
    public static bool TakesTimesteps(SamplerKind kind) => kind is not (SamplerKind.Ddim or SamplerKind.Pndm);

    /// <summary>Whether a sampler takes <c>eta</c>.</summary>
    /// <param name="kind">The sampler.</param>
    public static bool TakesEta(SamplerKind kind) => kind is SamplerKind.Ddim or SamplerKind.Tcd;

    /// <summary>Starts a run.</summary>
    /// <param name="config">The model's noise schedule and settings.</param>
    /// <param name="steps">
    /// The number of steps, from 1 to the number of training timesteps (LCM and TCD: of the distillation's); if the configuration lists timesteps or
    /// levels explicitly, their number.
    /// </param>
    /// <param name="kind">The sampler; null for the one that the configuration names.</param>
    /// <param name="karras">Whether noise levels use Karras spacing; null for the configuration's setting, if the sampler supports it.</param>
    /// <param name="eta">
    /// For DDIM the share of DDPM's noise, 0 to 1; for TCD its gamma; null for their defaults (0 and 0.3) and for all other samplers.
    /// </param>
    /// <returns>A sampler at its first step; the caller disposes it.</returns>
    /// <exception cref="EditException">A number is out of range, or the sampler does not support an option.</exception>
    public static ISampler Create(SamplerConfig config, int steps, SamplerKind? kind = null, bool? karras = null, double? eta = null)
    {
        SamplerKind chosen = kind ?? config.Kind;
        string name = NameOf(chosen);
        if (steps < 1 || steps > config.TrainTimesteps)
        {
            throw new EditException(EditFault.BadArgument, $"{steps} steps were requested.", $"Give 1 to {config.TrainTimesteps}.", steps);
        }

        RequireGiven(config, steps, chosen);
        if (!(eta is null or (>= 0 and <= 1)))
        {
            throw new EditException(EditFault.BadArgument, $"eta is {eta}.", "Give 0 (deterministic) to 1.", eta);
        }

        if (eta > 0 && !TakesEta(chosen))
        {
            throw new EditException(EditFault.BadArgument, $"eta cannot be combined with {name}.", $"Omit it, or choose {NamesOf(TakesEta)}.", eta);
        }

        if (karras == true && !TakesKarras(chosen))
        {
            throw new EditException(
                EditFault.BadArgument,
                $"{name} has no Karras spacing.",
                $"Omit it, or choose {NamesOf(TakesKarras)}.",
                name);
        }

        if (chosen == SamplerKind.Pndm && !config.SkipPrkSteps)
        {
            throw new EditException(EditFault.BadModel, "The scheduler requires PNDM with its Runge-Kutta start, which is not supported.", "Choose another sampler.", name);
        }

        if (chosen == SamplerKind.Pndm && config.RescaleZeroSnr)
        {
            throw new EditException(EditFault.BadModel, "PNDM cannot start at a timestep without signal, as this model's schedule does.", "Choose another sampler.", name);
        }

        if (karras == true && (config.Timesteps ?? (object?)config.Sigmas) is not null)
        {
            throw new EditException(EditFault.BadArgument, "Karras spacing cannot be combined with explicit timesteps or noise levels.", "Omit one of them.", name);
        }

        SamplerConfig settings = karras is { } given ? config with { KarrasSigmas = given } : config;
        NoiseSchedule schedule = new(settings);
        ISampler sampler = chosen switch
        {
            SamplerKind.Ddim => new DdimSampler(settings, schedule, steps, eta ?? 0),
            SamplerKind.Pndm => new PndmSampler(settings, schedule, steps),
            SamplerKind.DpmPlusPlus2M or SamplerKind.DpmPlusPlus2MSde or SamplerKind.DpmPlusPlus3M or SamplerKind.DpmPlusPlus3MSde => new DpmSolverSampler(settings, schedule, steps, chosen),
            SamplerKind.Euler => new EulerSampler(settings, schedule, steps, ancestral: false),
            SamplerKind.EulerAncestral => new EulerSampler(settings, schedule, steps, ancestral: true),
            SamplerKind.Heun => new HeunSampler(settings, schedule, steps),
            SamplerKind.Lcm => new LcmSampler(settings, schedule, steps),
            SamplerKind.Tcd => new TcdSampler(settings, schedule, steps, eta ?? TcdEta),
            _ => new UniPCSampler(settings, schedule, steps),
        };
        CheckTimesteps(sampler, settings, name);
        return sampler;
    }

    private static string NamesOf(Func<SamplerKind, bool> takes) => string.Join(", ", Known.Where(entry => takes(entry.Kind)).Select(entry => entry.Name));

    // Explicit timesteps and explicit levels exclude each other and any spacing.
    private static void RequireGiven(SamplerConfig config, int steps, SamplerKind kind)
    {
        if (config.Timesteps is null && config.Sigmas is null)
        {
            return;
        }

        (string what, int given, Func<SamplerKind, bool> takes) = config.Timesteps is { } timesteps
            ? ("timesteps", timesteps.Count, (Func<SamplerKind, bool>)TakesTimesteps)
            : ("noise levels", config.Sigmas!.Count - 1, TakesSigmas);
        (string Fault, string Remedy)? wrong =
            config.Timesteps is not null && config.Sigmas is not null ? ("Explicit timesteps and noise levels are both given.", "Give one of them.") :
            !takes(kind) ? ($"{NameOf(kind)} does not support explicit {what}.", $"Omit them, or choose {NamesOf(takes)}.") :
            given != steps ? ($"{steps} steps were requested, but {what} for {given} are given.", "Omit the number of steps.") :
            null;
        if (wrong is { } fault)
        {
            throw new EditException(EditFault.BadArgument, fault.Fault, fault.Remedy, steps);
        }
    }

    // Rejects so many steps that two fall on one timestep, or an offset that shifts the first beyond the last: every solver would divide by zero or
    // read beyond its tables.
    private static void CheckTimesteps(ISampler sampler, SamplerConfig config, string name)
    {
        IReadOnlyList<double> levels = sampler is SigmaSampler ofLevels ? [.. ofLevels.OwnLevels] : [.. sampler.Timesteps.Distinct()];
        int wanted = sampler.Kind switch
        {
            SamplerKind.Pndm when sampler.Timesteps.Count > 1 => sampler.Timesteps.Count - 1,
            SamplerKind.Heun => (sampler.Timesteps.Count + 1) / 2,
            _ => sampler.Timesteps.Count,
        };
        bool falling = levels.Count == wanted && levels.Zip(levels.Skip(1)).All(pair => pair.First > pair.Second);
        if (!falling || sampler.Timesteps.Any(timestep => timestep < 0 || timestep >= config.TrainTimesteps))
        {
            sampler.Dispose();
            if (config.Timesteps is not null || config.Sigmas is not null)
            {
                throw new EditException(
                    EditFault.BadArgument,
                    "The explicit timesteps or noise levels do not decrease from step to step.",
                    string.Create(CultureInfo.InvariantCulture, $"Give timesteps from at most {config.TrainTimesteps - 1} down to at least 0, or noise levels down to 0."),
                    wanted);
            }

            string spacing = config.Spacing is { } given ? $" with {given} spacing and offset {config.StepsOffset}" : "";
            throw new EditException(
                EditFault.BadArgument,
                $"{wanted} steps of {name}{spacing} do not fit in {config.TrainTimesteps} timesteps.",
                "Give fewer steps.",
                wanted);
        }
    }
}
