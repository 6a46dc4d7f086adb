using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace BrushEdit.Modeling;

/// <summary>The projection of a picture's patches to tokens.</summary>
internal sealed class SwinPatchEmbeddings : nn.Module<Tensor, Tensor>
{
    private readonly int patch;
    private readonly Conv2d projection;

    public SwinPatchEmbeddings(SwinConfig config, Device? device, ScalarType? dtype)
        : base(nameof(SwinPatchEmbeddings))
    {
        patch = config.PatchSize;
        projection = nn.Conv2d(config.Channels, config.EmbedDim, patch, patch, device: device, dtype: dtype);
        RegisterComponents();
    }

    /// <summary>(B, 3, H, W) to (B, ceil(H / patch), ceil(W / patch), C); the last patches are filled with zeros.</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        long down = (patch - (input.shape[2] % patch)) % patch;
        long across = (patch - (input.shape[3] % patch)) % patch;
        Tensor whole = down + across > 0 ? F.pad(input, [0L, across, 0, down]) : input;
        return projection.call(whole).permute(0, 2, 3, 1).contiguous().MoveToOuterDisposeScope();
    }
}

/// <summary>Patches, normalised.</summary>
internal sealed class SwinEmbeddings : nn.Module<Tensor, Tensor>
{
    private readonly double dropout;
    private readonly SwinPatchEmbeddings patch_embeddings;
    private readonly LayerNorm norm;

    public SwinEmbeddings(SwinConfig config, Device? device, ScalarType? dtype)
        : base(nameof(SwinEmbeddings))
    {
        dropout = config.Dropout;
        patch_embeddings = new SwinPatchEmbeddings(config, device, dtype);
        norm = nn.LayerNorm(config.EmbedDim, device: device, dtype: dtype);
        RegisterComponents();
    }

    /// <summary>(B, 3, H, W) to (B, H / patch, W / patch, C).</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return DinoTensors.Dropout(norm.call(patch_embeddings.call(input)), dropout, training).MoveToOuterDisposeScope();
    }
}

/// <summary>The stages in sequence, under the key <c>encoder</c>.</summary>
internal sealed class SwinEncoder : nn.Module
{
    private readonly ModuleList<SwinStage> layers;

    public SwinEncoder(SwinConfig config, Device? device, ScalarType? dtype)
        : base(nameof(SwinEncoder))
    {
        int blocks = config.Depths.Sum();
        double[] drops = [.. Enumerable.Range(0, blocks).Select(i => blocks > 1 ? config.DropPath * i / (blocks - 1) : 0)];
        List<SwinStage> stages = [];
        int first = 0;
        for (int stage = 1; stage <= config.Depths.Count; stage++)
        {
            int depth = config.Depths[stage - 1];
            stages.Add(new SwinStage(config, stage, drops[first..(first + depth)], device, dtype));
            first += depth;
        }

        layers = new ModuleList<SwinStage>([.. stages]);
        RegisterComponents();
    }

    /// <summary>Every stage's output (B, H, W, C), before it is downsampled.</summary>
    public List<Tensor> Forward(Tensor map, Func<long, long, int, Tensor> masks)
    {
        List<Tensor> outputs = [];
        Tensor? next = map;
        foreach (SwinStage stage in layers)
        {
            (Tensor output, next) = stage.Forward(next!, masks);
            outputs.Add(output);
        }

        return outputs;
    }
}

/// <summary>Swin Transformer as a backbone (Liu et al., arXiv 2103.14030): feature maps at several resolutions, each normalised.</summary>
internal sealed class SwinBackbone : nn.Module
{
    private readonly SwinConfig config;
    private readonly SizeCache<(long Height, long Width, int Shift, string Device, ScalarType Type)> masks = new(16);

    private readonly SwinEmbeddings embeddings;
    private readonly SwinEncoder encoder;
    private readonly ModuleDict<LayerNorm> hidden_states_norms;

    public SwinBackbone(SwinConfig config, Device? device, ScalarType? dtype)
        : base(nameof(SwinBackbone))
    {
        this.config = config;
        embeddings = new SwinEmbeddings(config, device, dtype);
        encoder = new SwinEncoder(config, device, dtype);
        hidden_states_norms = nn.ModuleDict(
            [.. config.OutputStages.Select(stage => ($"stage{stage}", nn.LayerNorm(config.StageChannels(stage), device: device, dtype: dtype)))]);
        RegisterComponents();
    }

    /// <summary>(B, 3, H, W) to the maps (B, C, h, w) of <see cref="SwinConfig.OutputStages"/>, largest first.</summary>
    public Tensor[] Forward(Tensor pixels)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        List<Tensor> outputs = encoder.Forward(embeddings.call(pixels), Mask);
        return [.. config.OutputStages.Select(stage => hidden_states_norms[$"stage{stage}"].call(outputs[stage - 1]).permute(0, 3, 1, 2).MoveToOuterDisposeScope())];

        Tensor Mask(long height, long width, int shift) => masks.Get(
            (height, width, shift, pixels.device.ToString(), pixels.dtype),
            () => [ShiftMask(height, width, shift).to(pixels.dtype).to(pixels.device)])[0];
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            masks.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>
    /// After the cyclic shift a window may contain tokens from opposite edges of the picture, which must not attend to each other. Such pairs get
    /// -100, all others 0 (the published weights were trained with this value, not with minus infinity).
    /// </summary>
    private Tensor ShiftMask(long height, long width, int shift)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        long window = config.WindowSize;
        Tensor regions = Bands(height).unsqueeze(1).Times(3).Plus(Bands(width).unsqueeze(0));
        Tensor windows = regions.view(height / window, window, width / window, window).permute(0, 2, 1, 3).reshape(-1, window * window);
        Tensor apart = windows.unsqueeze(1) != windows.unsqueeze(2);
        return apart.to(ScalarType.Float32).Times(-100).unsqueeze(1).MoveToOuterDisposeScope();

        // 0 for tokens that stay in place, 1 for the last window before the seam, 2 for tokens that wrapped around.
        Tensor Bands(long length)
        {
            long[] bands = new long[length];
            for (long i = 0; i < length; i++)
            {
                bands[i] = i < length - window ? 0 : i < length - shift ? 1 : 2;
            }

            return torch.tensor(bands);
        }
    }
}
