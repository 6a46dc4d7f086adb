namespace BrushEdit.Inpainting;

/// <summary>The stages of a fill.</summary>
public enum InpaintStage
{
    /// <summary>Models are being loaded.</summary>
    Loading,

    /// <summary>The caption is being encoded.</summary>
    Text,

    /// <summary>The picture with its hole is being encoded.</summary>
    Encoding,

    /// <summary>The picture is being inverted to the noise that generates it, step by step.</summary>
    Inverting,

    /// <summary>The hole is being filled, step by step.</summary>
    Denoising,

    /// <summary>The latent is being decoded.</summary>
    Decoding,

    /// <summary>The fill is being blended in.</summary>
    Blending,
}

/// <summary>Names the stages of a fill for progress displays.</summary>
public static class InpaintStageText
{
    /// <summary>Returns the name of a stage in a few words, such as <c>Denoising</c>.</summary>
    /// <param name="stage">The stage.</param>
    public static string Text(this InpaintStage stage) => stage switch
    {
        InpaintStage.Loading => "Finding the models",
        InpaintStage.Text => "Reading the caption",
        InpaintStage.Encoding => "Encoding the picture",
        InpaintStage.Inverting => "Inverting the picture to noise",
        InpaintStage.Denoising => "Denoising",
        InpaintStage.Decoding => "Decoding the fill",
        _ => "Blending the fill in",
    };
}
