namespace BrushEdit.Editing;

/// <summary>Presets of quality and time for a fill: sampler, steps, guidance and, if one is installed, a distilled LoRA.</summary>
public enum EditQuality
{
    /// <summary>4 steps without guidance if a distilled model or LoRA is installed, otherwise 12 steps of DPM++2M.</summary>
    Draft,

    /// <summary>20 steps of DPM++2M with Karras spacing.</summary>
    Normal,

    /// <summary>50 steps of UniPC, as the BrushEdit authors use.</summary>
    Best,
}
