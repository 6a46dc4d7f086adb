using System.Collections;
using System.Management.Automation;
using System.Security;
using BrushEdit.Editing;
using BrushEdit.Generating;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <content>What the user can decide.</content>
public abstract partial class FillCmdlet
{
    /// <summary>Where to edit: a mask, a mask picture's file, or a folder of them.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("MaskFolder")]
    public object? Mask { get; set; }

    /// <summary>How masks in a folder are named.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? MaskPattern { get; set; }

    /// <summary>What the picture shows after the edit.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Prompt")]
    public string? Caption { get; set; }

    /// <summary>What the picture shows now, if known.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("SceneCaption")]
    public string? CaptionBefore { get; set; }

    /// <summary>What the result must not show.</summary>
    [Parameter]
    [AllowEmptyString]
    [AllowNull]
    public string? NegativePrompt { get; set; }

    /// <summary>The method of editing.</summary>
    [Parameter]
    public EngineKind? Engine { get; set; }

    /// <summary>How many layers before the usual one the text encoder's output is read from.</summary>
    [Parameter]
    [ValidateRange(0, InpaintSettings.MostClipSkip)]
    public int? ClipSkip { get; set; }

    /// <summary>The base model: a name or a path.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(BaseModelCompleter))]
    public string? Model { get; set; }

    /// <summary>The BrushNet: a name or a path.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(BrushNetCompleter))]
    public string? BrushNet { get; set; }

    /// <summary>The ControlNet: a name or a path.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ControlNetCompleter))]
    public string? ControlNet { get; set; }

    /// <summary>A VAE in place of the base model's own: a name or a path.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(VaeCompleter))]
    public string? Vae { get; set; }

    /// <summary>LoRAs: names or paths, each with a weight after a colon or none.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(LoraCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Lora { get; set; }

    /// <summary>Embeddings of textual inversion: names or paths.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(EmbeddingCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Embedding { get; set; }

    /// <summary>Stores the weights of U-Net, branch and text encoder in 8 bits.</summary>
    [Parameter]
    public SwitchParameter EightBitWeights { get; set; }

    /// <summary>How brackets in caption and negative prompt are read.</summary>
    [Parameter]
    public PromptSyntax? PromptSyntax { get; set; }

    /// <summary>A choice of sampler, steps, guidance and distilled LoRA.</summary>
    [Parameter]
    public EditQuality? Quality { get; set; }

    /// <summary>Sampling steps.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int? Steps { get; set; }

    /// <summary>Classifier-free guidance; 1 is none.</summary>
    [Parameter]
    [ValidateRange(1.0, 100.0)]
    public double? GuidanceScale { get; set; }

    /// <summary>The fraction of the steps at which guidance starts.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double? GuidanceStart { get; set; }

    /// <summary>The fraction of the steps at which guidance ends.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double? GuidanceEnd { get; set; }

    /// <summary>The inner blocks run only on every n-th step.</summary>
    [Parameter]
    [ValidateRange(1, 100)]
    public int? DeepCache { get; set; }

    /// <summary>How many steps are extrapolated after each computed one.</summary>
    [Parameter]
    [ValidateRange(0, 8)]
    public int? SkipSteps { get; set; }

    /// <summary>How closely InstructPix2Pix follows the picture.</summary>
    [Parameter]
    [ValidateRange(0.0, 20.0)]
    public double? ImageGuidanceScale { get; set; }

    /// <summary>The fraction of the noise that a run starts with.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double? Strength { get; set; }

    /// <summary>Prevents a removed object from reappearing.</summary>
    [Parameter]
    public SwitchParameter Erase { get; set; }

    /// <summary>How reappearance is prevented; implies <see cref="Erase"/>.</summary>
    [Parameter]
    public EraseMode? EraseMode { get; set; }

    /// <summary>The fraction of the steps for which the original's attention to its words is kept.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double? CrossReplace { get; set; }

    /// <summary>The fraction of the steps for which the original's attention among its positions is kept.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double? SelfReplace { get; set; }

    /// <summary>A word of the caption before the edit and the word that replaces it: the edit is restricted to where they are attended to.</summary>
    [Parameter]
    [ValidateCount(2, 2)]
    public string[]? BlendWord { get; set; }

    /// <summary>Words of the caption, each with the factor that scales the attention to it.</summary>
    [Parameter]
    public IDictionary? WordScale { get; set; }

    /// <summary>The address of a server that fills.</summary>
    [Parameter]
    public Uri? Endpoint { get; set; }

    /// <summary>The server's key.</summary>
    [Parameter]
    public SecureString? ApiKey { get; set; }

    /// <summary>The environment variable that contains the server's key.</summary>
    [Parameter]
    public string? ApiKeyVariable { get; set; }

    /// <summary>The longest wait for one picture from a server.</summary>
    [Parameter]
    [ValidateRange(1, 3600)]
    public int? TimeoutSec { get; set; }

    /// <summary>The side of the square that is sent to a server.</summary>
    [Parameter]
    [ValidateRange(256, 4096)]
    public int? ServerSize { get; set; }

    /// <summary>How strongly the BrushNet steers.</summary>
    [Parameter]
    [ValidateRange(0.0, 2.0)]
    public double? ConditioningScale { get; set; }

    /// <summary>The fraction of the steps at which the BrushNet starts to steer.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double? ConditioningStart { get; set; }

    /// <summary>The fraction of the steps at which the BrushNet stops steering.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double? ConditioningEnd { get; set; }

    /// <summary>The sampler's name.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(SamplerCompleter))]
    public string? Sampler { get; set; }

    /// <summary>The noise that DDIM and TCD add at each step.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double? Eta { get; set; }

    /// <summary>User-defined timesteps.</summary>
    [Parameter]
    [ValidateCount(1, 1000)]
    [ValidateRange(0, 9999)]
    public int[]? Timesteps { get; set; }

    /// <summary>User-defined noise levels.</summary>
    [Parameter]
    [ValidateCount(2, 1001)]
    [ValidateRange(0.0, 1e6)]
    public double[]? Sigmas { get; set; }

    /// <summary>Noise levels spaced as Karras et al. propose.</summary>
    [Parameter]
    public SwitchParameter Karras { get; set; }

    /// <summary>The first sample's seed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SeedTransformation]
    public long? Seed { get; set; }

    /// <summary>How many samples.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int? Samples { get; set; }

    /// <summary>Whether the whole picture goes through the networks.</summary>
    [Parameter]
    public SwitchParameter WholePicture { get; set; }

    /// <summary>The context around the mask in a crop.</summary>
    [Parameter]
    [ValidateRange(0.0, 10.0)]
    public double? ContextMargin { get; set; }

    /// <summary>How the fill blends with the kept area.</summary>
    [Parameter]
    public Feather? Feather { get; set; }

    /// <summary>How wide the feather is.</summary>
    [Parameter]
    [ValidateRange(0, 1024)]
    public int? FeatherWidth { get; set; }

    /// <summary>Pixels by which the canvas grows: one number, four, or a table of sides.</summary>
    [Parameter]
    [MarginsTransformation]
    public CanvasMargins? Extend { get; set; }

    /// <summary>A PNG file that shows the fill while it is made.</summary>
    [Parameter]
    public string? PreviewPath { get; set; }

    /// <summary>Draws the fill in the terminal while it is made.</summary>
    [Parameter]
    public SwitchParameter ShowPreview { get; set; }

    /// <summary>Steps between two previews.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int? PreviewEvery { get; set; }

    /// <summary>The file that the result is written to.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Output { get; set; }
}
