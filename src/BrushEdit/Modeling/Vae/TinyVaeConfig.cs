using BrushEdit.Loading;

namespace BrushEdit.Modeling;

/// <summary>Shape and constants of an <see cref="AutoencoderTiny"/>; the keys of its <c>config.json</c>. The defaults are TAESD's.</summary>
public sealed record TinyVaeConfig
{
    /// <summary>The class that its configuration names.</summary>
    public const string ClassName = "AutoencoderTiny";

    /// <summary>Channels of the pixels given to the encoder. 3 = RGB.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>Channels of the decoder's output pixels.</summary>
    public int OutChannels { get; init; } = 3;

    /// <summary>Channels of the latent.</summary>
    public int LatentChannels { get; init; } = 4;

    /// <summary>Channels within the encoder, the same on every level.</summary>
    public int EncoderWidth { get; init; } = 64;

    /// <summary>Channels within the decoder, the same on every level.</summary>
    public int DecoderWidth { get; init; } = 64;

    /// <summary>Blocks of each level of the encoder, finest first; one level more halves the latent's side once more.</summary>
    public IReadOnlyList<int> EncoderBlocks { get; init; } = [1, 3, 3, 3];

    /// <summary>Blocks of each level of the decoder, coarsest first.</summary>
    public IReadOnlyList<int> DecoderBlocks { get; init; } = [3, 3, 3, 1];

    /// <summary>The latents' absolute range, above 0.</summary>
    public double LatentMagnitude { get; init; } = 3;

    /// <summary>The value that 0 maps to in latents as a picture.</summary>
    public double LatentShift { get; init; } = 0.5;

    /// <summary>What the latent is multiplied by before diffusion: 1, for it was trained on the U-Net's own latents.</summary>
    public double ScalingFactor { get; init; } = 1;

    /// <summary>Whether the checkpoint requires single precision even if half was chosen; TAESD's does not.</summary>
    public bool ForceUpcast { get; init; }

    /// <summary>The side of a latent cell in pixels.</summary>
    public int ScaleFactor => 1 << (EncoderBlocks.Count - 1);

    /// <summary>Reads <c>config.json</c>.</summary>
    /// <param name="json">The configuration.</param>
    /// <exception cref="EditException">A key is missing, unknown, or requires something that is not supported.</exception>
    public static TinyVaeConfig Read(ConfigReader json)
    {
        ArgumentNullException.ThrowIfNull(json);
        TinyVaeConfig standard = new();
        IReadOnlyList<int> encoder = json.Ints("num_encoder_blocks", standard.EncoderBlocks, 0, 64);
        IReadOnlyList<int> decoder = json.Ints("num_decoder_blocks", standard.DecoderBlocks, 0, 64);
        TinyVaeConfig config = new()
        {
            InChannels = json.Int("in_channels", 3, 1, 64),
            OutChannels = json.Int("out_channels", 3, 1, 64),
            LatentChannels = json.Int("latent_channels", 4, 1, 64),
            EncoderWidth = Width(json, "encoder_block_out_channels", encoder.Count),
            DecoderWidth = Width(json, "decoder_block_out_channels", decoder.Count),
            EncoderBlocks = encoder,
            DecoderBlocks = decoder,
            LatentMagnitude = json.Double("latent_magnitude", 3, 1e-3, 1e3),
            LatentShift = json.Double("latent_shift", 0.5, -1e3, 1e3),
            ScalingFactor = json.Double("scaling_factor", 1, 1e-3, 1e3),
            ForceUpcast = json.Bool("force_upcast", false),
        };
        json.Expect("act_fn", "\"relu\"");
        json.Expect("upsample_fn", "\"nearest\"");
        json.Expect("upsampling_scaling_factor", "2");
        json.Expect("shift_factor", "null", "0", "0.0");

        // Determined by the widths of encoder and decoder.
        json.Ignore("block_out_channels");
        json.Finish();
        config.Validate(json.Source);
        return config;
    }

    /// <summary>Checks that the numbers are consistent.</summary>
    /// <param name="source">What the error calls the configuration.</param>
    /// <exception cref="EditException">A size is not positive, or encoder and decoder have different numbers of levels.</exception>
    public void Validate(string source)
    {
        if (EncoderBlocks.Count is 0 or > 8 || EncoderBlocks.Count != DecoderBlocks.Count)
        {
            throw ConfigReader.Broken(source, $"num_encoder_blocks has {EncoderBlocks.Count} levels and num_decoder_blocks {DecoderBlocks.Count}");
        }

        if (InChannels < 1 || OutChannels < 1 || LatentChannels < 1 || EncoderWidth < 1 || DecoderWidth < 1 || !(LatentMagnitude > 0))
        {
            throw ConfigReader.Broken(source, "a size is not positive");
        }
    }

    private static int Width(ConfigReader json, string key, int levels)
    {
        IReadOnlyList<int> widths = json.Ints(key, [.. Enumerable.Repeat(64, levels)], 1, 16384);
        return widths.Count == levels && widths.Distinct().Count() == 1
            ? widths[0]
            : throw new EditException(
                EditFault.BadModel, $"The configuration '{json.Source}' lists {key} [{string.Join(", ", widths)}]; supported is one width for all {levels} levels.", "Use TAESD, or another tiny autoencoder of its kind.", key);
    }
}
