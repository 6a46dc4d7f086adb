using BrushEdit.Loading;

namespace BrushEdit.Modeling;

/// <summary>
/// Infers the configuration of a Grounding DINO that is a single file from the shapes of its tensors. No shape determines the number of heads of the
/// text encoder, the enhancer and the decoder: the published models have 12, 8 and 8 over widths of 768 and 256, and a network of other widths needs
/// its <c>config.json</c>.
/// </summary>
internal static class GroundingDinoShapes
{
    private const int PublishedWidth = 256;
    private const int PublishedTextWidth = 768;
    private const string Swin = "model.backbone.conv_encoder.model.";
    private const string Bert = "model.text_backbone.";

    /// <summary>Reads the shapes.</summary>
    /// <param name="weights">The checkpoint, under the transformers library's names.</param>
    /// <exception cref="EditException">A tensor is missing, or the shapes are insufficient.</exception>
    public static GroundingDinoConfig Read(IWeights weights)
    {
        ShapeReader shapes = new(
            weights, "Grounding DINO", "Put the model's config.json beside it, or use the folder of grounding-dino-tiny (Install-EditModel grounding-dino-tiny).");
        GroundingDinoConfig published = new();
        int levels = shapes.Side("model.level_embed", 0);
        SwinConfig backbone = Backbone(shapes);
        BertConfig text = Text(shapes);
        GroundingDinoConfig config = published with
        {
            Backbone = backbone,
            Text = text,
            ModelDim = shapes.Side("model.level_embed", 1) is PublishedWidth and int width ? width : throw shapes.Unfit(
                $"its number of heads is unknown: shapes do not determine it for a network {shapes.Side("model.level_embed", 1)} wide, and no installed Grounding DINO has the same shapes"),
            FeatureLevels = levels,
            Queries = shapes.Side("model.query_position_embeddings.weight", 0),
            EncoderLayers = shapes.Count("model.encoder.layers."),
            EncoderFfnDim = shapes.Side("model.encoder.layers.0.deformable_layer.fc1.weight", 0),
            EncoderPoints = Points(shapes, "model.encoder.layers.0.deformable_layer.self_attn.attention_weights.weight", published.EncoderHeads * levels),
            DecoderLayers = shapes.Count("model.decoder.layers."),
            DecoderFfnDim = shapes.Side("model.decoder.layers.0.fc1.weight", 0),
            DecoderPoints = Points(shapes, "model.decoder.layers.0.encoder_attn.attention_weights.weight", published.DecoderHeads * levels),
        };
        config.Validate();
        return config;
    }

    private static int Points(ShapeReader shapes, string name, int groups)
    {
        int all = shapes.Side(name, 0);
        return all % groups == 0 ? all / groups : throw shapes.Unfit($"contains '{name}' with {all} rows, which is not divisible by {groups} heads and levels");
    }

    private static SwinConfig Backbone(ShapeReader shapes)
    {
        const string stage = Swin + "encoder.layers.";
        int stages = shapes.Count(stage);
        string Table(int at) => $"{stage}{at}.blocks.0.attention.self.relative_position_bias_table";
        int width = shapes.Side(Swin + "embeddings.patch_embeddings.projection.weight", 0);

        // The table has a row for every offset of a window's tokens along both sides.
        int offsets = (int)Math.Sqrt(shapes.Side(Table(0), 0));
        return new SwinConfig
        {
            PatchSize = shapes.Side(Swin + "embeddings.patch_embeddings.projection.weight", 2),
            Channels = shapes.Side(Swin + "embeddings.patch_embeddings.projection.weight", 1),
            EmbedDim = width,
            Depths = [.. Enumerable.Range(0, stages).Select(at => shapes.Count($"{stage}{at}.blocks."))],
            Heads = [.. Enumerable.Range(0, stages).Select(at => shapes.Side(Table(at), 1))],
            WindowSize = (offsets + 1) / 2,
            MlpRatio = (double)shapes.Side($"{stage}0.blocks.0.intermediate.dense.weight", 0) / width,
            QkvBias = shapes.Has($"{stage}0.blocks.0.attention.self.query.bias"),
            OutputStages = [.. Enumerable.Range(1, stages).Where(at => shapes.Has($"{Swin}hidden_states_norms.stage{at}.weight"))],
        };
    }

    private static BertConfig Text(ShapeReader shapes)
    {
        int width = shapes.Side(Bert + "embeddings.word_embeddings.weight", 1);
        return new BertConfig
        {
            VocabularySize = shapes.Side(Bert + "embeddings.word_embeddings.weight", 0),
            HiddenSize = width,
            Heads = width == PublishedTextWidth ? new BertConfig().Heads : throw shapes.Unfit(
                $"the number of heads of its text encoder, {width} wide, is unknown: shapes do not determine it, and no installed Grounding DINO has the same shapes"),
            Layers = shapes.Count(Bert + "encoder.layer."),
            IntermediateSize = shapes.Side(Bert + "encoder.layer.0.intermediate.dense.weight", 0),
            MaxPositions = shapes.Side(Bert + "embeddings.position_embeddings.weight", 0),
            TokenTypes = shapes.Side(Bert + "embeddings.token_type_embeddings.weight", 0),
        };
    }
}
