using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace BrushEdit.Modeling;

/// <summary>Attention inside windows, with a learned bias for every pair of relative positions (Swin, section 3.2).</summary>
internal sealed class SwinSelfAttention : nn.Module
{
    private readonly int heads;
    private readonly int window;
    private readonly double attentionDropout;
    private readonly SizeCache<DeviceType> index = new(4);

    private readonly Linear query;
    private readonly Linear key;
    private readonly Linear value;
    private readonly Parameter relative_position_bias_table;

    public SwinSelfAttention(SwinConfig config, int stage, Device? device, ScalarType? dtype)
        : base(nameof(SwinSelfAttention))
    {
        int channels = config.StageChannels(stage);
        heads = config.Heads[stage - 1];
        window = config.WindowSize;
        attentionDropout = config.AttentionDropout;
        query = nn.Linear(channels, channels, config.QkvBias, device, dtype);
        key = nn.Linear(channels, channels, config.QkvBias, device, dtype);
        value = nn.Linear(channels, channels, config.QkvBias, device, dtype);
        int span = (2 * window) - 1;
        relative_position_bias_table = new Parameter(torch.zeros(span * span, heads, dtype: dtype, device: device));
        RegisterComponents();
    }

    /// <summary>(windows, N, C) and, if the windows are shifted, a mask (windows, 1, N, N) to (windows, N, C).</summary>
    public Tensor Forward(Tensor windows, Tensor? mask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        long tokens = window * window;
        Tensor pairs = index.Get(windows.device_type, () => [RelativeIndex(window, windows.device)])[0];
        Tensor bias = relative_position_bias_table.index_select(0, pairs).view(tokens, tokens, heads).permute(2, 0, 1).unsqueeze(0);
        Tensor mixed = F.scaled_dot_product_attention(
            DinoTensors.SplitHeads(query.call(windows), heads),
            DinoTensors.SplitHeads(key.call(windows), heads),
            DinoTensors.SplitHeads(value.call(windows), heads),
            mask is null ? bias : bias.Plus(mask),
            training ? attentionDropout : 0);
        return DinoTensors.JoinHeads(mixed).MoveToOuterDisposeScope();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            index.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>For each pair of tokens of a window, the row of the bias table: the row offset first, the column offset second.</summary>
    private static Tensor RelativeIndex(int window, Device device)
    {
        int tokens = window * window;
        long[] rows = new long[tokens * tokens];
        for (int a = 0; a < tokens; a++)
        {
            for (int b = 0; b < tokens; b++)
            {
                int down = (a / window) - (b / window) + window - 1;
                int across = (a % window) - (b % window) + window - 1;
                rows[(a * tokens) + b] = (down * ((2 * window) - 1)) + across;
            }
        }

        return torch.tensor(rows, device: device);
    }
}

/// <summary>A dense layer under the key <c>dense</c>, as the published names have it in several places.</summary>
internal sealed class SwinDense : nn.Module<Tensor, Tensor>
{
    private readonly Linear dense;

    public SwinDense(long inputs, long outputs, Device? device, ScalarType? dtype)
        : base(nameof(SwinDense))
    {
        dense = nn.Linear(inputs, outputs, true, device, dtype);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => dense.call(input);
}

/// <summary>Window attention and its output projection.</summary>
internal sealed class SwinAttention : nn.Module
{
    private readonly SwinSelfAttention self;
    private readonly SwinDense output;

    public SwinAttention(SwinConfig config, int stage, Device? device, ScalarType? dtype)
        : base(nameof(SwinAttention))
    {
        self = new SwinSelfAttention(config, stage, device, dtype);
        output = new SwinDense(config.StageChannels(stage), config.StageChannels(stage), device, dtype);
        RegisterComponents();
    }

    /// <summary>(windows, N, C) to the same.</summary>
    public Tensor Forward(Tensor windows, Tensor? mask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return output.call(self.Forward(windows, mask)).MoveToOuterDisposeScope();
    }
}
