using BrushEdit.Imaging;

namespace BrushEdit.Editing;

/// <summary>
/// One edit on its way through the stages: the picture, and what each stage has added. Stages never change their input: they clone it, add their part
/// and pass the clone on. A user can replace any part between two stages; <see cref="Overrides"/> records that.
/// </summary>
public sealed partial class ImageEdit
{
    private readonly Dictionary<string, TimeSpan> timings = [];
    private readonly List<string> models = [];
    private readonly List<string> warnings = [];
    private readonly List<string> notes = [];
    private readonly List<string> overrides = [];
    private readonly HashSet<string> maskFiles = new(RealPath.Comparer);
    private EditPlan? plan;
    private Detection[]? detections;
    private Mask? mask;
    private Picture? result;

    /// <summary>Creates an edit.</summary>
    /// <param name="picture">The picture; it is never modified.</param>
    public ImageEdit(Picture picture)
        : this(picture, null)
    {
        warnings.AddRange(picture.Warnings.Select(PlainText.Line));
        notes.AddRange(picture.Notes.Select(PlainText.Line));
    }

    private ImageEdit(Picture picture, ImageEdit? previous)
    {
        ArgumentNullException.ThrowIfNull(picture);
        Picture = Original = picture;
        Previous = previous;
    }

    /// <summary>The picture before this round of the edit, with the new canvas if the round extends it.</summary>
    public Picture Picture { get; }

    /// <summary>The picture before this round, at its original size.</summary>
    public Picture Original { get; private init; }

    /// <summary>The margins by which this round extended the canvas; null if it did not.</summary>
    public CanvasMargins? Extension { get; private init; }

    /// <summary>The file that contains the picture; null for one created in memory.</summary>
    public string? Path => Picture.Path;

    /// <summary>The picture's file name for display, without control characters; the picture's size if it has no file.</summary>
    public string Name => Path is null ? $"{Picture.Width} x {Picture.Height}" : PlainText.Line(System.IO.Path.GetFileName(Path));

    /// <summary>
    /// The files that the edit was made from, in all its rounds: the picture and masks that were read from files. No output may overwrite them.
    /// </summary>
    public IReadOnlyList<string> InputFiles =>
        [.. Rounds.SelectMany(round => (string?[])[round.Original.Path, .. round.maskFiles]).OfType<string>().Distinct(RealPath.Comparer)];

    /// <summary>The picture's width and height for display: <c>64 x 48</c>. It is a string, so that it survives a job's serialisation.</summary>
    public string Size => Picture.Size;

    /// <summary>The parameters that an earlier edit stored in the picture's file (caption, seed and so on); null if the file contains none.</summary>
    public IReadOnlyDictionary<string, string>? Parameters => PictureParameters.Of(Picture);

    /// <summary>The plan; null before planning.</summary>
    public EditPlan? Plan
    {
        get => plan;
        set => Replace(ref plan, value, nameof(Plan));
    }

    /// <summary>
    /// The detections of the plan's target; null before detection, empty if nothing was found. An array, so that PowerShell converts any list of
    /// detections, or of tables that describe detections, to it.
    /// </summary>
    public Detection[]? Detections
    {
        get => detections;
        set => Replace(ref detections, value, nameof(Detections));
    }

    /// <summary>Where the picture is edited: white is edited. Null before segmentation.</summary>
    public Mask? Mask
    {
        get => mask;
        set
        {
            value?.RequireSize(Picture);
            if (!ReferenceEquals(mask, value))
            {
                // A mask that is set by hand counts as an outline again, because nothing is known of its shaping.
                (Outline, ShapedFor, ShapedWith, IsMatte) = (null, null, null, false);
                Tell(value?.Origin);
            }

            Replace(ref mask, value, nameof(Mask));
            NoteMaskFile(value);
        }
    }

    /// <summary>The outcome of each phrase, with its best score; empty before detection.</summary>
    public IReadOnlyList<PhraseOutcome> Phrases { get; internal set; } = [];

    /// <summary>
    /// Other objects that were detected when the target is to be replaced by another kind of object, which must not cover them; empty if no search
    /// was made.
    /// </summary>
    public IReadOnlyList<Detection> Others { get; internal set; } = [];

    /// <summary>The outlines of <see cref="Others"/>, all in one mask; null if there are none.</summary>
    public Mask? OtherOutlines { get; internal set; }

    /// <summary>Every mask from segmentation: for each object its mask or its candidates, best first. Empty before segmentation.</summary>
    public IReadOnlyList<SegmentCandidate> MaskCandidates { get; internal set; } = [];

    /// <summary>The outline that <see cref="Mask"/> was shaped from; null if it was not shaped.</summary>
    public Mask? Outline { get; internal set; }

    /// <summary>The kind of edit that <see cref="Mask"/> was shaped for; null if it is an outline, or was set by hand.</summary>
    public EditType? ShapedFor { get; internal set; }

    /// <summary>The options that <see cref="Mask"/> was shaped with; null if it is an outline, or was set by hand.</summary>
    public MaskShapeOptions? ShapedWith { get; internal set; }

    /// <summary>
    /// Whether <see cref="Mask"/> is an alpha matte: its soft values are the opacity of the kept object at its edge, which is composited
    /// over the fill.
    /// </summary>
    public bool IsMatte { get; internal set; }

    /// <summary>The edited picture, the first or best sample; null before inpainting.</summary>
    public Picture? Result
    {
        get => result;
        set
        {
            if (!ReferenceEquals(result, value))
            {
                // The verdict was on another picture.
                (Verdict, Attempts) = (null, []);
            }

            Replace(ref result, value, nameof(Result));
        }
    }

    /// <summary>Every sample, each with its seed; empty before inpainting.</summary>
    public IReadOnlyList<EditSample> Samples { get; internal set; } = [];

    /// <summary>The settings the fill was made with; null before inpainting.</summary>
    public InpaintSettings? Settings { get; internal set; }

    /// <summary>The seed of <see cref="Result"/>; null before inpainting.</summary>
    public long? Seed { get; internal set; }

    /// <summary>Pixels of the picture over which the fill fades in within the mask; null before inpainting.</summary>
    public int? FeatherPixels { get; internal set; }

    /// <summary>The verdict on <see cref="Result"/>; null before verification.</summary>
    public EditVerdict? Verdict { get; internal set; }

    /// <summary>All attempts with their verdicts, in order; empty if nothing was verified.</summary>
    public IReadOnlyList<EditAttempt> Attempts { get; internal set; } = [];

    /// <summary>The rounds of edits of this picture, oldest first: each edits the result of the previous one. This edit is the last.</summary>
    public IReadOnlyList<ImageEdit> Rounds
    {
        get
        {
            List<ImageEdit> rounds = [];
            for (ImageEdit? round = this; round is not null; round = round.Previous)
            {
                rounds.Add(round);
            }

            rounds.Reverse();
            return rounds;
        }
    }

    /// <summary>Seconds spent, by stage.</summary>
    public IReadOnlyDictionary<string, TimeSpan> Timings => timings;

    /// <summary>The models used, as <c>stage: name</c>.</summary>
    public IReadOnlyList<string> Models => models;

    /// <summary>The warnings of the stages.</summary>
    public IReadOnlyList<string> Warnings => warnings;

    /// <summary>Information that is not a warning: what was read as white in a mask file, which previews were removed from the file.</summary>
    public IReadOnlyList<string> Notes => notes;

    /// <summary>The parts that were replaced by hand after a stage had made them.</summary>
    public IReadOnlyList<string> Overrides => overrides;

    private ImageEdit? Previous { get; }

    private bool IsBegun => plan is not null || detections is not null || mask is not null || result is not null || Extension is not null;

    /// <summary>Begins the next round, which edits this round's result.</summary>
    /// <exception cref="EditException">There is no result yet.</exception>
    public ImageEdit Next() => result is null
        ? throw Missing("result", "Fill it with Invoke-Inpaint first.")
        : new ImageEdit(result, this);

    /// <summary>Undoes the last round.</summary>
    /// <returns>The previous round, or the bare picture if this is the first. This edit is not modified.</returns>
    /// <exception cref="EditException">There is nothing to undo.</exception>
    public ImageEdit Undo() => Previous ?? (IsBegun
        ? new ImageEdit(Original)
        : throw new EditException(EditFault.MissingStage, $"'{Name}' has no earlier round, so there is nothing to undo.", target: this));

    /// <summary>
    /// Returns a copy on a larger canvas. The new area is added to the mask; the existing mask, the detections and the plan's box move with the
    /// picture.
    /// </summary>
    /// <param name="margins">The margins to add.</param>
    /// <exception cref="EditException">The edit is already filled, or the canvas becomes too large.</exception>
    public ImageEdit Extend(CanvasMargins margins)
    {
        ArgumentNullException.ThrowIfNull(margins);
        margins.Check();
        if (result is not null)
        {
            throw new EditException(EditFault.BadArgument, $"'{Name}' is already filled, at its own size.", "Extend the next round: $edit.Next().", this);
        }

        (int left, int top, int right, int bottom) = margins;
        Picture canvas = Picture.Extend(left, top, right, bottom);
        Mask fresh = Mask.Empty(Picture.Width, Picture.Height).Extend(left, top, right, bottom, 255);
        ImageEdit grown = new(canvas, Previous)
        {
            Original = Original,
            Extension = Extension is null ? margins : Extension.Plus(margins),
            plan = plan?.Moved(left, top),
            detections = detections is null ? null : [.. detections.Select(found => found with { Box = found.Box.Move(left, top) })],
            mask = mask is null ? fresh : mask.Extend(left, top, right, bottom, 255),
            Phrases = Phrases,
            Others = [.. Others.Select(found => found with { Box = found.Box.Move(left, top) })],
            OtherOutlines = OtherOutlines?.Extend(left, top, right, bottom, 0),
        };
        grown.CopyNotes(this);
        return grown;
    }

    /// <summary>Returns a copy that shares the parts; changing one of the two leaves the other unchanged.</summary>
    public ImageEdit Clone()
    {
        ImageEdit copy = new(Picture, Previous)
        {
            Original = Original,
            Extension = Extension,
            plan = plan,
            detections = detections,
            mask = mask,
            result = result,
            Phrases = Phrases,
            Others = Others,
            OtherOutlines = OtherOutlines,
            MaskCandidates = MaskCandidates,
            Outline = Outline,
            ShapedFor = ShapedFor,
            ShapedWith = ShapedWith,
            IsMatte = IsMatte,
            Samples = Samples,
            Settings = Settings,
            Seed = Seed,
            FeatherPixels = FeatherPixels,
            Verdict = Verdict,
            Attempts = Attempts,
        };
        copy.CopyNotes(this);
        return copy;
    }

    /// <summary>Returns a copy to which a stage has added its part; unlike a user's change, this is not an override.</summary>
    /// <param name="stage">The stage's name, such as <c>Inpaint</c>.</param>
    /// <param name="time">The time it took.</param>
    /// <param name="part">Sets the part that it adds.</param>
    /// <param name="model">The model that it used; null for none.</param>
    internal ImageEdit With(string stage, TimeSpan time, Action<Parts> part, string? model = null)
    {
        ArgumentNullException.ThrowIfNull(part);
        ImageEdit copy = Clone();
        part(new Parts(copy));
        copy.timings[stage] = time;
        if (model is not null)
        {
            copy.models.Add($"{stage}: {model}");
        }

        return copy;
    }

    /// <summary>The error for a part that a stage needs and that is missing; it names the cmdlet that creates the part.</summary>
    /// <param name="part">The missing part, such as <c>mask</c>.</param>
    /// <param name="remedy">What creates it.</param>
    internal EditException Missing(string part, string remedy) =>
        new(EditFault.MissingStage, $"'{Name}' has no {part} yet.", remedy, this);

    private void NoteMaskFile(Mask? from)
    {
        if (from?.Path is { } file)
        {
            maskFiles.Add(file);
        }
    }

    private void CopyNotes(ImageEdit from)
    {
        maskFiles.UnionWith(from.maskFiles);
        models.AddRange(from.models);
        warnings.AddRange(from.warnings);
        notes.AddRange(from.notes);
        overrides.AddRange(from.overrides);
        foreach ((string stage, TimeSpan time) in from.timings)
        {
            timings[stage] = time;
        }
    }

    private void Tell(MaskOrigin? origin)
    {
        if (origin is not null)
        {
            AddNew(notes, [origin.Note]);
            AddNew(warnings, origin.Warnings);
        }
    }

    private static void AddNew(List<string> texts, IEnumerable<string> more) => texts.AddRange(more.Except(texts).ToArray());

    private void Replace<T>(ref T? field, T? value, string name)
        where T : class
    {
        if (field is not null && !ReferenceEquals(field, value) && !overrides.Contains(name))
        {
            overrides.Add(name);
        }

        field = value;
    }
}
