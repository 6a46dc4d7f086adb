namespace BrushEdit.Loading;

/// <summary>The kinds of models an edit is made with.</summary>
public enum ModelKind
{
    /// <summary>The base model: text encoders, U-Net and VAE of Stable Diffusion 1.5 or XL, or of a fine-tune.</summary>
    StableDiffusion,

    /// <summary>The branch that tells the base model what surrounds the hole.</summary>
    BrushNet,

    /// <summary>The detector that finds what a phrase names.</summary>
    GroundingDino,

    /// <summary>The segmenter that outlines what a box holds.</summary>
    Sam,

    /// <summary>A language model that sees pictures, with its projector, both as GGUF: what the planner <c>LLama</c> asks.</summary>
    VisionLanguage,

    /// <summary>An autoencoder alone, which takes the place of a base model's own.</summary>
    Vae,

    /// <summary>A base model trained for inpainting: its U-Net takes the mask and the masked picture's latent in five channels more, nine in all.</summary>
    Inpainting,

    /// <summary>A base model trained to edit by instruction: its U-Net takes the picture's latent in four channels more, eight in all.</summary>
    InstructPix2Pix,

    /// <summary>A network beside the base model that sees a condition in pixels and steers its skip connections.</summary>
    ControlNet,

    /// <summary>A LoRA: small factors whose products are added to a base model's weights.</summary>
    Lora,

    /// <summary>An textual inversion embedding: a word of the prompt with vectors of its own.</summary>
    Embedding,

    /// <summary>A CLIP: it tells how well a picture shows what words say, and judges fills by it.</summary>
    Clip,
}

/// <summary>The parts a model is loaded by.</summary>
public enum ModelPart
{
    /// <summary>The denoising network of a base model.</summary>
    Unet,

    /// <summary>The autoencoder of a base model.</summary>
    Vae,

    /// <summary>The text encoder of a base model; of Stable Diffusion XL the first.</summary>
    TextEncoder,

    /// <summary>The second text encoder of Stable Diffusion XL.</summary>
    TextEncoder2,

    /// <summary>Vocabulary files: of a base model, or of Grounding DINO.</summary>
    Tokenizer,

    /// <summary>Vocabulary files for the second text encoder of Stable Diffusion XL.</summary>
    Tokenizer2,

    /// <summary>The noise schedule of a base model; configuration only.</summary>
    Scheduler,

    /// <summary>The one network of a BrushNet, a Grounding DINO or a SAM.</summary>
    Network,

    /// <summary>How pictures are prepared for Grounding DINO or SAM; configuration only, may be absent.</summary>
    Processor,
}

/// <summary>A model found on disk; determined by the headers of its files, no weights are read.</summary>
/// <param name="Name">The name it is found by: its path below a models folder, with forward slashes.</param>
/// <param name="Path">Its folder, or its file.</param>
/// <param name="Kind">What it is.</param>
/// <param name="SizeBytes">Bytes on disk of the weight files that would be loaded.</param>
/// <param name="ParameterCount">Numbers in the tensors that would be loaded.</param>
public sealed record ModelInfo(string Name, string Path, ModelKind Kind, long SizeBytes, long ParameterCount)
{
    /// <summary>The family it goes with; none if it goes with all, or its files do not tell.</summary>
    public ModelFamily Family { get; init; }
}

/// <summary>What a look through the models folders found.</summary>
/// <param name="Models">Those that can be loaded as far as their files tell, by name.</param>
/// <param name="Problems">Those that look like models and cannot be used, each with the reason.</param>
public sealed record ModelListing(IReadOnlyList<ModelInfo> Models, IReadOnlyList<ModelProblem> Problems);

/// <summary>A folder or file that looks like a model and cannot be used.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Reason">Why not, and what to do.</param>
public sealed record ModelProblem(string Path, EditException Reason);
