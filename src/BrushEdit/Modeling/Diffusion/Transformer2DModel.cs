using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>The U-Net's attention over a feature map: normalise, project, transformer layers over the positions, project back, add the input.</summary>
internal sealed class Transformer2DModel : nn.Module
{
    private const double NormEps = 1e-6;

    private readonly GroupNorm norm;
    private readonly nn.Module<Tensor, Tensor> proj_in;
    private readonly ModuleList<BasicTransformerBlock> transformer_blocks;
    private readonly nn.Module<Tensor, Tensor> proj_out;
    private readonly bool linear;

    public Transformer2DModel(UNetConfig config, int level, Device? device, ScalarType? dtype)
        : base(nameof(Transformer2DModel))
    {
        int channels = config.BlockOutChannels[level];
        linear = config.UseLinearProjection;
        norm = UNetLayers.Norm(config.NormGroups, channels, NormEps, device, dtype);
        proj_in = Projection(channels, device, dtype);
        transformer_blocks = [];
        for (int layer = 0; layer < config.TransformerLayers[level]; layer++)
        {
            transformer_blocks.Add(new BasicTransformerBlock(channels, config.CrossAttentionDim, config.AttentionHeads[level], device, dtype));
        }

        proj_out = Projection(channels, device, dtype);
        RegisterComponents();
    }

    /// <summary>The layers' attentions over the text, in the order they run.</summary>
    public IEnumerable<Attention> CrossAttentions => transformer_blocks.Select(block => block.CrossAttention);

    /// <summary>Runs the layers.</summary>
    /// <param name="x">(B, C, H, W).</param>
    /// <param name="text">Supplies each layer with the text's keys and values.</param>
    public Tensor forward(Tensor x, TextFeed text)
    {
        using DisposeScope scope = NewDisposeScope();
        long height = x.shape[2];
        long width = x.shape[3];
        Tensor hidden = norm.forward(x);
        hidden = linear
            ? proj_in.Run(ToRows(hidden))
            : ToRows(proj_in.Run(hidden)); // (B, H W, C)
        text.Size = ((int)height, (int)width);
        foreach (BasicTransformerBlock block in transformer_blocks)
        {
            hidden = block.forward(hidden, text);
        }

        hidden = linear
            ? ToMap(proj_out.Run(hidden), height, width)
            : proj_out.Run(ToMap(hidden, height, width)); // (B, C, H, W)
        return hidden.Plus(x).MoveToOuterDisposeScope();
    }

    // Made contiguous once, so that the layers' residual sums run over equal strides.
    private static Tensor ToRows(Tensor map) => map.flatten(2).transpose(1, 2).contiguous();

    private static Tensor ToMap(Tensor rows, long height, long width) => rows.transpose(1, 2).contiguous().unflatten(2, height, width);

    private nn.Module<Tensor, Tensor> Projection(int channels, Device? device, ScalarType? dtype) =>
        linear
            ? nn.Linear(channels, channels, device: device, dtype: dtype)
            : nn.Conv2d(channels, channels, 1, device: device, dtype: dtype);
}

/// <summary>
/// One transformer layer: attention over the picture, over the text, and a gated feed-forward, each on normalised input and added to it.
/// </summary>
internal sealed class BasicTransformerBlock : nn.Module
{
    private readonly LayerNorm norm1;
    private readonly Attention attn1;
    private readonly LayerNorm norm2;
    private readonly Attention attn2;
    private readonly LayerNorm norm3;
    private readonly FeedForward ff;

    public BasicTransformerBlock(int channels, int contextChannels, int heads, Device? device, ScalarType? dtype)
        : base(nameof(BasicTransformerBlock))
    {
        norm1 = nn.LayerNorm(channels, device: device, dtype: dtype);
        attn1 = new Attention(channels, channels, heads, device, dtype);
        norm2 = nn.LayerNorm(channels, device: device, dtype: dtype);
        attn2 = new Attention(channels, contextChannels, heads, device, dtype);
        norm3 = nn.LayerNorm(channels, device: device, dtype: dtype);
        ff = new FeedForward(channels, device, dtype);
        RegisterComponents();
    }

    public Attention CrossAttention => attn2;

    /// <param name="x">(B, N, C).</param>
    /// <param name="text">Supplies the text's keys and values.</param>
    public Tensor forward(Tensor x, TextFeed text)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor normal = norm1.forward(x);
        (Tensor keys, Tensor values) = attn1.KeysAndValues(normal);
        Tensor hidden = x.Plus(attn1.forward(normal, keys, values, text.Control, text.Site(isCross: false)));
        (keys, values) = text.Next(attn2);
        hidden = hidden.Plus(attn2.forward(norm2.forward(hidden), keys, values, text.Control, text.Site(isCross: true)));
        return hidden.Plus(ff.forward(norm3.forward(hidden))).MoveToOuterDisposeScope();
    }
}

/// <summary>Two linear layers with a GELU gate between ("GLU Variants Improve Transformer", arXiv 2002.05202).</summary>
internal sealed class FeedForward : nn.Module<Tensor, Tensor>
{
    private const int Expansion = 4;

    // The published numbering leaves a place for the dropout, which has no weights and no effect.
    private readonly ModuleList<nn.Module<Tensor, Tensor>> net;

    public FeedForward(int channels, Device? device, ScalarType? dtype)
        : base(nameof(FeedForward))
    {
        net = new ModuleList<nn.Module<Tensor, Tensor>>(
            new GatedGelu(channels, channels * Expansion, device, dtype),
            nn.Identity(),
            nn.Linear(channels * Expansion, channels, device: device, dtype: dtype));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        return net[2].Run(net[0].forward(x)).MoveToOuterDisposeScope();
    }
}

/// <summary>A linear layer, one half of whose output is multiplied by the GELU of the other.</summary>
internal sealed class GatedGelu : nn.Module<Tensor, Tensor>
{
    private readonly Linear proj;

    public GatedGelu(int channels, int inner, Device? device, ScalarType? dtype)
        : base(nameof(GatedGelu))
    {
        proj = nn.Linear(channels, inner * 2, device: device, dtype: dtype);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] halves = proj.Run(x).chunk(2, -1);
        return (halves[0] * nn.functional.gelu(halves[1])).MoveToOuterDisposeScope();
    }
}
