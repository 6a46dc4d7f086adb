using System.Globalization;
using System.Text.RegularExpressions;

namespace BrushEdit.Loading;

/// <summary>
/// Maps the names of Stable Diffusion 1.5 and XL in a single file (those of the original training code) to the names of a diffusers folder.
/// Pure functions, which return null for a tensor of another part or of none (averaged copies, schedules, position indices).
/// </summary>
public static partial class SingleFileNames
{
    /// <summary>The prefix of the U-Net's names.</summary>
    public const string UnetPrefix = "model.diffusion_model.";

    /// <summary>The prefix of the VAE's names.</summary>
    public const string VaePrefix = "first_stage_model.";

    /// <summary>The prefix of the text encoder's names in Stable Diffusion 1.5.</summary>
    public const string TextEncoderPrefix = "cond_stage_model.transformer.";

    /// <summary>The prefix of the first text encoder's names in Stable Diffusion XL.</summary>
    public const string FirstTextEncoderPrefix = "conditioner.embedders.0.transformer.";

    /// <summary>The prefix of the second text encoder's names in Stable Diffusion XL.</summary>
    public const string SecondTextEncoderPrefix = "conditioner.embedders.1.model.";

    // Residual layers per level of the U-Net, and levels of the VAE, in Stable Diffusion 1.5.
    private const int UsualLayersPerBlock = 2;
    private const int UsualVaeLevels = 4;

    private static readonly Dictionary<string, string> UnetTop = new(StringComparer.Ordinal)
    {
        ["time_embed.0"] = "time_embedding.linear_1",
        ["time_embed.2"] = "time_embedding.linear_2",
        ["label_emb.0.0"] = "add_embedding.linear_1",
        ["label_emb.0.2"] = "add_embedding.linear_2",
        ["input_blocks.0.0"] = "conv_in",
        ["out.0"] = "conv_norm_out",
        ["out.2"] = "conv_out",
    };

    private static readonly Dictionary<string, string> UnetResnet = new(StringComparer.Ordinal)
    {
        ["in_layers.0"] = "norm1",
        ["in_layers.2"] = "conv1",
        ["emb_layers.1"] = "time_emb_proj",
        ["out_layers.0"] = "norm2",
        ["out_layers.3"] = "conv2",
        ["skip_connection"] = "conv_shortcut",
    };

    private static readonly Dictionary<string, string> VaeMid = new(StringComparer.Ordinal)
    {
        ["block_1"] = "resnets.0",
        ["block_2"] = "resnets.1",
        ["attn_1.norm"] = "attentions.0.group_norm",
        ["attn_1.q"] = "attentions.0.to_q",
        ["attn_1.k"] = "attentions.0.to_k",
        ["attn_1.v"] = "attentions.0.to_v",
        ["attn_1.proj_out"] = "attentions.0.to_out.0",
    };

    /// <summary>Residual layers per level of the U-Net, determined by the position of its first downsampler.</summary>
    /// <param name="names">All names in the file.</param>
    public static int LayersPerBlock(IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        int first = names.Select(name => FirstDownsampler().Match(name)).Where(match => match.Success)
            .Select(match => Number(match.Groups[1].Value) ?? 0).DefaultIfEmpty(UsualLayersPerBlock + 1).Min();
        return Math.Max(1, first - 1);
    }

    /// <summary>Levels of the VAE's decoder.</summary>
    /// <param name="names">All names in the file.</param>
    public static int VaeLevels(IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return 1 + names.Select(name => DecoderLevel().Match(name)).Where(match => match.Success)
            .Select(match => Number(match.Groups[1].Value) ?? 0).DefaultIfEmpty(UsualVaeLevels - 1).Max();
    }

    /// <summary>Maps a name of a U-Net with the depth of Stable Diffusion 1.5.</summary>
    /// <param name="stored">The name in the file.</param>
    /// <returns>The name in <c>unet/</c>; null if it is not a name of the U-Net.</returns>
    public static string? Unet(string stored) => Unet(stored, UsualLayersPerBlock);

    /// <summary>Maps a name of the U-Net.</summary>
    /// <param name="stored">The name in the file.</param>
    /// <param name="layersPerBlock">Residual layers per level.</param>
    /// <returns>The name in <c>unet/</c>; null if it is not a name of the U-Net.</returns>
    public static string? Unet(string stored, int layersPerBlock)
    {
        if (Behind(stored, UnetPrefix) is not string name)
        {
            return null;
        }

        (string place, string last) = Last(name);
        if (UnetTop.TryGetValue(place, out string? top))
        {
            return $"{top}.{last}";
        }

        string[] parts = name.Split('.', 4);
        return parts switch
        {
            ["input_blocks", _, _, _] when Number(parts[1]) is > 0 and int block && Number(parts[2]) is int layer =>
                DownBlockName(block - 1, layer, parts[3], layersPerBlock),
            ["middle_block", "0", ..] => UnetLayer("mid_block.resnets.0", Rest(name, 2)),
            ["middle_block", "1", ..] => $"mid_block.attentions.0.{Rest(name, 2)}",
            ["middle_block", "2", ..] => UnetLayer("mid_block.resnets.1", Rest(name, 2)),
            ["output_blocks", _, _, _] when Number(parts[1]) is int block && Number(parts[2]) is int layer =>
                UpBlockName(block, layer, parts[3], layersPerBlock),
            _ => null,
        };
    }

    /// <summary>Maps a name of a VAE with the depth of that in Stable Diffusion 1.5.</summary>
    /// <param name="stored">The name in the file.</param>
    /// <returns>The name in <c>vae/</c>; null if it is not a name of the VAE.</returns>
    public static string? Vae(string stored) => Vae(stored, UsualVaeLevels);

    /// <summary>Maps a name of the VAE.</summary>
    /// <param name="stored">The name in the file.</param>
    /// <param name="levels">Levels of the VAE.</param>
    /// <returns>The name in <c>vae/</c>; null if it is not a name of the VAE.</returns>
    public static string? Vae(string stored, int levels)
    {
        if (Behind(stored, VaePrefix) is not string name)
        {
            return null;
        }

        string[] parts = name.Split('.', 3);
        return parts switch
        {
            ["quant_conv" or "post_quant_conv", _] => name,
            ["encoder" or "decoder", "conv_in" or "conv_out", _] => name,
            ["encoder" or "decoder", "norm_out", _] => $"{parts[0]}.conv_norm_out.{parts[2]}",
            ["encoder" or "decoder", "mid", _] => VaeMiddle(parts[0], parts[2]),
            ["encoder", "down", _] => VaeLevel("encoder.down_blocks", parts[2], level => level, "downsample", "downsamplers"),
            ["decoder", "up", _] => VaeLevel("decoder.up_blocks", parts[2], level => levels - 1 - level, "upsample", "upsamplers"),
            _ => null,
        };
    }

    /// <summary>Maps a name of the text encoder; in Stable Diffusion XL, of the first one (for the second see <see cref="SecondEncoderNames"/>).</summary>
    /// <param name="stored">The name in the file.</param>
    /// <returns>The name in <c>text_encoder/</c>; null if it is not a name of the text encoder, or is that of the position indices.</returns>
    public static string? TextEncoder(string stored)
    {
        if ((Behind(stored, TextEncoderPrefix) ?? Behind(stored, FirstTextEncoderPrefix)) is not string name)
        {
            return null;
        }

        // The U-Net does not use the projection of a complete CLIP.
        return name.StartsWith("text_projection", StringComparison.Ordinal) ? null : TensorNames.TextEncoder(name);
    }

    private static string? DownBlockName(int block, int layer, string rest, int layersPerBlock)
    {
        (int level, int place) = (block / (layersPerBlock + 1), block % (layersPerBlock + 1));
        return layer switch
        {
            0 when place == layersPerBlock => rest.StartsWith("op.", StringComparison.Ordinal)
                ? $"down_blocks.{level}.downsamplers.0.conv.{rest["op.".Length..]}"
                : null,
            0 => UnetLayer($"down_blocks.{level}.resnets.{place}", rest),
            1 when place < layersPerBlock => $"down_blocks.{level}.attentions.{place}.{rest}",
            _ => null,
        };
    }

    private static string? UpBlockName(int block, int layer, string rest, int layersPerBlock)
    {
        (int level, int place) = (block / (layersPerBlock + 1), block % (layersPerBlock + 1));
        return layer switch
        {
            0 => UnetLayer($"up_blocks.{level}.resnets.{place}", rest),
            // After the layers of a level: second if the level has no attention, otherwise third.
            1 or 2 when rest.StartsWith("conv.", StringComparison.Ordinal) => $"up_blocks.{level}.upsamplers.0.{rest}",
            1 => $"up_blocks.{level}.attentions.{place}.{rest}",
            _ => null,
        };
    }

    private static string? UnetLayer(string prefix, string rest)
    {
        (string place, string last) = Last(rest);
        return UnetResnet.TryGetValue(place, out string? name) ? $"{prefix}.{name}.{last}" : null;
    }

    private static string? VaeMiddle(string coder, string rest)
    {
        foreach ((string old, string today) in VaeMid)
        {
            if (rest.StartsWith(old + ".", StringComparison.Ordinal))
            {
                return $"{coder}.mid_block.{today}{rest[old.Length..]}";
            }
        }

        return null;
    }

    private static string? VaeLevel(string prefix, string rest, Func<int, int> levelOf, string sampler, string samplers)
    {
        string[] parts = rest.Split('.', 4);
        if (Number(parts[0]) is not int level || parts.Length < 4)
        {
            return null;
        }

        return parts[1] == sampler
            ? $"{prefix}.{levelOf(level)}.{samplers}.0.{parts[2]}.{parts[3]}"
            : parts[1] == "block"
                ? $"{prefix}.{levelOf(level)}.resnets.{parts[2]}.{parts[3].Replace("nin_shortcut.", "conv_shortcut.", StringComparison.Ordinal)}"
                : null;
    }

    private static string? Behind(string name, string prefix)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : null;
    }

    private static (string Place, string Last) Last(string name)
    {
        int dot = name.LastIndexOf('.');
        return dot < 0 ? (name, string.Empty) : (name[..dot], name[(dot + 1)..]);
    }

    private static string Rest(string name, int words) => name.Split('.', words + 1).ElementAtOrDefault(words) ?? string.Empty;

    private static int? Number(string word) =>
        int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    [GeneratedRegex(@"^model\.diffusion_model\.input_blocks\.([0-9]{1,3})\.0\.op\.", RegexOptions.CultureInvariant)]
    private static partial Regex FirstDownsampler();

    [GeneratedRegex(@"^(?:first_stage_model\.)?decoder\.up\.([0-9]{1,2})\.", RegexOptions.CultureInvariant)]
    private static partial Regex DecoderLevel();
}
