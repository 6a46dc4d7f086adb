using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using BrushEdit.Detectors;
using BrushEdit.Editing;
using BrushEdit.PowerShell.Infrastructure;
using BrushEdit.Weights;

namespace BrushEdit.PowerShell;

/// <summary><c>Find-Object</c>: finds in pictures what words name.</summary>
[Cmdlet(VerbsCommon.Find, "Object", DefaultParameterSetName = EditSet)]
[OutputType(typeof(ImageEdit))]
public sealed class FindObjectCommand : NetworkStageCmdlet
{
    /// <summary>What to look for.</summary>
    // An edit has none of that name; the binder looks into the other sets only where nothing of the default one binds.
    [Parameter(ParameterSetName = EditSet)]
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = PathSet)]
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet)]
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = PictureSet)]
    [Alias("Target", "Phrase")]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public string[]? Text { get; set; }

    /// <summary>The one score that boxes must pass.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double? Threshold { get; set; }

    /// <summary>Every box that passes.</summary>
    [Parameter]
    public SwitchParameter All { get; set; }

    /// <summary>The most boxes for each phrase.</summary>
    [Parameter]
    [ValidateRange(1, 10_000)]
    public int? Top { get; set; }

    /// <summary>The detector: a name or a path.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(DetectorCompleter))]
    public string? Model { get; set; }

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        Demand(() =>
        {
            if (All && Top is not null)
            {
                throw new EditException(EditFault.BadArgument, "All boxes and the best few are both asked for.", "Give -All or -Top.", Top);
            }
        });
    }

    /// <inheritdoc />
    protected override IEnumerable<ImageEdit> Complete(ImageEdit edit)
    {
        IReadOnlyList<string>? wanted = Wanted(edit);
        if (wanted is null)
        {
            WriteVerbose($"'{edit.Name}': an edit of kind {edit.Plan!.EditType} needs nothing found, so nothing is looked for.");
            return [edit];
        }

        if (edit.Detections is not null && !Force && (!IsTyped(nameof(Text)) || Same(edit.Phrases, wanted)))
        {
            WriteVerbose($"'{edit.Name}' has detections already and is passed on as it is; -Force looks again.");
            return [edit];
        }

        Stopwatch clock = Stopwatch.StartNew();
        DetectionResult found = Work(feed => Look(feed, edit, wanted));
        string[] warnings = [.. found.Missing.Select(phrase => string.Create(
            CultureInfo.InvariantCulture,
            $"Nothing was found for '{phrase.Phrase}': the best score is {phrase.BestScore:0.000}, and {phrase.Threshold:0.00} is needed."))];
        Warn(edit, warnings);
        WriteVerbose(string.Create(
            CultureInfo.InvariantCulture, $"{edit.Name}: {found.Detections.Count} found with {ModelName} in {clock.Elapsed.TotalSeconds:0.0} s."));
        return [edit.With(
            "FindObject",
            clock.Elapsed,
            parts =>
            {
                parts.SetDetections(found);
                foreach (string warning in warnings)
                {
                    parts.Warn(warning);
                }
            },
            ModelName)];
    }

    /// <inheritdoc />
    private protected override ModelFiles ChooseModel() =>
        StageModel.Find(Model, StageModel.DetectorVariable, ModelKind.GroundingDino, "IDEA-Research/grounding-dino-tiny", new PathResolver(SessionState));

    private static bool Same(IReadOnlyList<PhraseOutcome> phrases, IReadOnlyList<string> wanted) =>
        phrases.Count > 0 && phrases.Select(phrase => phrase.Phrase)
            .SequenceEqual(wanted.SelectMany(text => text.Split('.')).Select(text => text.Trim().ToLowerInvariant()).Where(text => text.Length > 0).Distinct());

    // Null where the plan's kind of edit has nothing to find.
    private IReadOnlyList<string>? Wanted(ImageEdit edit)
    {
        if (Text?.Any(text => !string.IsNullOrWhiteSpace(text)) == true)
        {
            return Text;
        }

        if (IsTyped(nameof(Text)))
        {
            throw new EditException(EditFault.BadArgument, "The text to look for holds no word.", "Name what to find, such as -Text 'red car'.", nameof(Text));
        }

        EditPlan plan = edit.Plan ?? throw edit.Missing("target", "Say with -Text what to find, or give the edit a plan with a target.");
        if (plan.EditType is EditType.Addition or EditType.Global)
        {
            return null;
        }

        // What a new background goes behind is the foreground; the word "background" finds nothing of use.
        bool named = !string.IsNullOrWhiteSpace(plan.Target)
            && !(plan.EditType == EditType.Background && plan.Target.Trim().TrimEnd('.').EndsWith("background", StringComparison.OrdinalIgnoreCase));
        return named
            ? [plan.Target!]
            : throw edit.Missing(
                plan.EditType == EditType.Background ? "foreground" : "target",
                plan.EditType == EditType.Background
                    ? "Name with -Text, or as the plan's Target, the foreground that stays."
                    : "Say with -Text what to find, or give the plan a Target.");
    }

    // On the compute thread.
    private DetectionResult Look(WorkFeed feed, ImageEdit edit, IReadOnlyList<string> wanted)
    {
        void Show(string status) => feed.Report(new ProgressRecord(1, $"Finding objects in {edit.Name}", status));
        Show("Loading the detector");
        DetectionOptions options = new() { Threshold = Threshold, All = All, Top = Top };
        return Borrow(
            "detector",
            (files, where) => ObjectDetector.Load(files, where.Device, where.Type),
            (ObjectDetector detector) =>
            {
                feed.Cancellation.ThrowIfCancellationRequested();
                Show($"Looking for {string.Join(", ", wanted)}");
                return detector.Find(edit.Picture, wanted, options);
            });
    }
}
