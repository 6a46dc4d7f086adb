using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Segmenting;

/// <summary>The options of a <see cref="Segmenter"/>.</summary>
public sealed record SegmentOptions
{
    /// <summary>
    /// Whether to return, for each object, every candidate of the network for an ambiguous prompt, best first; otherwise one mask per object.
    /// </summary>
    public bool Candidates { get; init; }

    /// <summary>Whether to return one mask for all objects together; cannot be combined with <see cref="Candidates"/>.</summary>
    public bool Union { get; init; }

    /// <summary>Whether to fill every hole, whatever its size.</summary>
    public bool FillHoles { get; init; }

    /// <summary>
    /// The area in pixels of the picture below which a speck is removed and a hole filled; 0 changes nothing. If null, four cells of the network's
    /// logits, below which objects cannot be distinguished from noise. The largest part of a mask always stays.
    /// </summary>
    public double? MinArea { get; init; }

    /// <summary>The number of objects that the decoder processes at a time, at least 1: bounds the memory for many boxes.</summary>
    public int BatchSize { get; init; } = 16;
}

/// <summary>The result of a <see cref="Segmenter"/>.</summary>
/// <param name="Masks">The masks, ordered by object, then by candidate; one for a union.</param>
/// <param name="Warnings">Corrections of the prompt, and masks that are empty.</param>
public sealed record SegmentResult(IReadOnlyList<SegmentCandidate> Masks, IReadOnlyList<string> Warnings);

/// <summary>
/// Outlines objects in pictures with SAM. A picture is encoded once and cached for further prompts; all objects of a prompt go through the
/// decoder together. For one caller at a time.
/// </summary>
public sealed class Segmenter : IDisposable
{
    private readonly SamModel model;
    private readonly SamProcessor processor;
    private readonly EmbeddingCache embeddings;
    private readonly bool ownsEmbeddings;
    private readonly Device device;
    private readonly ScalarType dtype;
    private readonly Lock gate = new();

    /// <summary>Takes over a network.</summary>
    /// <param name="model">The network; disposed with the segmenter.</param>
    /// <param name="processor">Its preprocessing; if null, the published one for its input size.</param>
    /// <param name="keptPictures">Number of pictures whose embeddings are kept, at least 1.</param>
    /// <param name="shared">Embeddings of the same network, which outlive this object; null for a separate cache.</param>
    /// <exception cref="EditException">The processor gives another input size than the network takes.</exception>
    public Segmenter(SamModel model, SamProcessor? processor = null, int keptPictures = 8, EmbeddingCache? shared = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        int size = model.Config.Vision.ImageSize;
        this.model = model;
        this.processor = processor ?? new SamProcessor(SamProcessorConfig.For(size));
        if (this.processor.Config.PadSize != size)
        {
            throw new EditException(
                EditFault.BadModel,
                $"preprocessor_config.json produces pictures of {this.processor.Config.PadSize} x {this.processor.Config.PadSize}, but the network of config.json takes {size} x {size}.",
                "Copy both files from the same model.");
        }

        (embeddings, ownsEmbeddings) = (shared ?? new EmbeddingCache(keptPictures), shared is null);
        Tensor any = model.parameters().First();
        (device, dtype) = (any.device, any.dtype);
        model.eval();
    }

    /// <summary>Pictures encoded so far; a prompt for a picture that is kept adds none.</summary>
    public int EncodedPictures { get; private set; }

    /// <summary>Loads a folder with <c>config.json</c>, <c>model.safetensors</c> and, if it has one, <c>preprocessor_config.json</c>.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="device">The device; the CPU if null.</param>
    /// <param name="dtype">The data type; single precision if null.</param>
    /// <exception cref="EditException">A file is missing or broken, or is of another kind of model.</exception>
    public static Segmenter Load(string folder, Device? device = null, ScalarType? dtype = null) => Load(ModelFiles.Open(folder), device, dtype);

    /// <summary>Loads a model; sharded weights and, for half precision, the <c>fp16</c> variant are used if they exist.</summary>
    /// <param name="files">The files of a SAM.</param>
    /// <param name="device">The device; the CPU if null.</param>
    /// <param name="dtype">The data type; single precision if null.</param>
    /// <param name="shared">Embeddings of the same network on the same device, which outlive the segmenter; null for a separate cache.</param>
    /// <exception cref="EditException">A file is missing or broken, or is of another kind of model.</exception>
    public static Segmenter Load(ModelFiles files, Device? device = null, ScalarType? dtype = null, EmbeddingCache? shared = null)
    {
        ArgumentNullException.ThrowIfNull(files);
        if (files.Kind != ModelKind.Sam)
        {
            throw new EditException(
                EditFault.BadModel, $"'{files.Path}' contains a {files.Kind}, not a SAM.", "Point to a folder such as facebook/sam-vit-base.", files.Path);
        }

        using IWeightsFile weights = files.OpenWeights(ModelPart.Network, preferHalf: dtype == ScalarType.Float16);
        SamConfig config = files.Config(ModelPart.Network) is { } json ? SamConfig.Read(json) : SamShapes.Read(weights);
        SamProcessorConfig processor = files.Config(ModelPart.Processor) is { } preparation
            ? SamProcessorConfig.Read(preparation)
            : SamProcessorConfig.For(config.Vision.ImageSize);
        return new Segmenter(SamModel.Load(config, weights, device, dtype), new SamProcessor(processor), shared: shared);
    }

    /// <summary>Outlines objects.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="prompt">Marks the objects to outline.</param>
    /// <param name="options">The options; one mask per object if null.</param>
    /// <param name="cancel">Cancels between encoding and decoding, and between batches.</param>
    /// <returns>The masks, at the picture's size.</returns>
    /// <exception cref="EditException">The prompt does not fit the picture, or the options contradict one another.</exception>
    public SegmentResult Segment(Picture picture, SegmentPrompt prompt, SegmentOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(prompt);
        options ??= new SegmentOptions();
        Check(options);
        List<string> warnings = [];
        IReadOnlyList<ThingPrompt> things = prompt.Resolve(picture, warnings);
        List<SegmentCandidate> found = [];
        lock (gate)
        {
            using IDisposable noGradients = no_grad();
            using DisposeScope scope = NewDisposeScope();
            cancel.ThrowIfCancellationRequested();
            Tensor embedding = embeddings.Get(picture, Encode);

            // Padding tokens would take part in attention; therefore objects with the same number of points are grouped and need none.
            foreach ((ThingPrompt Prompt, int At)[] batch in things.Select((thing, at) => (thing, at))
                .GroupBy(thing => thing.thing.Points.Count).SelectMany(group => group.Chunk(options.BatchSize)))
            {
                cancel.ThrowIfCancellationRequested();
                found.AddRange(Decode(picture, embedding, batch, options));
            }
        }

        found.Sort((a, b) => (a.Thing, a.Candidate).CompareTo((b.Thing, b.Candidate)));

        warnings.AddRange(found.Where(mask => mask.Mask.IsEmpty && mask.Candidate == 0).Select(mask =>
            $"Nothing was outlined for object {mask.Thing + 1} of {things.Count}: draw the box closer, add a point on the object, or check its candidates."));
        return new SegmentResult(options.Union ? [Together(found)] : found, warnings);
    }

    /// <summary>Encodes a picture, so that later prompts for it need no encoding.</summary>
    /// <param name="picture">The picture.</param>
    public void Prepare(Picture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        lock (gate)
        {
            using IDisposable noGradients = no_grad();
            embeddings.Get(picture, Encode);
        }
    }

    /// <summary>Frees the network and the embeddings that the segmenter owns.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (ownsEmbeddings)
            {
                embeddings.Dispose();
            }

            model.Dispose();
        }
    }

    private static void Check(SegmentOptions options)
    {
        if (options.Candidates && options.Union)
        {
            throw new EditException(EditFault.BadArgument, "Candidates and their union cannot both be returned.", "Request candidates or the union.", options);
        }

        if (options.MinArea is < 0 or double.NaN)
        {
            throw new EditException(EditFault.BadArgument, $"The smallest area {options.MinArea} is out of range.", "Give a number of pixels, 0 or more; 0 keeps every speck.", options);
        }

        if (options.BatchSize < 1)
        {
            throw new EditException(EditFault.BadArgument, $"A batch size of {options.BatchSize} is out of range.", "Give 1 or more.", options);
        }
    }

    private static SegmentCandidate Together(List<SegmentCandidate> found) =>
        new(found.Select(one => one.Mask).Aggregate((all, one) => all.Union(one)), found.Min(one => one.PredictedIoU), 0, 0);

    private Tensor Encode(Picture picture)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor embedding = model.Encode(processor.Pixels(picture).to(device).to(dtype));
        Finite.Require(embedding, "SAM", "when it encoded the picture", model);
        EncodedPictures++;
        return embedding.MoveToOuterDisposeScope();
    }

    private List<SegmentCandidate> Decode(Picture picture, Tensor embedding, (ThingPrompt Prompt, int At)[] things, SegmentOptions options)
    {
        using DisposeScope scope = NewDisposeScope();
        SamPrediction all = model.PredictAll(embedding, Prompt([.. things.Select(thing => thing.Prompt)], picture));
        Finite.Require(all.Masks, "SAM", "when it outlined", model);
        Tensor scores = all.IoU.to(ScalarType.Float32).cpu();
        List<SegmentCandidate> found = [];
        for (int at = 0; at < things.Length; at++)
        {
            float[] iou = scores[0, at].data<float>().ToArray();
            IEnumerable<int> ambiguous = Enumerable.Range(1, iou.Length - 1).OrderByDescending(token => iou[token]);
            int[] tokens = options.Candidates ? [.. ambiguous] : [things[at].Prompt.IsAmbiguous ? ambiguous.First() : 0];
            for (int candidate = 0; candidate < tokens.Length; candidate++)
            {
                Mask mask = Hard(all.Masks[0, at, tokens[candidate]], picture);
                found.Add(new SegmentCandidate(Clean(mask, options), iou[tokens[candidate]], things[at].At, candidate));
            }
        }

        return found;
    }

    /// <summary>The prompt for objects of one batch: either all have a box or none has, and all have the same number of points.</summary>
    private SamPrompt Prompt(ThingPrompt[] things, Picture picture)
    {
        (int width, int height) = (picture.Width, picture.Height);
        Tensor? boxes = things[0].Box is null ? null : processor.Boxes([.. things.Select(thing => thing.Box!.Value)], width, height);
        Tensor? mask = things[0].Mask is { } rough ? processor.MaskPrompt(rough, model.Config.LowResolutionSize) : null;
        int count = things[0].Points.Count;
        if (count == 0)
        {
            return new SamPrompt(Boxes: boxes, Masks: mask);
        }

        Tensor points = processor.Points([.. things.Select(thing => thing.Points.Select(point => (point.X, point.Y)).ToArray())], width, height);
        long[] labels = [.. things.SelectMany(thing => thing.Points).Select(point => point.Exclude ? SamPrompt.Background : SamPrompt.Foreground)];
        return new SamPrompt(points, tensor(labels, [1, things.Length, count]), boxes, mask);
    }

    private Mask Hard(Tensor lowResolution, Picture picture)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = processor.Restore(lowResolution.unsqueeze(0).unsqueeze(0), picture.Width, picture.Height);
        Tensor inside = logits.gt(Scalars.Of(0)).to(ScalarType.Byte).Times(255).to(ScalarType.Byte).cpu().contiguous();
        return Mask.FromValues(inside.data<byte>().ToArray(), picture.Width, picture.Height);
    }

    private Mask Clean(Mask mask, SegmentOptions options)
    {
        double least = options.MinArea ?? (4 * processor.CellArea(mask.Width, mask.Height, model.Config.LowResolutionSize));
        int smallest = (int)Math.Min(int.MaxValue, Math.Ceiling(least));
        if (smallest > 1 && !mask.IsEmpty)
        {
            Mask large = mask.RemoveSpecks(smallest);
            mask = (large.IsEmpty ? mask.LargestComponent() : large).FillHoles(smallest - 1);
        }

        return options.FillHoles ? mask.FillHoles() : mask;
    }
}
