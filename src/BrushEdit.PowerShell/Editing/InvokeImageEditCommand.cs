using System.Management.Automation;
using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Orchestrating;
using BrushEdit.Planning;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary><c>Invoke-ImageEdit</c>: edits pictures by instruction, through all stages, in one or several rounds.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "ImageEdit", SupportsShouldProcess = true)]
[OutputType(typeof(ImageEdit), typeof(EditedFile))]
public sealed partial class InvokeImageEditCommand : FillCmdlet
{
    private IEditPlanner? planner;
    private SessionFinder? finder;
    private SessionOutliner? outliner;
    private SessionMatcher? matcher;
    private EditRunner? runner;

    /// <summary>The instruction, in English; several are executed one after another.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    public string[] Instruction { get; set; } = [];

    /// <summary>The kind of edit, if known.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EditTypeTransformation]
    public EditType? EditType { get; set; }

    /// <summary>What is edited, if known.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Target { get; set; }

    /// <summary>Where the new object goes, or where the object to edit is.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [BoxTransformation]
    public Box[] Box { get; set; } = [];

    /// <summary>The single score threshold for boxes.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double? Threshold { get; set; }

    /// <summary>Edits every detection, whatever the instruction selects.</summary>
    [Parameter]
    public SwitchParameter All { get; set; }

    /// <summary>Edits this many of the most certain detections, whatever the instruction selects.</summary>
    [Parameter]
    [ValidateRange(1, 10_000)]
    public int? Top { get; set; }

    /// <summary>Pixels by which the mask is grown.</summary>
    [Parameter]
    [ValidateRange(-100_000, 100_000)]
    public int? Grow { get; set; }

    /// <summary>Pixels over which the mask fades out.</summary>
    [Parameter]
    [ValidateRange(0.0, 10_000.0)]
    public double Soften { get; set; }

    /// <summary>Includes the cast shadow of the object that is removed or replaced.</summary>
    [Parameter]
    public SwitchParameter WithShadow { get; set; }

    /// <summary>Includes the reflection on the ground of the object that is removed or replaced.</summary>
    [Parameter]
    public SwitchParameter WithReflection { get; set; }

    /// <summary>Restricts a replacement by another kind of object to the outline of the old one.</summary>
    [Parameter]
    public SwitchParameter KeepOutline { get; set; }

    /// <summary>Pixels on either side of the foreground's outline within which its edge is refined.</summary>
    [Parameter]
    [ValidateRange(0, 1_000)]
    public int? EdgeReach { get; set; }

    /// <summary>Judges the result, and tries again if it fails.</summary>
    [Parameter]
    public SwitchParameter Verify { get; set; }

    /// <summary>The CLIP that decides whether a fill shows what was requested: the name or the path of its folder.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Judge { get; set; }

    /// <summary>The maximum number of tries for an edit.</summary>
    [Parameter]
    [ValidateRange(1, 100)]
    public int? MaxAttempts { get; set; }

    /// <summary>The planner's name.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(PlannerCompleter))]
    public string? Planner { get; set; }

    /// <summary>The detector: a name or a path.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(DetectorCompleter))]
    public string? Detector { get; set; }

    /// <summary>The segmenter: a name or a path.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(SegmenterCompleter))]
    public string? Segmenter { get; set; }

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        Demand(() =>
        {
            if (MaxAttempts is not null && !Verify)
            {
                throw new EditException(EditFault.BadArgument, "-MaxAttempts has no effect without verification.", "Give -Verify, or omit -MaxAttempts.", MaxAttempts);
            }

            if (Judge is not null && !Verify && (Samples is null or 1))
            {
                throw new EditException(EditFault.BadArgument, "-Judge has no effect without verification or several samples.", "Give -Verify or several -Samples, or omit -Judge.", Judge);
            }

            Inpainter.Traits.Refuse(!Inpainter.Traits.TakesSamples && MaxAttempts > 1, nameof(MaxAttempts), MaxAttempts);

            CheckRounds();
            PathResolver paths = new(SessionState);
            planner = PlannerCatalog.Create(Planner);
            finder = new SessionFinder(Detector, Lender, paths, nameof(Detector));
            outliner = new SessionOutliner(Segmenter, Lender, paths, nameof(Segmenter));
            matcher = new SessionMatcher(Judge, Models.Base, Lender, paths);
            if (Judge is not null && matcher.Absence is { } absence)
            {
                throw absence;
            }

            runner = new EditRunner(planner, finder, outliner, Inpainter, matcher);
            BeginBatch(paths);
        });
    }

    /// <inheritdoc />
    private protected override IEnumerable<string> MaskParameters =>
    [
        .. base.MaskParameters, nameof(Box), nameof(Threshold), nameof(All), nameof(Top), nameof(Grow), nameof(Soften), nameof(WithShadow), nameof(WithReflection), nameof(KeepOutline), nameof(EdgeReach),
    ];

    /// <inheritdoc />
    protected override IEnumerable<ImageEdit> Complete(ImageEdit edit)
    {
        CheckRounds();
        string[] instructions = Instructions;
        string? file = OutputFile(edit);
        if (!ShouldProcess(edit.Name, file is null ? What(instructions) : $"{What(instructions)}, into '{file}'"))
        {
            return [];
        }

        if (Mask is not null || MaskPattern is not null)
        {
            ImageEdit masked = edit.Clone();
            masked.Mask = new MaskArgument(SessionState, fit: false, MaskPattern).Resolve(Mask, edit.Picture);
            TellOf(edit.Name, masked.Mask);
            edit = masked;
        }

        EditOptions options = ReadOptions();
        IReadOnlyList<ImageEdit> done = RunStage(edit, Force, context => [runner!.RunRounds(edit, instructions, options, context)], "Editing", Preview, Screen);
        WriteOutput(done[0], file);
        return done;
    }

    /// <inheritdoc />
    private protected override string? TakeWords(string[] words)
    {
        if (IsTyped(nameof(Instruction)))
        {
            return null;
        }

        Instruction = words;
        return nameof(Instruction);
    }

    /// <inheritdoc />
    // The truth of a scene is what the edit must find out.
    private protected override bool Takes(string parameter, bool ofScene) => !ofScene || parameter is nameof(Instruction) or nameof(CaptionBefore);

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            EndBatch();
            planner?.Dispose();
        }

        base.Dispose(disposing);
    }

    // Describes the edit for -WhatIf.
    private string What(IReadOnlyList<string> instructions)
    {
        string what = string.Join(", then ", [.. Extend is null ? Array.Empty<string>() : [$"extend by {Extend}"], .. instructions]);
        return what.Length > 0 ? what : "Edit by its plan";
    }

    private string[] Instructions => [.. Instruction.Where(text => !string.IsNullOrWhiteSpace(text))];

    private void CheckRounds()
    {
        if (Box.Length > 1)
        {
            throw new EditException(EditFault.BadArgument, $"An edit takes one box, but {Box.Length} were given.", "Give four numbers: x,y,width,height.", Box);
        }

        if (All && Top is not null)
        {
            throw new EditException(EditFault.BadArgument, "-All and -Top are both given.", "Give -All or -Top.", Top);
        }

        int rounds = Instruction.Length + (Extend is null ? 0 : 1);
        string? single = Box.Length > 0 ? nameof(Box) : new[] { nameof(Mask), nameof(MaskPattern), nameof(EditType), nameof(Target), nameof(Caption) }.FirstOrDefault(IsGiven);
        if (rounds > 1 && single is not null)
        {
            throw new EditException(
                EditFault.BadArgument, $"-{single} applies to one round, but {rounds} are given.", "Run the rounds separately, piping each edit into the next Invoke-ImageEdit.", single);
        }
    }

    private EditOptions ReadOptions() => new()
    {
        Plan = new PlanRequest { EditType = EditType, Target = Target, Caption = Caption, CaptionBefore = CaptionBefore },
        Box = Box.Length > 0 ? Box[0] : null,
        Extend = Extend,
        Detection = new DetectionOptions { Threshold = Threshold, All = All, Top = Top },
        Shape = new MaskShapeOptions { Grow = Grow, Soften = Soften, WithShadow = WithShadow, WithReflection = WithReflection, KeepOutline = KeepOutline, EdgeReach = EdgeReach },
        Fill = ReadSettings(),
        Verify = Verify,
        MaxAttempts = MaxAttempts ?? (Inpainter.Traits.TakesSamples ? new EditOptions().MaxAttempts : 1),
    };
}
