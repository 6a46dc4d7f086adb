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

/// <summary>Completes devices by what the libtorch of this machine can use; whether a GPU is there is known only once it is loaded.</summary>
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

/// <summary>Completes the names of models of a kind that are found on disk.</summary>
public abstract class ModelNameCompleter : ValueCompleter
{
    /// <summary>The kind wanted; null for all.</summary>
    protected abstract ModelKind? Kind { get; }

    /// <summary>The kind wanted beside what is typed already; null for all.</summary>
    /// <param name="bound">The parameters typed so far.</param>
    protected virtual ModelKind? KindFor(IDictionary bound) => Kind;

    /// <inheritdoc />
    protected override IEnumerable<(string Value, string Tip)> Values(IDictionary bound)
    {
        ModelKind? kind = KindFor(bound);
        return ModelCatalog.CreateDefault(PublishedModels.Remedy).List().Where(model => kind is null || model.Kind == kind).Select(model => (model.Name, $"{model.Kind}: {model.Path}"));
    }
}

/// <summary>Completes base models: of the kind that the engine takes, where one is typed.</summary>
public sealed class BaseModelCompleter : ModelNameCompleter
{
    /// <inheritdoc />
    protected override ModelKind? Kind => ModelKind.StableDiffusion;

    /// <inheritdoc />
    protected override ModelKind? KindFor(IDictionary bound) =>
        bound["Engine"] is { } typed && Enum.TryParse(typed.ToString(), ignoreCase: true, out EngineKind engine) ? EngineTraits.Of(engine).Base : Kind;
}

/// <summary>Completes ControlNets.</summary>
public sealed class ControlNetCompleter : ModelNameCompleter
{
    /// <inheritdoc />
    protected override ModelKind? Kind => ModelKind.ControlNet;
}

/// <summary>Completes BrushNets.</summary>
public sealed class BrushNetCompleter : ModelNameCompleter
{
    /// <inheritdoc />
    protected override ModelKind? Kind => ModelKind.BrushNet;
}

/// <summary>Completes VAEs.</summary>
public sealed class VaeCompleter : ModelNameCompleter
{
    /// <inheritdoc />
    protected override ModelKind? Kind => ModelKind.Vae;
}

/// <summary>Completes LoRAs.</summary>
public sealed class LoraCompleter : ModelNameCompleter
{
    /// <inheritdoc />
    protected override ModelKind? Kind => ModelKind.Lora;
}

/// <summary>Completes embeddings.</summary>
public sealed class EmbeddingCompleter : ModelNameCompleter
{
    /// <inheritdoc />
    protected override ModelKind? Kind => ModelKind.Embedding;
}

/// <summary>Completes detectors.</summary>
public sealed class DetectorCompleter : ModelNameCompleter
{
    /// <inheritdoc />
    protected override ModelKind? Kind => ModelKind.GroundingDino;
}

/// <summary>Completes segmenters.</summary>
public sealed class SegmenterCompleter : ModelNameCompleter
{
    /// <inheritdoc />
    protected override ModelKind? Kind => ModelKind.Sam;
}

/// <summary>Completes vision-language models.</summary>
public sealed class LanguageModelCompleter : ModelNameCompleter
{
    /// <inheritdoc />
    protected override ModelKind? Kind => ModelKind.VisionLanguage;
}

/// <summary>Completes models of every kind.</summary>
public sealed class ModelCompleter : ModelNameCompleter
{
    /// <inheritdoc />
    protected override ModelKind? Kind => null;
}

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
