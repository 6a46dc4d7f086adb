using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>Splits a picture into patches and embeds each as a token.</summary>
public sealed class SamPatchEmbeddings : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d projection;

    /// <summary>Builds the layer.</summary>
    /// <param name="config">The encoder's configuration.</param>
    /// <param name="device">The device of its tensors.</param>
    /// <param name="dtype">Their type.</param>
    public SamPatchEmbeddings(SamVisionConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(SamPatchEmbeddings))
    {
        projection = nn.Conv2d(config.NumChannels, config.HiddenSize, config.PatchSize, config.PatchSize, device: device, dtype: dtype);
        RegisterComponents();
    }

    /// <summary>Embeds the patches.</summary>
    /// <param name="input">(B, channels, H, W).</param>
    /// <returns>(B, H / patch, W / patch, C).</returns>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        return projection.forward(input).permute(0, 2, 3, 1).contiguous().MoveToOuterDisposeScope();
    }
}

/// <summary>One layer of the image encoder: attention within windows, or over the whole picture, and an MLP.</summary>
public sealed class SamVisionLayer : nn.Module<Tensor, Tensor>
{
    private readonly LayerNorm layer_norm1;
    private readonly SamVisionAttention attn;
    private readonly LayerNorm layer_norm2;
    private readonly SamMlpBlock mlp;
    private readonly int window;

    /// <summary>Builds the layer.</summary>
    /// <param name="config">The encoder's configuration.</param>
    /// <param name="windowSize">Side of a window, patches; 0 for the whole picture.</param>
    /// <param name="device">The device of its tensors.</param>
    /// <param name="dtype">Their type.</param>
    public SamVisionLayer(SamVisionConfig config, int windowSize, Device? device = null, ScalarType? dtype = null)
        : base(nameof(SamVisionLayer))
    {
        window = windowSize;
        layer_norm1 = nn.LayerNorm(config.HiddenSize, config.LayerNormEps, device: device, dtype: dtype);
        attn = new SamVisionAttention(config, windowSize > 0 ? windowSize : config.EmbeddingSize, device, dtype);
        layer_norm2 = nn.LayerNorm(config.HiddenSize, config.LayerNormEps, device: device, dtype: dtype);
        mlp = new SamMlpBlock(config.HiddenSize, config.MlpDim, gelu: true, device, dtype);
        RegisterComponents();
    }

    /// <summary>Runs the layer.</summary>
    /// <param name="input">(B, H, W, C), in patches.</param>
    /// <returns>(B, H, W, C).</returns>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor attended = input.Plus(Attend(layer_norm1.forward(input)));
        return attended.Plus(mlp.forward(layer_norm2.forward(attended))).MoveToOuterDisposeScope();
    }

    private Tensor Attend(Tensor hidden)
    {
        if (window == 0)
        {
            return attn.forward(hidden);
        }

        // Windows that extend beyond the edge are padded with zeros, which are attended to like patches.
        (long batch, long height, long width, long channels) = (hidden.shape[0], hidden.shape[1], hidden.shape[2], hidden.shape[3]);
        long down = (height + window - 1) / window;
        long across = (width + window - 1) / window;
        (long below, long right) = ((down * window) - height, (across * window) - width);
        Tensor padded = below > 0 || right > 0 ? nn.functional.pad(hidden, [0, 0, 0, right, 0, below]) : hidden;
        Tensor windows = padded.view(batch, down, window, across, window, channels).transpose(2, 3).reshape(-1, window, window, channels);
        Tensor attended = attn.forward(windows);
        return attended.view(batch, down, across, window, window, channels).transpose(2, 3)
            .reshape(batch, down * window, across * window, channels)
            .narrow(1, 0, height).narrow(2, 0, width);
    }
}

/// <summary>The convolutions that project the tokens to the embedding's width.</summary>
public sealed class SamVisionNeck : nn.Module<Tensor, Tensor>
{
    private const double Eps = 1e-6;
    private readonly Conv2d conv1;
    private readonly SamLayerNorm layer_norm1;
    private readonly Conv2d conv2;
    private readonly SamLayerNorm layer_norm2;

    /// <summary>Builds the neck.</summary>
    /// <param name="config">The encoder's configuration.</param>
    /// <param name="device">The device of its tensors.</param>
    /// <param name="dtype">Their type.</param>
    public SamVisionNeck(SamVisionConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(SamVisionNeck))
    {
        conv1 = nn.Conv2d(config.HiddenSize, config.OutputChannels, 1, bias: false, device: device, dtype: dtype);
        layer_norm1 = new SamLayerNorm(config.OutputChannels, Eps, device, dtype);
        conv2 = nn.Conv2d(config.OutputChannels, config.OutputChannels, 3, padding: 1, bias: false, device: device, dtype: dtype);
        layer_norm2 = new SamLayerNorm(config.OutputChannels, Eps, device, dtype);
        RegisterComponents();
    }

    /// <summary>Runs the neck.</summary>
    /// <param name="input">(B, H, W, C), in patches.</param>
    /// <returns>(B, output channels, H, W).</returns>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = layer_norm1.forward(conv1.forward(input.permute(0, 3, 1, 2)));
        return layer_norm2.forward(conv2.forward(hidden)).contiguous().MoveToOuterDisposeScope();
    }
}

/// <summary>The image encoder: patches, transformer layers, neck. It takes nearly all of SAM's time, and runs once per picture.</summary>
public sealed class SamVisionEncoder : nn.Module<Tensor, Tensor>
{
    private readonly SamPatchEmbeddings patch_embed;
    private readonly Parameter? pos_embed;
    private readonly ModuleList<SamVisionLayer> layers;
    private readonly SamVisionNeck neck;
    private readonly SamVisionConfig config;

    /// <summary>Builds the encoder.</summary>
    /// <param name="config">Its configuration.</param>
    /// <param name="device">The device of its tensors.</param>
    /// <param name="dtype">Their type.</param>
    public SamVisionEncoder(SamVisionConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(SamVisionEncoder))
    {
        this.config = config;
        patch_embed = new SamPatchEmbeddings(config, device, dtype);
        if (config.UseAbsPos)
        {
            pos_embed = nn.Parameter(zeros([1, config.EmbeddingSize, config.EmbeddingSize, config.HiddenSize], device: device, dtype: dtype));
        }

        layers = [.. Enumerable.Range(0, config.NumHiddenLayers)
            .Select(at => new SamVisionLayer(config, config.GlobalAttnIndexes.Contains(at) ? 0 : config.WindowSize, device, dtype))];
        neck = new SamVisionNeck(config, device, dtype);
        RegisterComponents();
    }

    /// <summary>Encodes pictures.</summary>
    /// <param name="input">(B, channels, image size, image size), normalised and padded.</param>
    /// <returns>(B, output channels, image size / patch, image size / patch).</returns>
    /// <exception cref="ArgumentException">The pictures have another size.</exception>
    public override Tensor forward(Tensor input)
    {
        if (input.dim() != 4 || input.shape[1] != config.NumChannels || input.shape[2] != config.ImageSize || input.shape[3] != config.ImageSize)
        {
            throw new ArgumentException(
                $"The image encoder takes (B, {config.NumChannels}, {config.ImageSize}, {config.ImageSize}), not ({string.Join(", ", input.shape)}).",
                nameof(input));
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = patch_embed.forward(input);
        if (pos_embed is not null)
        {
            hidden = hidden.Plus(pos_embed);
        }

        foreach (SamVisionLayer layer in layers)
        {
            Tensor next = layer.forward(hidden);
            hidden.Dispose();
            hidden = next;
        }

        return neck.forward(hidden).MoveToOuterDisposeScope();
    }
}
