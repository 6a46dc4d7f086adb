using BrushEdit.Loading;

namespace BrushEdit.Modeling;

/// <summary>Shape and constants of an <see cref="AutoencoderKL"/>; the keys of <c>vae/config.json</c>.</summary>
public sealed record VaeConfig
{
    /// <summary>Channels of the pixels given to the encoder. 3 = RGB.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>Channels of the decoder's output pixels.</summary>
    public int OutChannels { get; init; } = 3;

    /// <summary>Channels of the latent.</summary>
    public int LatentChannels { get; init; } = 4;

    /// <summary>Channels of each level, finest first; one level more halves the latent's side once more. At least one.</summary>
    public IReadOnlyList<int> BlockOutChannels { get; init; } = [128, 256, 512, 512];

    /// <summary>Residual layers a level of the encoder; the decoder has one more.</summary>
    public int LayersPerBlock { get; init; } = 2;

    /// <summary>Groups of the group normalisation; divides every entry of <see cref="BlockOutChannels"/>.</summary>
    public int NormNumGroups { get; init; } = 32;

    /// <summary>Side of the pictures it was trained on, in pixels; has no effect on the computation.</summary>
    public int SampleSize { get; init; } = 512;

    /// <summary>
    /// What the latent is multiplied by before diffusion and divided by before decoding (not done by the network).
    /// 0.18215 for Stable Diffusion 1.5, 0.13025 for XL: one over the standard deviation of its latents.
    /// </summary>
    public double ScalingFactor { get; init; } = 0.18215;

    /// <summary>
    /// Whether the checkpoint requires single precision because half precision overflows (Stable Diffusion XL's does). A checkpoint that does not
    /// specify it, such as Stable Diffusion 1.5's, runs in the chosen precision.
    /// </summary>
    public bool ForceUpcast { get; init; }

    /// <summary>The side of a latent cell in pixels: two to the power of the levels less one.</summary>
    public int ScaleFactor => 1 << (BlockOutChannels.Count - 1);

    /// <summary>Reads <c>vae/config.json</c>.</summary>
    /// <param name="json">The configuration.</param>
    /// <exception cref="EditException">A key is missing, unknown, or requires something that is not supported.</exception>
    public static VaeConfig Read(ConfigReader json)
    {
        ArgumentNullException.ThrowIfNull(json);
        VaeConfig standard = new();
        VaeConfig config = new()
        {
            InChannels = json.Int("in_channels", 3, 1, 64),
            OutChannels = json.Int("out_channels", 3, 1, 64),
            LatentChannels = json.Int("latent_channels", 4, 1, 64),
            BlockOutChannels = json.Ints("block_out_channels", null, 1, 16384),
            LayersPerBlock = json.Int("layers_per_block", 1, 1, 16),
            NormNumGroups = json.Int("norm_num_groups", 32, 1, 1024),
            SampleSize = json.Int("sample_size", standard.SampleSize, 1, 65536),
            ScalingFactor = json.Double("scaling_factor", standard.ScalingFactor, 1e-3, 1e3),
            ForceUpcast = json.Bool("force_upcast", false),
        };
        ExpectBlocks(json, "down_block_types", "DownEncoderBlock2D", config.BlockOutChannels.Count);
        ExpectBlocks(json, "up_block_types", "UpDecoderBlock2D", config.BlockOutChannels.Count);
        json.Expect("act_fn", "\"silu\"");
        json.Expect("mid_block_add_attention", "true");
        json.Expect("use_quant_conv", "true");
        json.Expect("use_post_quant_conv", "true");
        json.Expect("shift_factor", "null", "0", "0.0");
        json.Expect("latents_mean", "null");
        json.Expect("latents_std", "null");
        json.Finish();
        config.Validate(json.Source);
        return config;
    }

    /// <summary>Checks that the numbers are consistent.</summary>
    /// <param name="source">What the error calls the configuration.</param>
    /// <exception cref="EditException">A size is not positive, or the groups do not divide the channels.</exception>
    public void Validate(string source)
    {
        if (BlockOutChannels.Count == 0 || BlockOutChannels.Append(InChannels).Append(OutChannels).Append(LatentChannels)
            .Append(LayersPerBlock).Append(NormNumGroups).Any(size => size < 1))
        {
            throw ConfigReader.Broken(source, "a size is below 1");
        }

        if (BlockOutChannels.FirstOrDefault(channels => channels % NormNumGroups != 0) is int odd and not 0)
        {
            throw ConfigReader.Broken(source, $"norm_num_groups {NormNumGroups} does not divide {odd} of block_out_channels");
        }
    }

    private static void ExpectBlocks(ConfigReader json, string key, string kind, int levels)
    {
        IReadOnlyList<string> types = json.Texts(key, [.. Enumerable.Repeat(kind, levels)]);
        if (types.Count != levels || types.Any(type => type != kind))
        {
            throw new EditException(
                EditFault.BadModel,
                $"The configuration '{json.Source}' lists {key} [{string.Join(", ", types)}]; supported is {kind}, once for each of the {levels} block_out_channels.",
                "Use the VAE of Stable Diffusion 1.5 or of a model of its kind.",
                key);
        }
    }
}
