using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Training;

/// <summary>
/// The memory that a training run needs, in bytes. Weights, gradients and the optimiser's state are counted; activations are estimated from
/// the feature maps that are stored for the backward pass.
/// </summary>
/// <param name="Weights">The frozen base and the branch.</param>
/// <param name="Gradients">The branch's gradients.</param>
/// <param name="Optimizer">Two moments, the running average, and single-precision masters of weights in bfloat16.</param>
/// <param name="Activations">The activations that a batch stores for the backward pass.</param>
public sealed record MemoryNeed(long Weights, long Gradients, long Optimizer, long Activations)
{
    // Stored feature maps: of a residual layer, this many of its input's width and of its output's; of a transformer layer, of its width.
    private const long ResidualMaps = 3;
    private const long TransformerMaps = 26;

    /// <summary>The total.</summary>
    public long Total => Weights + Gradients + Optimizer + Activations;

    /// <summary>Counts and estimates the memory of a run.</summary>
    /// <param name="frozen">The number of parameters of the frozen networks.</param>
    /// <param name="unet">The configuration of the base's U-Net.</param>
    /// <param name="branch">The branch's configuration.</param>
    /// <param name="latentSide">The latents' side.</param>
    /// <param name="options">The batch size, and whether there is a running average.</param>
    /// <param name="type">The precision.</param>
    public static MemoryNeed Of(long frozen, UNetConfig unet, BrushNetConfig branch, int latentSide, TrainingOptions options, torch.ScalarType type)
    {
        ArgumentNullException.ThrowIfNull(unet);
        ArgumentNullException.ThrowIfNull(branch);
        ArgumentNullException.ThrowIfNull(options);
        using BrushNetModel shape = new(branch, torch.META);
        long learning = shape.parameters().Sum(parameter => parameter.numel());
        long size = type == torch.ScalarType.Float32 ? 4 : 2;
        long perWeight = 8 + (options.Average is null ? 0 : 4) + (size == 4 ? 0 : 4);
        long maps = Maps(unet, latentSide, unet.DownAttention, unet.UpAttention, true)
            + Maps(branch.Attention ?? unet, latentSide, branch.Attention?.DownAttention ?? [], branch.UpOutputs == 0 ? null : branch.Attention?.UpAttention ?? [], branch.Attention is not null);
        return new MemoryNeed((frozen + learning) * size, learning * size, learning * perWeight, maps * size * options.BatchSize);
    }

    private static long Maps(UNetConfig config, int side, IReadOnlyList<bool> down, IReadOnlyList<bool>? up, bool middle)
    {
        IReadOnlyList<int> widths = config.BlockOutChannels;
        int levels = widths.Count;
        long Cells(int level) => (long)Math.Max(1, side >> level) * Math.Max(1, side >> level);
        long Layer(int level, long inWidth, bool attention) =>
            Cells(level) * ((ResidualMaps * (inWidth + widths[level])) + (attention ? TransformerMaps * widths[level] * config.TransformerLayers[level] : 0));
        long total = 0;
        for (int level = 0; level < levels; level++)
        {
            for (int layer = 0; layer < config.LayersPerBlock; layer++)
            {
                total += Layer(level, layer == 0 ? widths[Math.Max(0, level - 1)] : widths[level], down.ElementAtOrDefault(level));
                total += up is null ? 0 : Layer(level, 2L * widths[level], up.ElementAtOrDefault(levels - 1 - level));
            }

            total += up is null ? 0 : Layer(level, 2L * widths[level], up.ElementAtOrDefault(levels - 1 - level));
        }

        return total + (2 * Layer(levels - 1, widths[^1], false)) + (middle ? Layer(levels - 1, 0, true) : 0);
    }
}
