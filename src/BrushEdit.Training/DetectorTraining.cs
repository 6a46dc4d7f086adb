using BrushEdit.Detecting;
using BrushEdit.Modeling;
using BrushEdit.Tokenizing;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Training;

/// <summary>A batch in the network's input form, with its ground truth.</summary>
/// <param name="Pixels">(B, 3, H, W), normalised.</param>
/// <param name="Ids">Token ids, one text per row, padded.</param>
/// <param name="TokenMask">True for a token, false for padding.</param>
/// <param name="Truth">The ground truth.</param>
public sealed record DetectorBatch(Tensor Pixels, long[,] Ids, bool[,] TokenMask, DetectorTruth Truth);

/// <summary>Trains a Grounding DINO from scratch on scenes, including its backbones.</summary>
public static class DetectorTraining
{
    private const double FusionStart = 0.5;

    /// <summary>Trains in place; continues from the folder's checkpoint if one exists.</summary>
    /// <param name="network">The network.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="source">The samples.</param>
    /// <param name="options">Steps, batch size, learning rate.</param>
    /// <param name="checkpoint">The checkpoint's folder.</param>
    /// <param name="progress">Receives the loss.</param>
    /// <param name="cancellation">Ends the run after the current step, with a checkpoint.</param>
    public static void Train(
        GroundingDinoNetwork network,
        BertTokenizer tokenizer,
        IDetectorSource source,
        TrainingOptions options,
        string checkpoint,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        TrainingLoop.Train(
            "detector",
            Trained(network),
            options,
            (step, batch) =>
            {
                DetectorSample[] samples = TrainingBatch.Draw(source.Sample, (((long)step * options.Accumulate) + batch) * options.BatchSize, options.BatchSize);
                return Loss(network, tokenizer, Prepare(samples, tokenizer, source.Size, network.Config.MaxTextLength, network.WeightDevice));
            },
            checkpoint,
            progress,
            cancellation);
    }

    /// <summary>The network under its checkpoint name.</summary>
    internal static Dictionary<string, nn.Module> Trained(GroundingDinoNetwork network) => new() { ["detector"] = network };

    /// <summary>
    /// Sets initial values from which a network learns quickly. Its logits are dot products of normalised vectors, neither scaled nor shifted:
    /// their initial standard deviation would be the square root of the width, and half of them would be positive. The last norms get a weight
    /// and biases that make every logit about -4.6, a probability of 0.01 (the initialisation of Lin et al., arXiv 1708.02002). Normalised
    /// vectors have mean 0, so that biases along the vector of ones add only their own product to each logit.
    /// </summary>
    /// <param name="network">A network with random weights.</param>
    public static void Initialize(GroundingDinoNetwork network)
    {
        ArgumentNullException.ThrowIfNull(network);
        network.Initialize();
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> tensors = network.state_dict();
        double width = network.Config.ModelDim;
        double bias = Math.Sqrt(Math.Log(99) / width);
        string text = $"model.encoder.layers.{network.Config.EncoderLayers - 1}.text_enhancer_layer.layer_norm_after";
        tensors[text + ".weight"].fill_(1 / Math.Sqrt(width));
        tensors[text + ".bias"].fill_(-bias);
        tensors["model.decoder.layer_norm.bias"].fill_(bias);
        tensors["model.enc_output_norm.bias"].fill_(bias);

        // Published training starts with pretrained backbones and fuses them slowly. Here both start untrained and learn from each other.
        foreach ((_, Tensor parameter) in tensors.Where(pair => pair.Key.EndsWith("fusion_layer.vision_param", StringComparison.Ordinal) || pair.Key.EndsWith("fusion_layer.text_param", StringComparison.Ordinal)))
        {
            parameter.fill_(FusionStart);
        }
    }

    /// <summary>The loss of a batch.</summary>
    /// <param name="network">The network.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="batch">The batch.</param>
    internal static Tensor Loss(GroundingDinoNetwork network, BertTokenizer tokenizer, DetectorBatch batch)
    {
        using DisposeScope scope = NewDisposeScope();
        DinoText text = network.EncodeText(batch.Ids, TextQuery.Separators(tokenizer), batch.TokenMask);
        DinoOutput output = network.Forward(batch.Pixels, null, text);
        return DetectorLoss.Of(output, batch.Truth).MoveToOuterDisposeScope();
    }

    /// <summary>Converts samples to tensors. Texts are assembled by <see cref="TextQuery"/>, as in a search for objects.</summary>
    /// <param name="samples">The samples.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="size">The side in pixels that the network sees.</param>
    /// <param name="maxTokens">The largest number of tokens that the network reads.</param>
    /// <param name="device">The tensors' device.</param>
    internal static DetectorBatch Prepare(DetectorSample[] samples, BertTokenizer tokenizer, int size, int maxTokens, Device device)
    {
        TextQuery[] queries = [.. samples.Select(sample => TextQuery.Create(sample.Phrases, tokenizer, maxTokens))];
        int length = queries.Max(query => query.Ids.Count);
        int most = Math.Max(1, samples.Max(sample => sample.Targets.Count));
        long[,] ids = new long[samples.Length, length];
        bool[,] mask = new bool[samples.Length, length];
        float[,,] boxes = new float[samples.Length, most, 4];
        float[,,] tokens = new float[samples.Length, most, length];
        DetectorPreprocessing preprocessing = new() { ShortSide = size, LongSide = size };
        List<Tensor> pixels = [];
        for (int row = 0; row < samples.Length; row++)
        {
            for (int column = 0; column < length; column++)
            {
                mask[row, column] = column < queries[row].Ids.Count;
                ids[row, column] = mask[row, column] ? queries[row].Ids[column] : tokenizer.PaddingId;
            }

            for (int thing = 0; thing < samples[row].Targets.Count; thing++)
            {
                DetectorTarget target = samples[row].Targets[thing];
                (boxes[row, thing, 0], boxes[row, thing, 1]) = ((float)target.CenterX, (float)target.CenterY);
                (boxes[row, thing, 2], boxes[row, thing, 3]) = ((float)target.Width, (float)target.Height);
                foreach (QueryPhrase phrase in target.Phrases.Select(at => queries[row].Phrases[at]))
                {
                    for (int place = 0; place < phrase.Tokens.Count; place++)
                    {
                        tokens[row, thing, phrase.Start + place] = 1;
                    }
                }
            }

            pixels.Add(preprocessing.Prepare(samples[row].Rgb, samples[row].Side, samples[row].Side));
        }

        DetectorTruth truth = new(
            tensor(boxes, device: device), tensor(tokens, device: device), [.. samples.Select(sample => sample.Targets.Count)], tensor(mask, device: device));
        return new DetectorBatch(cat(pixels, 0).to(device), ids, mask, truth);
    }
}
