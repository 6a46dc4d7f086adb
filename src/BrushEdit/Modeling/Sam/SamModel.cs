using BrushEdit.Loading;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// Segment Anything (Kirillov et al., arXiv 2304.02643) under the names of the published checkpoints sam-vit-base, -large and -huge: an image
/// encoder, run once per picture, and a prompt encoder and mask decoder, run for every prompt.
/// </summary>
public sealed class SamModel : nn.Module<Tensor, SamPrompt, bool, SamPrediction>
{
    /// <summary>The second name of the coordinate embedding, which a checkpoint may or may not repeat.</summary>
    private const string Alias = "prompt_encoder.shared_embedding.positional_embedding";
    private const string Stored = "shared_image_embedding.positional_embedding";

    private readonly SamPositionalEmbedding shared_image_embedding;
    private readonly SamVisionEncoder vision_encoder;
    private readonly SamPromptEncoder prompt_encoder;
    private readonly SamMaskDecoder mask_decoder;

    /// <summary>Builds the network with random weights.</summary>
    /// <param name="config">Its configuration.</param>
    /// <param name="device">The device of its tensors; the meta device allocates nothing.</param>
    /// <param name="dtype">Their type.</param>
    public SamModel(SamConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(SamModel))
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Check("SamConfig");
        Config = config;

        // The layers leave temporary tensors of their initialisation; the weights themselves outlive the scope they are made in.
        using DisposeScope scope = NewDisposeScope();
        shared_image_embedding = new SamPositionalEmbedding(config.Vision.NumPosFeats, device, dtype);
        vision_encoder = new SamVisionEncoder(config.Vision, device, dtype);
        prompt_encoder = new SamPromptEncoder(config.PromptEncoder, shared_image_embedding, device, dtype);
        mask_decoder = new SamMaskDecoder(config.MaskDecoder, device, dtype);
        RegisterComponents();
        foreach (Tensor tensor in state_dict().Values)
        {
            tensor.DetachFromDisposeScope();
        }
    }

    /// <summary>The configuration it was built from.</summary>
    public SamConfig Config { get; }

    /// <summary>
    /// Builds the network that a checkpoint describes and fills it; names and shapes are checked against it before anything is allocated.
    /// </summary>
    /// <param name="config">The checkpoint's configuration.</param>
    /// <param name="weights">The checkpoint.</param>
    /// <param name="device">The network's device; the CPU if null.</param>
    /// <param name="dtype">Its type; single precision if null.</param>
    /// <exception cref="EditException">A tensor of the checkpoint is missing, unexpected, or of another shape.</exception>
    public static SamModel Load(SamConfig config, IWeights weights, Device? device = null, ScalarType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        LayerCounts.Require(
            weights,
            "SAM",
            ("num_hidden_layers", config.Vision.NumHiddenLayers, "vision_encoder.layers."),
            ("the mask decoder's num_hidden_layers", config.MaskDecoder.NumHiddenLayers, "mask_decoder.transformer.layers."),
            ("num_multimask_outputs + 1", config.MaskDecoder.NumMultimaskOutputs + 1, "mask_decoder.output_hypernetworks_mlps."),
            ("iou_head_depth - 2", config.MaskDecoder.IouHeadDepth - 2, "mask_decoder.iou_prediction_head.layers."));
        IWeights both = weights.Tensors.ContainsKey(Alias) ? weights : new AliasedWeights(weights);
        return ModuleLoader.Load((where, type) => new SamModel(config, where, type), both, "SAM", dtype ?? ScalarType.Float32, device ?? CPU);
    }

    /// <summary>Encodes pictures.</summary>
    /// <param name="pixels">(B, 3, image size, image size), normalised and padded.</param>
    /// <returns>The image embedding, (B, C, image size / patch, image size / patch).</returns>
    public Tensor Encode(Tensor pixels) => vision_encoder.forward(pixels);

    /// <summary>Returns the masks of prompts for pictures that are already encoded.</summary>
    /// <param name="embedding">The image embedding, (B, C, h, w).</param>
    /// <param name="prompt">The prompts.</param>
    /// <param name="multimask">Several masks of different size for an ambiguous prompt, else the one for a clear prompt.</param>
    /// <returns>K is the configuration's number of multimask outputs, or 1.</returns>
    public SamPrediction Predict(Tensor embedding, SamPrompt prompt, bool multimask)
    {
        using DisposeScope scope = NewDisposeScope();
        SamPrediction all = PredictAll(embedding, prompt);
        (long from, long count) = multimask ? (1, Config.MaskDecoder.NumMultimaskOutputs) : (0, 1);
        return new SamPrediction(
            all.Masks.narrow(2, from, count).MoveToOuterDisposeScope(), all.IoU.narrow(2, from, count).MoveToOuterDisposeScope());
    }

    /// <summary>Returns every mask token's mask: the one for a clear prompt first, then those for an ambiguous one.</summary>
    /// <param name="embedding">The image embedding, (B, C, h, w).</param>
    /// <param name="prompt">The prompts.</param>
    /// <returns>K is one more than the configuration's number of multimask outputs.</returns>
    public SamPrediction PredictAll(Tensor embedding, SamPrompt prompt)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor? sparse, Tensor dense) = prompt_encoder.forward(prompt);
        Tensor positions = shared_image_embedding.Grid(Config.Vision.EmbeddingSize);
        SamPrediction all = mask_decoder.forward(embedding, positions, sparse, dense);
        return new SamPrediction(all.Masks.MoveToOuterDisposeScope(), all.IoU.MoveToOuterDisposeScope());
    }

    /// <summary>Encodes pictures and returns the masks of prompts.</summary>
    /// <param name="pixels">(B, 3, image size, image size), normalised and padded.</param>
    /// <param name="prompt">The prompts.</param>
    /// <param name="multimask">Several masks for an ambiguous prompt, else one.</param>
    public override SamPrediction forward(Tensor pixels, SamPrompt prompt, bool multimask)
    {
        using DisposeScope scope = NewDisposeScope();
        SamPrediction prediction = Predict(Encode(pixels), prompt, multimask);
        return new SamPrediction(prediction.Masks.MoveToOuterDisposeScope(), prediction.IoU.MoveToOuterDisposeScope());
    }

    /// <summary>A checkpoint that stores the shared tensor once, with its second name added.</summary>
    private sealed class AliasedWeights : IWeights
    {
        private readonly IWeights inner;

        public AliasedWeights(IWeights inner)
        {
            this.inner = inner;
            Dictionary<string, TensorInfo> tensors = new(inner.Tensors, StringComparer.Ordinal);
            if (tensors.TryGetValue(Stored, out TensorInfo? info))
            {
                tensors[Alias] = info with { Name = Alias };
            }

            Tensors = tensors;
        }

        public string Source => inner.Source;

        public IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

        public Tensor Read(string name) => inner.Read(name == Alias ? Stored : name);

        StoredRange? IWeights.Find(string name) => inner.Find(name == Alias ? Stored : name);
    }
}
