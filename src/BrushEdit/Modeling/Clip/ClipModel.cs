using BrushEdit.Loading;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>CLIP as it was published: a picture encoder and a text encoder whose vectors share one space.</summary>
/// <remarks>Matches CLIPModel of transformers.</remarks>
public sealed class ClipModel : IDisposable
{
    private ClipModel(ClipTextModel text, ClipVisionModel vision)
    {
        Text = text;
        Vision = vision;
    }

    /// <summary>The text encoder, with its projection.</summary>
    public ClipTextModel Text { get; }

    /// <summary>The picture encoder, with its projection.</summary>
    public ClipVisionModel Vision { get; }

    /// <summary>Opens a checkpoint that contains both.</summary>
    /// <param name="json">Its <c>config.json</c>, with the sections <c>text_config</c> and <c>vision_config</c>.</param>
    /// <param name="weights">Its tensors.</param>
    /// <param name="dtype">The type of its weights in memory.</param>
    /// <param name="device">The device of its weights.</param>
    /// <exception cref="EditException">The configuration is of another kind, or a tensor is missing, unexpected or misshapen (BadModel).</exception>
    public static ClipModel Load(ConfigReader json, IWeights weights, ScalarType dtype, Device device)
    {
        ArgumentNullException.ThrowIfNull(json);
        (ClipTextConfig textConfig, ClipVisionConfig visionConfig) = Read(json);
        ClipTextModel text = ModuleLoader.Load(
            (place, type) => new ClipTextModel(textConfig, place, type), weights, "CLIP", dtype, device, name => IsVision(name) || IsBuffer(name));
        try
        {
            return new ClipModel(text, ModuleLoader.Load(
                (place, type) => new ClipVisionModel(visionConfig, place, type), weights, "CLIP", dtype, device, name => IsText(name) || IsBuffer(name)));
        }
        catch
        {
            text.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Text.Dispose();
        Vision.Dispose();
    }

    private static (ClipTextConfig Text, ClipVisionConfig Vision) Read(ConfigReader json)
    {
        json.Expect("model_type", "\"clip\"");
        int projection = json.Int("projection_dim", 512, 1, 16384);
        ConfigReader textJson = json.Section("text_config");
        ConfigReader visionJson = json.Section("vision_config");

        // Copies that older versions of the library wrote in addition to the sections.
        json.Ignore("initializer_factor", "logit_scale_init_value", "text_config_dict", "vision_config_dict");
        PretrainedKeys.PassOver(json);
        json.Finish();

        // Only the text encoder needs the end token's id; the other keys that the library writes into every configuration are ignored.
        _ = textJson.Raw("eos_token_id");
        PretrainedKeys.PassOver(textJson);
        ClipTextConfig text = ClipTextConfig.Read(textJson) with { WithProjection = true, ProjectionDim = projection };
        return (text, ClipVisionConfig.Read(visionJson) with { ProjectionDim = projection });
    }

    private static bool IsText(string name) => name.StartsWith("text_", StringComparison.Ordinal);

    private static bool IsVision(string name) => name.StartsWith("vision_model.", StringComparison.Ordinal) || name.StartsWith("visual_", StringComparison.Ordinal);

    // The logit scale of training, and the position indices of older files.
    private static bool IsBuffer(string name) => name == "logit_scale" || name.EndsWith("embeddings.position_ids", StringComparison.Ordinal);
}
