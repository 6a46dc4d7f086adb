namespace BrushEdit.Loading;

/// <summary>The families of Stable Diffusion whose models go together: a base, its branch, its VAE.</summary>
public enum ModelFamily
{
    /// <summary>A model that belongs to no family, or to one that its files do not tell.</summary>
    None,

    /// <summary>Stable Diffusion 1.5 and every model of its shape: one text encoder, and nothing beside the text.</summary>
    Sd15,

    /// <summary>Stable Diffusion XL: two text encoders, a pooled text and the picture's sizes beside the text.</summary>
    Sdxl,
}

/// <summary>Families in words.</summary>
internal static class ModelFamilies
{
    /// <summary>A family as people write it.</summary>
    public static string Text(this ModelFamily family) => family switch
    {
        ModelFamily.Sd15 => "Stable Diffusion 1.5",
        ModelFamily.Sdxl => "Stable Diffusion XL",
        _ => "no known family",
    };
}
