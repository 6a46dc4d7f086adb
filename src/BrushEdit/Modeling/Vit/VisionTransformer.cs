using BrushEdit.Loading;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// DINO's vision transformer (Caron et al. 2021), whose keys describe the structure of a picture (Tumanyan et al. 2022). Field names are the
/// authors' keys (<c>cls_token</c>, <c>pos_embed</c>, <c>patch_embed</c>, <c>blocks</c>, <c>norm</c>).
/// </summary>
public sealed class VisionTransformer : nn.Module<Tensor, VisionTransformerOutput>
{
    // The authors add it to the target number of patches to avoid rounding errors; it shifts the positions at which the embedding is sampled.
    private const double Nudge = 0.1;

    private readonly Parameter cls_token;
    private readonly Parameter pos_embed;
    private readonly VitPatchEmbed patch_embed;
    private readonly ModuleList<VitBlock> blocks = new();
    private readonly LayerNorm norm;

    /// <summary>Builds the network.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="device">The device of its tensors; meta for names and shapes only.</param>
    /// <param name="dtype">Their type; single precision if null.</param>
    public VisionTransformer(VisionTransformerConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(VisionTransformer))
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        cls_token = new Parameter(randn([1, 1, config.EmbedDim], dtype, device));
        pos_embed = new Parameter(randn([1, (config.Grid * config.Grid) + 1, config.EmbedDim], dtype, device));
        patch_embed = new VitPatchEmbed(config, device, dtype);
        for (int block = 0; block < config.Depth; block++)
        {
            blocks.Add(new VitBlock(config, device, dtype));
        }

        norm = nn.LayerNorm(config.EmbedDim, config.LayerNormEps, device: device, dtype: dtype);
        RegisterComponents();
    }

    /// <summary>The shape it was built with.</summary>
    public VisionTransformerConfig Config { get; }

    /// <summary>Opens a checkpoint.</summary>
    /// <param name="weights">Its tensors.</param>
    /// <param name="json">A configuration; null if none came with it.</param>
    /// <param name="dtype">The type of its weights in memory.</param>
    /// <param name="device">The device of its weights.</param>
    /// <exception cref="EditException">A tensor is missing, unexpected or misshapen, or the checkpoint is of another kind (BadModel).</exception>
    public static VisionTransformer Load(IWeights weights, ConfigReader? json, ScalarType dtype, Device device)
    {
        ArgumentNullException.ThrowIfNull(weights);
        VisionTransformerConfig config = VisionTransformerConfig.Read(weights, json);
        return ModuleLoader.Load(
            (place, type) => new VisionTransformer(config, place, type), weights, "DINO vision transformer", dtype, device, name => name.StartsWith("head.", StringComparison.Ordinal));
    }

    /// <summary>Pictures to tokens.</summary>
    /// <param name="input">(B, 3, H, W), normalised; rows and columns that do not fill a patch are ignored.</param>
    /// <returns>The last block's tokens, normalised, and its keys.</returns>
    public override VisionTransformerOutput forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using DisposeScope scope = NewDisposeScope();
        Tensor patches = patch_embed.forward(input);
        Tensor x = cat([cls_token.expand(patches.shape[0], -1, -1), patches], 1).Plus(Places(input.shape[2], input.shape[3]));
        Tensor keys = x;
        foreach (VitBlock block in blocks)
        {
            (x, keys) = block.forward(x);
        }

        return new VisionTransformerOutput(norm.forward(x).MoveToOuterDisposeScope(), keys.MoveToOuterDisposeScope());
    }

    // The position embedding, interpolated to the picture's patches: (1, 1 + patches, C).
    private Tensor Places(long height, long width)
    {
        long rows = height / Config.PatchSize;
        long columns = width / Config.PatchSize;
        if (rows == Config.Grid && columns == Config.Grid)
        {
            return pos_embed.alias();
        }

        Tensor grid = pos_embed.narrow(1, 1, (long)Config.Grid * Config.Grid).view(1, Config.Grid, Config.Grid, Config.EmbedDim).permute(0, 3, 1, 2);
        Tensor stretched = nn.functional.interpolate(
            grid, scale_factor: [(rows + Nudge) / Config.Grid, (columns + Nudge) / Config.Grid], mode: InterpolationMode.Bicubic);
        Tensor places = stretched.permute(0, 2, 3, 1).reshape(1, -1, Config.EmbedDim);
        return cat([pos_embed.narrow(1, 0, 1), places], 1);
    }
}

/// <summary>Tokens of pictures. The receiver disposes it, or its dispose scope does.</summary>
/// <param name="Tokens">(B, 1 + patches, C), the class token first, after the last norm.</param>
/// <param name="Keys">(B, 1 + patches, C), the last block's keys with all heads joined.</param>
public sealed record VisionTransformerOutput(Tensor Tokens, Tensor Keys);
