using BrushEdit.Loading;

namespace BrushEdit.Modeling;

/// <summary>
/// Infers the configuration of a SAM that is a single file from the shapes of its tensors. No shape determines the number of heads of the mask
/// decoder: all published models have 8 over a width of 256, and a decoder of another width needs its <c>config.json</c>.
/// </summary>
internal static class SamShapes
{
    private const int PublishedWidth = 256;
    private const string Layer = "vision_encoder.layers.";

    /// <summary>Reads the shapes.</summary>
    /// <param name="weights">The checkpoint, under the transformers library's names.</param>
    /// <exception cref="EditException">A tensor is missing, or the shapes are insufficient.</exception>
    public static SamConfig Read(IWeights weights)
    {
        ShapeReader shapes = new(weights, "SAM", "Put the model's config.json beside it, or use the folder of sam-vit-base (Install-EditModel sam-vit-base).");
        SamVisionConfig vision = Vision(shapes);
        SamMaskDecoderConfig decoder = Decoder(shapes);
        SamConfig config = new()
        {
            Vision = vision,
            PromptEncoder = new SamPromptEncoderConfig
            {
                HiddenSize = shapes.Side("prompt_encoder.no_mask_embed.weight", 1),
                ImageSize = vision.ImageSize,
                PatchSize = vision.PatchSize,
                MaskInputChannels = shapes.Side("prompt_encoder.mask_embed.conv2.weight", 0),
            },
            MaskDecoder = decoder,
        };
        config.Check(weights.Source);
        return config;
    }

    private static SamVisionConfig Vision(ShapeReader shapes)
    {
        int width = shapes.Side("vision_encoder.patch_embed.projection.weight", 0);
        int patch = shapes.Side("vision_encoder.patch_embed.projection.weight", 2);
        int grid = shapes.Side("vision_encoder.pos_embed", 1);
        int layers = shapes.Count(Layer);
        int headWidth = shapes.Side(Layer + "0.attn.rel_pos_h", 1);

        // A table of relative positions has twice the side of what a layer attends to, less one: the whole grid, or a window.
        int[] reach = [.. Enumerable.Range(0, layers).Select(layer => (shapes.Side($"{Layer}{layer}.attn.rel_pos_h", 0) + 1) / 2)];
        return new SamVisionConfig
        {
            HiddenSize = width,
            NumChannels = shapes.Side("vision_encoder.patch_embed.projection.weight", 1),
            PatchSize = patch,
            ImageSize = grid * patch,
            NumHiddenLayers = layers,
            NumAttentionHeads = width % headWidth == 0 ? width / headWidth : throw shapes.Unfit($"its heads of {headWidth} channels do not divide a width of {width}"),
            MlpDim = shapes.Side(Layer + "0.mlp.lin1.weight", 0),
            QkvBias = shapes.Has(Layer + "0.attn.qkv.bias"),
            OutputChannels = shapes.Side("vision_encoder.neck.conv2.weight", 0),
            WindowSize = reach.FirstOrDefault(side => side != grid, new SamVisionConfig().WindowSize),
            GlobalAttnIndexes = [.. Enumerable.Range(0, layers).Where(layer => reach[layer] == grid)],
            NumPosFeats = shapes.Side("shared_image_embedding.positional_embedding", 1),
        };
    }

    private static SamMaskDecoderConfig Decoder(ShapeReader shapes)
    {
        int width = shapes.Side("mask_decoder.iou_token.weight", 1);
        int inner = shapes.Side("mask_decoder.transformer.final_attn_token_to_image.q_proj.weight", 0);
        return new SamMaskDecoderConfig
        {
            HiddenSize = width,
            NumAttentionHeads = width == PublishedWidth ? new SamMaskDecoderConfig().NumAttentionHeads : throw shapes.Unfit(
                $"the number of heads of its mask decoder, {width} wide, is unknown: shapes do not determine it, and no installed SAM has the same shapes"),
            AttentionDownsampleRate = width % inner == 0 ? width / inner : throw shapes.Unfit($"its attention of {inner} channels does not divide a width of {width}"),
            MlpDim = shapes.Side("mask_decoder.transformer.layers.0.mlp.lin1.weight", 0),
            NumHiddenLayers = shapes.Count("mask_decoder.transformer.layers."),
            NumMultimaskOutputs = shapes.Side("mask_decoder.mask_tokens.weight", 0) - 1,
            IouHeadDepth = 2 + (shapes.Has("mask_decoder.iou_prediction_head.layers.0.weight") ? shapes.Count("mask_decoder.iou_prediction_head.layers.") : 0),
            IouHeadHiddenDim = shapes.Side("mask_decoder.iou_prediction_head.proj_in.weight", 0),
        };
    }
}
