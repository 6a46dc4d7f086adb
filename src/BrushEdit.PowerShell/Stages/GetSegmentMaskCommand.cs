using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.PowerShell.Infrastructure;
using BrushEdit.Segmentation;
using BrushEdit.Weights;

namespace BrushEdit.PowerShell;

/// <summary><c>Get-SegmentMask</c>: outlines the things that detections, boxes, points or a rough mask speak of.</summary>
[Cmdlet(VerbsCommon.Get, "SegmentMask", DefaultParameterSetName = EditSet)]
[OutputType(typeof(ImageEdit))]
public sealed class GetSegmentMaskCommand : NetworkStageCmdlet
{
    private MaskStore? store;

    /// <summary>A box around each thing.</summary>
    [Parameter]
    [BoxTransformation]
    public Box[] Box { get; set; } = [];

    /// <summary>Points on the thing.</summary>
    [Parameter]
    [PointTransformation]
    public (double X, double Y)[] Point { get; set; } = [];

    /// <summary>Points that are not on the thing.</summary>
    [Parameter]
    [PointTransformation]
    public (double X, double Y)[] Exclude { get; set; } = [];

    /// <summary>A rough mask of the thing: a mask, a mask picture's file, or a folder of them.</summary>
    [Parameter]
    public object? Mask { get; set; }

    /// <summary>Offers the candidates of each thing.</summary>
    [Parameter]
    public SwitchParameter Candidates { get; set; }

    /// <summary>An edit for each thing.</summary>
    [Parameter]
    public SwitchParameter Separate { get; set; }

    /// <summary>Specks and holes below this are mended.</summary>
    [Parameter]
    [ValidateRange(0.0, 1e9)]
    public double? MinArea { get; set; }

    /// <summary>Fills every hole.</summary>
    [Parameter]
    public SwitchParameter FillHoles { get; set; }

    /// <summary>A folder in which masks are kept, and found again.</summary>
    [Parameter]
    public string? MaskFolder { get; set; }

    /// <summary>The segmenter: a name or a path.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(SegmenterCompleter))]
    public string? Model { get; set; }

    private bool HasPrompt => Box.Length > 0 || Point.Length > 0 || Exclude.Length > 0 || Mask is not null;

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        Demand(() =>
        {
            if (MaskFolder is null)
            {
                return;
            }

            if (Separate)
            {
                throw new EditException(EditFault.BadArgument, "A folder keeps one mask for a picture, and -Separate makes several.", "Leave -MaskFolder or -Separate away.", MaskFolder);
            }

            store = new MaskStore(new PathResolver(SessionState).Output(MaskFolder));
        });
    }

    /// <inheritdoc />
    protected override IEnumerable<ImageEdit> Complete(ImageEdit edit)
    {
        if (edit.Mask is not null && !HasPrompt && !Force)
        {
            WriteVerbose($"'{edit.Name}' has a mask already and is passed on as it is; -Force outlines again.");
            return [edit];
        }

        if (store is not null && !Force && (Stored(edit, MaskStore.MaskEnding) ?? Stored(edit, MaskStore.OutlineEnding)) is { } kept)
        {
            return [kept];
        }

        if (!HasPrompt && edit.Detections is null && edit.Plan?.EditType is EditType.Addition or EditType.Global)
        {
            WriteVerbose($"'{edit.Name}': an edit of kind {edit.Plan.EditType} needs no outline.");
            return [edit];
        }

        SegmentPrompt prompt = Prompt(edit);
        Stopwatch clock = Stopwatch.StartNew();
        SegmentResult found = Work(feed => Outline(feed, edit, prompt));
        Warn(edit, found.Warnings);
        WriteVerbose(string.Create(
            CultureInfo.InvariantCulture, $"{edit.Name}: {found.Masks.Count} masks with {ModelName} in {clock.Elapsed.TotalSeconds:0.0} s."));
        ImageEdit[] done = [.. Parted(found).Select(masks => Add(edit, masks, found.Warnings, clock.Elapsed))];
        if (store is not null)
        {
            WriteVerbose($"Wrote {store.Save(edit.Picture, done[0].Mask!, MaskStore.OutlineEnding)}.");
        }

        return done;
    }

    /// <inheritdoc />
    private protected override ModelFiles ChooseModel() =>
        StageModel.Find(Model, StageModel.SegmenterVariable, ModelKind.Sam, "facebook/sam-vit-base", new PathResolver(SessionState));

    private ImageEdit? Stored(ImageEdit edit, string ending)
    {
        if (store!.Find(edit.Picture, ending) is not { } kept)
        {
            return null;
        }

        WriteVerbose($"{edit.Name}: the mask comes from {kept.Path}{(kept.IsCorrected ? ", which was corrected" : string.Empty)}.");
        return edit.With("GetSegmentMask", TimeSpan.Zero, parts =>
        {
            if (ending == MaskStore.MaskEnding && edit.Plan is { } plan)
            {
                parts.SetShapedMask(kept.Mask, plan.EditType);
            }
            else
            {
                parts.SetMask(kept.Mask);
            }

            if (kept.IsCorrected)
            {
                parts.NoteOverride($"{nameof(edit.Mask)} ({kept.Path})");
            }
        });
    }

    private SegmentPrompt Prompt(ImageEdit edit)
    {
        if (HasPrompt)
        {
            return new SegmentPrompt
            {
                Boxes = Box,
                Points = [.. Point.Select(point => new SegmentPoint(point.X, point.Y)), .. Exclude.Select(point => new SegmentPoint(point.X, point.Y, Exclude: true))],
                Mask = Mask is null ? null : new MaskArgument(SessionState, fit: false).Resolve(Mask, edit.Picture),
            };
        }

        if (edit.Detections is null)
        {
            throw edit.Missing("detections", "Pipe the edit through Find-Object first, or say with -Box, -Point or -Mask what to outline.");
        }

        if (edit.Detections.Length == 0)
        {
            string phrases = edit.Phrases.Count > 0 ? $" for {string.Join(", ", edit.Phrases.Select(phrase => $"'{phrase.Phrase}'"))}" : string.Empty;
            throw new EditException(
                EditFault.MissingStage,
                $"Nothing was found{phrases} in '{edit.Name}', so there is nothing to outline.",
                "Find it by other words or with a lower threshold (Find-Object -Text ... -Threshold ...), or say with -Box, -Point or -Mask where it is.",
                edit);
        }

        return SegmentPrompt.FromBoxes([.. edit.Detections.Select(detection => detection.Box)]);
    }

    // On the compute thread.
    private SegmentResult Outline(WorkFeed feed, ImageEdit edit, SegmentPrompt prompt)
    {
        void Show(string status) => feed.Report(new ProgressRecord(1, $"Outlining in {edit.Name}", status));
        Show("Loading the segmenter");
        SegmentOptions options = new() { Candidates = Candidates, FillHoles = FillHoles, MinArea = MinArea };
        return Borrow(
            "segmenter",
            (files, where) => Segmenter.Load(files, where.Device, where.Type),
            (Segmenter segmenter) =>
            {
                Show(prompt.Boxes.Count > 1 ? $"{prompt.Boxes.Count} things" : "One thing");
                return segmenter.Segment(edit.Picture, prompt, options, feed.Cancellation);
            });
    }

    private IEnumerable<IReadOnlyList<SegmentCandidate>> Parted(SegmentResult found) =>
        Separate ? found.Masks.GroupBy(mask => mask.Thing).Select(thing => (IReadOnlyList<SegmentCandidate>)[.. thing]) : [found.Masks];

    private ImageEdit Add(ImageEdit edit, IReadOnlyList<SegmentCandidate> masks, IReadOnlyList<string> warnings, TimeSpan time)
    {
        Mask whole = masks.Where(mask => mask.Candidate == 0).Select(mask => mask.Mask).Aggregate((all, one) => all.Union(one));
        if (whole.IsEmpty)
        {
            throw new EditException(
                EditFault.BadMask,
                $"Nothing was outlined in '{edit.Name}'.",
                "Draw the box closer around the thing, give -Point on it, or look at -Candidates.",
                edit);
        }

        return edit.With(
            "GetSegmentMask",
            time,
            parts =>
            {
                parts.SetMask(whole);
                parts.SetMaskCandidates(masks);
                if (Separate && !HasPrompt)
                {
                    parts.SetDetections([edit.Detections![masks[0].Thing]]);
                }

                foreach (string warning in warnings)
                {
                    parts.Warn(warning);
                }
            },
            ModelName);
    }
}
