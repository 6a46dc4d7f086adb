using System.Text.Json;
using System.Text.Json.Nodes;
using BrushEdit.Modeling;
using BrushEdit.Segmenting;

namespace BrushEdit.Training;

/// <summary>Writes a detector and a segmenter in their published form: folders with weights, configurations and vocabulary, in half precision.</summary>
public static class StageBundleWriter
{
    /// <summary>The detector's folder in a bundle.</summary>
    public const string DetectorFolder = "grounding-dino";

    /// <summary>The judge's folder in a bundle.</summary>
    public const string JudgeFolder = "clip";

    /// <summary>The segmenter's folder in a bundle.</summary>
    public const string SegmenterFolder = "sam";

    /// <summary>Writes a Grounding DINO.</summary>
    /// <param name="bundle">The bundle's folder.</param>
    /// <param name="network">The network.</param>
    /// <param name="vocabulary">Its tokens; a token's index is its id.</param>
    /// <param name="side">The length in pixels that a picture's short side is scaled to.</param>
    public static void WriteDetector(string bundle, GroundingDinoNetwork network, IReadOnlyList<string> vocabulary, int side)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(vocabulary);
        string folder = Path.Combine(bundle, DetectorFolder);
        BundleWriter.WriteNetwork(folder, "model", network, JsonNode.Parse(network.Config.ToJson())!.AsObject());
        WriteVocabulary(folder, vocabulary);
        NetworkFolder.WriteJson(Path.Combine(folder, "preprocessor_config.json"), new JsonObject
        {
            ["do_convert_annotations"] = true,
            ["do_normalize"] = true,
            ["do_pad"] = true,
            ["do_rescale"] = true,
            ["do_resize"] = true,
            ["image_processor_type"] = "GroundingDinoImageProcessor",
            ["resample"] = 2,
            ["size"] = new JsonObject { ["shortest_edge"] = side, ["longest_edge"] = side * 5 / 3 },
        });
    }

    /// <summary>Writes a custom BERT vocabulary, for training before a network exists.</summary>
    /// <param name="folder">The folder, created if it is missing.</param>
    /// <param name="vocabulary">Its tokens; a token's index is its id.</param>
    public static void WriteVocabulary(string folder, IReadOnlyList<string> vocabulary)
    {
        NetworkFolder.WriteText(Path.Combine(folder, "vocab.txt"), string.Concat(vocabulary.Select(token => token + "\n")));
        NetworkFolder.WriteJson(Path.Combine(folder, "tokenizer_config.json"), new JsonObject { ["do_lower_case"] = true, ["tokenizer_class"] = "BertTokenizer" });
    }

    /// <summary>Writes a SAM.</summary>
    /// <param name="bundle">The bundle's folder.</param>
    /// <param name="model">The network.</param>
    public static void WriteSegmenter(string bundle, SamModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        string folder = Path.Combine(bundle, SegmenterFolder);
        BundleWriter.WriteNetwork(folder, "model", model, ToJson(model.Config));
        SamProcessorConfig processor = SamProcessorConfig.For(model.Config.Vision.ImageSize);
        NetworkFolder.WriteJson(Path.Combine(folder, "preprocessor_config.json"), new JsonObject
        {
            ["do_convert_rgb"] = true,
            ["do_normalize"] = true,
            ["do_pad"] = true,
            ["do_rescale"] = true,
            ["do_resize"] = true,
            ["image_processor_type"] = "SamImageProcessor",
            ["pad_size"] = new JsonObject { ["height"] = processor.PadSize, ["width"] = processor.PadSize },
            ["resample"] = 2,
            ["size"] = new JsonObject { ["longest_edge"] = processor.LongestEdge },
        });
    }

    private static JsonObject ToJson(SamConfig config) => new()
    {
        ["model_type"] = "sam",
        ["architectures"] = new JsonArray("SamModel"),
        ["vision_config"] = new JsonObject
        {
            ["hidden_size"] = config.Vision.HiddenSize,
            ["output_channels"] = config.Vision.OutputChannels,
            ["num_hidden_layers"] = config.Vision.NumHiddenLayers,
            ["num_attention_heads"] = config.Vision.NumAttentionHeads,
            ["num_channels"] = config.Vision.NumChannels,
            ["image_size"] = config.Vision.ImageSize,
            ["patch_size"] = config.Vision.PatchSize,
            ["hidden_act"] = "gelu",
            ["layer_norm_eps"] = config.Vision.LayerNormEps,
            ["qkv_bias"] = config.Vision.QkvBias,
            ["use_abs_pos"] = config.Vision.UseAbsPos,
            ["use_rel_pos"] = config.Vision.UseRelPos,
            ["window_size"] = config.Vision.WindowSize,
            ["global_attn_indexes"] = JsonSerializer.SerializeToNode(config.Vision.GlobalAttnIndexes),
            ["num_pos_feats"] = config.Vision.NumPosFeats,
            ["mlp_dim"] = config.Vision.MlpDim,
        },
        ["prompt_encoder_config"] = new JsonObject
        {
            ["hidden_size"] = config.PromptEncoder.HiddenSize,
            ["image_size"] = config.PromptEncoder.ImageSize,
            ["patch_size"] = config.PromptEncoder.PatchSize,
            ["mask_input_channels"] = config.PromptEncoder.MaskInputChannels,
            ["num_point_embeddings"] = 4,
            ["hidden_act"] = "gelu",
            ["layer_norm_eps"] = config.PromptEncoder.LayerNormEps,
        },
        ["mask_decoder_config"] = new JsonObject
        {
            ["hidden_size"] = config.MaskDecoder.HiddenSize,
            ["hidden_act"] = "relu",
            ["mlp_dim"] = config.MaskDecoder.MlpDim,
            ["num_hidden_layers"] = config.MaskDecoder.NumHiddenLayers,
            ["num_attention_heads"] = config.MaskDecoder.NumAttentionHeads,
            ["attention_downsample_rate"] = config.MaskDecoder.AttentionDownsampleRate,
            ["num_multimask_outputs"] = config.MaskDecoder.NumMultimaskOutputs,
            ["iou_head_depth"] = config.MaskDecoder.IouHeadDepth,
            ["iou_head_hidden_dim"] = config.MaskDecoder.IouHeadHiddenDim,
            ["layer_norm_eps"] = config.MaskDecoder.LayerNormEps,
        },
    };
}
