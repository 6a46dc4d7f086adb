using BrushEdit.Loading;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// A ControlNet (arXiv 2302.05543): a copy of the U-Net's encoder, including text attention, that sees a condition in pixels and adds to the U-Net's
/// skip connections through zero-initialised 1x1 convolutions. Fields have the names of the published checkpoint.
/// </summary>
public sealed class ControlNetModel : nn.Module
{
    private readonly Conv2d conv_in;
    private readonly TimestepEmbedding time_embedding;
    private readonly ConditionEncoder controlnet_cond_embedding;
    private readonly ModuleList<DownBlock> down_blocks;
    private readonly MidBlock mid_block;
    private readonly ModuleList<Conv2d> controlnet_down_blocks;
    private readonly Conv2d controlnet_mid_block;

    /// <summary>Builds the network with random weights, except for the output convolutions, which are zero.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="device">The device of its weights; the meta device for names and shapes only. The CPU by default.</param>
    /// <param name="dtype">Their type; single precision by default.</param>
    /// <exception cref="EditException">The configuration contradicts itself.</exception>
    public ControlNetModel(ControlNetConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(ControlNetModel))
    {
        ArgumentNullException.ThrowIfNull(config);
        UNetConfig network = config.Network;
        network.Validate(nameof(ControlNetConfig));
        Config = config;
        IReadOnlyList<int> widths = network.BlockOutChannels;
        int levels = network.Levels;
        BlockParts plain = new(widths[0] * 4, network.NormGroups, network.NormEps, null, device, dtype);
        BlockParts crossed = plain with { Attention = network };

        conv_in = nn.Conv2d(network.InChannels, widths[0], 3, padding: 1, device: device, dtype: dtype);
        time_embedding = new TimestepEmbedding(widths[0], network.FlipSinToCos, network.FreqShift, device, dtype);
        controlnet_cond_embedding = new ConditionEncoder(config.ConditioningChannels, config.ConditioningWidths, widths[0], device, dtype);
        down_blocks = [];
        controlnet_down_blocks = [UNetLayers.ZeroConv(widths[0], device, dtype)];
        for (int level = 0; level < levels; level++)
        {
            bool last = level == levels - 1;
            BlockParts parts = network.DownAttention[level] ? crossed : plain;
            down_blocks.Add(new DownBlock(parts, level, widths[Math.Max(level - 1, 0)], widths[level], network.LayersPerBlock, last));
            for (int output = 0; output < network.LayersPerBlock + (last ? 0 : 1); output++)
            {
                controlnet_down_blocks.Add(UNetLayers.ZeroConv(widths[level], device, dtype));
            }
        }

        mid_block = new MidBlock(crossed, levels - 1, widths[^1]);
        controlnet_mid_block = UNetLayers.ZeroConv(widths[^1], device, dtype);
        RegisterComponents();
    }

    /// <summary>A new ControlNet beside a U-Net: a copy of its encoder, with a condition that has no effect yet.</summary>
    /// <param name="unet">The U-Net, whose type and device the weights get.</param>
    /// <param name="conditioningWidths">Widths of the condition's encoder, finest first; null for the published ones.</param>
    public static ControlNetModel FromUNet(UNet2DConditionModel unet, IReadOnlyList<int>? conditioningWidths = null)
    {
        ArgumentNullException.ThrowIfNull(unet);
        ControlNetModel model = new(ControlNetConfig.FromUNet(unet.Config, conditioningWidths), unet.WeightDevice, unet.WeightType);
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> source = unet.state_dict();
        foreach ((string name, Tensor weight) in model.state_dict())
        {
            if (source.TryGetValue(name, out Tensor? from))
            {
                weight.copy_(from);
            }
        }

        return model;
    }

    /// <summary>The network's shape.</summary>
    public ControlNetConfig Config { get; }

    /// <summary>The type of its weights, which inputs must have.</summary>
    public ScalarType WeightType => conv_in.weight.dtype;

    /// <summary>The device of its weights.</summary>
    public Device WeightDevice => conv_in.weight.device;

    private IEnumerable<Attention> CrossAttentions => down_blocks.SelectMany(block => block.CrossAttentions).Concat(mid_block.CrossAttentions);

    /// <summary>Computes the keys and values that its attentions compute from a text, once for all steps of an edit.</summary>
    /// <param name="context">The text encoder's output, (B, L, CrossAttentionDim), of the weights' type and device.</param>
    public TextKeyValues TextKeysAndValues(Tensor context) => TextKeyValues.Of(CrossAttentions, context);

    /// <summary>Computes what is added to the U-Net.</summary>
    /// <param name="sample">The noisy latent, (B, InChannels, H, W), of the weights' type and device.</param>
    /// <param name="timestep">A scalar, or (B).</param>
    /// <param name="text">The result of <see cref="TextKeysAndValues"/> for B texts, or for one.</param>
    /// <param name="condition">The condition, (B or 1, ConditioningChannels, H f, W f) with f = <see cref="ControlNetConfig.ConditioningFactor"/>.</param>
    /// <param name="conditioningScale">Multiplies every output; 1 leaves them.</param>
    /// <param name="guessMode">Scales the outputs further, from 0.1 for the first geometrically up to 1 for the middle's.</param>
    /// <returns>The outputs, for the U-Net.</returns>
    /// <exception cref="ArgumentException">The shapes are inconsistent.</exception>
    public ControlNetResiduals forward(Tensor sample, Tensor timestep, TextKeyValues text, Tensor condition, double conditioningScale = 1, bool guessMode = false)
    {
        UNet2DConditionModel.CheckInputs(sample, timestep, Config.Network.InChannels);
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(condition);
        long factor = Config.ConditioningFactor;
        if (condition.dim() != 4 || condition.shape[1] != Config.ConditioningChannels || (condition.shape[2] + factor - 1) / factor != sample.shape[2] || (condition.shape[3] + factor - 1) / factor != sample.shape[3])
        {
            throw new ArgumentException(
                $"The condition has shape [{string.Join(", ", condition.shape)}], expected [batch, {Config.ConditioningChannels}, {sample.shape[2] * factor}, {sample.shape[3] * factor}].", nameof(condition));
        }

        using DisposeScope scope = NewDisposeScope();
        TextFeed feed = new(text);
        TimeFeed time = new(time_embedding.forward(timestep));
        Tensor x = UNetLayers.Add(conv_in.forward(sample), controlnet_cond_embedding.forward(condition)); // (B, C, H, W)
        List<Tensor> skips = [x];
        foreach (DownBlock block in down_blocks)
        {
            x = block.forward(x, time, feed, skips, null);
        }

        x = mid_block.forward(x, time, feed);
        int count = skips.Count + 1;
        Tensor[] outputs = [.. skips.Select((skip, index) => controlnet_down_blocks[index].Run(skip)), controlnet_mid_block.forward(x)];
        for (int index = 0; index < count; index++)
        {
            outputs[index] = Scaled(outputs[index], index, count, conditioningScale, guessMode).MoveToOuterDisposeScope();
        }

        return new ControlNetResiduals(outputs[..^1], outputs[^1]);
    }

    /// <summary>Computes what is added to the U-Net's outer skip connections, by running only the outer blocks.</summary>
    /// <param name="sample">The noisy latent, (B, InChannels, H, W).</param>
    /// <param name="timestep">A scalar, or (B).</param>
    /// <param name="text">The result of <see cref="TextKeysAndValues"/> for B texts, or for one.</param>
    /// <param name="condition">The condition, as of <see cref="forward"/>.</param>
    /// <param name="conditioningScale">Multiplies every output.</param>
    /// <param name="deep">Determines how many layers run.</param>
    /// <returns>An output for each skip connection that the outer blocks use.</returns>
    internal IReadOnlyList<Tensor> Outer(Tensor sample, Tensor timestep, TextKeyValues text, Tensor condition, double conditioningScale, DeepFeatures deep)
    {
        using DisposeScope scope = NewDisposeScope();
        int layers = deep.Layers(Config.Network.LayersPerBlock + 1);
        TimeFeed time = new(time_embedding.forward(timestep));
        Tensor x = UNetLayers.Add(conv_in.forward(sample), controlnet_cond_embedding.forward(condition)); // (B, C, H, W)
        List<Tensor> skips = [x];
        if (layers > 1)
        {
            down_blocks[0].forward(x, time, new TextFeed(text), skips, null, layers - 1);
        }

        int count = controlnet_down_blocks.Count + 1;
        return [.. skips.Select((skip, index) =>
            Scaled(controlnet_down_blocks[index].Run(skip), index, count, conditioningScale, guessMode: false).MoveToOuterDisposeScope())];
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            this.FreeScales();
        }

        base.Dispose(disposing);
    }

    private static Tensor Scaled(Tensor output, int index, int count, double conditioningScale, bool guessMode)
    {
        double scale = guessMode ? conditioningScale * Math.Pow(10, ((double)index / (count - 1)) - 1) : conditioningScale;
        using Scalar by = scale.ToScalar();
        return scale == 1 ? output : output.mul_(by);
    }
}

/// <summary>Encodes a condition from pixels to the width and size of the U-Net's first feature map.</summary>
internal sealed class ConditionEncoder : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d conv_in;
    private readonly ModuleList<Conv2d> blocks;
    private readonly Conv2d conv_out;

    public ConditionEncoder(int channels, IReadOnlyList<int> widths, int outChannels, Device? device, ScalarType? dtype)
        : base(nameof(ConditionEncoder))
    {
        conv_in = nn.Conv2d(channels, widths[0], 3, padding: 1, device: device, dtype: dtype);
        blocks = [];
        for (int level = 0; level < widths.Count - 1; level++)
        {
            blocks.Add(nn.Conv2d(widths[level], widths[level], 3, padding: 1, device: device, dtype: dtype));
            blocks.Add(nn.Conv2d(widths[level], widths[level + 1], 3, stride: 2, padding: 1, device: device, dtype: dtype));
        }

        conv_out = UNetLayers.Zeroed(nn.Conv2d(widths[^1], outChannels, 3, padding: 1, device: device, dtype: dtype));
        RegisterComponents();
    }

    public override Tensor forward(Tensor condition)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = nn.functional.silu(conv_in.forward(condition));
        foreach (Conv2d block in blocks)
        {
            x = nn.functional.silu(block.forward(x));
        }

        return conv_out.forward(x).MoveToOuterDisposeScope(); // (B, C, H, W)
    }
}
