using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace BrushEdit.Modeling;

/// <summary>One block: window attention, then a feed-forward part, each with a normalisation before it and a residual connection.</summary>
internal sealed class SwinBlock : nn.Module
{
    private readonly int window;
    private readonly int shift;
    private readonly double dropPath;
    private readonly double dropout;

    private readonly LayerNorm layernorm_before;
    private readonly SwinAttention attention;
    private readonly LayerNorm layernorm_after;
    private readonly SwinDense intermediate;
    private readonly SwinDense output;

    public SwinBlock(SwinConfig config, int stage, bool shifted, double dropPath, Device? device, ScalarType? dtype)
        : base(nameof(SwinBlock))
    {
        int channels = config.StageChannels(stage);
        int inner = (int)(channels * config.MlpRatio);
        window = config.WindowSize;
        shift = shifted ? config.WindowSize / 2 : 0;
        this.dropPath = dropPath;
        dropout = config.Dropout;
        layernorm_before = nn.LayerNorm(channels, config.LayerNormEps, device: device, dtype: dtype);
        attention = new SwinAttention(config, stage, device, dtype);
        layernorm_after = nn.LayerNorm(channels, config.LayerNormEps, device: device, dtype: dtype);
        intermediate = new SwinDense(channels, inner, device, dtype);
        output = new SwinDense(inner, channels, device, dtype);
        RegisterComponents();
    }

    /// <summary>(B, H, W, C) to the same.</summary>
    /// <param name="map">The tokens as a picture.</param>
    /// <param name="masks">Returns the mask (windows, 1, N, N) for a padded height and width and a shift.</param>
    public Tensor Forward(Tensor map, Func<long, long, int, Tensor> masks)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor attended = map.Plus(DinoTensors.DropPath(Attend(layernorm_before.call(map), masks), dropPath, training));
        Tensor inner = F.gelu(intermediate.call(layernorm_after.call(attended)));
        return attended.Plus(DinoTensors.DropPath(DinoTensors.Dropout(output.call(inner), dropout, training), dropPath, training))
            .MoveToOuterDisposeScope();
    }

    private Tensor Attend(Tensor map, Func<long, long, int, Tensor> masks)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (long batch, long height, long width, long channels) = (map.shape[0], map.shape[1], map.shape[2], map.shape[3]);
        long down = (window - (height % window)) % window;
        long across = (window - (width % window)) % window;
        Tensor padded = down + across > 0 ? F.pad(map, [0L, 0, 0, across, 0, down]) : map;
        (long rows, long columns) = ((height + down) / window, (width + across) / window);

        Tensor shifted = shift > 0 ? padded.roll([-shift, -shift], [1, 2]) : padded;
        Tensor windows = shifted.view(batch, rows, window, columns, window, channels)
            .permute(0, 1, 3, 2, 4, 5)
            .reshape(batch * rows * columns, window * window, channels);
        Tensor? mask = shift > 0 ? masks(height + down, width + across, shift) : null;
        Tensor mixed = attention.Forward(windows, mask is null || batch == 1 ? mask : mask.repeat(batch, 1, 1, 1));

        Tensor whole = mixed.view(batch, rows, columns, window, window, channels)
            .permute(0, 1, 3, 2, 4, 5)
            .reshape(batch, height + down, width + across, channels);
        Tensor back = shift > 0 ? whole.roll([shift, shift], [1, 2]) : whole;
        return back.narrow(1, 0, height).narrow(2, 0, width).MoveToOuterDisposeScope();
    }
}

/// <summary>Halves the sides and doubles the channels: each 2 x 2 square of tokens becomes one.</summary>
internal sealed class SwinPatchMerging : nn.Module<Tensor, Tensor>
{
    private readonly LayerNorm norm;
    private readonly Linear reduction;

    public SwinPatchMerging(int channels, Device? device, ScalarType? dtype)
        : base(nameof(SwinPatchMerging))
    {
        norm = nn.LayerNorm(4L * channels, device: device, dtype: dtype);
        reduction = nn.Linear(4L * channels, 2L * channels, false, device, dtype);
        RegisterComponents();
    }

    /// <summary>(B, H, W, C) to (B, ceil(H / 2), ceil(W / 2), 2 C).</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (long height, long width) = (input.shape[1], input.shape[2]);
        Tensor even = (height % 2) + (width % 2) > 0 ? F.pad(input, [0L, 0, 0, width % 2, 0, height % 2]) : input;

        // The order of the four is column by column: (0,0), (1,0), (0,1), (1,1) as (row, column).
        Tensor squares = even.view(even.shape[0], even.shape[1] / 2, 2, even.shape[2] / 2, 2, even.shape[3])
            .permute(0, 1, 3, 4, 2, 5)
            .flatten(3);
        return reduction.call(norm.call(squares)).MoveToOuterDisposeScope();
    }
}

/// <summary>The blocks of one resolution and, except for the last stage, the step to the next.</summary>
internal sealed class SwinStage : nn.Module
{
    private readonly ModuleList<SwinBlock> blocks;
    private readonly SwinPatchMerging? downsample;

    public SwinStage(SwinConfig config, int stage, IReadOnlyList<double> dropPaths, Device? device, ScalarType? dtype)
        : base(nameof(SwinStage))
    {
        blocks = new ModuleList<SwinBlock>([.. dropPaths.Select((drop, i) => new SwinBlock(config, stage, i % 2 == 1, drop, device, dtype))]);
        downsample = stage < config.Depths.Count ? new SwinPatchMerging(config.StageChannels(stage), device, dtype) : null;
        RegisterComponents();
    }

    /// <summary>(B, H, W, C): the stage's own output, and the next stage's input if there is one.</summary>
    public (Tensor Output, Tensor? Next) Forward(Tensor map, Func<long, long, int, Tensor> masks)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor output = map;
        foreach (SwinBlock block in blocks)
        {
            output = block.Forward(output, masks);
        }

        return (output.MoveToOuterDisposeScope(), downsample?.call(output).MoveToOuterDisposeScope());
    }
}
