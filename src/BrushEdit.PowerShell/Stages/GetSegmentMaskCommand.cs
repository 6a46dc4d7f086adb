using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Orchestrating;
using BrushEdit.PowerShell.Infrastructure;
using BrushEdit.Segmenting;

namespace BrushEdit.PowerShell;

/// <summary><c>Get-SegmentMask</c>: outlines the objects that detections, boxes, points or a rough mask indicate.</summary>
[Cmdlet(VerbsCommon.Get, "SegmentMask", SupportsShouldProcess = true)]
[OutputType(typeof(ImageEdit))]
public sealed class GetSegmentMaskCommand : NetworkStageCmdlet
{
    private MaskStore? store;
    private SessionOutliner? outliner;

    /// <summary>A box around each object.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [BoxTransformation]
    public Box[] Box { get; set; } = [];

    /// <summary>Points on the object.</summary>
    [Parameter]
    [PointTransformation]
    public (double X, double Y)[] Point { get; set; } = [];

    /// <summary>Points that are not on the object.</summary>
    [Parameter]
    [PointTransformation]
    public (double X, double Y)[] Exclude { get; set; } = [];

    /// <summary>A rough mask of the object: a mask, a mask picture's file, or a folder of them.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public object? Mask { get; set; }

    /// <summary>How masks in a folder are named.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? MaskPattern { get; set; }

    /// <summary>Returns the candidate masks of each object.</summary>
    [Parameter]
    public SwitchParameter Candidates { get; set; }

    /// <summary>Returns one edit per object.</summary>
    [Parameter]
    public SwitchParameter Separate { get; set; }

    /// <summary>Specks and holes below this area are repaired.</summary>
    [Parameter]
    [ValidateRange(0.0, 1e9)]
    public double? MinArea { get; set; }

    /// <summary>Fills every hole.</summary>
    [Parameter]
    public SwitchParameter FillHoles { get; set; }

    /// <summary>A folder that stores masks for reuse.</summary>
    [Parameter]
    public string? MaskFolder { get; set; }

    /// <summary>The segmenter: a name or a path.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(SegmenterCompleter))]
    public string? Model { get; set; }

    private bool HasPrompt => Box.Length > 0 || Point.Length > 0 || Exclude.Length > 0 || Mask is not null || MaskPattern is not null;

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
                throw new EditException(EditFault.BadArgument, "A folder stores one mask per picture, but -Separate makes several.", "Omit -MaskFolder or -Separate.", MaskFolder);
            }

            store = new MaskStore(new PathResolver(SessionState).Output(MaskFolder));
        });
    }

    /// <inheritdoc />
    protected override IEnumerable<ImageEdit> Complete(ImageEdit edit)
    {
        bool isThere = edit.Mask is not null && !HasPrompt;
        if (store is not null && !Force && !isThere && (Stored(edit, MaskStore.MaskEnding) ?? Stored(edit, MaskStore.OutlineEnding)) is { } kept)
        {
            return [kept];
        }

        if (store is not null && !isThere && !ShouldProcess(store.PathOf(edit.Picture, MaskStore.OutlineEnding), "Write outline"))
        {
            return [];
        }

        outliner ??= new SessionOutliner(Model, Lender, new PathResolver(SessionState));
        OutlineStage stage = new(outliner, HasPrompt ? Prompt(edit) : null, new SegmentOptions { Candidates = Candidates, FillHoles = FillHoles, MinArea = MinArea });
        IReadOnlyList<ImageEdit> done = RunStage(edit, Force, context => stage.Complete(edit, context, Separate));
        if (store is not null && !ReferenceEquals(done[0], edit))
        {
            WriteVerbose($"Wrote {store.Save(edit.Picture, done[0].Mask!, MaskStore.OutlineEnding, Force)}.");
        }

        return done;
    }

    // A scene's true mask is what the cmdlet must find.
    /// <inheritdoc />
    private protected override bool Takes(string parameter, bool ofScene) => !(ofScene && parameter == nameof(Mask)) && base.Takes(parameter, ofScene);

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

    private SegmentPrompt Prompt(ImageEdit edit) => new()
    {
        Boxes = Box,
        Points = [.. Point.Select(point => new SegmentPoint(point.X, point.Y)), .. Exclude.Select(point => new SegmentPoint(point.X, point.Y, Exclude: true))],
        Mask = Mask is null && MaskPattern is null ? null : RoughMask(edit),
    };

    private Mask RoughMask(ImageEdit edit)
    {
        Mask mask = new MaskArgument(SessionState, fit: false, MaskPattern).Resolve(Mask, edit.Picture);
        TellOf(edit.Name, mask);
        return mask;
    }
}
