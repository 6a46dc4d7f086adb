using System.Management.Automation;
using System.Security;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Models;
using BrushEdit.Pipeline;
using BrushEdit.Planning;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary><c>Get-EditPlan</c>: from an instruction to a plan that can be read, questioned and changed.</summary>
[Cmdlet(VerbsCommon.Get, "EditPlan")]
[OutputType(typeof(ImageEdit))]
public sealed class GetEditPlanCommand : EditCmdlet
{
    private IEditPlanner? planner;
    private SessionFinder? finder;
    private string instruction = string.Empty;

    /// <summary>Files, wildcards allowed; with pipeline input the first word without a name is the instruction.</summary>
    [Parameter(Position = 0)]
    public string[] Path { get; set; } = [];

    /// <summary>What is to be done, in English.</summary>
    [Parameter(Position = 1)]
    public string? Instruction { get; set; }

    /// <summary>Files by their exact names.</summary>
    [Parameter]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Edits, pictures or files from the pipeline.</summary>
    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    /// <summary>The planner's name.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(PlannerCompleter))]
    public string? Planner { get; set; }

    /// <summary>The kind of edit, where it is known.</summary>
    [Parameter]
    public EditType? EditType { get; set; }

    /// <summary>What is edited, where it is known.</summary>
    [Parameter]
    public string? Target { get; set; }

    /// <summary>The caption after the edit, where it is known.</summary>
    [Parameter]
    public string? Caption { get; set; }

    /// <summary>Where an addition goes, where it is known.</summary>
    [Parameter]
    [BoxTransformation]
    public Box[]? Box { get; set; }

    /// <summary>What the picture shows now, where it is known.</summary>
    [Parameter]
    public string? CaptionBefore { get; set; }

    /// <summary>The model's name at its server, its file, or the name of an installed model.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(LanguageModelCompleter))]
    public string? Model { get; set; }

    /// <summary>The mmproj file of a model in this process.</summary>
    [Parameter]
    public string? Projector { get; set; }

    /// <summary>Layers of a model in this process that go to the GPU.</summary>
    [Parameter]
    [ValidateRange(0, 10_000)]
    public int? GpuLayers { get; set; }

    /// <summary>The server's address.</summary>
    [Parameter]
    public Uri? Endpoint { get; set; }

    /// <summary>The key.</summary>
    [Parameter]
    public SecureString? ApiKey { get; set; }

    /// <summary>The environment variable that holds the key.</summary>
    [Parameter]
    public string? ApiKeyVariable { get; set; }

    /// <summary>Asks all questions in one call.</summary>
    [Parameter]
    public SwitchParameter SingleCall { get; set; }

    /// <summary>The longest wait for one answer.</summary>
    [Parameter]
    [ValidateRange(1, 3600)]
    public int TimeoutSec { get; set; } = 120;

    /// <summary>Plans again where there is a plan already.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc />
    protected override void BeginProcessing() => Demand(() =>
    {
        bool piped = MyInvocation.ExpectingInput;
        string[] paths = Path;
        if (piped && Instruction is null && Path.Length == 1)
        {
            // 'Get-ChildItem *.jpg | Get-EditPlan "remove the dog"'
            Instruction = Path[0];
            paths = [];
        }

        if (piped && (paths.Length > 0 || LiteralPath.Length > 0))
        {
            throw new EditException(EditFault.BadArgument, "Pictures come from the pipeline and are named as well.", "Give one or the other.", nameof(Path));
        }

        Path = paths;
        instruction = Instruction ?? string.Empty;
        if (Box is { Length: not 1 })
        {
            throw new EditException(EditFault.BadArgument, "An addition has one box.", "Give four numbers x,y,width,height.", nameof(Box));
        }

        finder = new SessionFinder(null, new ModelHost(ComputeDevice.Auto, ComputeDevice.Auto, lowMemory: false), new PathResolver(SessionState));
        planner = PlannerCatalog.Create(Planner, new PlannerSettings
        {
            Model = LocalFile(Model, mayBeName: true),
            Projector = LocalFile(Projector),
            GpuLayers = GpuLayers,
            Endpoint = Endpoint,
            Key = ApiKey,
            KeyVariable = ApiKeyVariable,
            Chat = new ChatPlannerOptions { SingleCall = SingleCall, Timeout = TimeSpan.FromSeconds(TimeoutSec) },
        });
    });

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        if (InputObject is not null)
        {
            ImageEdit? edit = null;
            if (Attempt(InputObject.BaseObject, () => edit = Taken(InputObject)))
            {
                Attempt(edit, () => WriteObject(Planned(edit!)));
            }

            return;
        }

        bool literal = LiteralPath.Length > 0;
        if (!MyInvocation.ExpectingInput && Path.Length == 0 && !literal)
        {
            Demand(() => throw new EditException(EditFault.BadArgument, "No picture is given.", "Give a file: Get-EditPlan photo.jpg 'remove the dog'.", nameof(Path)));
        }

        foreach ((string path, EditException? fault) in new PathResolver(SessionState).Files(literal ? LiteralPath : Path, literal))
        {
            Cancellation.ThrowIfStopped();
            Attempt(path, () => WriteObject(Planned(fault is null ? new ImageEdit(Picture.Open(path)) : throw fault)));
        }
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            planner?.Dispose();
        }

        base.Dispose(disposing);
    }

    // A planner in this process takes files, named from the current location; a model that is not there as a file has a name.
    private string? LocalFile(string? value, bool mayBeName = false)
    {
        if (value is null || !string.Equals(Planner ?? PlannerCatalog.DefaultName, "LLama", StringComparison.OrdinalIgnoreCase))
        {
            return value;
        }

        string path = new PathResolver(SessionState).Output(value);
        return mayBeName && !File.Exists(path) && !Directory.Exists(path) && !path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) ? value : path;
    }

    private ImageEdit Taken(PSObject item) => item.BaseObject switch
    {
        ImageEdit edit => edit,
        Picture picture => new ImageEdit(picture),
        FileInfo file => new ImageEdit(Picture.Open(file.FullName)),
        string path => new ImageEdit(Picture.Open(new PathResolver(SessionState).Output(path))),
        _ when item.Properties["Picture"]?.Value is Picture picture => new ImageEdit(picture),
        _ => throw new EditException(EditFault.BadArgument, $"A {item.BaseObject.GetType().Name} is no picture.", "Pipe in files, pictures or edits.", item.BaseObject),
    };

    private ImageEdit Planned(ImageEdit edit)
    {
        PlanStage stage = new(planner!, finder!, new PlanRequest
        {
            Instruction = instruction,
            CaptionBefore = CaptionBefore,
            EditType = EditType,
            Target = Target,
            Caption = Caption,
            Box = Box?[0],
        });
        return RunStage(edit, Force, context => [stage.Complete(edit, context)])[0];
    }
}
