using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Segmenting;
using BrushEdit.Synthesizing;

namespace BrushEdit.Tests.Orchestrating;

/// <summary>
/// A detector that knows the truth of the pictures it is told of: a thing has 0.9 for a phrase of which it matches both words, half of
/// that for one word. In pictures it does not know, it sees what the nearest known one shows, where that is not painted black.
/// </summary>
internal sealed class SceneFinder : IObjectFinder
{
    private readonly List<(Picture Picture, ToyScene Scene)> known = [];

    public List<IReadOnlyList<string>> Asked { get; } = [];

    public string Name => "truth";

    public EditException? Absence { get; init; }

    public void Know(Picture picture, ToyScene scene) => known.Add((picture, scene));

    public DetectionResult Find(Picture picture, IReadOnlyList<string> phrases, DetectionOptions options, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        if (Absence is not null)
        {
            throw Absence;
        }

        Asked.Add(phrases);
        string[] asked = [.. phrases.SelectMany(text => text.Split('.', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
        ToyScene scene = known.MinBy(one => ImageMetrics.MeanSquaredError(one.Picture.Rgb, picture.Rgb)).Scene;
        List<Detection> found = [];
        foreach (string phrase in asked)
        {
            IEnumerable<Detection> matches = scene.Objects.Where(thing => !IsBlack(picture, thing))
                .Select(thing => new Detection(BoxOf(thing), 0.45 * phrase.Split(' ').Intersect(thing.Phrase.Split(' ')).Count(), thing.Phrase) { Query = phrase })
                .Where(match => match.Score > (options.Threshold ?? 0.3)).OrderByDescending(match => match.Score);
            found.AddRange(matches.Take(options.Limit));
        }

        return new DetectionResult(
            found, [.. asked.Select(phrase => new PhraseOutcome(phrase, found.Count(one => one.Query == phrase), 0.9, options.Threshold ?? 0.3))]);
    }

    public static Box BoxOf(SceneObject thing) => new(thing.Box.X, thing.Box.Y, thing.Box.Width, thing.Box.Height);

    private static bool IsBlack(Picture picture, SceneObject thing)
    {
        Box box = BoxOf(thing);
        return picture.Rgb.Slice(3 * (((int)box.CenterY * picture.Width) + (int)box.CenterX), 3).IndexOfAnyExcept((byte)0) < 0;
    }
}

/// <summary>A segmenter that knows the truth: the visible mask of the object whose box fits best; with candidates a box as the second.</summary>
internal sealed class SceneOutliner(ToyScene scene) : IObjectOutliner
{
    public string Name => "outlines";

    public EditException? Absence { get; init; }

    public int Asked { get; private set; }

    public SegmentResult Outline(Picture picture, SegmentPrompt prompt, SegmentOptions options, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        Asked++;
        List<SegmentCandidate> masks = [];
        foreach (Box box in prompt.Boxes)
        {
            SceneObject thing = scene.Objects.MaxBy(one => SceneFinder.BoxOf(one).IoU(box))!;
            int number = masks.Select(mask => mask.Thing).DefaultIfEmpty(-1).Max() + 1;
            masks.Add(new SegmentCandidate(Mask.FromValues(thing.VisibleMask, scene.Width, scene.Height).Binarize(), 0.9, number, 0));
            if (options.Candidates)
            {
                masks.Add(new SegmentCandidate(Mask.FromBox(scene.Width, scene.Height, box), 0.8, number, 1));
            }
        }

        return new SegmentResult(masks, []);
    }
}

/// <summary>Fills with what a function says for each seed, blended in as a real fill is.</summary>
internal sealed class DrawnInpainter(Func<Picture, Mask, long, byte[]> draw) : IInpainter
{
    public List<(Mask Mask, InpaintSettings Settings)> Filled { get; } = [];

    public string Name => "drawn";

    public int NativeSide => 64;

    public int Factor => 8;

    public InpaintOutcome Fill(
        Picture picture, Mask mask, InpaintSettings settings, IProgress<InpaintProgress>? progress = null, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        settings = settings with { Seed = settings.Seed ?? 1000 };
        Filled.Add((mask, settings));
        progress?.Report(new InpaintProgress(InpaintStage.Denoising, 1, settings.Steps, 0, settings.Samples));
        EditSample[] samples = [.. Enumerable.Range(0, settings.Samples).Select(index => settings.Seed.Value + index)
            .Select(seed => new EditSample(picture.Compose(draw(picture, mask, seed), Blend.InsideAlpha(mask, 1)), seed))];
        return new InpaintOutcome(settings, samples, new WorkRegion(0, 0, picture.Width, picture.Height, picture.Width, picture.Height), []);
    }
}
