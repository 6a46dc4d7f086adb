using BrushEdit.Loading;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// BrushNet (arXiv 2403.06976): the branch that accompanies a frozen U-Net and sees the masked picture. It is a U-Net without attention, each of
/// whose feature maps goes through a zero-initialised 1x1 convolution. Fields have the names of the published checkpoint. The variants of the papers'
/// ablation, fewer outputs or attention kept, are the same network with another configuration.
/// </summary>
public sealed class BrushNetModel : nn.Module
{
    private readonly Conv2d conv_in_condition;
    private readonly TimestepEmbedding time_embedding;
    private readonly AddedEmbedding? add_embedding;
    private readonly ModuleList<DownBlock> down_blocks;
    private readonly MidBlock mid_block;
    private readonly ModuleList<UpBlock> up_blocks;
    private readonly ModuleList<Conv2d> brushnet_down_blocks;
    private readonly Conv2d brushnet_mid_block;
    private readonly ModuleList<Conv2d> brushnet_up_blocks;

    /// <summary>Builds the network with random weights, except for the output convolutions, which are zero.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="device">The device of its weights; the meta device for names and shapes only. The CPU by default.</param>
    /// <param name="dtype">Their type; single precision by default.</param>
    /// <exception cref="EditException">The configuration contradicts itself.</exception>
    public BrushNetModel(BrushNetConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(BrushNetModel))
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate(nameof(BrushNetConfig));
        Config = config;
        IReadOnlyList<int> widths = config.BlockOutChannels;
        int levels = config.Levels;
        BlockParts plain = new(widths[0] * 4, config.NormGroups, config.NormEps, null, device, dtype);
        BlockParts crossed = plain with { Attention = config.Attention };

        conv_in_condition = nn.Conv2d(config.InChannels + config.ConditioningChannels, widths[0], 3, padding: 1, device: device, dtype: dtype);
        time_embedding = new TimestepEmbedding(widths[0], config.FlipSinToCos, config.FreqShift, device, dtype);
        add_embedding = config.AddedEmbedding is { } added
            ? new AddedEmbedding(added, widths[0] * 4, config.FlipSinToCos, config.FreqShift, device, dtype)
            : null;
        down_blocks = [];
        brushnet_down_blocks = [UNetLayers.ZeroConv(widths[0], device, dtype)];
        for (int level = 0; level < levels; level++)
        {
            bool last = level == levels - 1;
            BlockParts parts = config.Attention?.DownAttention[level] == true ? crossed : plain;
            down_blocks.Add(new DownBlock(parts, level, widths[Math.Max(level - 1, 0)], widths[level], config.LayersPerBlock, last));
            AddZeroConvs(brushnet_down_blocks, widths[level], config.LayersPerBlock + (last ? 0 : 1), device, dtype);
        }

        mid_block = new MidBlock(crossed, levels - 1, widths[^1]);
        brushnet_mid_block = UNetLayers.ZeroConv(widths[^1], device, dtype);
        up_blocks = [];
        brushnet_up_blocks = [];
        for (int level = config.UpOutputs == 0 ? -1 : levels - 1; level >= 0; level--)
        {
            BlockParts parts = config.Attention?.UpAttention[levels - 1 - level] == true ? crossed : plain;
            up_blocks.Add(new UpBlock(parts, level, widths, config.LayersPerBlock + 1));
            AddZeroConvs(brushnet_up_blocks, widths[level], config.LayersPerBlock + (level == 0 ? 1 : 2), device, dtype);
        }

        RegisterComponents();
    }

    /// <summary>The network's shape.</summary>
    public BrushNetConfig Config { get; }

    /// <summary>
    /// Whether it takes a text, either pooled with sizes (Stable Diffusion XL) or as attention context (a variant with attention). If so, each half
    /// of a guided step has its own outputs; the published branch of Stable Diffusion 1.5 returns the same outputs for both.
    /// </summary>
    public bool TakesText => add_embedding is not null || Config.Attention is not null;

    /// <summary>The type of its weights, which inputs must have.</summary>
    public ScalarType WeightType => conv_in_condition.weight.dtype;

    /// <summary>The device of its weights.</summary>
    public Device WeightDevice => conv_in_condition.weight.device;

    /// <summary>
    /// Creates the BrushNet that training starts from: a copy of a U-Net's layers except for its attention; the input convolution is the U-Net's for
    /// both latents and zero for the mask; the output convolutions are zero. The layers that Stable Diffusion XL adds to the time embedding are
    /// initialised anew, as its authors do.
    /// </summary>
    /// <param name="unet">The U-Net; its weights are copied.</param>
    /// <param name="device">The device of the copy; the U-Net's device by default.</param>
    /// <param name="dtype">Its type; the U-Net's by default.</param>
    /// <param name="variant">Which outputs it has and where they are added.</param>
    /// <param name="attention">Whether it keeps the U-Net's attention layers, which are then copied.</param>
    /// <exception cref="EditException">The U-Net takes more than a latent (a checkpoint trained for inpainting).</exception>
    public static BrushNetModel FromUNet(
        UNet2DConditionModel unet, Device? device = null, ScalarType? dtype = null, BrushNetVariant variant = BrushNetVariant.Full, bool attention = false)
    {
        ArgumentNullException.ThrowIfNull(unet);
        BrushNetModel model = new(BrushNetConfig.FromUNet(unet.Config, variant, attention), device ?? unet.WeightDevice, dtype ?? unet.WeightType);
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> source = unet.state_dict();
        foreach ((string name, Tensor tensor) in model.state_dict())
        {
            if (!name.StartsWith(nameof(add_embedding), StringComparison.Ordinal) && source.TryGetValue(name, out Tensor? weights))
            {
                tensor.copy_(weights);
            }
        }

        int latent = unet.Config.InChannels;
        nn.init.zeros_(model.conv_in_condition.weight);
        model.conv_in_condition.weight.narrow(1, 0, latent).copy_(source["conv_in.weight"]);
        model.conv_in_condition.weight.narrow(1, latent, latent).copy_(source["conv_in.weight"]);
        model.conv_in_condition.bias!.copy_(source["conv_in.bias"]);
        return model;
    }

    /// <summary>Computes what is added to the U-Net.</summary>
    /// <param name="sample">
    /// The noisy latent, (B, InChannels, H, W), of the weights' type and device; any size. For a guided step one half suffices, because both are the
    /// same to this network.
    /// </param>
    /// <param name="timestep">A scalar, or (B); whole numbers or fractions; on any device.</param>
    /// <param name="condition">The masked picture's latent and the mask as the weights were trained with it (1 = keep, 0 = hole), of latent
    /// size: (B, ConditioningChannels, H, W).</param>
    /// <param name="conditioningScale">Multiplies every output; 1 leaves them.</param>
    /// <param name="guessMode">Scales the outputs further, from 0.1 for the first geometrically up to 1 for the last.</param>
    /// <param name="text">
    /// The texts of B pictures, or of one, if the network takes them (<see cref="TakesText"/>): pooled texts and sizes, or the attention context.
    /// </param>
    /// <returns>The outputs, for the U-Net's forward.</returns>
    /// <exception cref="ArgumentException">The shapes are inconsistent, or the network requires a text and none was given.</exception>
    public BrushNetResiduals forward(
        Tensor sample, Tensor timestep, Tensor condition, double conditioningScale = 1, bool guessMode = false, TextConditioning? text = null) =>
        Run(
            new BranchCall(sample, condition) { Scale = conditioningScale, GuessMode = guessMode, Text = text },
            text is null ? null : new TextFeed(text.Context, null, null),
            () => Embed(sample, timestep, text));

    /// <summary>Computes what is added to the U-Net, with precomputed keys and values of the text; the result is the same.</summary>
    /// <param name="sample">The noisy latent, (B, InChannels, H, W).</param>
    /// <param name="timestep">A scalar, or (B).</param>
    /// <param name="condition">The masked picture's latent and the mask, (B, ConditioningChannels, H, W).</param>
    /// <param name="prepared">The result of this network's <see cref="TextKeysAndValues"/> for B texts, or for one.</param>
    /// <param name="conditioningScale">Multiplies every output; 1 leaves them.</param>
    /// <param name="guessMode">Scales the outputs further, from 0.1 for the first geometrically up to 1 for the last.</param>
    /// <param name="text">Pooled texts and sizes, if the network uses them.</param>
    /// <returns>The outputs, for the U-Net's forward.</returns>
    /// <exception cref="ArgumentException">The shapes are inconsistent.</exception>
    public BrushNetResiduals forward(
        Tensor sample, Tensor timestep, Tensor condition, TextKeyValues prepared, double conditioningScale = 1, bool guessMode = false, TextConditioning? text = null)
    {
        ArgumentNullException.ThrowIfNull(prepared);
        return Run(
            new BranchCall(sample, condition) { Scale = conditioningScale, GuessMode = guessMode, Text = text },
            new TextFeed(prepared),
            () => Embed(sample, timestep, text));
    }

    /// <summary>Computes what is added to the U-Net, with precomputed timestep shifts, keys and values; the result is the same.</summary>
    /// <param name="call">The branch's inputs.</param>
    /// <param name="prepared">The result of <see cref="TextKeysAndValues"/>; null for a branch without attention.</param>
    /// <param name="time">A timestep from this network's <see cref="Shifts"/>.</param>
    /// <param name="deep">Keeps the output of the inner blocks; null for none.</param>
    internal BrushNetResiduals Steered(BranchCall call, TextKeyValues? prepared, TimeFeed time, DeepFeatures? deep) =>
        Run(call, prepared is null ? null : new TextFeed(prepared), () => time, deep);

    /// <summary>
    /// Computes what is added to the U-Net's outer blocks by running only this network's outer blocks; the output of the inner blocks is reused from
    /// an earlier step.
    /// </summary>
    /// <param name="call">The branch's inputs.</param>
    /// <param name="prepared">The result of <see cref="TextKeysAndValues"/>; null for a branch without attention.</param>
    /// <param name="time">A timestep from this network's <see cref="Shifts"/>.</param>
    /// <param name="deep">What <see cref="Steered"/> kept at the earlier step.</param>
    /// <exception cref="InvalidOperationException">There was no such step, or it had another batch.</exception>
    internal OuterResiduals Outer(BranchCall call, TextKeyValues? prepared, TimeFeed time, DeepFeatures deep)
    {
        Check(call);
        using DisposeScope scope = NewDisposeScope();
        Passes.Add(call.Sample.shape[0], isOuter: true);
        int layers = deep.Layers(Config.LayersPerBlock + 1);
        int count = brushnet_down_blocks.Count + 1 + brushnet_up_blocks.Count;
        TextFeed? feed = prepared is null ? null : new TextFeed(prepared);
        Tensor x = conv_in_condition.forward(cat([call.Sample, call.Condition], 1)); // (B, C, H, W)
        List<Tensor> skips = [x];
        if (layers > 1)
        {
            down_blocks[0].forward(x, time, feed, skips, null, layers - 1);
        }

        Tensor[] down = [.. skips.Select((skip, at) => Scaled(brushnet_down_blocks[at].Run(skip), call, at, count).MoveToOuterDisposeScope())];
        List<Tensor> up = [];
        if (Config.UpOutputs > 0)
        {
            int next = brushnet_up_blocks.Count - layers;
            feed?.SkipToLast(up_blocks[^1].CrossAttentionsOfLast(layers));
            up_blocks[^1].forward(deep.Reuse(call.Sample.shape[0]), time, feed, skips, Tap, layers: layers);

            Tensor Tap(Tensor map)
            {
                Tensor output = Scaled(brushnet_up_blocks[next].Run(map), call, brushnet_down_blocks.Count + 1 + next, count);
                next++;
                up.Add(output.MoveToOtherDisposeScope(scope));
                return map;
            }
        }

        up.ForEach(output => output.MoveToOuterDisposeScope());
        return new OuterResiduals(down, up, Config.Variant);
    }

    /// <summary>The passes run so far.</summary>
    internal PassCount Passes { get; } = new();

    /// <summary>Computes what each timestep of a run adds in every residual layer.</summary>
    /// <param name="timesteps">The timesteps.</param>
    /// <param name="text">Pooled texts and sizes, if the network uses them.</param>
    internal TimestepShifts Shifts(IEnumerable<double> timesteps, TextConditioning text)
    {
        using DisposeScope scope = NewDisposeScope();
        return TimestepShifts.Of(
            time_embedding,
            down_blocks.SelectMany(block => block.TimeProjections).Concat(mid_block.TimeProjections).Concat(up_blocks.SelectMany(block => block.TimeProjections)),
            timesteps,
            add_embedding?.forward(text));
    }

    /// <summary>Computes the keys and values that a branch with attention computes from a text, once for all steps; none for one without.</summary>
    /// <param name="context">The text encoder's output, (B, L, CrossAttentionDim), of the weights' type and device.</param>
    public TextKeyValues TextKeysAndValues(Tensor context) => TextKeyValues.Of(
        down_blocks.SelectMany(block => block.CrossAttentions)
            .Concat(mid_block.CrossAttentions)
            .Concat(up_blocks.SelectMany(block => block.CrossAttentions)),
        context);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            this.FreeScales();
        }

        base.Dispose(disposing);
    }

    private TimeFeed Embed(Tensor sample, Tensor timestep, TextConditioning? text)
    {
        UNet2DConditionModel.CheckInputs(sample, timestep, Config.InChannels);
        return new TimeFeed(time_embedding.forward(timestep, add_embedding?.forward(text!)));
    }

    private void Check(BranchCall call)
    {
        ArgumentNullException.ThrowIfNull(call.Sample);
        if (add_embedding is not null)
        {
            ArgumentNullException.ThrowIfNull(call.Text);
            AddedEmbedding.CheckBatch(call.Text, call.Sample.shape[0]);
        }

        ArgumentNullException.ThrowIfNull(call.Condition);
        long[] expected = [call.Sample.shape[0], Config.ConditioningChannels, call.Sample.shape[2], call.Sample.shape[3]];
        if (!call.Condition.shape.SequenceEqual(expected))
        {
            throw new ArgumentException($"The condition has shape [{string.Join(", ", call.Condition.shape)}], expected [{string.Join(", ", expected)}].", nameof(call));
        }
    }

    // In guess mode from 0.1 for the first output geometrically up to 1 for the last.
    private static Tensor Scaled(Tensor output, BranchCall call, int at, int count)
    {
        double scale = call.GuessMode ? call.Scale * Math.Pow(10, ((double)at / (count - 1)) - 1) : call.Scale;
        using Scalar factor = scale.ToScalar();
        return scale == 1 ? output : output.mul_(factor);
    }

    private BrushNetResiduals Run(BranchCall call, TextFeed? feed, Func<TimeFeed> embed, DeepFeatures? deep = null)
    {
        if (Config.Attention is not null && feed is null)
        {
            throw new ArgumentException("This branch has cross-attention, but there is no text.", nameof(call));
        }

        UNet2DConditionModel.CheckSample(call.Sample, Config.InChannels);
        Check(call);
        using DisposeScope scope = NewDisposeScope();
        Passes.Add(call.Sample.shape[0], isOuter: false);
        int count = brushnet_down_blocks.Count + 1 + brushnet_up_blocks.Count;
        List<Tensor> outputs = new(count);
        Tensor Add(Tensor output)
        {
            outputs.Add(Scaled(output, call, outputs.Count, count));
            return output;
        }

        TimeFeed time = embed();
        Tensor x = conv_in_condition.forward(cat([call.Sample, call.Condition], 1)); // (B, C, H, W)
        List<Tensor> skips = [x];
        foreach (DownBlock block in down_blocks)
        {
            x = block.forward(x, time, feed, skips, null);
        }

        for (int index = 0; index < skips.Count; index++)
        {
            Add(brushnet_down_blocks[index].Run(skips[index]));
        }

        x = mid_block.forward(x, time, feed);
        Add(brushnet_mid_block.forward(x));

        // The output convolutions here leave the map itself unchanged.
        int next = 0;
        Tensor Tap(Tensor map)
        {
            Add(brushnet_up_blocks[next++].Run(map)).MoveToOtherDisposeScope(scope);
            return map;
        }

        foreach (UpBlock block in up_blocks)
        {
            x = block.forward(x, time, feed, skips, Tap, block == up_blocks[^1] ? deep : null);
        }

        foreach (Tensor output in outputs)
        {
            output.MoveToOuterDisposeScope();
        }

        int down = brushnet_down_blocks.Count;
        return new BrushNetResiduals(outputs[..down], outputs[down], outputs[(down + 1)..], Config.Variant);
    }

    private static void AddZeroConvs(ModuleList<Conv2d> list, int channels, int count, Device? device, ScalarType? dtype)
    {
        for (int i = 0; i < count; i++)
        {
            list.Add(UNetLayers.ZeroConv(channels, device, dtype));
        }
    }
}

/// <summary>A BrushNet's inputs at a step, except for the time.</summary>
/// <param name="Sample">The noisy latent, (B, InChannels, H, W).</param>
/// <param name="Condition">The masked picture's latent and the mask, (B, ConditioningChannels, H, W).</param>
internal sealed record BranchCall(Tensor Sample, Tensor Condition)
{
    /// <summary>Multiplies every output; 1 leaves them.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>Scales the outputs further, from 0.1 for the first geometrically up to 1 for the last.</summary>
    public bool GuessMode { get; init; }

    /// <summary>Pooled texts and sizes, if the network uses them.</summary>
    public TextConditioning? Text { get; init; }
}
