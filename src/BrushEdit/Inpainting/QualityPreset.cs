using BrushEdit.Adapting;
using BrushEdit.Editing;
using BrushEdit.Loading;

namespace BrushEdit.Inpainting;

/// <summary>The settings that a quality selects for a base model.</summary>
/// <param name="Quality">The quality.</param>
/// <param name="Sampler">The sampler.</param>
/// <param name="Karras">Whether noise levels are spaced as proposed by Karras et al..</param>
/// <param name="Steps">The number of steps.</param>
/// <param name="GuidanceScale">The guidance; null for the model's default.</param>
/// <param name="Lora">The distilled LoRA that is applied to the base; null for none.</param>
public sealed record QualityPreset(EditQuality Quality, string Sampler, bool Karras, int Steps, double? GuidanceScale, LoraChoice? Lora)
{
    /// <summary>Chooses the settings from the base model and the installed files; reads configurations and headers only.</summary>
    /// <param name="quality">The quality.</param>
    /// <param name="catalog">The catalog in which models are looked up.</param>
    /// <param name="baseModel">The base model's name or path.</param>
    /// <exception cref="EditException">No such model exists.</exception>
    public static QualityPreset Of(EditQuality quality, ModelCatalog catalog, string baseModel)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return quality switch
        {
            EditQuality.Best => new QualityPreset(quality, "UniPC", false, 50, null, null),
            EditQuality.Normal => new QualityPreset(quality, "DPM++2M", true, 20, null, null),
            _ => Draft(catalog, catalog.Locate(baseModel)),
        };
    }

    private static QualityPreset Draft(ModelCatalog catalog, ModelFiles model)
    {
        // A distilled U-Net receives the guidance as an input, and keeps its default.
        if (!model.IsSingleFile && model.Kind == ModelKind.StableDiffusion && model.Config(ModelPart.Unet) is { } unet && unet.Has("time_cond_proj_dim"))
        {
            return new QualityPreset(EditQuality.Draft, "LCM", false, 4, null, null);
        }

        return catalog.DistilledLora(model.Family) is { } lora
            ? new QualityPreset(EditQuality.Draft, "LCM", false, 4, 1, new LoraChoice(lora.Path))
            : new QualityPreset(EditQuality.Draft, "DPM++2M", true, 12, null, null);
    }
}
