using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Tokenizing;
using TorchSharp;

namespace BrushEdit.Measuring;

/// <summary>
/// Measures how well pictures match captions: 100 times the cosine of CLIP's vectors, 0 if that is negative, as
/// torchmetrics' CLIPScore computes it.
/// </summary>
public sealed class ClipMeasure : IDisposable
{
    private readonly ClipModel model;
    private readonly ClipTokenizer tokenizer;
    private readonly torch.Device device;

    private ClipMeasure(ClipModel model, ClipTokenizer tokenizer, ClipPreprocessing preprocessing, torch.Device device, double logitScale)
    {
        LogitScale = logitScale;
        this.model = model;
        this.tokenizer = tokenizer;
        Preprocessing = preprocessing;
        this.device = device;
    }

    /// <summary>The factor for cosines before they are compared.</summary>
    internal double LogitScale { get; }

    /// <summary>How pictures are prepared.</summary>
    internal ClipPreprocessing Preprocessing { get; }

    /// <summary>Opens a checkpoint: the folder of a CLIPModel, such as openai/clip-vit-large-patch14.</summary>
    /// <param name="folder">The folder, with <c>config.json</c>, <c>model.safetensors</c>, <c>vocab.json</c> and <c>merges.txt</c>.</param>
    /// <param name="device">The device to compute on, in single precision.</param>
    /// <exception cref="EditException">A file is missing or of another kind.</exception>
    public static ClipMeasure Open(string folder, torch.Device device)
    {
        if (!Directory.Exists(folder))
        {
            throw new EditException(
                EditFault.BadModel, $"'{folder}' is not a folder.", "Give the whole folder of a CLIP model: config.json, model.safetensors, vocab.json, merges.txt.", folder);
        }

        ConfigReader config = MeasureFiles.Config(folder) ?? ConfigReader.Open(Path.Combine(folder, "config.json"));
        ClipTokenizer tokenizer = ClipTokenizer.Open(folder);
        using SafetensorsFile weights = MeasureFiles.OpenWeights(folder);
        ClipModel model = ClipModel.Load(config, weights, torch.ScalarType.Float32, device);
        try
        {
            if (tokenizer.VocabularySize > model.Text.Config.VocabSize)
            {
                throw new EditException(
                    EditFault.BadModel,
                    $"The vocabulary in '{folder}' has {tokenizer.VocabularySize} words, but the text encoder has {model.Text.Config.VocabSize}.",
                    "Copy the model again.",
                    folder);
            }

            return new ClipMeasure(model, tokenizer, ClipPreprocessing.Read(folder, model.Vision.Config.ImageSize), device, ReadScale(weights));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Scores pictures, each with its own caption.</summary>
    /// <param name="pictures">At least one picture, of any sizes.</param>
    /// <param name="captions">The same number of captions.</param>
    /// <returns>A score of 0 to 100 for each picture.</returns>
    public IReadOnlyList<double> Score(IReadOnlyList<RgbPicture> pictures, IReadOnlyList<string> captions)
    {
        ArgumentNullException.ThrowIfNull(captions);
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable inference = torch.inference_mode();
        torch.Tensor seen = Unit(Embed(pictures));
        Dictionary<string, torch.Tensor> known = new(StringComparer.Ordinal);
        foreach (string caption in captions.Distinct(StringComparer.Ordinal))
        {
            known[caption] = Unit(Embed(caption));
        }

        torch.Tensor said = torch.cat([.. captions.Select(caption => known[caption])], 0);
        return [.. (seen * said).sum(-1).cpu().data<float>().Select(cosine => Math.Max(0, 100.0 * cosine))];
    }

    /// <summary>Returns the probability of each text, among the given ones, for a picture.</summary>
    /// <param name="pictures">At least one picture, of any sizes.</param>
    /// <param name="texts">At least one text.</param>
    /// <returns>One value per text for each picture, each in [0, 1], with sum 1.</returns>
    /// <remarks>Zero-shot classification of CLIP (arXiv 2103.00020): the softmax of the cosines times the learnt scale.</remarks>
    public IReadOnlyList<double[]> Probabilities(IReadOnlyList<RgbPicture> pictures, IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(texts);
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable inference = torch.inference_mode();
        torch.Tensor seen = Unit(Embed(pictures));
        torch.Tensor said = torch.cat([.. texts.Select(text => Unit(Embed(text)))], 0);
        float[] all = torch.nn.functional.softmax(seen.matmul(said.t()).Times(LogitScale), -1).cpu().data<float>().ToArray();
        return [.. Enumerable.Range(0, pictures.Count).Select(i => Array.ConvertAll(all[(i * texts.Count)..((i + 1) * texts.Count)], value => (double)value))];
    }

    /// <summary>The cosine of a picture's vector and a text's, -1 to 1.</summary>
    internal double Cosine(RgbPicture picture, string text)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable inference = torch.inference_mode();
        return (Unit(Embed([picture])) * Unit(Embed(text))).sum().item<float>();
    }

    /// <summary>The ids of a caption: not padded, and truncated to the encoder's length without an end token, as in the reference.</summary>
    /// <param name="caption">Any text.</param>
    internal long[] Ids(string caption)
    {
        IEnumerable<int> all = tokenizer.Tokenize(caption).Prepend(tokenizer.StartTokenId).Append(tokenizer.EndTokenId);
        return [.. all.Take(model.Text.Config.MaxPositionEmbeddings).Select(id => (long)id)];
    }

    /// <summary>Vectors of pictures: (B, projection), not normalised.</summary>
    internal torch.Tensor Embed(IReadOnlyList<RgbPicture> pictures)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return model.Vision.forward(Preprocessing.Normalise([.. pictures.Select(Preprocessing.Cut)], device)).MoveToOuterDisposeScope();
    }

    /// <summary>The vector of a caption: (1, projection), not normalised.</summary>
    internal torch.Tensor Embed(string caption)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return model.Text.forward(torch.tensor(Ids(caption), device: device).unsqueeze(0)).TextEmbeds!.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => model.Dispose();

    // The logarithm of the factor is learnt, with 100 as the factor's maximum; files without it use the published value.
    private static double ReadScale(IWeights weights)
    {
        const double most = 100;
        if (!weights.Tensors.ContainsKey("logit_scale"))
        {
            return most;
        }

        using torch.Tensor scale = weights.Read("logit_scale");
        return Math.Min(most, Math.Exp(scale.to(torch.ScalarType.Float32).item<float>()));
    }

    private static torch.Tensor Unit(torch.Tensor x) => x.div(x.square().sum([-1], keepdim: true).sqrt());
}
