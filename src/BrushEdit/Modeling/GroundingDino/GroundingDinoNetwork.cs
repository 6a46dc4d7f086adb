using BrushEdit.Loading;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// Grounding DINO (Liu et al., arXiv 2303.05499): finds the objects in a picture that words name. Its tensors have the names of
/// IDEA-Research/grounding-dino-tiny and -base as the transformers library stores them.
/// </summary>
public sealed class GroundingDinoNetwork : nn.Module
{
    private const string Kind = "Grounding DINO";

    private readonly GroundingDinoModel model;
    private readonly ModuleList<DinoMlp> bbox_embed;

    /// <summary>Builds the network; weights are random until they are loaded or <see cref="Initialize"/> is called.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="device">Where it lies; null is the CPU. On the meta device it has names and shapes but no memory.</param>
    /// <param name="dtype">The type of its weights; null is single precision.</param>
    /// <exception cref="EditException">The settings are inconsistent.</exception>
    public GroundingDinoNetwork(GroundingDinoConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(GroundingDinoNetwork))
    {
        config.Validate();
        Config = config;
        model = new GroundingDinoModel(config, device, dtype);
        int heads = config.ShareBoxHeads ? 1 : config.DecoderLayers;
        bbox_embed = new ModuleList<DinoMlp>(
            [.. Enumerable.Range(0, heads).Select(_ => new DinoMlp(config.ModelDim, config.ModelDim, 4, 3, device, dtype))]);
        RegisterComponents();
    }

    /// <summary>The network's shape.</summary>
    public GroundingDinoConfig Config { get; }

    /// <summary>The device of the weights.</summary>
    public Device WeightDevice => model.Device;

    /// <summary>The type of the weights.</summary>
    public ScalarType WeightType => model.Type;

    /// <summary>
    /// Builds the network from a checkpoint, in evaluation mode. Names and shapes are checked before memory is allocated. Box heads may be stored
    /// once or once for every layer that shares them; copies that differ are an error.
    /// </summary>
    /// <param name="config">Its shape.</param>
    /// <param name="weights">The checkpoint.</param>
    /// <param name="device">Where it shall lie; null is the CPU.</param>
    /// <param name="dtype">The type of its weights, whatever the checkpoint's; null is single precision.</param>
    /// <exception cref="EditException">The checkpoint does not match the configuration.</exception>
    public static GroundingDinoNetwork Load(GroundingDinoConfig config, IWeights weights, Device? device = null, ScalarType? dtype = null)
    {
        (string, int, string)[] depths = [.. config.Backbone.Depths.Select((depth, stage) =>
            ($"depths[{stage}]", depth, $"model.backbone.conv_encoder.model.encoder.layers.{stage}.blocks."))];
        LayerCounts.Require(
            weights,
            Kind,
            [
                ("the number of depths", config.Backbone.Depths.Count, "model.backbone.conv_encoder.model.encoder.layers."),
                .. depths,
                ("num_hidden_layers", config.Text.Layers, "model.text_backbone.encoder.layer."),
                ("encoder_layers", config.EncoderLayers, "model.encoder.layers."),
                ("decoder_layers", config.DecoderLayers, "model.decoder.layers."),
                ("num_feature_levels", config.FeatureLevels, "model.input_proj_vision."),
            ]);
        return ModuleLoader.Load(
            (where, type) => new GroundingDinoNetwork(config, where, type),
            new TiedBoxHeads(weights, config),
            Kind,
            dtype ?? ScalarType.Float32,
            device ?? torch.CPU,
            MayBeLeft);
    }

    /// <summary>Reads words: the half of the work that does not depend on the picture.</summary>
    /// <param name="ids">Token ids, [CLS] and [SEP] included, one text a row, at most <see cref="GroundingDinoConfig.MaxTextLength"/> long.</param>
    /// <param name="separators">The ids that separate phrases.</param>
    /// <param name="tokenMask">For each position, whether it is a token (true) or padding; null if there is no padding.</param>
    /// <param name="types">Token types; null if all are 0.</param>
    /// <returns>The words, on the network's device. The caller owns them.</returns>
    /// <exception cref="EditException">The text is longer than the network reads, or an id is not in its vocabulary.</exception>
    public DinoText EncodeText(long[,] ids, PhraseTokens separators, bool[,]? tokenMask = null, long[,]? types = null)
    {
        (int batch, int length) = (ids.GetLength(0), ids.GetLength(1));
        CheckText(ids);
        (bool[] mask, long[] places) = DinoText.Phrases(ids, separators);
        if (places.Max() >= Config.Text.MaxPositions)
        {
            throw new EditException(
                EditFault.BadArgument,
                $"A phrase of the text has {places.Max() + 1} tokens, but the text encoder takes {Config.Text.MaxPositions}.",
                "Shorten the phrase, or split it with full stops.",
                places.Max() + 1);
        }

        using DisposeScope scope = torch.NewDisposeScope();
        Device device = model.Device;
        Tensor idTensor = torch.tensor(ids, device: device);
        Tensor placeTensor = torch.tensor(places, [batch, length], device: device);
        Tensor typeTensor = types is null ? torch.zeros_like(idTensor) : torch.tensor(types, device: device);
        Tensor selfMask = torch.tensor(mask, [batch, length, length], device: device);
        Tensor tokens = tokenMask is null
            ? torch.ones([batch, length], ScalarType.Bool, device)
            : torch.tensor(tokenMask, device: device);
        Tensor features = model.EncodeText(idTensor, placeTensor, typeTensor, selfMask);
        Tensor waves = DinoTensors.Waves(placeTensor.to(ScalarType.Float32).Times(2 * Math.PI), Config.ModelDim, 10000).to(model.Type);
        return new DinoText(
            features.MoveToOuterDisposeScope(),
            selfMask.MoveToOuterDisposeScope(),
            waves.MoveToOuterDisposeScope(),
            tokens.MoveToOuterDisposeScope(),
            tokenMask is not null && tokenMask.Cast<bool>().Any(token => !token));
    }

    /// <summary>Searches pictures for the words.</summary>
    /// <param name="pixels">(B, 3, H, W), normalised, of the network's type and on its device.</param>
    /// <param name="pixelMask">(B, H, W), nonzero for picture, 0 for padding; null if there is no padding.</param>
    /// <param name="text">One text for all pictures, or one for each.</param>
    /// <returns>The output. The caller owns it.</returns>
    /// <exception cref="EditException">The number of texts is neither one nor that of the pictures.</exception>
    public DinoOutput Forward(Tensor pixels, Tensor? pixelMask, DinoText text)
    {
        if (text.Batch != 1 && text.Batch != pixels.shape[0])
        {
            throw new EditException(
                EditFault.BadArgument,
                $"There are {pixels.shape[0]} pictures and {text.Batch} texts.",
                "Give one text for all pictures, or one for each.",
                text.Batch);
        }

        using DisposeScope scope = torch.NewDisposeScope();
        DinoModelOutput found = model.Forward(pixels, pixelMask, text, layer => bbox_embed[Config.ShareBoxHeads ? 0 : layer]);
        return new DinoOutput
        {
            LayerLogits = [.. found.States.Select(state => Contrast(state, found.Text, text).MoveToOuterDisposeScope())],
            LayerBoxes = [.. found.Boxes.Select(boxes => boxes.MoveToOuterDisposeScope())],
            LastState = found.States[^1].MoveToOuterDisposeScope(),
            Vision = found.Vision.MoveToOuterDisposeScope(),
            Text = found.Text.MoveToOuterDisposeScope(),
            EncoderLogits = found.EncoderClasses.MoveToOuterDisposeScope(),
            EncoderBoxLogits = found.EncoderCoordinates.MoveToOuterDisposeScope(),
            Chosen = found.Chosen.MoveToOuterDisposeScope(),
            ProposalLogits = found.ProposalLogits.MoveToOuterDisposeScope(),
            ProposalBoxes = found.ProposalBoxes.MoveToOuterDisposeScope(),
            InitialBoxes = found.InitialBoxes.MoveToOuterDisposeScope(),
        };
    }

    /// <summary>Initialises all weights for training from scratch.</summary>
    public void Initialize()
    {
        model.Initialize();
        using (torch.no_grad())
        {
            DinoStart.Layers(bbox_embed, DinoStart.Xavier);
        }

        foreach (DinoMlp head in bbox_embed)
        {
            head.InitializeToZero();
        }
    }

    /// <summary>The contrastive class head: the dot products of queries (B, Q, C) and words (B, T, C), (B, Q, T).</summary>
    internal static Tensor Contrast(Tensor queries, Tensor words, DinoText text)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor matches = queries.matmul(words.transpose(1, 2));
        return (text.IsPadded ? matches.masked_fill(text.TokenMask.logical_not().unsqueeze(1), Scalars.Of(double.NegativeInfinity)) : matches)
            .MoveToOuterDisposeScope();
    }

    /// <summary>Names in checkpoints that are not used: buffers that are computed here, and a norm that no output passes through.</summary>
    internal static bool MayBeLeft(string name) =>
        name.StartsWith("model.backbone.conv_encoder.model.swin.layernorm.", StringComparison.Ordinal)
        || name.EndsWith(".relative_position_index", StringComparison.Ordinal)
        || name == "model.text_backbone.embeddings.position_ids";

    private void CheckText(long[,] ids)
    {
        int length = ids.GetLength(1);
        if (length > Config.MaxTextLength)
        {
            throw new EditException(
                EditFault.BadArgument,
                $"The text has {length} tokens, but the model reads {Config.MaxTextLength}.",
                "Name fewer objects at once, or use shorter names.",
                length);
        }

        long highest = ids.Cast<long>().Append(0).Max();
        if (length == 0 || highest >= Config.Text.VocabularySize || ids.Cast<long>().Any(id => id < 0))
        {
            throw new EditException(
                EditFault.BadModel,
                $"The tokenizer produces ids up to {highest}, but the vocabulary of the text encoder has {Config.Text.VocabularySize}.",
                "Use the vocabulary that belongs to the checkpoint.",
                highest);
        }
    }
}
