namespace BrushEdit.Loading;

/// <summary>The networks of a base model that a LoRA can change.</summary>
public enum LoraTarget
{
    /// <summary>The denoising network.</summary>
    Unet,

    /// <summary>The text encoder; in Stable Diffusion XL, the first one.</summary>
    TextEncoder,

    /// <summary>The second text encoder of Stable Diffusion XL.</summary>
    TextEncoder2,
}
