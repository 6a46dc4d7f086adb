using BrushEdit.Loading;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// The text-conditioned U-Net of Stable Diffusion 1.5 and XL, and of their fine-tunes: predicts the noise in a latent. Fields have the names of the
/// published diffusers checkpoint. A BrushNet's outputs can be added to it.
/// </summary>
public sealed class UNet2DConditionModel : nn.Module
{
    private readonly Conv2d conv_in;
    private readonly TimestepEmbedding time_embedding;
    private readonly AddedEmbedding? add_embedding;
    private readonly ModuleList<DownBlock> down_blocks;
    private readonly MidBlock mid_block;
    private readonly ModuleList<UpBlock> up_blocks;
    private readonly GroupNorm conv_norm_out;
    private readonly Conv2d conv_out;

    /// <summary>Builds the network with random weights.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="device">The device of its weights; the meta device for names and shapes only. The CPU by default.</param>
    /// <param name="dtype">Their type; single precision by default.</param>
    /// <exception cref="EditException">The configuration contradicts itself.</exception>
    public UNet2DConditionModel(UNetConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(UNet2DConditionModel))
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate(nameof(UNetConfig));
        Config = config;
        IReadOnlyList<int> widths = config.BlockOutChannels;
        int levels = config.Levels;
        BlockParts plain = new(widths[0] * 4, config.NormGroups, config.NormEps, null, device, dtype);
        BlockParts crossed = plain with { Attention = config };

        conv_in = nn.Conv2d(config.InChannels, widths[0], 3, padding: 1, device: device, dtype: dtype);
        time_embedding = new TimestepEmbedding(widths[0], config.FlipSinToCos, config.FreqShift, device, dtype, config.TimeCondProjDim);
        add_embedding = config.AddedEmbedding is { } added
            ? new AddedEmbedding(added, widths[0] * 4, config.FlipSinToCos, config.FreqShift, device, dtype)
            : null;
        down_blocks = [];
        for (int level = 0; level < levels; level++)
        {
            BlockParts parts = config.DownAttention[level] ? crossed : plain;
            down_blocks.Add(new DownBlock(parts, level, widths[Math.Max(level - 1, 0)], widths[level], config.LayersPerBlock, level == levels - 1));
        }

        mid_block = new MidBlock(crossed, levels - 1, widths[^1]);
        up_blocks = [];
        for (int block = 0; block < levels; block++)
        {
            BlockParts parts = config.UpAttention[block] ? crossed : plain;
            up_blocks.Add(new UpBlock(parts, levels - 1 - block, widths, config.LayersPerBlock + 1));
        }

        conv_norm_out = UNetLayers.Norm(config.NormGroups, widths[0], config.NormEps, device, dtype);
        conv_out = nn.Conv2d(widths[0], config.OutChannels, 3, padding: 1, device: device, dtype: dtype);
        RegisterComponents();
    }

    /// <summary>The network's shape.</summary>
    public UNetConfig Config { get; }

    /// <summary>The type of its weights, which inputs must have.</summary>
    public ScalarType WeightType => conv_in.weight.dtype;

    /// <summary>The device of its weights.</summary>
    public Device WeightDevice => conv_in.weight.device;

    /// <summary>Predicts the noise.</summary>
    /// <param name="sample">The noisy latent, (B, InChannels, H, W), of the weights' type and device; any size.</param>
    /// <param name="timestep">A scalar, or (B); whole numbers or fractions between 0 and the number of training steps; on any device.</param>
    /// <param name="context">The text encoder's output, (B, L, CrossAttentionDim), or with a batch of 1.</param>
    /// <param name="residuals">A BrushNet's outputs, whose batch divides B: a branch that ran once serves both halves of a guided batch.</param>
    /// <returns>The noise, (B, OutChannels, H, W).</returns>
    /// <exception cref="ArgumentException">The shapes are inconsistent.</exception>
    public Tensor forward(Tensor sample, Tensor timestep, Tensor context, BrushNetResiduals? residuals = null) =>
        forward(sample, timestep, new TextConditioning(context), residuals);

    /// <summary>Predicts the noise.</summary>
    /// <param name="sample">The noisy latent, (B, InChannels, H, W), of the weights' type and device; any size.</param>
    /// <param name="timestep">A scalar, or (B).</param>
    /// <param name="text">The text for B pictures, or for one; with a pooled text and sizes if the network uses them.</param>
    /// <param name="residuals">A BrushNet's outputs, whose batch divides B.</param>
    /// <param name="guidance">
    /// The guidance scale, for a network that takes it as input (<see cref="UNetConfig.TimeCondProjDim"/>); null for none.
    /// </param>
    /// <returns>The noise, (B, OutChannels, H, W).</returns>
    /// <exception cref="ArgumentException">The shapes are inconsistent.</exception>
    public Tensor forward(Tensor sample, Tensor timestep, TextConditioning text, BrushNetResiduals? residuals = null, double? guidance = null)
    {
        Tensor context = CheckText(text);
        AddedEmbedding.CheckBatch(add_embedding is null ? null : text, sample.shape[0]);
        using DisposeScope scope = NewDisposeScope();
        return Run(sample, timestep, new TextFeed(context, add_embedding?.forward(text), guidance is double scale ? time_embedding.Guidance(scale) : null), residuals).MoveToOuterDisposeScope();
    }

    /// <summary>Predicts the noise with precomputed keys and values of the text; the result is the same.</summary>
    /// <param name="sample">The noisy latent, (B, InChannels, H, W).</param>
    /// <param name="timestep">A scalar, or (B).</param>
    /// <param name="text">The result of this network's <see cref="TextKeysAndValues(TextConditioning, double?)"/> for B texts, or for one.</param>
    /// <param name="residuals">A BrushNet's outputs, whose batch divides B.</param>
    /// <returns>The noise, (B, OutChannels, H, W).</returns>
    /// <exception cref="ArgumentException">The shapes are inconsistent.</exception>
    public Tensor forward(Tensor sample, Tensor timestep, TextKeyValues text, BrushNetResiduals? residuals = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        int expected = CrossAttentions.Count();
        if (text.Count != expected)
        {
            throw new ArgumentException($"The text was prepared for a network with {text.Count} attentions, or was disposed; this one has {expected}.", nameof(text));
        }

        return Run(sample, timestep, new TextFeed(text), residuals);
    }

    /// <summary>
    /// Predicts the noise with a ControlNet or with replaced attention; without either, the result equals that of the other overloads.
    /// </summary>
    /// <param name="sample">The noisy latent, (B, InChannels, H, W).</param>
    /// <param name="timestep">A scalar, or (B).</param>
    /// <param name="text">The result of this network's <see cref="TextKeysAndValues(TextConditioning, double?)"/> for B texts, or for one.</param>
    /// <param name="residuals">A BrushNet's outputs, whose batch divides B; null for none.</param>
    /// <param name="steering">The ControlNet, attention control and cache of this pass.</param>
    /// <returns>The noise, (B, OutChannels, H, W).</returns>
    internal Tensor Steered(Tensor sample, Tensor timestep, TextKeyValues text, BrushNetResiduals? residuals, UNetSteering steering) =>
        Run(sample, timestep, new TextFeed(text) { Control = steering.Attention }, residuals, steering);

    /// <summary>Predicts the noise with precomputed timestep shifts; the result is the same.</summary>
    /// <param name="sample">The noisy latent, (B, InChannels, H, W).</param>
    /// <param name="time">A timestep from this network's <see cref="Shifts"/>.</param>
    /// <param name="text">The result of this network's <see cref="TextKeysAndValues(TextConditioning, double?)"/> for B texts, or for one.</param>
    /// <param name="residuals">A BrushNet's outputs, whose batch divides B; null for none.</param>
    /// <param name="steering">The ControlNet, attention control and cache of this pass.</param>
    /// <returns>The noise, (B, OutChannels, H, W).</returns>
    internal Tensor Steered(Tensor sample, TimeFeed time, TextKeyValues text, BrushNetResiduals? residuals, UNetSteering steering)
    {
        CheckSample(sample, Config.InChannels);
        return Run(sample, () => time, new TextFeed(text) { Control = steering.Attention }, residuals, steering);
    }

    /// <summary>Predicts the noise by running only the outer blocks; the output of the inner blocks is reused from an earlier step.</summary>
    /// <param name="sample">The noisy latent, (B, InChannels, H, W).</param>
    /// <param name="time">A timestep from this network's <see cref="Shifts"/>.</param>
    /// <param name="text">The text of B pictures, or of one, as at the earlier step.</param>
    /// <param name="residuals">The output of a branch's outer blocks; null for none.</param>
    /// <param name="control">The output of a ControlNet's outer blocks; null for none.</param>
    /// <param name="attention">Replaces the layers' attention; null for none.</param>
    /// <param name="deep">What <see cref="Steered(Tensor, TimeFeed, TextKeyValues, BrushNetResiduals?, UNetSteering)"/> kept at the earlier step.</param>
    /// <returns>The noise, (B, OutChannels, H, W).</returns>
    /// <exception cref="InvalidOperationException">There was no such step, or it had another batch.</exception>
    internal Tensor Outer(
        Tensor sample, TimeFeed time, TextKeyValues text, OuterResiduals? residuals, IReadOnlyList<Tensor>? control, IAttentionControl? attention, DeepFeatures deep)
    {
        CheckSample(sample, Config.InChannels);
        using DisposeScope scope = NewDisposeScope();
        Tensor map = deep.Reuse(sample.shape[0]);
        Passes.Add(sample.shape[0], isOuter: true);
        int layers = deep.Layers(Config.LayersPerBlock + 1);
        TextFeed feed = new(text) { Control = attention };
        BrushNetVariant variant = residuals?.Variant ?? BrushNetVariant.Full;
        List<Tensor> skips = OuterDown(conv_in.forward(sample), time, feed, layers, Injector(variant == BrushNetVariant.ControlNet ? null : residuals?.Down));
        if (variant == BrushNetVariant.ControlNet)
        {
            AddToSkips(skips, residuals!.Down);
        }

        if (control is not null)
        {
            AddToSkips(skips, control);
        }

        feed.Place = AttentionPlace.Up;
        feed.SkipToLast(up_blocks[^1].CrossAttentionsOfLast(layers));
        Tensor x = up_blocks[^1].forward(map, time, feed, skips, Injector(variant == BrushNetVariant.Full ? residuals?.Up : null), layers: layers);
        return conv_out.forward(nn.functional.silu(conv_norm_out.forward(x))).MoveToOuterDisposeScope();
    }

    /// <summary>The passes run so far.</summary>
    internal PassCount Passes { get; } = new();

    /// <summary>Computes what each timestep of a run adds in every residual layer.</summary>
    /// <param name="timesteps">The timesteps.</param>
    /// <param name="text">The text, whose contribution to the time embedding is included if the network has one.</param>
    internal TimestepShifts Shifts(IEnumerable<double> timesteps, TextKeyValues text) => TimestepShifts.Of(
        time_embedding,
        down_blocks.SelectMany(block => block.TimeProjections).Concat(mid_block.TimeProjections).Concat(up_blocks.SelectMany(block => block.TimeProjections)),
        timesteps,
        text.Added,
        text.Guidance);

    /// <summary>Computes the keys and values that every attention computes from a text, once for all steps of an edit.</summary>
    /// <param name="context">The text encoder's output, (B, L, CrossAttentionDim), of the weights' type and device.</param>
    public TextKeyValues TextKeysAndValues(Tensor context) => TextKeysAndValues(new TextConditioning(context));

    /// <summary>Computes everything that the network derives from a text, once for all steps of an edit.</summary>
    /// <param name="text">The text, of the weights' type and device; with a pooled text and sizes if the network uses them.</param>
    /// <param name="guidance">
    /// The guidance scale, for a network that takes it as input (<see cref="UNetConfig.TimeCondProjDim"/>); null for none.
    /// </param>
    /// <exception cref="ArgumentException">The text has another shape, or lacks an input that the network needs.</exception>
    public TextKeyValues TextKeysAndValues(TextConditioning text, double? guidance = null)
    {
        Tensor context = CheckText(text);
        using DisposeScope scope = NewDisposeScope();
        Tensor? embedded = guidance is double scale ? time_embedding.Guidance(scale)?.DetachFromDisposeScope() : null;
        return TextKeyValues.Of(CrossAttentions, context, add_embedding?.forward(text).DetachFromDisposeScope(), embedded);
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

    private Tensor CheckText(TextConditioning text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Tensor context = text.Context;
        return context.dim() == 3 && context.shape[2] == Config.CrossAttentionDim
            ? context
            : throw new ArgumentException($"The text has shape [{string.Join(", ", context.shape)}], expected [batch, length, {Config.CrossAttentionDim}].", nameof(text));
    }

    private IEnumerable<Attention> CrossAttentions =>
        down_blocks.SelectMany(block => block.CrossAttentions)
            .Concat(mid_block.CrossAttentions)
            .Concat(up_blocks.SelectMany(block => block.CrossAttentions));

    private List<Tensor> OuterDown(Tensor x, TimeFeed time, TextFeed text, int layers, Func<Tensor, Tensor>? inject)
    {
        List<Tensor> skips = [x];
        if (layers > 1)
        {
            down_blocks[0].forward(inject?.Invoke(x) ?? x, time, text, skips, inject, layers - 1);
        }

        return skips;
    }

    private Tensor Run(Tensor sample, Tensor timestep, TextFeed text, BrushNetResiduals? residuals, UNetSteering? steering = null)
    {
        CheckInputs(sample, timestep, Config.InChannels);
        return Run(sample, () => new TimeFeed(time_embedding.forward(timestep, text.Added, text.Guidance)), text, residuals, steering);
    }

    private Tensor Run(Tensor sample, Func<TimeFeed> embed, TextFeed text, BrushNetResiduals? residuals, UNetSteering? steering)
    {
        ControlNetResiduals? control = steering?.Control;
        Passes.Add(sample.shape[0], isOuter: false);
        residuals?.CheckCounts(down_blocks.Count, Config.LayersPerBlock);
        control?.CheckCounts(down_blocks.Count, Config.LayersPerBlock);
        using DisposeScope scope = NewDisposeScope();
        BrushNetVariant variant = residuals?.Variant ?? BrushNetVariant.Full;
        Func<Tensor, Tensor>? injectDown = Injector(variant == BrushNetVariant.ControlNet ? null : residuals?.Down);
        Func<Tensor, Tensor>? injectUp = Injector(variant == BrushNetVariant.Full ? residuals?.Up : null);
        TimeFeed time = embed();

        // The branch's first output continues down the network but, as in the authors' code, not into the first skip connection.
        Tensor x = conv_in.forward(sample); // (B, C, H, W)
        List<Tensor> skips = [x];
        x = injectDown?.Invoke(x) ?? x;
        foreach (DownBlock block in down_blocks)
        {
            x = block.forward(x, time, text, skips, injectDown);
        }

        text.Place = AttentionPlace.Mid;
        x = mid_block.forward(x, time, text);
        x = residuals is null ? x : UNetLayers.Add(x, residuals.Mid);
        if (variant == BrushNetVariant.ControlNet)
        {
            AddToSkips(skips, residuals!.Down);
        }

        x = control is null ? x : UNetLayers.Add(x, control.Mid);
        control?.AddTo(skips);
        text.Place = AttentionPlace.Up;
        foreach (UpBlock block in up_blocks)
        {
            x = block.forward(x, time, text, skips, injectUp, block == up_blocks[^1] ? steering?.Deep : null);
        }

        x = conv_out.forward(nn.functional.silu(conv_norm_out.forward(x)));
        return x.MoveToOuterDisposeScope();
    }

    private static void AddToSkips(List<Tensor> skips, IReadOnlyList<Tensor> residuals)
    {
        for (int at = 0; at < skips.Count; at++)
        {
            using Tensor plain = skips[at];
            skips[at] = UNetLayers.Add(plain, residuals[at]);
        }
    }

    private static Func<Tensor, Tensor>? Injector(IReadOnlyList<Tensor>? residuals)
    {
        if (residuals is null)
        {
            return null;
        }

        int next = 0;
        return x => UNetLayers.Add(x, residuals[next++]);
    }

    /// <summary>Rejects inputs whose shapes the network cannot process.</summary>
    internal static void CheckInputs(Tensor sample, Tensor timestep, int channels)
    {
        CheckSample(sample, channels);
        ArgumentNullException.ThrowIfNull(timestep);
        long steps = timestep.numel();
        if (steps != 1 && (timestep.dim() != 1 || steps != sample.shape[0]))
        {
            throw new ArgumentException($"There are {steps} timesteps for a batch of {sample.shape[0]}.", nameof(timestep));
        }
    }

    /// <summary>Rejects a latent whose shape the network cannot process.</summary>
    internal static void CheckSample(Tensor sample, int channels)
    {
        ArgumentNullException.ThrowIfNull(sample);
        if (sample.dim() != 4 || sample.shape[1] != channels)
        {
            throw new ArgumentException($"The latent has shape [{string.Join(", ", sample.shape)}], expected [batch, {channels}, height, width].", nameof(sample));
        }
    }
}
