namespace BrushEdit.Loading;

/// <summary>The kinds of models that edits use.</summary>
public enum ModelKind
{
    /// <summary>The base model: text encoders, U-Net and VAE of Stable Diffusion 1.5 or XL, or of a fine-tune.</summary>
    StableDiffusion,

    /// <summary>The branch that gives the base model the surroundings of the hole.</summary>
    BrushNet,

    /// <summary>The detector that finds the objects named by a phrase.</summary>
    GroundingDino,

    /// <summary>The segmenter that outlines the object in a box.</summary>
    Sam,

    /// <summary>A vision-language model with its projector, both as GGUF files; the planner <c>LLama</c> uses it.</summary>
    VisionLanguage,

    /// <summary>A separate autoencoder, which replaces that of a base model.</summary>
    Vae,

    /// <summary>A base model trained for inpainting: its U-Net has nine input channels, five of them for the mask and the masked picture's latent.</summary>
    Inpainting,

    /// <summary>A base model trained to edit by instruction: its U-Net has eight input channels, four of them for the picture's latent.</summary>
    InstructPix2Pix,

    /// <summary>A network that reads a condition in pixels and guides the base model through its skip connections.</summary>
    ControlNet,

    /// <summary>A LoRA: small factors whose products are added to a base model's weights.</summary>
    Lora,

    /// <summary>A textual inversion embedding: vectors for a word of the prompt.</summary>
    Embedding,

    /// <summary>A CLIP: it measures how well a picture matches a text, to judge fills.</summary>
    Clip,
}

/// <summary>The parts of a model that are loaded separately.</summary>
public enum ModelPart
{
    /// <summary>The denoising network of a base model.</summary>
    Unet,

    /// <summary>The autoencoder of a base model.</summary>
    Vae,

    /// <summary>The text encoder of a base model; in Stable Diffusion XL, the first one.</summary>
    TextEncoder,

    /// <summary>The second text encoder of Stable Diffusion XL.</summary>
    TextEncoder2,

    /// <summary>Vocabulary files: of a base model, or of Grounding DINO.</summary>
    Tokenizer,

    /// <summary>Vocabulary files for the second text encoder of Stable Diffusion XL.</summary>
    Tokenizer2,

    /// <summary>The noise schedule of a base model; configuration only.</summary>
    Scheduler,

    /// <summary>The network of a model with a single one, such as a BrushNet, a Grounding DINO or a SAM.</summary>
    Network,

    /// <summary>The image preprocessing for Grounding DINO or SAM; configuration only, may be absent.</summary>
    Processor,
}

/// <summary>A model found on disk, described by the headers of its files; no weights are read.</summary>
/// <param name="Name">The name to find it by: its path below a models folder, with forward slashes.</param>
/// <param name="Path">Its folder, or its single file.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="SizeBytes">Size of the weight files that would be loaded, in bytes.</param>
/// <param name="ParameterCount">Number of elements in the tensors that would be loaded.</param>
public sealed record ModelInfo(string Name, string Path, ModelKind Kind, long SizeBytes, long ParameterCount)
{
    /// <summary>The family it belongs to; None if it fits all families, or its files do not show it.</summary>
    public ModelFamily Family { get; init; }
}

/// <summary>The result of a search of the models folders.</summary>
/// <param name="Models">Models that can be loaded, judging by their files, in order of folder and name.</param>
/// <param name="Problems">Folders and files that look like models but cannot be used, each with the reason.</param>
public sealed record ModelListing(IReadOnlyList<ModelInfo> Models, IReadOnlyList<ModelProblem> Problems);

/// <summary>A folder or file that looks like a model but cannot be used.</summary>
/// <param name="Path">The folder or file.</param>
/// <param name="Reason">Why it cannot be used, and what to do.</param>
public sealed record ModelProblem(string Path, EditException Reason);
