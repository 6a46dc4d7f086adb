using BrushEdit.Loading;

namespace BrushEdit.Modeling;

/// <summary>Shape of a <see cref="VisionTransformer"/>.</summary>
public sealed record VisionTransformerConfig
{
    // The published networks have heads of 64 channels: 6 over 384, 12 over 768.
    private const int PublishedHead = 64;

    /// <summary>Channels of a token; a multiple of <see cref="NumHeads"/>.</summary>
    public int EmbedDim { get; init; } = 768;

    /// <summary>Blocks.</summary>
    public int Depth { get; init; } = 12;

    /// <summary>Attention heads of a block.</summary>
    public int NumHeads { get; init; } = 12;

    /// <summary>A patch's side in pixels.</summary>
    public int PatchSize { get; init; } = 8;

    /// <summary>Patches per side of the pictures it was trained on.</summary>
    public int Grid { get; init; } = 28;

    /// <summary>Channels inside a block's perceptron.</summary>
    public int MlpDim { get; init; } = 3072;

    /// <summary>Epsilon of the layer normalisations.</summary>
    public double LayerNormEps { get; init; } = 1e-6;

    /// <summary>
    /// Infers the shape from the tensors' shapes; what these do not determine (the number of heads, the epsilon) comes from a configuration or,
    /// without one, from the published networks.
    /// </summary>
    /// <param name="weights">The checkpoint, under the names of DINO's authors.</param>
    /// <param name="json">A <c>config.json</c> with <c>num_heads</c> and more; null for none.</param>
    /// <exception cref="EditException">The checkpoint is of another kind, or the configuration does not match it (BadModel).</exception>
    public static VisionTransformerConfig Read(IWeights weights, ConfigReader? json = null)
    {
        ShapeReader shapes = new(weights, "DINO vision transformer", "Use the published file of ViT-B/8, converted to safetensors: about_EditMeasures describes how.");
        int width = shapes.Side("patch_embed.proj.weight", 0);
        int grid = (int)Math.Round(Math.Sqrt(shapes.Side("pos_embed", 1) - 1));
        VisionTransformerConfig config = new()
        {
            EmbedDim = width,
            Depth = shapes.Count("blocks."),
            PatchSize = shapes.Side("patch_embed.proj.weight", 2),
            Grid = grid,
            MlpDim = shapes.Side("blocks.0.mlp.fc1.weight", 0),
            NumHeads = json?.Int("num_heads", null, 1, 256) ?? Math.Max(1, width / PublishedHead),
            LayerNormEps = json?.Double("layer_norm_eps", 1e-6, 0, 1) ?? 1e-6,
        };
        if (json is not null)
        {
            json.Expect("embed_dim", Text(config.EmbedDim));
            json.Expect("depth", Text(config.Depth));
            json.Expect("patch_size", Text(config.PatchSize));
            json.Ignore("mlp_ratio");
            json.Finish();
        }

        return config.EmbedDim % config.NumHeads == 0 && grid >= 1
            ? config
            : throw shapes.Unfit($"{config.NumHeads} heads do not divide its width of {width}");
    }

    private static string Text(int value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
