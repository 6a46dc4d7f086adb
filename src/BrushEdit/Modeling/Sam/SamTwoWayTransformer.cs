using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>Attention from one set of tokens to another, in a narrower space.</summary>
public sealed class SamAttention : nn.Module<Tensor, Tensor, Tensor, Tensor>
{
    private readonly Linear q_proj;
    private readonly Linear k_proj;
    private readonly Linear v_proj;
    private readonly Linear out_proj;
    private readonly int heads;

    /// <summary>Builds the layer.</summary>
    /// <param name="config">The decoder's configuration.</param>
    /// <param name="downsampleRate">By how much the tokens are narrowed.</param>
    /// <param name="device">The device of its tensors.</param>
    /// <param name="dtype">Their type.</param>
    public SamAttention(SamMaskDecoderConfig config, int downsampleRate, Device? device = null, ScalarType? dtype = null)
        : base(nameof(SamAttention))
    {
        heads = config.NumAttentionHeads;
        int width = config.HiddenSize / downsampleRate;
        q_proj = nn.Linear(config.HiddenSize, width, device: device, dtype: dtype);
        k_proj = nn.Linear(config.HiddenSize, width, device: device, dtype: dtype);
        v_proj = nn.Linear(config.HiddenSize, width, device: device, dtype: dtype);
        out_proj = nn.Linear(width, config.HiddenSize, device: device, dtype: dtype);
        RegisterComponents();
    }

    /// <summary>Attends.</summary>
    /// <param name="query">(B, N, C).</param>
    /// <param name="key">(B, M, C).</param>
    /// <param name="value">(B, M, C).</param>
    /// <returns>(B, N, C).</returns>
    public override Tensor forward(Tensor query, Tensor key, Tensor value)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor attended = nn.functional.scaled_dot_product_attention(
            Split(q_proj.forward(query)), Split(k_proj.forward(key)), Split(v_proj.forward(value)));
        return out_proj.forward(attended.transpose(1, 2).flatten(2)).MoveToOuterDisposeScope();
    }

    private Tensor Split(Tensor tokens) => tokens.view(tokens.shape[0], tokens.shape[1], heads, -1).transpose(1, 2);
}

/// <summary>One two-way layer: prompts among themselves, prompts to image, an MLP, and image to prompts.</summary>
public sealed class SamTwoWayAttentionBlock : nn.Module<Tensor, Tensor, Tensor, Tensor, (Tensor Queries, Tensor Keys)>
{
    private readonly SamAttention self_attn;
    private readonly LayerNorm layer_norm1;
    private readonly SamAttention cross_attn_token_to_image;
    private readonly LayerNorm layer_norm2;
    private readonly SamMlpBlock mlp;
    private readonly LayerNorm layer_norm3;
    private readonly LayerNorm layer_norm4;
    private readonly SamAttention cross_attn_image_to_token;
    private readonly bool first;

    /// <summary>Builds the layer.</summary>
    /// <param name="config">The decoder's configuration.</param>
    /// <param name="first">The first layer's self-attention has no positions added and replaces its input.</param>
    /// <param name="device">The device of its tensors.</param>
    /// <param name="dtype">Their type.</param>
    public SamTwoWayAttentionBlock(SamMaskDecoderConfig config, bool first, Device? device = null, ScalarType? dtype = null)
        : base(nameof(SamTwoWayAttentionBlock))
    {
        this.first = first;
        int rate = config.AttentionDownsampleRate;
        self_attn = new SamAttention(config, 1, device, dtype);
        layer_norm1 = Norm();
        cross_attn_token_to_image = new SamAttention(config, rate, device, dtype);
        layer_norm2 = Norm();
        mlp = new SamMlpBlock(config.HiddenSize, config.MlpDim, gelu: false, device, dtype);
        layer_norm3 = Norm();
        layer_norm4 = Norm();
        cross_attn_image_to_token = new SamAttention(config, rate, device, dtype);
        RegisterComponents();

        LayerNorm Norm() => nn.LayerNorm(config.HiddenSize, config.LayerNormEps, device: device, dtype: dtype);
    }

    /// <summary>Runs the layer.</summary>
    /// <param name="queries">The prompts' tokens, (B, N, C).</param>
    /// <param name="keys">The image's tokens, (B, M, C).</param>
    /// <param name="queryPositions">(B, N, C).</param>
    /// <param name="keyPositions">(1 or B, M, C).</param>
    /// <returns>Both sets of tokens, updated.</returns>
    public override (Tensor Queries, Tensor Keys) forward(Tensor queries, Tensor keys, Tensor queryPositions, Tensor keyPositions)
    {
        using DisposeScope scope = NewDisposeScope();
        if (first)
        {
            queries = self_attn.forward(queries, queries, queries);
        }
        else
        {
            Tensor placed = queries.Plus(queryPositions);
            queries = queries.Plus(self_attn.forward(placed, placed, queries));
        }

        queries = layer_norm1.forward(queries);
        Tensor placedKeys = keys.Plus(keyPositions);
        queries = layer_norm2.forward(queries.Plus(cross_attn_token_to_image.forward(queries.Plus(queryPositions), placedKeys, keys)));
        queries = layer_norm3.forward(queries.Plus(mlp.forward(queries)));
        keys = layer_norm4.forward(keys.Plus(cross_attn_image_to_token.forward(placedKeys, queries.Plus(queryPositions), queries)));
        return (queries.MoveToOuterDisposeScope(), keys.MoveToOuterDisposeScope());
    }
}

/// <summary>The two-way layers and a final attention from the prompts to the image.</summary>
public sealed class SamTwoWayTransformer : nn.Module<Tensor, Tensor, Tensor, (Tensor Queries, Tensor Keys)>
{
    private readonly ModuleList<SamTwoWayAttentionBlock> layers;
    private readonly SamAttention final_attn_token_to_image;
    private readonly LayerNorm layer_norm_final_attn;

    /// <summary>Builds the transformer.</summary>
    /// <param name="config">The decoder's configuration.</param>
    /// <param name="device">The device of its tensors.</param>
    /// <param name="dtype">Their type.</param>
    public SamTwoWayTransformer(SamMaskDecoderConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(SamTwoWayTransformer))
    {
        layers = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(at => new SamTwoWayAttentionBlock(config, at == 0, device, dtype))];
        final_attn_token_to_image = new SamAttention(config, config.AttentionDownsampleRate, device, dtype);

        // The one norm whose eps is PyTorch's default and not the configuration's.
        layer_norm_final_attn = nn.LayerNorm(config.HiddenSize, 1e-5, device: device, dtype: dtype);
        RegisterComponents();
    }

    /// <summary>Runs the transformer.</summary>
    /// <param name="tokens">The prompts' tokens, (B, N, C); also their own positions.</param>
    /// <param name="image">The image's tokens, (B, M, C).</param>
    /// <param name="imagePositions">(1 or B, M, C).</param>
    /// <returns>Both sets of tokens, updated.</returns>
    public override (Tensor Queries, Tensor Keys) forward(Tensor tokens, Tensor image, Tensor imagePositions)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor queries, Tensor keys) = (tokens, image);
        foreach (SamTwoWayAttentionBlock layer in layers)
        {
            (queries, keys) = layer.forward(queries, keys, tokens, imagePositions);
        }

        queries = layer_norm_final_attn.forward(queries.Plus(final_attn_token_to_image.forward(queries.Plus(tokens), keys.Plus(imagePositions), keys)));
        return (queries.MoveToOuterDisposeScope(), keys.MoveToOuterDisposeScope());
    }
}
