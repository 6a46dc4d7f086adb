using BrushEdit.Loading;

namespace BrushEdit.Adapting;

/// <summary>The LoRAs on a base model, matched against its networks.</summary>
internal sealed class LoraSet
{
    private LoraSet(IReadOnlyList<LoraUse> uses, IReadOnlyList<string> names)
    {
        Uses = uses;
        Names = names;
    }

    /// <summary>The LoRAs that are applied.</summary>
    public IReadOnlyList<LoraUse> Uses { get; }

    /// <summary>The names that results report: each with its weight if that is not 1.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The warnings for the user.</summary>
    public IReadOnlyList<string> Warnings => [.. Uses.Select(use => use.Fit.Warning).OfType<string>()];

    /// <summary>Matches LoRAs against a base model's networks; only the base model's headers are read.</summary>
    /// <param name="loras">The files, their names, and their weights.</param>
    /// <param name="model">The base model.</param>
    /// <param name="textParts">The parts that contain its text encoders.</param>
    /// <exception cref="EditException">A LoRA matches nothing, belongs to another family, or contains NaN.</exception>
    public static LoraSet Open(IReadOnlyList<(LoraFile File, string Name, double Weight)> loras, ModelFiles model, IReadOnlyList<ModelPart> textParts)
    {
        if (loras.Count == 0)
        {
            return new LoraSet([], []);
        }

        Dictionary<LoraTarget, IReadOnlyDictionary<string, TensorInfo>> networks = new() { [LoraTarget.Unet] = Shapes(model, ModelPart.Unet) };
        foreach ((int place, ModelPart part) in textParts.Index())
        {
            networks[place == 0 ? LoraTarget.TextEncoder : LoraTarget.TextEncoder2] = Shapes(model, part);
        }

        LoraUse[] uses = [.. loras.Select(lora => new LoraUse(lora.File.Fit(networks), lora.Weight))];
        foreach (LoraUse use in uses)
        {
            use.Fit.File.RequireFinite();
        }

        return new LoraSet(uses, [.. loras.Select(lora => new LoraChoice(lora.Name, lora.Weight).ToString())]);
    }

    private static IReadOnlyDictionary<string, TensorInfo> Shapes(ModelFiles model, ModelPart part)
    {
        using IWeightsFile weights = model.OpenWeights(part);
        return weights.Tensors;
    }
}
