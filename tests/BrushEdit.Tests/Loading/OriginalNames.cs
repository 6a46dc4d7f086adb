using System.Text.RegularExpressions;
using BrushEdit.Loading;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Loading;

/// <summary>
/// The way back from the published names of folders to those under which the authors first published the same networks, so that tests can
/// write files of that layout.
/// </summary>
internal static partial class OriginalNames
{
    /// <summary>SAM: github.com/facebookresearch/segment-anything.</summary>
    public static Dictionary<string, T> Sam<T>(IReadOnlyDictionary<string, T> tensors) => tensors
        .Where(entry => entry.Key != "prompt_encoder.shared_embedding.positional_embedding")
        .ToDictionary(entry => Sam(entry.Key), entry => entry.Value);

    private static string Sam(string name)
    {
        name = HeadLayer().Replace(name, match => $"{match.Groups[1].Value}layers.{int.Parse(match.Groups[2].Value) + 1}.");
        foreach ((string today, string old) in new[]
        {
            ("shared_image_embedding.positional_embedding", "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"),
            ("prompt_encoder.point_embed.", "prompt_encoder.point_embeddings."),
            ("mask_embed.conv1.", "mask_downscaling.0."),
            ("mask_embed.layer_norm1.", "mask_downscaling.1."),
            ("mask_embed.conv2.", "mask_downscaling.3."),
            ("mask_embed.layer_norm2.", "mask_downscaling.4."),
            ("mask_embed.conv3.", "mask_downscaling.6."),
            ("mask_decoder.upscale_conv1.", "mask_decoder.output_upscaling.0."),
            ("mask_decoder.upscale_layer_norm.", "mask_decoder.output_upscaling.1."),
            ("mask_decoder.upscale_conv2.", "mask_decoder.output_upscaling.3."),
            (".proj_in.", ".layers.0."),
            (".proj_out.", ".layers.2."),
            ("vision_encoder.layers.", "image_encoder.blocks."),
            ("vision_encoder.neck.conv1.", "image_encoder.neck.0."),
            ("vision_encoder.neck.layer_norm1.", "image_encoder.neck.1."),
            ("vision_encoder.neck.conv2.", "image_encoder.neck.2."),
            ("vision_encoder.neck.layer_norm2.", "image_encoder.neck.3."),
            ("vision_encoder.", "image_encoder."),
            ("patch_embed.projection.", "patch_embed.proj."),
            ("layer_norm", "norm"),
        })
        {
            name = name.Replace(today, old, StringComparison.Ordinal);
        }

        return name;
    }

    /// <summary>Grounding DINO: github.com/IDEA-Research/GroundingDINO. Query, key and value become one tensor.</summary>
    public static Dictionary<string, T> Dino<T>(IReadOnlyDictionary<string, T> tensors, Func<T[], T> join)
    {
        Dictionary<string, T> original = [];
        foreach ((string name, T tensor) in tensors)
        {
            Match third = Third().Match(name);
            if (!third.Success)
            {
                original[Dino(name)] = tensor;
            }
            else if (third.Groups["part"].Value == "query")
            {
                string At(string part) => third.Groups["place"].Value + part + "." + third.Groups["kind"].Value;
                original[Dino(third.Groups["place"].Value + "QKV." + third.Groups["kind"].Value)] = join([tensors[At("query")], tensors[At("key")], tensors[At("value")]]);
            }
        }

        return original;
    }

    private static string Dino(string name)
    {
        const string swin = "model.backbone.conv_encoder.model.";
        name = name.Replace("hidden_states_norms.stage2", "NORM.norm1").Replace("hidden_states_norms.stage3", "NORM.norm2").Replace("hidden_states_norms.stage4", "NORM.norm3");
        (string Today, string Old)[] places = name.StartsWith(swin, StringComparison.Ordinal)
            ?
            [
                (swin + "NORM.", "backbone.0."), (swin + "embeddings.patch_embeddings.projection.", "backbone.0.patch_embed.proj."), (swin + "embeddings.norm.", "backbone.0.patch_embed.norm."),
                (swin + "encoder.layers.", "backbone.0.layers."), ("layernorm_before", "norm1"), ("layernorm_after", "norm2"), ("attention.self.QKV", "attn.qkv"),
                ("attention.self.", "attn."), ("attention.output.dense", "attn.proj"), ("intermediate.dense", "mlp.fc1"), (".output.dense", ".mlp.fc2"),
            ]
            : name.StartsWith("model.text_backbone.", StringComparison.Ordinal) ? [("model.text_backbone.", "bert.")]
            : name.StartsWith("model.encoder.layers.", StringComparison.Ordinal) ? EncoderPlaces(name)
            : name.StartsWith("model.decoder.layers.", StringComparison.Ordinal)
            ?
            [
                ("model.decoder.", "transformer.decoder."), ("encoder_attn_text_layer_norm", "catext_norm"), ("encoder_attn_layer_norm", "norm1"), ("self_attn_layer_norm", "norm2"),
                ("final_layer_norm", "norm3"), ("encoder_attn_text.", "ca_text."), ("encoder_attn.", "cross_attn."), ("fc1", "linear1"), ("fc2", "linear2"), (".QKV.", ".in_proj_"),
            ]
            :
            [
                ("model.level_embed", "transformer.level_embed"), ("model.query_position_embeddings.", "transformer.tgt_embed."), ("model.enc_output", "transformer.enc_output"),
                ("model.encoder_output_bbox_embed.", "transformer.enc_out_bbox_embed."), ("model.decoder.layer_norm.", "transformer.decoder.norm."),
                ("model.decoder.reference_points_head.", "transformer.decoder.ref_point_head."), ("model.decoder.bbox_embed.", "transformer.decoder.bbox_embed."),
                ("model.input_proj_vision.", "input_proj."), ("model.text_projection.", "feat_map."),
            ];
        return places.Aggregate(name, (text, place) => text.Replace(place.Today, place.Old, StringComparison.Ordinal));
    }

    private static (string Today, string Old)[] EncoderPlaces(string name)
    {
        string number = name.Split('.')[3];
        string prefix = $"model.encoder.layers.{number}.";
        return name.Contains(".deformable_layer.", StringComparison.Ordinal)
            ? [(prefix + "deformable_layer.", $"transformer.encoder.layers.{number}."), ("self_attn_layer_norm", "norm1"), ("final_layer_norm", "norm2"), ("fc1", "linear1"), ("fc2", "linear2")]
            : name.Contains(".text_enhancer_layer.", StringComparison.Ordinal)
            ? [(prefix + "text_enhancer_layer.", $"transformer.encoder.text_layers.{number}."), ("layer_norm_before", "norm1"), ("layer_norm_after", "norm2"), ("fc1", "linear1"), ("fc2", "linear2"), (".QKV.", ".in_proj_")]
            : [(prefix + "fusion_layer.", $"transformer.encoder.fusion_layers.{number}."), ("vision_param", "gamma_v"), ("text_param", "gamma_l"), ("layer_norm_vision", "layer_norm_v"), ("layer_norm_text", "layer_norm_l"), ("vision_proj", "v_proj"), ("text_proj", "l_proj")];
    }

    /// <summary>Stable Diffusion in one file, of any depth.</summary>
    public static Dictionary<string, Tensor> SingleFile(string folder, bool vae = true)
    {
        Dictionary<string, Tensor> all = [];
        ModelFiles files = ModelFiles.Open(folder);
        using IWeightsFile unet = files.OpenWeights(ModelPart.Unet);
        int layers = 1 + unet.Tensors.Keys.Max(name => DownResnet().Match(name) is { Success: true } match ? int.Parse(match.Groups[1].Value) : 0);
        HashSet<string> attended = [.. unet.Tensors.Keys.Where(name => name.Contains(".attentions.0.", StringComparison.Ordinal)).Select(name => string.Join('.', name.Split('.').Take(2)))];
        foreach (string name in unet.Tensors.Keys)
        {
            all["model.diffusion_model." + Unet(name, layers, attended)] = unet.Read(name);
        }

        if (vae)
        {
            foreach ((string name, Tensor tensor) in Vae(files))
            {
                all["first_stage_model." + name] = tensor;
            }
        }

        bool xl = files.WeightParts.Contains(ModelPart.TextEncoder2);
        using IWeightsFile text = files.OpenWeights(ModelPart.TextEncoder);
        foreach (string name in text.Tensors.Keys)
        {
            all[(xl ? "conditioner.embedders.0.transformer." : "cond_stage_model.transformer.") + name] = text.Read(name);
        }

        if (xl)
        {
            using IWeightsFile second = files.OpenWeights(ModelPart.TextEncoder2);
            foreach ((string name, Tensor tensor) in SecondEncoder(second))
            {
                all["conditioner.embedders.1.model." + name] = tensor;
            }
        }

        return all;
    }

    // OpenCLIP's names: query, key and value in one tensor, the projection the other way round.
    private static IEnumerable<(string Name, Tensor Tensor)> SecondEncoder(IWeightsFile text)
    {
        foreach (string name in text.Tensors.Keys)
        {
            if (name == "text_projection.weight")
            {
                yield return ("text_projection", text.Read(name).t().contiguous());
            }
            else if (name.Contains(".self_attn.q_proj.", StringComparison.Ordinal))
            {
                string old = name.Replace("text_model.encoder.layers.", "transformer.resblocks.", StringComparison.Ordinal).Replace("self_attn.q_proj.", "attn.in_proj_", StringComparison.Ordinal);
                yield return (old, cat([.. new[] { "q", "k", "v" }.Select(part => text.Read(name.Replace("q_proj", part + "_proj", StringComparison.Ordinal)))], 0));
            }
            else if (!name.Contains(".self_attn.k_proj.", StringComparison.Ordinal) && !name.Contains(".self_attn.v_proj.", StringComparison.Ordinal))
            {
                (string Today, string Old)[] places =
                [
                    ("text_model.embeddings.position_embedding.weight", "positional_embedding"), ("text_model.embeddings.", ""), ("text_model.final_layer_norm.", "ln_final."),
                    ("text_model.encoder.layers.", "transformer.resblocks."), ("layer_norm1", "ln_1"), ("layer_norm2", "ln_2"), ("mlp.fc1", "mlp.c_fc"), ("mlp.fc2", "mlp.c_proj"), ("self_attn.out_proj", "attn.out_proj"),
                ];
                yield return (places.Aggregate(name, (known, place) => known.Replace(place.Today, place.Old, StringComparison.Ordinal)), text.Read(name));
            }
        }
    }

    /// <summary>A VAE under its original names.</summary>
    public static Dictionary<string, Tensor> Vae(ModelFiles files)
    {
        using IWeightsFile vae = files.OpenWeights(ModelPart.Vae);
        int levels = 1 + vae.Tensors.Keys.Max(name => UpBlock().Match(name) is { Success: true } match ? int.Parse(match.Groups[1].Value) : 0);
        return vae.Tensors.Keys.ToDictionary(name => Vae(name, levels), vae.Read);
    }

    private static string Vae(string name, int levels)
    {
        name = UpBlock().Replace(name, match => $"decoder.up.{levels - 1 - int.Parse(match.Groups[1].Value)}.");
        foreach ((string today, string old) in new[]
        {
            ("mid_block.resnets.0", "mid.block_1"), ("mid_block.resnets.1", "mid.block_2"), ("mid_block.attentions.0.group_norm", "mid.attn_1.norm"), ("mid_block.attentions.0.to_q", "mid.attn_1.q"),
            ("mid_block.attentions.0.to_k", "mid.attn_1.k"), ("mid_block.attentions.0.to_v", "mid.attn_1.v"), ("mid_block.attentions.0.to_out.0", "mid.attn_1.proj_out"),
            ("conv_norm_out", "norm_out"), ("down_blocks.", "down."), ("resnets.", "block."), ("conv_shortcut", "nin_shortcut"), ("downsamplers.0.", "downsample."), ("upsamplers.0.", "upsample."),
        })
        {
            name = name.Replace(today, old, StringComparison.Ordinal);
        }

        return name;
    }

    private static string Unet(string name, int layers, HashSet<string> attended)
    {
        string[] parts = name.Split('.');
        string[] tail = parts[0] is "down_blocks" or "up_blocks" ? parts[4..] : parts[0] == "mid_block" ? parts[3..] : [];
        string rest = string.Join('.', tail);
        string Resnet(string prefix) => prefix + rest.Replace("norm1", "in_layers.0").Replace("conv1", "in_layers.2").Replace("time_emb_proj", "emb_layers.1")
            .Replace("norm2", "out_layers.0").Replace("conv2", "out_layers.3").Replace("conv_shortcut", "skip_connection");
        if (parts[0] is "down_blocks" or "up_blocks")
        {
            (int level, int place) = (int.Parse(parts[1]), int.Parse(parts[3]));
            bool down = parts[0] == "down_blocks";
            int block = (level * (layers + 1)) + place + (down ? 1 : 0);
            return parts[2] switch
            {
                "resnets" => Resnet($"{(down ? "input" : "output")}_blocks.{block}.0."),
                "attentions" => $"{(down ? "input" : "output")}_blocks.{block}.1.{rest}",
                "downsamplers" => $"input_blocks.{(level + 1) * (layers + 1)}.0.op.{parts[^1]}",
                _ => $"output_blocks.{((level + 1) * (layers + 1)) - 1}.{(attended.Contains($"up_blocks.{level}") ? 2 : 1)}.conv.{parts[^1]}",
            };
        }

        return parts[0] == "mid_block"
            ? parts[1] == "attentions" ? $"middle_block.1.{rest}" : Resnet($"middle_block.{(parts[2] == "0" ? 0 : 2)}.")
            : name.Replace("conv_norm_out", "out.0").Replace("conv_out", "out.2").Replace("conv_in", "input_blocks.0.0").Replace("add_embedding.linear_1", "label_emb.0.0").Replace("add_embedding.linear_2", "label_emb.0.2").Replace("time_embedding.linear_1", "time_embed.0").Replace("time_embedding.linear_2", "time_embed.2");
    }

    [GeneratedRegex(@"^(mask_decoder\.(?:iou_prediction_head|output_hypernetworks_mlps\.[0-9]+)\.)layers\.([0-9]+)\.")]
    private static partial Regex HeadLayer();

    [GeneratedRegex(@"^(?<place>model\.backbone\..*\.attention\.self\.|model\.encoder\.layers\.[0-9]+\.text_enhancer_layer\.self_attn\.|model\.decoder\.layers\.[0-9]+\.(?:self_attn|encoder_attn_text)\.)(?<part>query|key|value)\.(?<kind>weight|bias)$")]
    private static partial Regex Third();

    [GeneratedRegex(@"^down_blocks\.0\.resnets\.([0-9]+)\.")]
    private static partial Regex DownResnet();

    [GeneratedRegex(@"^decoder\.up_blocks\.([0-9]+)\.")]
    private static partial Regex UpBlock();
}
