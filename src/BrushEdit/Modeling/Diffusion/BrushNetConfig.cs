using System.Text.Json.Nodes;
using BrushEdit.Loading;

namespace BrushEdit.Modeling;

/// <summary>
/// The shape of a BrushNet as its <c>config.json</c> describes it: that of the U-Net it accompanies, without attention and with a wider input
/// convolution. Attention settings in published files have no effect and are not kept.
/// </summary>
public sealed record BrushNetConfig
{
    private const string Kind = "BrushNet";
    private const string AddedWeight = "add_embedding.linear_1.weight";

    /// <summary>Channels of the noisy latent: 4.</summary>
    public int InChannels { get; init; } = 4;

    /// <summary>Channels of the condition: the masked picture's latent (4) and the mask (1).</summary>
    public int ConditioningChannels { get; init; } = 5;

    /// <summary>Width of each level, finest first.</summary>
    public IReadOnlyList<int> BlockOutChannels { get; init; } = [320, 640, 1280, 1280];

    /// <summary>Residual layers of a down block; an up block has one more.</summary>
    public int LayersPerBlock { get; init; } = 2;

    /// <summary>Groups of every group normalisation; divides every width.</summary>
    public int NormGroups { get; init; } = 32;

    /// <summary>What the group normalisations add to the variance.</summary>
    public double NormEps { get; init; } = 1e-5;

    /// <summary>Whether the time embedding contains cosines before sines.</summary>
    public bool FlipSinToCos { get; init; } = true;

    /// <summary>Subtracted from the number of frequencies in the time embedding's exponent.</summary>
    public double FreqShift { get; init; }

    /// <summary>Which outputs exist and where they are added; published branches are <see cref="BrushNetVariant.Full"/>.</summary>
    public BrushNetVariant Variant { get; init; }

    /// <summary>
    /// The U-Net whose attention layers, including those over the text, the branch keeps; null for a branch without attention, as published.
    /// </summary>
    public UNetConfig? Attention { get; init; }

    /// <summary>What is added to the time embedding; null for Stable Diffusion 1.5.</summary>
    public AddedEmbeddingConfig? AddedEmbedding { get; init; }

    /// <summary>The model family that its shape belongs to.</summary>
    public ModelFamily Family => AddedEmbedding is null ? ModelFamily.Sd15 : ModelFamily.Sdxl;

    /// <summary>The number of levels.</summary>
    public int Levels => BlockOutChannels.Count;

    /// <summary>The number of encoder outputs: after the input convolution, each residual layer and each downsampler (12 for SD 1.5).</summary>
    public int DownOutputs => 1 + (Levels * LayersPerBlock) + (Levels - 1);

    /// <summary>
    /// The number of decoder outputs: after each residual layer and each upsampler (15 for SD 1.5); 0 except in the full variant.
    /// </summary>
    public int UpOutputs => Variant != BrushNetVariant.Full ? 0 : (Levels * (LayersPerBlock + 1)) + (Levels - 1);

    /// <summary>Reads a published configuration.</summary>
    /// <param name="reader">The file's contents.</param>
    /// <exception cref="EditException">
    /// It belongs to another kind of model (ControlNet, a plain U-Net, ...), or requires something that is not supported.
    /// </exception>
    public static BrushNetConfig Read(ConfigReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        DiffusersConfig.RefuseOtherKinds(reader, Kind, "BrushNetModel");
        BrushNetConfig config = new()
        {
            InChannels = reader.Int("in_channels", 4, 1, 64),
            ConditioningChannels = reader.Int("conditioning_channels", 5, 1, 64),
            BlockOutChannels = reader.Ints("block_out_channels", [320, 640, 1280, 1280], 1, 16384),
            LayersPerBlock = reader.Int("layers_per_block", 2, 1, 16),
            NormGroups = reader.Int("norm_num_groups", 32, 1, 1024),
            NormEps = reader.Double("norm_eps", 1e-5, 0, 1),
            FlipSinToCos = reader.Bool("flip_sin_to_cos", true),
            FreqShift = reader.Double("freq_shift", 0, -1, 16),
            AddedEmbedding = AddedEmbeddingConfig.Read(reader),
        };
        config = BrushNetVariants.Read(reader, config);
        reader.Expect("brushnet_conditioning_channel_order", "\"rgb\"");
        reader.Expect("global_pool_conditions", "false");
        DiffusersConfig.ExpectPlain(reader);

        // Left over from the U-Net it was made from; without attention they have no effect.
        reader.Ignore("cross_attention_dim", "attention_head_dim", "transformer_layers_per_block", "use_linear_projection", "conditioning_embedding_out_channels");
        reader.Finish();
        config.Validate(reader.Source);
        return config;
    }

    /// <summary>The configuration of a BrushNet for a U-Net; its condition is a latent and a mask.</summary>
    /// <param name="unet">The U-Net.</param>
    /// <param name="variant">Which outputs it has and where they are added.</param>
    /// <param name="attention">Whether it keeps the U-Net's attention layers.</param>
    /// <exception cref="EditException">The U-Net takes more than a latent (a checkpoint trained for inpainting).</exception>
    public static BrushNetConfig FromUNet(UNetConfig unet, BrushNetVariant variant = BrushNetVariant.Full, bool attention = false)
    {
        ArgumentNullException.ThrowIfNull(unet);
        if (unet.InChannels != unet.OutChannels)
        {
            throw new EditException(
                EditFault.BadModel,
                $"A BrushNet cannot be made from a U-Net with {unet.InChannels} input channels: it takes more than the latent's {unet.OutChannels}.",
                "Use a plain text-to-image U-Net, not one trained for inpainting.",
                unet.InChannels);
        }

        return new BrushNetConfig
        {
            InChannels = unet.InChannels,
            ConditioningChannels = unet.InChannels + 1,
            BlockOutChannels = unet.BlockOutChannels,
            LayersPerBlock = unet.LayersPerBlock,
            NormGroups = unet.NormGroups,
            NormEps = unet.NormEps,
            FlipSinToCos = unet.FlipSinToCos,
            FreqShift = unet.FreqShift,
            Variant = variant,
            Attention = attention ? unet : null,
            AddedEmbedding = unet.AddedEmbedding,
        };
    }

    /// <summary>
    /// The configuration of a BrushNet that was published without one: levels, widths and layers follow from its shapes, and everything else from the
    /// U-Net that it was made from.
    /// </summary>
    /// <param name="weights">The BrushNet's tensors.</param>
    /// <param name="unet">The U-Net.</param>
    /// <exception cref="EditException">A tensor is missing.</exception>
    public static BrushNetConfig FromShapes(IWeights weights, UNetConfig unet)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(unet);
        ShapeReader shapes = new(weights, Kind, "Put its config.json beside it.");
        int levels = shapes.Count("down_blocks.");
        int inputs = shapes.Side("conv_in_condition.weight", 1);
        BrushNetConfig config = new()
        {
            InChannels = unet.InChannels,
            ConditioningChannels = inputs > unet.InChannels ? inputs - unet.InChannels : throw shapes.Unfit($"takes {inputs} channels, which leaves none for its condition"),
            BlockOutChannels = [.. Enumerable.Range(0, levels).Select(level => shapes.Side($"down_blocks.{level}.resnets.0.conv1.weight", 0))],
            LayersPerBlock = shapes.Count("down_blocks.0.resnets."),
            NormGroups = unet.NormGroups,
            NormEps = unet.NormEps,
            FlipSinToCos = unet.FlipSinToCos,
            FreqShift = unet.FreqShift,
            AddedEmbedding = shapes.Has(AddedWeight) ? (unet.AddedEmbedding ?? new AddedEmbeddingConfig()) with { InputChannels = shapes.Side(AddedWeight, 1) } : null,
        };
        config.Validate(weights.Source);
        return config;
    }

    /// <summary>Rejects a U-Net that this BrushNet's outputs cannot be added to.</summary>
    /// <param name="unet">The U-Net.</param>
    /// <exception cref="EditException">The families, widths or numbers of layers differ, or the U-Net takes more than a latent.</exception>
    public void EnsureFits(UNetConfig unet)
    {
        ArgumentNullException.ThrowIfNull(unet);
        if (Family != unet.Family)
        {
            throw new EditException(
                EditFault.BadModel,
                $"The BrushNet is for {Family.Text()}, but the U-Net is of {unet.Family.Text()}.",
                $"Use a BrushNet for {unet.Family.Text()}, or a base model of {Family.Text()}.",
                unet);
        }

        bool sameText = Attention is null || Attention.CrossAttentionDim == unet.CrossAttentionDim;
        if (!sameText || !BlockOutChannels.SequenceEqual(unet.BlockOutChannels) || LayersPerBlock != unet.LayersPerBlock || InChannels != unet.InChannels)
        {
            throw new EditException(
                EditFault.BadModel,
                $"The BrushNet ({Shape(InChannels, BlockOutChannels, LayersPerBlock)}) does not fit the U-Net ({Shape(unet.InChannels, unet.BlockOutChannels, unet.LayersPerBlock)}).",
                "Use a base model of the family the BrushNet was trained for.",
                unet);
        }
    }

    /// <summary>Writes the configuration under the published key names.</summary>
    public JsonObject ToJson()
    {
        JsonObject json = new()
        {
            ["_class_name"] = "BrushNetModel",
            ["act_fn"] = "silu",
            ["block_out_channels"] = DiffusersConfig.List(BlockOutChannels),
            ["brushnet_conditioning_channel_order"] = "rgb",
            ["conditioning_channels"] = ConditioningChannels,
            ["downsample_padding"] = 1,
            ["flip_sin_to_cos"] = FlipSinToCos,
            ["freq_shift"] = FreqShift,
            ["in_channels"] = InChannels,
            ["layers_per_block"] = LayersPerBlock,
            ["mid_block_scale_factor"] = 1,
            ["norm_eps"] = NormEps,
            ["norm_num_groups"] = NormGroups,
        };
        BrushNetVariants.Write(json, this);
        AddedEmbedding?.WriteTo(json);
        return json;
    }

    /// <summary>Checks the values against one another.</summary>
    /// <param name="source">What the error calls the configuration.</param>
    /// <exception cref="EditException">They contradict one another.</exception>
    internal void Validate(string source)
    {
        DiffusersConfig.ValidateLevels(source, BlockOutChannels, LayersPerBlock, NormGroups, InChannels, ConditioningChannels);
        Attention?.Validate(source);
        AddedEmbedding?.Validate(source);
    }

    private static string Shape(int channels, IEnumerable<int> widths, int layers) =>
        $"{channels} latent channels, widths {string.Join("-", widths)}, {layers} layers a block";
}
