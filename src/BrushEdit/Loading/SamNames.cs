using System.Globalization;
using System.Text.RegularExpressions;

namespace BrushEdit.Loading;

/// <summary>
/// Maps the names in a SAM checkpoint as its authors published it (github.com/facebookresearch/segment-anything) to those of the
/// transformers library, part by part. Names of the library stay, so that files that mix both schemes can be read as well.
/// </summary>
internal static partial class SamNames
{
    private const string Module = "module.";

    private static readonly (string Old, string New)[] Places =
    [
        ("image_encoder.", "vision_encoder."),
        ("vision_encoder.blocks.", "vision_encoder.layers."),
        ("vision_encoder.patch_embed.proj.", "vision_encoder.patch_embed.projection."),
        ("vision_encoder.neck.0.", "vision_encoder.neck.conv1."),
        ("vision_encoder.neck.1.", "vision_encoder.neck.layer_norm1."),
        ("vision_encoder.neck.2.", "vision_encoder.neck.conv2."),
        ("vision_encoder.neck.3.", "vision_encoder.neck.layer_norm2."),
        ("prompt_encoder.pe_layer.positional_encoding_gaussian_matrix", "shared_image_embedding.positional_embedding"),
        ("prompt_encoder.point_embeddings.", "prompt_encoder.point_embed."),
        ("prompt_encoder.mask_downscaling.0.", "prompt_encoder.mask_embed.conv1."),
        ("prompt_encoder.mask_downscaling.1.", "prompt_encoder.mask_embed.layer_norm1."),
        ("prompt_encoder.mask_downscaling.3.", "prompt_encoder.mask_embed.conv2."),
        ("prompt_encoder.mask_downscaling.4.", "prompt_encoder.mask_embed.layer_norm2."),
        ("prompt_encoder.mask_downscaling.6.", "prompt_encoder.mask_embed.conv3."),
        ("mask_decoder.transformer.norm_final_attn.", "mask_decoder.transformer.layer_norm_final_attn."),
        ("mask_decoder.output_upscaling.0.", "mask_decoder.upscale_conv1."),
        ("mask_decoder.output_upscaling.1.", "mask_decoder.upscale_layer_norm."),
        ("mask_decoder.output_upscaling.3.", "mask_decoder.upscale_conv2."),
    ];

    /// <summary>The renaming for a checkpoint.</summary>
    /// <param name="names">All its names, which only together show the first and last layer of a head.</param>
    /// <returns>Maps a stored name to that of the transformers library; null for the mean and standard deviation of pixels.</returns>
    public static Func<string, string?> Renaming(IEnumerable<string> names)
    {
        Dictionary<string, int> last = new(StringComparer.Ordinal);
        HashSet<string> named = new(StringComparer.Ordinal);
        foreach (Match match in names.Select(name => Head().Match(name)).Where(match => match.Success))
        {
            string head = match.Groups["head"].Value;
            if (match.Groups["layer"].Success)
            {
                last[head] = Math.Max(last.GetValueOrDefault(head), Number(match));
            }
            else
            {
                named.Add(head);
            }
        }

        foreach (string head in named)
        {
            last.Remove(head);
        }

        return name => Rename(name, last);
    }

    private static string? Rename(string name, Dictionary<string, int> last)
    {
        name = name.StartsWith(Module, StringComparison.Ordinal) ? name[Module.Length..] : name;
        if (name is "pixel_mean" or "pixel_std")
        {
            return null;
        }

        // In order: first the name of the encoder, then the names inside it.
        foreach ((string old, string today) in Places)
        {
            if (name.StartsWith(old, StringComparison.Ordinal))
            {
                name = today + name[old.Length..];
            }
        }

        Match match = Head().Match(name);
        if (match.Groups["layer"].Success && last.TryGetValue(match.Groups["head"].Value, out int end))
        {
            int layer = Number(match);
            string place = layer == 0 ? "proj_in" : layer == end ? "proj_out" : $"layers.{layer - 1}";
            return $"{match.Groups["head"].Value}.{place}.{match.Groups["rest"].Value}";
        }

        return Norm().Replace(name, "$1layer_norm$2");
    }

    private static int Number(Match match) => int.Parse(match.Groups["layer"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?:module\.)?(?<head>mask_decoder\.(?:iou_prediction_head|output_hypernetworks_mlps\.[0-9]{1,4}))\.(?:layers\.(?<layer>[0-9]{1,4})|proj_in|proj_out)\.(?<rest>.+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Head();

    [GeneratedRegex(@"^((?:vision_encoder|mask_decoder\.transformer)\.layers\.[0-9]+\.)norm([0-9])(?=\.)", RegexOptions.CultureInvariant)]
    private static partial Regex Norm();
}
