using System.Globalization;

namespace BrushEdit.Weights;

/// <summary>
/// The names of Stable Diffusion 1.5 in one file (those of the original training code) turned into the names of a diffusers folder:
/// pure functions, null for whatever belongs to another part or to none (averaged copies, schedules, counted positions).
/// </summary>
public static class SingleFileNames
{
    /// <summary>What the U-Net's names begin with.</summary>
    public const string UnetPrefix = "model.diffusion_model.";

    /// <summary>What the VAE's names begin with.</summary>
    public const string VaePrefix = "first_stage_model.";

    /// <summary>What the text encoder's names begin with.</summary>
    public const string TextEncoderPrefix = "cond_stage_model.transformer.";

    // Residual layers of a level, and levels of the VAE: those of Stable Diffusion 1.5.
    private const int LayersPerBlock = 2;
    private const int VaeLevels = 4;

    private static readonly Dictionary<string, string> UnetTop = new(StringComparer.Ordinal)
    {
        ["time_embed.0"] = "time_embedding.linear_1",
        ["time_embed.2"] = "time_embedding.linear_2",
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

    /// <summary>A name of the U-Net.</summary>
    /// <param name="stored">The name in the file.</param>
    /// <returns>Its name in <c>unet/</c>; null where it is not the U-Net's.</returns>
    public static string? Unet(string stored)
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
                DownBlock(block - 1, layer, parts[3]),
            ["middle_block", "0", ..] => UnetLayer("mid_block.resnets.0", Rest(name, 2)),
            ["middle_block", "1", ..] => $"mid_block.attentions.0.{Rest(name, 2)}",
            ["middle_block", "2", ..] => UnetLayer("mid_block.resnets.1", Rest(name, 2)),
            ["output_blocks", _, _, _] when Number(parts[1]) is int block && Number(parts[2]) is int layer =>
                UpBlock(block, layer, parts[3]),
            _ => null,
        };
    }

    /// <summary>A name of the VAE.</summary>
    /// <param name="stored">The name in the file.</param>
    /// <returns>Its name in <c>vae/</c>; null where it is not the VAE's.</returns>
    public static string? Vae(string stored)
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
            ["decoder", "up", _] => VaeLevel("decoder.up_blocks", parts[2], level => VaeLevels - 1 - level, "upsample", "upsamplers"),
            _ => null,
        };
    }

    /// <summary>A name of the text encoder.</summary>
    /// <param name="stored">The name in the file.</param>
    /// <returns>Its name in <c>text_encoder/</c>; null where it is not the text encoder's, or is the counted positions.</returns>
    public static string? TextEncoder(string stored)
    {
        if (Behind(stored, TextEncoderPrefix) is not string name)
        {
            return null;
        }

        // Some tools write the inner names without their first word.
        return TensorNames.TextEncoder(name.StartsWith("text_model.", StringComparison.Ordinal) ? name : $"text_model.{name}");
    }

    private static string? DownBlock(int block, int layer, string rest)
    {
        (int level, int place) = (block / (LayersPerBlock + 1), block % (LayersPerBlock + 1));
        return (place, layer) switch
        {
            (LayersPerBlock, 0) => rest.StartsWith("op.", StringComparison.Ordinal)
                ? $"down_blocks.{level}.downsamplers.0.conv.{rest["op.".Length..]}"
                : null,
            ( < LayersPerBlock, 0) => UnetLayer($"down_blocks.{level}.resnets.{place}", rest),
            ( < LayersPerBlock, 1) => $"down_blocks.{level}.attentions.{place}.{rest}",
            _ => null,
        };
    }

    private static string? UpBlock(int block, int layer, string rest)
    {
        (int level, int place) = (block / (LayersPerBlock + 1), block % (LayersPerBlock + 1));
        return layer switch
        {
            0 => UnetLayer($"up_blocks.{level}.resnets.{place}", rest),
            // Behind the layers of a level: second where the level has no attention, else third.
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

    private static string Rest(string name, int words) => name.Split('.', words + 1)[words];

    private static int? Number(string word) =>
        int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
