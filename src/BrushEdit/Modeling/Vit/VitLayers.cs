using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>Splits a picture into patches and embeds each as a token. (B, 3, H, W) to (B, patches, C).</summary>
internal sealed class VitPatchEmbed : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d proj;

    public VitPatchEmbed(VisionTransformerConfig config, Device? device, ScalarType? dtype)
        : base(nameof(VitPatchEmbed))
    {
        proj = nn.Conv2d(3, config.EmbedDim, config.PatchSize, config.PatchSize, device: device, dtype: dtype);
        RegisterComponents();
    }

    public override Tensor forward(Tensor pixels)
    {
        using DisposeScope scope = NewDisposeScope();
        return proj.forward(pixels).flatten(2).transpose(1, 2).MoveToOuterDisposeScope();
    }
}

/// <summary>Self-attention with one projection for queries, keys and values. (B, L, C) to the same, and the keys (B, L, C).</summary>
internal sealed class VitAttention : nn.Module<Tensor, (Tensor Out, Tensor Keys)>
{
    private readonly Linear qkv;
    private readonly Linear proj;
    private readonly int heads;

    public VitAttention(VisionTransformerConfig config, Device? device, ScalarType? dtype)
        : base(nameof(VitAttention))
    {
        heads = config.NumHeads;
        qkv = nn.Linear(config.EmbedDim, 3L * config.EmbedDim, device: device, dtype: dtype);
        proj = nn.Linear(config.EmbedDim, config.EmbedDim, device: device, dtype: dtype);
        RegisterComponents();
    }

    public override (Tensor Out, Tensor Keys) forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] parts = qkv.forward(x).chunk(3, 2);
        Tensor mixed = nn.functional.scaled_dot_product_attention(Split(parts[0]), Split(parts[1]), Split(parts[2]));
        return (proj.forward(mixed.transpose(1, 2).flatten(2)).MoveToOuterDisposeScope(), parts[1].MoveToOuterDisposeScope());
    }

    // (B, L, C) to (B, heads, L, C / heads)
    private Tensor Split(Tensor x) => x.unflatten(2, heads, x.shape[2] / heads).transpose(1, 2);
}

/// <summary>A block's perceptron. (B, L, C) to the same.</summary>
internal sealed class VitMlp : nn.Module<Tensor, Tensor>
{
    private readonly Linear fc1;
    private readonly Linear fc2;

    public VitMlp(VisionTransformerConfig config, Device? device, ScalarType? dtype)
        : base(nameof(VitMlp))
    {
        fc1 = nn.Linear(config.EmbedDim, config.MlpDim, device: device, dtype: dtype);
        fc2 = nn.Linear(config.MlpDim, config.EmbedDim, device: device, dtype: dtype);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        return fc2.forward(nn.functional.gelu(fc1.forward(x))).MoveToOuterDisposeScope();
    }
}

/// <summary>Attention, then the perceptron, each preceded by a norm and added to its input; also returns the keys.</summary>
internal sealed class VitBlock : nn.Module<Tensor, (Tensor Out, Tensor Keys)>
{
    private readonly LayerNorm norm1;
    private readonly VitAttention attn;
    private readonly LayerNorm norm2;
    private readonly VitMlp mlp;

    public VitBlock(VisionTransformerConfig config, Device? device, ScalarType? dtype)
        : base(nameof(VitBlock))
    {
        norm1 = nn.LayerNorm(config.EmbedDim, config.LayerNormEps, device: device, dtype: dtype);
        attn = new VitAttention(config, device, dtype);
        norm2 = nn.LayerNorm(config.EmbedDim, config.LayerNormEps, device: device, dtype: dtype);
        mlp = new VitMlp(config, device, dtype);
        RegisterComponents();
    }

    public override (Tensor Out, Tensor Keys) forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor mixed, Tensor keys) = attn.forward(norm1.forward(x));
        Tensor h = x.Plus(mixed);
        return (h.Plus(mlp.forward(norm2.forward(h))).MoveToOuterDisposeScope(), keys.MoveToOuterDisposeScope());
    }
}
