using BrushEdit.Loading;

namespace BrushEdit.Modeling;

/// <summary>Shape and constants of a <see cref="ClipVisionModel"/>; the keys of <c>vision_config</c> in a CLIP's <c>config.json</c>.</summary>
public sealed record ClipVisionConfig
{
    /// <summary>Channels of a token; a multiple of <see cref="NumAttentionHeads"/>.</summary>
    public int HiddenSize { get; init; } = 1024;

    /// <summary>Channels inside a layer's perceptron.</summary>
    public int IntermediateSize { get; init; } = 4096;

    /// <summary>Layers.</summary>
    public int NumHiddenLayers { get; init; } = 24;

    /// <summary>Attention heads of a layer.</summary>
    public int NumAttentionHeads { get; init; } = 16;

    /// <summary>The input picture's side in pixels; a multiple of <see cref="PatchSize"/>.</summary>
    public int ImageSize { get; init; } = 224;

    /// <summary>A patch's side in pixels.</summary>
    public int PatchSize { get; init; } = 14;

    /// <summary>The perceptron's activation: <c>quick_gelu</c> or <c>gelu</c>.</summary>
    public string HiddenAct { get; init; } = "quick_gelu";

    /// <summary>Epsilon of the layer normalisations.</summary>
    public double LayerNormEps { get; init; } = 1e-5;

    /// <summary>Channels of the projected picture, the same as of the projected text.</summary>
    public int ProjectionDim { get; init; } = 768;

    /// <summary>Reads the section <c>vision_config</c>.</summary>
    /// <param name="json">The section.</param>
    /// <exception cref="EditException">A key is missing, unknown, or requires something that is not supported.</exception>
    public static ClipVisionConfig Read(ConfigReader json)
    {
        ArgumentNullException.ThrowIfNull(json);
        ClipVisionConfig standard = new();
        json.Expect("model_type", "\"clip_vision_model\"");
        json.Expect("num_channels", "3");
        ClipVisionConfig config = new()
        {
            HiddenSize = json.Int("hidden_size", null, 1, 16384),
            IntermediateSize = json.Int("intermediate_size", null, 1, 65536),
            NumHiddenLayers = json.Int("num_hidden_layers", null, 1, 128),
            NumAttentionHeads = json.Int("num_attention_heads", null, 1, 256),
            ImageSize = json.Int("image_size", standard.ImageSize, 1, 4096),
            PatchSize = json.Int("patch_size", null, 1, 1024),
            HiddenAct = json.Text("hidden_act", standard.HiddenAct),
            LayerNormEps = json.Double("layer_norm_eps", standard.LayerNormEps, 0, 1),
            ProjectionDim = json.Int("projection_dim", 512, 1, 16384),
        };
        json.Ignore("attention_dropout", "dropout", "initializer_factor");
        PretrainedKeys.PassOver(json);
        json.Finish();
        config.Validate(json.Source);
        return config;
    }

    /// <summary>Checks that the values are consistent.</summary>
    /// <param name="source">What the error calls the configuration.</param>
    /// <exception cref="EditException">The sizes are inconsistent, or the activation is not supported.</exception>
    public void Validate(string source)
    {
        if (ImageSize % PatchSize != 0)
        {
            throw ConfigReader.Broken(source, $"image_size {ImageSize} is not a multiple of patch_size {PatchSize}");
        }

        Layers.Validate(source);
    }

    // The layers are those of the text encoder, except that every token attends to every other.
    internal ClipTextConfig Layers => new()
    {
        HiddenSize = HiddenSize,
        IntermediateSize = IntermediateSize,
        NumHiddenLayers = NumHiddenLayers,
        NumAttentionHeads = NumAttentionHeads,
        HiddenAct = HiddenAct,
        LayerNormEps = LayerNormEps,
        ProjectionDim = ProjectionDim,
    };
}
