using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// CLIP's picture encoder with its projection: pixels to a vector in the space of captions. Field names are the published keys
/// (<c>vision_model</c>, <c>visual_projection</c>).
/// </summary>
/// <remarks>Matches the vision half of CLIPModel of transformers.</remarks>
public sealed class ClipVisionModel : nn.Module<Tensor, Tensor>
{
    private readonly ClipVisionTransformer vision_model;
    private readonly Linear visual_projection;

    /// <summary>Builds the network with freshly drawn weights.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="device">The device of its tensors; meta for names and shapes only.</param>
    /// <param name="dtype">Their type; single precision if null.</param>
    public ClipVisionModel(ClipVisionConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(ClipVisionModel))
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate(nameof(ClipVisionModel));
        Config = config;
        vision_model = new ClipVisionTransformer(config, device, dtype);
        visual_projection = nn.Linear(config.HiddenSize, config.ProjectionDim, hasBias: false, device: device, dtype: dtype);
        RegisterComponents();
    }

    /// <summary>The shape it was built with.</summary>
    public ClipVisionConfig Config { get; }

    /// <summary>Pictures to vectors.</summary>
    /// <param name="input">(B, 3, size, size), normalised.</param>
    /// <returns>(B, projection), not normalised.</returns>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        return visual_projection.forward(vision_model.forward(input)).MoveToOuterDisposeScope();
    }
}

/// <summary>Embeds the patches and the class token with their positions. (B, 3, H, W) to (B, 1 + patches, C).</summary>
internal sealed class ClipVisionEmbeddings : nn.Module<Tensor, Tensor>
{
    private readonly Parameter class_embedding;
    private readonly Conv2d patch_embedding;
    private readonly Embedding position_embedding;

    public ClipVisionEmbeddings(ClipVisionConfig config, Device? device, ScalarType? dtype)
        : base(nameof(ClipVisionEmbeddings))
    {
        int side = config.ImageSize / config.PatchSize;
        class_embedding = new Parameter(randn([config.HiddenSize], dtype, device));
        patch_embedding = nn.Conv2d(3, config.HiddenSize, config.PatchSize, config.PatchSize, bias: false, device: device, dtype: dtype);
        position_embedding = nn.Embedding((side * side) + 1, config.HiddenSize, device: device, dtype: dtype);
        RegisterComponents();
    }

    public override Tensor forward(Tensor pixels)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor patches = patch_embedding.forward(pixels).flatten(2).transpose(1, 2); // (B, patches, C)
        Tensor tokens = cat([class_embedding.expand(patches.shape[0], 1, -1), patches], 1);
        Tensor places = arange(Scalars.Of(tokens.shape[1]), ScalarType.Int64, tokens.device);
        return tokens.Plus(position_embedding.forward(places)).MoveToOuterDisposeScope();
    }
}

/// <summary>What the checkpoint calls <c>vision_model</c>. (B, 3, H, W) to the class token's state (B, C).</summary>
internal sealed class ClipVisionTransformer : nn.Module<Tensor, Tensor>
{
    private readonly ClipVisionEmbeddings embeddings;

    // Misspelt in every published checkpoint.
    private readonly LayerNorm pre_layrnorm;
    private readonly ClipTextEncoder encoder;
    private readonly LayerNorm post_layernorm;

    public ClipVisionTransformer(ClipVisionConfig config, Device? device, ScalarType? dtype)
        : base(nameof(ClipVisionTransformer))
    {
        embeddings = new ClipVisionEmbeddings(config, device, dtype);
        pre_layrnorm = nn.LayerNorm(config.HiddenSize, config.LayerNormEps, device: device, dtype: dtype);
        encoder = new ClipTextEncoder(config.Layers, device, dtype, causal: false);
        post_layernorm = nn.LayerNorm(config.HiddenSize, config.LayerNormEps, device: device, dtype: dtype);
        RegisterComponents();
    }

    public override Tensor forward(Tensor pixels)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor last = encoder.forward(pre_layrnorm.forward(embeddings.forward(pixels)))[^1];
        return post_layernorm.forward(last.select(1, 0)).MoveToOuterDisposeScope();
    }
}
