using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Pipeline;
using BrushEdit.Planning;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary><c>Invoke-ImageEdit</c>: edits pictures by instruction, through all stages, in one or several rounds.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "ImageEdit", DefaultParameterSetName = PathSet, SupportsShouldProcess = true)]
[OutputType(typeof(ImageEdit), typeof(EditedFile))]
public sealed partial class InvokeImageEditCommand : FillCmdlet
{
    private IEditPlanner? planner;
    private SessionFinder? finder;
    private SessionOutliner? outliner;
    private EditRunner? runner;
    private EditOptions options = new();

    /// <summary>Files, wildcards allowed; with pipeline input the first words without a name are the instruction.</summary>
    [Parameter(Position = 0)]
    public override string[] Path { get; set; } = [];

    /// <summary>Files by their exact names.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet)]
    [Alias("PSPath", "FullName")]
    [PathTransformation]
    public override string[] LiteralPath { get; set; } = [];

    /// <summary>What is to be done, in English; several are done one after another.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    public string[] Instruction { get; set; } = [];

    /// <summary>What the picture shows now, where it is known.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("SceneCaption")]
    public string? CaptionBefore { get; set; }

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
            if (MyInvocation.ExpectingInput && Instruction.Length == 0)
            {
                // 'Get-ChildItem *.jpg | Invoke-ImageEdit "remove the dog"'
                (Instruction, Path) = (Path, []);
            }

            PathResolver paths = new(SessionState);
            planner = PlannerCatalog.Create(Planner);
            options = new EditOptions { Fill = Settings };
            finder = new SessionFinder(Detector, Lender, paths, nameof(Detector));
            outliner = new SessionOutliner(Segmenter, Lender, paths, nameof(Segmenter));
            runner = new EditRunner(planner, finder, outliner, Inpainter);
            BeginBatch(paths);
        });
    }

    /// <inheritdoc />
    protected override IEnumerable<ImageEdit> Complete(ImageEdit edit)
    {
        if (!ShouldProcess(edit.Name, Instruction.Length > 0 ? string.Join(", then ", Instruction) : "Edit by its plan"))
        {
            return [];
        }

        EditOptions own = options with { Plan = options.Plan with { CaptionBefore = CaptionBefore } };
        return RunStage(edit, context => [runner!.RunRounds(edit, Instruction, own, context)], "Editing", PreviewFile);
    }

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
}
