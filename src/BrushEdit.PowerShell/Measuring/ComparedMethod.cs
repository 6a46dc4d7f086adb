using System.Collections;
using System.Globalization;
using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Generating;
using BrushEdit.PowerShell.Infrastructure;
using BrushEdit.Sampling;

namespace BrushEdit.PowerShell;

/// <summary>A way of editing that is compared with others: an engine with its models and settings.</summary>
/// <param name="Name">Its name in tables.</param>
/// <param name="Inpainter">The inpainter that edits.</param>
/// <param name="Settings">The settings; captions come with each picture.</param>
internal sealed record ComparedMethod(string Name, SessionInpainter Inpainter, InpaintSettings Settings)
{
    /// <summary>The settings that a variant may name, and what each does.</summary>
    private static readonly Dictionary<string, Func<InpaintSettings, object, InpaintSettings>> Keys = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Steps"] = (settings, value) => settings with { Steps = As<int>(value) },
        ["GuidanceScale"] = (settings, value) => settings with { GuidanceScale = As<double>(value) },
        ["GuidanceStart"] = (settings, value) => settings with { GuidanceStart = As<double>(value) },
        ["GuidanceEnd"] = (settings, value) => settings with { GuidanceEnd = As<double>(value) },
        ["DeepCache"] = (settings, value) => settings with { DeepCache = As<int>(value) },
        ["SkipSteps"] = (settings, value) => settings with { SkipSteps = As<int>(value) },
        ["ImageGuidanceScale"] = (settings, value) => settings with { ImageGuidanceScale = As<double>(value) },
        ["ConditioningScale"] = (settings, value) => settings with { ConditioningScale = As<double>(value) },
        ["ConditioningStart"] = (settings, value) => settings with { ConditioningStart = As<double>(value) },
        ["ConditioningEnd"] = (settings, value) => settings with { ConditioningEnd = As<double>(value) },
        ["Strength"] = (settings, value) => settings with { Strength = As<double>(value) },

        // In this order, as with Invoke-Inpaint: Erase keeps a mode that is given with it, and $false takes it away.
        ["EraseMode"] = (settings, value) => settings with { Erase = As<EraseMode>(value) },
        ["Erase"] = (settings, value) => settings with { Erase = As<bool>(value) ? settings.Erase ?? EraseMode.Full : null },
        ["NegativePrompt"] = (settings, value) => settings with { NegativePrompt = As<string>(value) },
        ["Sampler"] = (settings, value) => settings with { Sampler = As<string>(value) },
        ["Karras"] = (settings, value) => settings with { Karras = As<bool>(value) },
        ["WholePicture"] = (settings, value) => settings with { WholePicture = As<bool>(value) },
        ["ContextMargin"] = (settings, value) => settings with { ContextMargin = As<double>(value) },
    };

    private static readonly string[] ModelKeys = ["Model", "BrushNet", "ControlNet", "Vae"];

    /// <summary>An engine with the common settings.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="models">The models that were named for all.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="host">Lends the networks.</param>
    /// <param name="paths">For paths relative to the current location.</param>
    public static ComparedMethod Of(EngineKind engine, IReadOnlyDictionary<string, string?> models, InpaintSettings settings, ModelHost host, PathResolver paths) =>
        Of(engine.ToString(), engine, models, settings, host, paths);

    /// <summary>A variant: a table with the engine's name and the settings that differ from the common ones.</summary>
    /// <param name="variant">Engine, Name, models and settings.</param>
    /// <param name="models">The models that were named for all.</param>
    /// <param name="settings">The settings of all.</param>
    /// <param name="host">Lends the networks.</param>
    /// <param name="paths">For paths relative to the current location.</param>
    /// <exception cref="EditException">A key is not known, or a value is of another kind (BadArgument).</exception>
    public static ComparedMethod Of(Hashtable variant, IReadOnlyDictionary<string, string?> models, InpaintSettings settings, ModelHost host, PathResolver paths)
    {
        Dictionary<string, object> values = variant.Cast<DictionaryEntry>().Where(entry => entry.Value is not null)
            .ToDictionary(entry => entry.Key.ToString()!, entry => entry.Value is PSObject wrapped ? wrapped.BaseObject : entry.Value!, StringComparer.OrdinalIgnoreCase);
        string[] unknown = [.. values.Keys.Where(key => !Keys.ContainsKey(key) && !ModelKeys.Contains(key, StringComparer.OrdinalIgnoreCase) && !key.Equals("Engine", StringComparison.OrdinalIgnoreCase) && !key.Equals("Name", StringComparison.OrdinalIgnoreCase))];
        if (unknown.Length > 0)
        {
            throw new EditException(
                EditFault.BadArgument, $"A variant has no '{unknown[0]}'.", $"Give Engine, Name, {string.Join(", ", ModelKeys.Concat(Keys.Keys))}.", unknown[0]);
        }

        EngineKind engine = values.TryGetValue("Engine", out object? named) ? Engine(named) : EngineKind.BrushNet;
        foreach (string key in Keys.Keys.Where(values.ContainsKey))
        {
            settings = Set(settings, key, values[key]);
        }

        Dictionary<string, string?> own = new(models, StringComparer.OrdinalIgnoreCase);
        foreach (string key in ModelKeys.Where(values.ContainsKey))
        {
            own[key] = As<string>(values[key]);
        }

        string name = values.TryGetValue("Name", out object? given) ? As<string>(given) : string.Join(
            ", ", values.Where(pair => !pair.Key.Equals("Engine", StringComparison.OrdinalIgnoreCase)).OrderBy(pair => pair.Key, StringComparer.OrdinalIgnoreCase).Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {pair.Value}")).Prepend(engine.ToString()));
        return Of(name, engine, own, settings, host, paths);
    }

    private static ComparedMethod Of(string name, EngineKind engine, IReadOnlyDictionary<string, string?> models, InpaintSettings settings, ModelHost host, PathResolver paths)
    {
        EngineTraits traits = EngineTraits.Of(engine);
        traits.Refuse(!traits.TakesBrushNet && models["BrushNet"] is not null, "BrushNet", models["BrushNet"]);
        traits.Refuse(!traits.TakesControlNet && models["ControlNet"] is not null, "ControlNet", models["ControlNet"]);
        SamplerFactory.Parse(settings.Sampler);

        // The caption before the edit comes with each picture.
        traits.Require(settings with { CaptionBefore = "-" });
        return new ComparedMethod(name, new SessionInpainter(ModelChoice.Of(models["Model"], models["BrushNet"], models["Vae"], paths, engine, models["ControlNet"]), host), settings);
    }

    private static EngineKind Engine(object value) => Enum.TryParse(value.ToString(), ignoreCase: true, out EngineKind engine) && Enum.IsDefined(engine)
        ? engine
        : throw new EditException(EditFault.BadArgument, $"'{value}' is not an engine.", $"Give one of {string.Join(", ", Enum.GetNames<EngineKind>())}.", value);

    private static InpaintSettings Set(InpaintSettings settings, string key, object value)
    {
        try
        {
            return Keys[key](settings, value);
        }
        catch (PSInvalidCastException fault)
        {
            throw new EditException(EditFault.BadArgument, $"A variant's {key} is '{value}': {fault.Message}", "Give a value as Invoke-Inpaint takes it.", value, fault);
        }
    }

    private static T As<T>(object value) => (T)LanguagePrimitives.ConvertTo(value, typeof(T), CultureInfo.InvariantCulture);
}
