using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Tokenizing;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Detecting;

/// <summary>
/// Finds the objects that words name in pictures, with Grounding DINO. Caches the encoding of the last words, so that a batch of pictures
/// with the same words encodes them once. Not thread-safe.
/// </summary>
public sealed class ObjectDetector : IDisposable
{
    private readonly GroundingDinoNetwork network;
    private readonly BertTokenizer tokenizer;
    private readonly DetectorPreprocessing preprocessing;
    private DinoText? words;
    private string? wordsText;

    /// <summary>Creates a detector from its parts; it then owns the network.</summary>
    /// <param name="network">The network; it is switched to evaluation.</param>
    /// <param name="tokenizer">The tokenizer the network was trained with.</param>
    /// <param name="preprocessing">How pictures are preprocessed.</param>
    public ObjectDetector(GroundingDinoNetwork network, BertTokenizer tokenizer, DetectorPreprocessing preprocessing)
    {
        this.network = network;
        this.tokenizer = tokenizer;
        this.preprocessing = preprocessing;
        network.eval();
    }

    /// <summary>The shape of the network.</summary>
    public GroundingDinoConfig Config => network.Config;

    /// <summary>How pictures are preprocessed.</summary>
    public DetectorPreprocessing Preprocessing => preprocessing;

    /// <summary>How often words were encoded: once for every change of words.</summary>
    internal int TextsRead { get; private set; }

    /// <summary>Loads a detector.</summary>
    /// <param name="folder">A folder with <c>config.json</c>, <c>model.safetensors</c> and the tokenizer, as Grounding DINO is published.</param>
    /// <param name="device">The device it runs on; null is the CPU.</param>
    /// <param name="dtype">The precision it runs in; null is single.</param>
    /// <exception cref="EditException">The folder is missing or broken, or is not a Grounding DINO.</exception>
    public static ObjectDetector Load(string folder, Device? device = null, ScalarType? dtype = null) => Load(ModelFiles.Open(folder), device, dtype);

    /// <summary>Loads a detector.</summary>
    /// <param name="files">The files of a Grounding DINO.</param>
    /// <param name="device">The device it runs on; null is the CPU.</param>
    /// <param name="dtype">The precision it runs in; null is single.</param>
    /// <exception cref="EditException">The files are broken, or another model's.</exception>
    public static ObjectDetector Load(ModelFiles files, Device? device = null, ScalarType? dtype = null)
    {
        if (files.Kind != ModelKind.GroundingDino)
        {
            throw new EditException(
                EditFault.BadModel,
                $"'{files.Path}' contains a {files.Kind}, not a Grounding DINO.",
                "Point to a folder such as IDEA-Research/grounding-dino-tiny.",
                files.Path);
        }

        using IWeightsFile weights = files.OpenWeights(ModelPart.Network, preferHalf: dtype == ScalarType.Float16);
        GroundingDinoConfig config = files.Config(ModelPart.Network) is { } json ? GroundingDinoConfig.Read(json) : GroundingDinoShapes.Read(weights);
        DetectorPreprocessing preprocessing = files.Config(ModelPart.Processor) is { } processor ? DetectorPreprocessing.Read(processor) : new DetectorPreprocessing();
        BertTokenizer tokenizer = BertTokenizer.Open(files.RequireTokenizer());
        if (tokenizer.Count > config.Text.VocabularySize)
        {
            throw new EditException(
                EditFault.BadModel,
                $"The tokenizer of '{files.Path}' has {tokenizer.Count} tokens, but the network has {config.Text.VocabularySize}.",
                "Use the vocabulary that belongs to the checkpoint.",
                files.Path);
        }

        return new ObjectDetector(GroundingDinoNetwork.Load(config, weights, device, dtype), tokenizer, preprocessing);
    }

    /// <summary>Searches a picture for objects.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="phrases">What to search for; one text may contain several phrases, separated by full stops.</param>
    /// <param name="options">Which boxes are returned; null for the defaults.</param>
    /// <returns>The detections; an empty result is not an error.</returns>
    /// <exception cref="EditException">The text is empty or too long, or an option is out of range.</exception>
    public DetectionResult Find(Picture picture, IEnumerable<string> phrases, DetectionOptions? options = null) =>
        Find(picture.Rgb, picture.Width, picture.Height, phrases, options);

    /// <summary>Searches a picture for objects.</summary>
    /// <param name="rgb">Interleaved 8-bit sRGB, width * height * 3 values.</param>
    /// <param name="width">The picture's width.</param>
    /// <param name="height">The picture's height.</param>
    /// <param name="phrases">What to search for; one text may contain several phrases, separated by full stops.</param>
    /// <param name="options">Which boxes are returned; null for the defaults.</param>
    /// <returns>The detections; an empty result is not an error.</returns>
    /// <exception cref="EditException">The text is empty or too long, an option is out of range, or the values do not fit the size.</exception>
    public DetectionResult Find(ReadOnlySpan<byte> rgb, int width, int height, IEnumerable<string> phrases, DetectionOptions? options = null)
    {
        options ??= new DetectionOptions();
        options.Validate();
        TextQuery query = TextQuery.Create(phrases, tokenizer, Config.MaxTextLength);
        using IDisposable noGradients = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        DinoText text = Read(query);
        Tensor pixels = preprocessing.Prepare(rgb, width, height, network.WeightDevice, network.WeightType);
        using DinoOutput output = network.Forward(pixels, null, text);
        RequireNumbers(output);
        float[] scores = [.. output.Logits.to(ScalarType.Float32).sigmoid().cpu().data<float>()];
        float[] boxes = [.. output.Boxes.cpu().data<float>()];
        return BoxSelection.Choose(query, tokenizer, scores, boxes, width, height, options) with { Warning = TextForms.WarnOnce([query.Text]) };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        words?.Dispose();
        words = null;
        network.Dispose();
    }

    // Padding is marked by infinity; NaN always indicates an error.
    private void RequireNumbers(DinoOutput output)
    {
        if (output.Logits.isnan().any().item<bool>() || !Finite.AllFinite(output.Boxes))
        {
            throw Finite.Fault(output.Logits, "Grounding DINO", "when it read the picture", network);
        }
    }

    private DinoText Read(TextQuery query)
    {
        if (words is null || wordsText != query.Text)
        {
            words?.Dispose();
            words = null;
            words = network.EncodeText(query.ToRow(), TextQuery.Separators(tokenizer)).DetachFromScope();
            wordsText = query.Text;
            TextsRead++;
        }

        return words;
    }
}
