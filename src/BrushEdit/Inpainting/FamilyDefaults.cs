using BrushEdit.Loading;
using BrushEdit.Modeling;

namespace BrushEdit.Inpainting;

/// <summary>
/// The configuration of a family's published models, for files without one. All families share the same code: a model's
/// configuration decides, and these are the values that it would contain. Families compute differently in three places only:
/// <see cref="AddedEmbeddingConfig"/> (pooled text and sizes), <see cref="TextEncoders"/> (which states are attended to) and
/// <see cref="BrushNetModel.TakesText"/> (whether both halves of a guided step share the branch).
/// </summary>
/// <param name="Unet">The U-Net.</param>
/// <param name="Vae">The VAE.</param>
/// <param name="Texts">The text encoders, in the order of <see cref="TextParts"/>.</param>
/// <param name="TextParts">The parts that contain them.</param>
/// <param name="ZerosForNoPrompt">Whether a missing negative prompt is encoded as zeros.</param>
internal sealed record FamilyDefaults(
    UNetConfig Unet, VaeConfig Vae, IReadOnlyList<ClipTextConfig> Texts, IReadOnlyList<ModelPart> TextParts, bool ZerosForNoPrompt)
{
    /// <summary>Returns the defaults of a family's published models.</summary>
    public static FamilyDefaults Of(ModelFamily family) => family == ModelFamily.Sdxl ? Sdxl : Sd15;

    private static FamilyDefaults Sd15 { get; } = new(new UNetConfig(), new VaeConfig(), [new ClipTextConfig()], [ModelPart.TextEncoder], ZerosForNoPrompt: false);

    private static FamilyDefaults Sdxl { get; } = new(
        new UNetConfig
        {
            SampleSize = 128,
            BlockOutChannels = [320, 640, 1280],
            DownAttention = [false, true, true],
            UpAttention = [true, true, false],
            AttentionHeads = [5, 10, 20],
            TransformerLayers = [1, 2, 10],
            CrossAttentionDim = 2048,
            UseLinearProjection = true,
            AddedEmbedding = new AddedEmbeddingConfig(),
        },
        new VaeConfig { ScalingFactor = 0.13025, SampleSize = 1024, ForceUpcast = true },
        [
            new ClipTextConfig(),
            new ClipTextConfig
            {
                HiddenSize = 1280,
                IntermediateSize = 5120,
                NumHiddenLayers = 32,
                NumAttentionHeads = 20,
                HiddenAct = "gelu",
                ProjectionDim = 1280,
                WithProjection = true,
            },
        ],
        [ModelPart.TextEncoder, ModelPart.TextEncoder2],
        ZerosForNoPrompt: true);
}
