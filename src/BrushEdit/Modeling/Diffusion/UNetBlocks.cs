using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>The parameters that the blocks of the U-Net and of BrushNet are built from: one value instead of eight arguments.</summary>
/// <param name="TimeChannels">Width of the time embedding.</param>
/// <param name="Groups">Groups of the normalisations.</param>
/// <param name="Eps">The epsilon that they add to the variance.</param>
/// <param name="Attention">The U-Net whose attention the block has; null for a block without.</param>
/// <param name="Device">The device of the weights.</param>
/// <param name="Type">Their type.</param>
internal sealed record BlockParts(int TimeChannels, int Groups, double Eps, UNetConfig? Attention, Device? Device, ScalarType? Type)
{
    public ResnetBlock2D Resnet(int inChannels, int outChannels) => new(inChannels, outChannels, TimeChannels, Groups, Eps, Device, Type);

    public ModuleList<Transformer2DModel>? Attentions(int level, int count) =>
        Attention is null ? null : new([.. Enumerable.Range(0, count).Select(_ => new Transformer2DModel(Attention, level, Device, Type))]);
}

/// <summary>
/// A level of the encoder: residual layers, each with attention if the level has it, then (except for the last level) a downsampler.
/// </summary>
internal sealed class DownBlock : nn.Module
{
    private readonly ModuleList<ResnetBlock2D> resnets;
    private readonly ModuleList<Transformer2DModel>? attentions;
    private readonly ModuleList<Downsample2D>? downsamplers;

    public DownBlock(BlockParts parts, int level, int inChannels, int outChannels, int layers, bool last)
        : base(nameof(DownBlock))
    {
        resnets = [];
        for (int layer = 0; layer < layers; layer++)
        {
            resnets.Add(parts.Resnet(layer == 0 ? inChannels : outChannels, outChannels));
        }

        attentions = parts.Attentions(level, layers);
        downsamplers = last ? null : new ModuleList<Downsample2D>(new Downsample2D(outChannels, parts.Device, parts.Type));
        RegisterComponents();
    }

    public IEnumerable<Attention> CrossAttentions => attentions?.SelectMany(attention => attention.CrossAttentions) ?? [];

    public IEnumerable<Linear> TimeProjections => resnets.Select(resnet => resnet.TimeProjection);

    /// <summary>
    /// Runs the block; each feature map is appended to the skip connections as it arises, including what <paramref name="inject"/> adds.
    /// </summary>
    /// <param name="x">(B, C, H, W).</param>
    /// <param name="time">Supplies what the timestep adds.</param>
    /// <param name="text">The text's keys and values; unused without attention.</param>
    /// <param name="skips">Receives the feature maps, which the caller's scope owns.</param>
    /// <param name="inject">Returns a feature map with a branch's output added; the map itself if there is no branch.</param>
    /// <param name="layers">How many residual layers are run, without the downsampler; null for the whole block.</param>
    /// <returns>The last feature map.</returns>
    public Tensor forward(Tensor x, TimeFeed time, TextFeed? text, List<Tensor> skips, Func<Tensor, Tensor>? inject, int? layers = null)
    {
        for (int layer = 0; layer < (layers ?? resnets.Count); layer++)
        {
            using DisposeScope scope = NewDisposeScope();
            x = resnets[layer].forward(x, time);
            x = attentions is null ? x : attentions[layer].forward(x, text!);
            x = (inject?.Invoke(x) ?? x).MoveToOuterDisposeScope();
            skips.Add(x);
        }

        if (downsamplers is not null && layers is null)
        {
            using DisposeScope scope = NewDisposeScope();
            x = downsamplers[0].forward(x);
            x = (inject?.Invoke(x) ?? x).MoveToOuterDisposeScope();
            skips.Add(x);
        }

        return x;
    }
}

/// <summary>The coarsest level's middle: two residual layers, in the U-Net with attention between.</summary>
internal sealed class MidBlock : nn.Module
{
    private readonly ModuleList<ResnetBlock2D> resnets;
    private readonly ModuleList<Transformer2DModel>? attentions;

    public MidBlock(BlockParts parts, int level, int channels)
        : base(nameof(MidBlock))
    {
        resnets = new ModuleList<ResnetBlock2D>(parts.Resnet(channels, channels), parts.Resnet(channels, channels));
        attentions = parts.Attentions(level, 1);
        RegisterComponents();
    }

    public IEnumerable<Attention> CrossAttentions => attentions?.SelectMany(attention => attention.CrossAttentions) ?? [];

    public IEnumerable<Linear> TimeProjections => resnets.Select(resnet => resnet.TimeProjection);

    public Tensor forward(Tensor x, TimeFeed time, TextFeed? text)
    {
        using DisposeScope scope = NewDisposeScope();
        x = resnets[0].forward(x, time);
        x = attentions is null ? x : attentions[0].forward(x, text!);
        return resnets[1].forward(x, time).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// A level of the decoder: residual layers that each use a skip connection, with attention if the level has it, then (except for the finest level) an
/// upsampler.
/// </summary>
internal sealed class UpBlock : nn.Module
{
    private readonly ModuleList<ResnetBlock2D> resnets;
    private readonly ModuleList<Transformer2DModel>? attentions;
    private readonly ModuleList<Upsample2D>? upsamplers;

    /// <summary>The number of attentions over the text in some of the last layers.</summary>
    /// <param name="layers">How many layers.</param>
    public int CrossAttentionsOfLast(int layers) => attentions?.TakeLast(layers).Sum(attention => attention.CrossAttentions.Count()) ?? 0;

    /// <summary>Builds the block.</summary>
    /// <param name="parts">The common parts.</param>
    /// <param name="level">The level, 0 the finest.</param>
    /// <param name="widths">All levels' widths.</param>
    /// <param name="layers">Residual layers of this block.</param>
    public UpBlock(BlockParts parts, int level, IReadOnlyList<int> widths, int layers)
        : base(nameof(UpBlock))
    {
        int width = widths[level];
        int before = widths[Math.Min(level + 1, widths.Count - 1)]; // of the block that ran before
        int finer = widths[Math.Max(level - 1, 0)]; // of the last skip connection, which the finer level's downsampler made
        resnets = [];
        for (int layer = 0; layer < layers; layer++)
        {
            int skip = layer == layers - 1 ? finer : width;
            resnets.Add(parts.Resnet((layer == 0 ? before : width) + skip, width));
        }

        attentions = parts.Attentions(level, layers);
        upsamplers = level == 0 ? null : new ModuleList<Upsample2D>(new Upsample2D(width, parts.Device, parts.Type));
        RegisterComponents();
    }

    public IEnumerable<Attention> CrossAttentions => attentions?.SelectMany(attention => attention.CrossAttentions) ?? [];

    public IEnumerable<Linear> TimeProjections => resnets.Select(resnet => resnet.TimeProjection);

    /// <summary>Runs the block. It frees the feature map it is given, and each skip connection once used.</summary>
    /// <param name="x">(B, C, H, W).</param>
    /// <param name="time">Supplies what the timestep adds.</param>
    /// <param name="text">The text's keys and values; unused without attention.</param>
    /// <param name="skips">The skip connections; as many as there are residual layers are taken from its end.</param>
    /// <param name="inject">Returns a feature map with a branch's output added; the map itself if there is no branch.</param>
    /// <param name="deep">Keeps the map that the layers of the outer blocks use; null for none.</param>
    /// <param name="layers">How many of the last residual layers are run; null for all.</param>
    /// <returns>The last feature map, of the next skip connection's size.</returns>
    public Tensor forward(
        Tensor x, TimeFeed time, TextFeed? text, List<Tensor> skips, Func<Tensor, Tensor>? inject, DeepFeatures? deep = null, int? layers = null)
    {
        for (int layer = resnets.Count - (layers ?? resnets.Count); layer < resnets.Count; layer++)
        {
            if (deep is not null && layer == resnets.Count - deep.Layers(resnets.Count))
            {
                deep.Keep(x);
            }

            using DisposeScope scope = NewDisposeScope();
            using Tensor given = x;
            using Tensor skip = skips[^1];
            skips.RemoveAt(skips.Count - 1);
            x = resnets[layer].forward(cat([given, skip], 1), time);
            x = attentions is null ? x : attentions[layer].forward(x, text!);
            x = (inject?.Invoke(x) ?? x).MoveToOuterDisposeScope();
        }

        if (upsamplers is not null)
        {
            using DisposeScope scope = NewDisposeScope();
            using Tensor given = x;
            x = upsamplers[0].forward(given, skips[^1].shape[2..]);
            x = (inject?.Invoke(x) ?? x).MoveToOuterDisposeScope();
        }

        return x;
    }
}
