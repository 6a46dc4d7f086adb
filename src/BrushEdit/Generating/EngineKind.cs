namespace BrushEdit.Generating;

/// <summary>The methods of editing a picture that can be selected and compared.</summary>
public enum EngineKind
{
    /// <summary>A BrushNet beside a plain base (arXiv 2403.06976): the default.</summary>
    BrushNet,

    /// <summary>A base trained for inpainting, whose U-Net receives the mask and the masked picture in five additional channels.</summary>
    SDInpainting,

    /// <summary>A ControlNet (arXiv 2302.05543) trained for inpainting beside a plain base; kept latents are restored at each step.</summary>
    ControlNetInpaint,

    /// <summary>A plain base alone; kept latents are restored at each step (Blended Latent Diffusion, arXiv 2206.02779).</summary>
    BlendedLatent,

    /// <summary>A plain base alone, started from the picture with some of the noise (SDEdit, arXiv 2108.01073).</summary>
    SDEdit,

    /// <summary>A base trained to edit by instruction (arXiv 2211.09800); uses no mask.</summary>
    InstructPix2Pix,

    /// <summary>DDIM inversion (arXiv 2010.02502), then prompt-to-prompt (arXiv 2208.01626), from caption to caption; uses no mask.</summary>
    DdimP2P,

    /// <summary>Like <see cref="DdimP2P"/>, with the empty prompt optimised so that the inversion holds under guidance (arXiv 2211.09794).</summary>
    NullTextP2P,

    /// <summary>Like <see cref="DdimP2P"/>, with the inversion's error corrected at each step (PnP inversion, arXiv 2310.01506).</summary>
    DirectP2P,

    /// <summary>A server that implements the images/edits interface fills the hole.</summary>
    Server,
}
