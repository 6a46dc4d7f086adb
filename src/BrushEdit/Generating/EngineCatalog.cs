using BrushEdit.Adapting;
using BrushEdit.Caching;
using BrushEdit.Inpainting;
using BrushEdit.Loading;

namespace BrushEdit.Generating;

/// <summary>The models of an engine.</summary>
/// <param name="Base">The base model's name or path.</param>
public sealed record EngineModels(string Base)
{
    /// <summary>The BrushNet's name or path; null for the one in the base, if that is a bundle.</summary>
    public string? BrushNet { get; init; }

    /// <summary>The ControlNet's name or path; null for the one in the base, if that is a bundle.</summary>
    public string? ControlNet { get; init; }

    /// <summary>A VAE's name or path in place of the base's own; null for the base's own.</summary>
    public string? Vae { get; init; }

    /// <summary>LoRAs that are added to the base.</summary>
    public IReadOnlyList<LoraChoice> Loras { get; init; } = [];

    /// <summary>Names or paths of embeddings of textual inversion.</summary>
    public IReadOnlyList<string> Embeddings { get; init; } = [];
}

/// <summary>Opens engines.</summary>
public static class EngineCatalog
{
    /// <summary>Finds an engine's models and checks that they fit each other; reads configurations only.</summary>
    /// <param name="kind">The engine; not <see cref="EngineKind.Server"/>, which has no local models: use <see cref="ServerEngine"/>.</param>
    /// <param name="models">Its models.</param>
    /// <param name="catalog">The catalog in which names are looked up.</param>
    /// <param name="device">Where the networks run.</param>
    /// <param name="pool">Keeps the loaded networks.</param>
    /// <exception cref="EditException">A model is missing, broken or of the wrong kind, is of no use to the engine, or they do not fit each other.</exception>
    public static IEditEngine Open(EngineKind kind, EngineModels models, ModelCatalog catalog, ComputeDevice device, ModelPool pool)
    {
        ArgumentNullException.ThrowIfNull(models);
        EngineTraits traits = EngineTraits.Of(kind);
        traits.Refuse(!traits.TakesBrushNet && models.BrushNet is not null, "BrushNet", models.BrushNet);
        traits.Refuse(!traits.TakesControlNet && models.ControlNet is not null, "ControlNet", models.ControlNet);
        traits.Refuse(!traits.TakesEightBitWeights && device.EightBitWeights, nameof(device.EightBitWeights), device);
        traits.Refuse(traits.Base is null, "a base model on this machine", models.Base);
        if (kind == EngineKind.BrushNet)
        {
            return new BrushNetEngine(InpaintModel.Open(catalog, models.Base, models.BrushNet, device, pool, models.Vae, models.Loras, models.Embeddings));
        }

        // Engines that optimise do so in single precision.
        ComputeDevice where = kind == EngineKind.NullTextP2P ? device with { IsOpen = false } : device;
        InpaintModel model = InpaintModel.OpenBase(catalog, models.Base, traits.Base!.Value, where, pool, models.Vae, models.Loras, models.Embeddings);
        RequirePlain(kind, model);
        return traits.TakesTwoCaptions
            ? new PromptEngine(kind, model)
            : new LatentEngine(kind, model, traits.TakesControlNet ? new ControlNetSource(catalog, models.ControlNet ?? models.Base, model, pool) : null);
    }

    // These engines build their text rows themselves: without a pooled text, and with computed, not embedded, guidance.
    private static void RequirePlain(EngineKind kind, InpaintModel model)
    {
        EngineTraits traits = EngineTraits.Of(kind);
        if ((traits.TakesTwoCaptions || traits.TakesImageGuidance || traits.TakesControlNet) && (model.Family != ModelFamily.Sd15 || model.EmbedsGuidance))
        {
            throw new EditException(
                EditFault.BadModel,
                $"The engine {kind} runs on models of the architecture of Stable Diffusion 1.5; '{model.Name}' {(model.EmbedsGuidance ? "is guidance-distilled" : $"is of {model.Family.Text()}")}.",
                "Choose another base model, or another engine: BrushNet, BlendedLatent, SDEdit.",
                model.Name);
        }
    }
}
