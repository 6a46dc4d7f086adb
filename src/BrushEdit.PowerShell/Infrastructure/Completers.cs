using System.Collections;
using BrushEdit.Caching;
using BrushEdit.Generating;
using BrushEdit.Installing;
using BrushEdit.Linking;
using BrushEdit.Loading;
using BrushEdit.Sampling;
using BrushEdit.Synthesizing;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>Completes the samplers' names.</summary>
public sealed class SamplerCompleter : ValueCompleter
{
    /// <inheritdoc />
    protected override IEnumerable<(string Value, string Tip)> Values(IDictionary bound) =>
        SamplerFactory.Names.Select((name, i) => (name, i == 0 ? $"{name}, the default" : name));
}

/// <summary>Completes devices that this machine's libtorch can use; whether a GPU exists is known only once libtorch is loaded.</summary>
public sealed class DeviceCompleter : ValueCompleter
{
    /// <inheritdoc />
    protected override IEnumerable<(string Value, string Tip)> Values(IDictionary bound)
    {
        yield return (ComputeDevice.Auto, "the best device of this machine");
        yield return ("cpu", "the processor");
        if (OperatingSystem.IsMacOS())
        {
            yield return ("mps", "the Mac's GPU");
        }
        else if (TorchRuntime.Find() is { HasCuda: true })
        {
            yield return ("cuda", "the first NVIDIA GPU");
        }
    }
}

/// <summary>Completes the names of installed models of a kind.</summary>
/// <param name="kind">The kind; null for all.</param>
public abstract class ModelNameCompleter(ModelKind? kind) : ValueCompleter
{
    /// <summary>The kind that fits the parameters typed so far; null for all.</summary>
    /// <param name="bound">The parameters typed so far.</param>
    protected virtual ModelKind? KindFor(IDictionary bound) => kind;

    /// <inheritdoc />
    protected override IEnumerable<(string Value, string Tip)> Values(IDictionary bound)
    {
        ModelKind? wanted = KindFor(bound);
        return ModelCatalog.CreateDefault(PublishedModels.Remedy).List().Where(model => wanted is null || model.Kind == wanted).Select(model => (model.Name, $"{model.Kind}: {model.Path}"));
    }
}

/// <summary>Completes base models: of the kind that the engine uses, if one is typed.</summary>
public sealed class BaseModelCompleter() : ModelNameCompleter(ModelKind.StableDiffusion)
{
    /// <inheritdoc />
    protected override ModelKind? KindFor(IDictionary bound) =>
        bound["Engine"] is { } typed && Enum.TryParse(typed.ToString(), ignoreCase: true, out EngineKind engine) ? EngineTraits.Of(engine).Base : base.KindFor(bound);
}

/// <summary>Completes ControlNets.</summary>
public sealed class ControlNetCompleter() : ModelNameCompleter(ModelKind.ControlNet);

/// <summary>Completes BrushNets.</summary>
public sealed class BrushNetCompleter() : ModelNameCompleter(ModelKind.BrushNet);

/// <summary>Completes VAEs.</summary>
public sealed class VaeCompleter() : ModelNameCompleter(ModelKind.Vae);

/// <summary>Completes LoRAs.</summary>
public sealed class LoraCompleter() : ModelNameCompleter(ModelKind.Lora);

/// <summary>Completes embeddings.</summary>
public sealed class EmbeddingCompleter() : ModelNameCompleter(ModelKind.Embedding);

/// <summary>Completes detectors.</summary>
public sealed class DetectorCompleter() : ModelNameCompleter(ModelKind.GroundingDino);

/// <summary>Completes segmenters.</summary>
public sealed class SegmenterCompleter() : ModelNameCompleter(ModelKind.Sam);

/// <summary>Completes vision-language models.</summary>
public sealed class LanguageModelCompleter() : ModelNameCompleter(ModelKind.VisionLanguage);

/// <summary>Completes models of every kind.</summary>
public sealed class ModelCompleter() : ModelNameCompleter(null);

/// <summary>Completes the models that can be installed.</summary>
public sealed class PublishedModelCompleter : ValueCompleter
{
    /// <inheritdoc />
    protected override IEnumerable<(string Value, string Tip)> Values(IDictionary bound) =>
        PublishedModels.All.Select(model => (model.Name, $"{model.Title}: {ByteText.Of(model.Size)}, {model.License}"));
}

/// <summary>Completes the backgrounds of scenes.</summary>
public sealed class BackgroundCompleter : ValueCompleter
{
    /// <inheritdoc />
    protected override IEnumerable<(string Value, string Tip)> Values(IDictionary bound) => SceneVocabulary.Backgrounds.Select(name => (name, name));
}

/// <summary>Completes the lights of scenes.</summary>
public sealed class LightCompleter : ValueCompleter
{
    /// <inheritdoc />
    protected override IEnumerable<(string Value, string Tip)> Values(IDictionary bound) => SceneVocabulary.Lights.Select(name => (name, name));
}
