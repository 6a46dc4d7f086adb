namespace BrushEdit.Loading;

/// <summary>The families of Stable Diffusion. Base models, branches and VAEs of one family fit together.</summary>
public enum ModelFamily
{
    /// <summary>A model that belongs to no family, or to one that its files do not show.</summary>
    None,

    /// <summary>Stable Diffusion 1.5 and every model of its architecture: one text encoder, conditioned on the text only.</summary>
    Sd15,

    /// <summary>Stable Diffusion XL: two text encoders, conditioned on the text, a pooled text embedding and the picture's sizes.</summary>
    Sdxl,
}

/// <summary>Names of families.</summary>
internal static class ModelFamilies
{
    /// <summary>The usual name of a family.</summary>
    public static string Text(this ModelFamily family) => family switch
    {
        ModelFamily.Sd15 => "Stable Diffusion 1.5",
        ModelFamily.Sdxl => "Stable Diffusion XL",
        _ => "no known family",
    };
}
