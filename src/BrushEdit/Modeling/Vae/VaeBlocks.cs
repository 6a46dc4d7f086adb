using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>One level of the encoder: residual layers, then a downsampler (not at the coarsest level).</summary>
internal sealed class VaeDownBlock : nn.Module<Tensor, Tensor>
{
    private readonly ModuleList<VaeResnetBlock> resnets = new();
    private readonly ModuleList<VaeDownsampler>? downsamplers;

    public VaeDownBlock(int inChannels, int outChannels, int layers, int groups, bool downsample, Device? device, ScalarType? dtype)
        : base(nameof(VaeDownBlock))
    {
        for (int layer = 0; layer < layers; layer++)
        {
            resnets.Add(new VaeResnetBlock(layer == 0 ? inChannels : outChannels, outChannels, groups, device, dtype));
        }

        downsamplers = downsample ? nn.ModuleList(new VaeDownsampler(outChannels, device, dtype)) : null;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => VaeChain.Run(x, resnets, downsamplers);
}

/// <summary>One level of the decoder: residual layers, then an upsampler (not at the finest level).</summary>
internal sealed class VaeUpBlock : nn.Module<Tensor, Tensor>
{
    private readonly ModuleList<VaeResnetBlock> resnets = new();
    private readonly ModuleList<VaeUpsampler>? upsamplers;

    public VaeUpBlock(int inChannels, int outChannels, int layers, int groups, bool upsample, Device? device, ScalarType? dtype)
        : base(nameof(VaeUpBlock))
    {
        for (int layer = 0; layer < layers; layer++)
        {
            resnets.Add(new VaeResnetBlock(layer == 0 ? inChannels : outChannels, outChannels, groups, device, dtype));
        }

        upsamplers = upsample ? nn.ModuleList(new VaeUpsampler(outChannels, device, dtype)) : null;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => VaeChain.Run(x, resnets, upsamplers);
}

/// <summary>The middle of encoder and decoder, at the coarsest level: residual layer, attention, residual layer.</summary>
internal sealed class VaeMidBlock : nn.Module<Tensor, Tensor>
{
    private readonly ModuleList<VaeResnetBlock> resnets;
    private readonly ModuleList<VaeAttention> attentions;

    public VaeMidBlock(int channels, int groups, Device? device, ScalarType? dtype)
        : base(nameof(VaeMidBlock))
    {
        resnets = nn.ModuleList(
            new VaeResnetBlock(channels, channels, groups, device, dtype),
            new VaeResnetBlock(channels, channels, groups, device, dtype));
        attentions = nn.ModuleList(new VaeAttention(channels, groups, device, dtype));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor h = attentions[0].forward(resnets[0].forward(x));
        return resnets[1].forward(h).MoveToOuterDisposeScope();
    }
}

/// <summary>Pixels (B, in, H, W) to the latent's moments before <c>quant_conv</c> (B, 2 x latent, H/f, W/f).</summary>
internal sealed class VaeEncoder : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d conv_in;
    private readonly ModuleList<VaeDownBlock> down_blocks = new();
    private readonly VaeMidBlock mid_block;
    private readonly GroupNorm conv_norm_out;
    private readonly Conv2d conv_out;

    public VaeEncoder(VaeConfig config, Device? device, ScalarType? dtype)
        : base(nameof(VaeEncoder))
    {
        IReadOnlyList<int> channels = config.BlockOutChannels;
        int groups = config.NormNumGroups;
        conv_in = nn.Conv2d(config.InChannels, channels[0], 3, padding: 1, device: device, dtype: dtype);
        for (int level = 0; level < channels.Count; level++)
        {
            bool last = level == channels.Count - 1;
            int before = channels[Math.Max(level - 1, 0)];
            down_blocks.Add(new VaeDownBlock(before, channels[level], config.LayersPerBlock, groups, !last, device, dtype));
        }

        mid_block = new VaeMidBlock(channels[^1], groups, device, dtype);
        conv_norm_out = VaeNorm.Create(groups, channels[^1], device, dtype);
        conv_out = nn.Conv2d(channels[^1], 2 * config.LatentChannels, 3, padding: 1, device: device, dtype: dtype);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor h = mid_block.forward(VaeChain.Run(conv_in.forward(x), down_blocks));
        return conv_out.forward(nn.functional.silu(conv_norm_out.forward(h))).MoveToOuterDisposeScope();
    }
}

/// <summary>Latent after <c>post_quant_conv</c> (B, latent, h, w) to pixels (B, out, h x f, w x f).</summary>
internal sealed class VaeDecoder : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d conv_in;
    private readonly VaeMidBlock mid_block;
    private readonly ModuleList<VaeUpBlock> up_blocks = new();
    private readonly GroupNorm conv_norm_out;
    private readonly Conv2d conv_out;

    public VaeDecoder(VaeConfig config, Device? device, ScalarType? dtype)
        : base(nameof(VaeDecoder))
    {
        int[] channels = [.. config.BlockOutChannels.Reverse()]; // coarsest first
        int groups = config.NormNumGroups;
        conv_in = nn.Conv2d(config.LatentChannels, channels[0], 3, padding: 1, device: device, dtype: dtype);
        mid_block = new VaeMidBlock(channels[0], groups, device, dtype);
        for (int level = 0; level < channels.Length; level++)
        {
            bool last = level == channels.Length - 1;
            int before = channels[Math.Max(level - 1, 0)];
            up_blocks.Add(new VaeUpBlock(before, channels[level], config.LayersPerBlock + 1, groups, !last, device, dtype));
        }

        conv_norm_out = VaeNorm.Create(groups, channels[^1], device, dtype);
        conv_out = nn.Conv2d(channels[^1], config.OutChannels, 3, padding: 1, device: device, dtype: dtype);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor h = VaeChain.Run(mid_block.forward(conv_in.forward(x)), up_blocks);
        return conv_out.forward(nn.functional.silu(conv_norm_out.forward(h))).MoveToOuterDisposeScope();
    }
}

/// <summary>Runs layers one after another, freeing each one's input as soon as the next has it (gradients keep what they need).</summary>
internal static class VaeChain
{
    public static Tensor Run(Tensor x, params IEnumerable<nn.Module<Tensor, Tensor>>?[] stages)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor h = x;
        foreach (nn.Module<Tensor, Tensor> layer in stages.SelectMany(stage => stage ?? []))
        {
            Tensor next = layer.forward(h);
            if (!ReferenceEquals(h, x))
            {
                h.Dispose();
            }

            h = next;
        }

        return h.MoveToOuterDisposeScope();
    }
}
