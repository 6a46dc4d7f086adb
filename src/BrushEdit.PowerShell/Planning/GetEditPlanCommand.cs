using System.Management.Automation;
using System.Security;
using BrushEdit.Caching;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Orchestrating;
using BrushEdit.Planning;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary><c>Get-EditPlan</c>: from an instruction to a plan that can be read, questioned and changed.</summary>
[Cmdlet(VerbsCommon.Get, "EditPlan")]
[OutputType(typeof(ImageEdit))]
public sealed class GetEditPlanCommand : StageCmdlet
{
    private IEditPlanner? planner;
    private SessionFinder? finder;

    /// <summary>The instruction, in English; with pipeline input it is the first positional argument.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    public string? Instruction { get; set; }

    /// <summary>The planner's name.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(PlannerCompleter))]
    public string? Planner { get; set; }

    /// <summary>The kind of edit, if known.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EditTypeTransformation]
    public EditType? EditType { get; set; }

    /// <summary>What is edited, if known.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Target { get; set; }

    /// <summary>The caption after the edit, if known.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Caption { get; set; }

    /// <summary>Where an addition goes, if known.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [BoxTransformation]
    public Box[]? Box { get; set; }

    /// <summary>What the picture shows now, if known.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("SceneCaption")]
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

    /// <summary>The environment variable that contains the key.</summary>
    [Parameter]
    public string? ApiKeyVariable { get; set; }

    /// <summary>Asks all questions in one call.</summary>
    [Parameter]
    public SwitchParameter SingleCall { get; set; }

    /// <summary>The longest wait for one answer.</summary>
    [Parameter]
    [ValidateRange(1, 3600)]
    public int TimeoutSec { get; set; } = 120;

    /// <summary>The longest answer in tokens.</summary>
    [Parameter]
    [ValidateRange(16, 1_000_000)]
    public int? MaxTokens { get; set; }

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        Demand(Begin);
    }

    /// <inheritdoc />
    protected override IEnumerable<ImageEdit> Complete(ImageEdit edit) =>
    [
        RunStage(edit, new PlanStage(planner!, finder!, new PlanRequest
        {
            Instruction = Instruction ?? string.Empty,
            CaptionBefore = CaptionBefore,
            EditType = EditType,
            Target = Target,
            Caption = Caption,
            Box = OneBox(),
        })),
    ];

    /// <inheritdoc />
    private protected override string? TakeWords(string[] words)
    {
        if (IsTyped(nameof(Instruction)) || words.Length > 1)
        {
            return null;
        }

        Instruction = words[0];
        return nameof(Instruction);
    }

    /// <inheritdoc />
    // The truth of a scene is what the plan must find out.
    private protected override bool Takes(string parameter, bool ofScene) => !ofScene || parameter is nameof(Instruction) or nameof(CaptionBefore);

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            planner?.Dispose();
        }

        base.Dispose(disposing);
    }

    private Box? OneBox() => Box switch
    {
        null or { Length: 0 } => null,
        { Length: 1 } => Box[0],
        _ => throw new EditException(EditFault.BadArgument, "An addition takes one box.", "Give four numbers x,y,width,height.", nameof(Box)),
    };

    private void Begin()
    {
        OneBox();
        finder = new SessionFinder(null, new ModelHost(ComputeDevice.Auto, ComputeDevice.Auto, lowMemory: false), new PathResolver(SessionState));
        planner = PlannerCatalog.Create(Planner, new PlannerSettings
        {
            Model = LocalFile(Model, mayBeName: true),
            Projector = LocalFile(Projector),
            GpuLayers = GpuLayers,
            Endpoint = Endpoint,
            Key = ApiKey,
            KeyVariable = ApiKeyVariable,
            Chat = new ChatPlannerOptions { SingleCall = SingleCall, Timeout = TimeSpan.FromSeconds(TimeoutSec), MaxOutputTokens = MaxTokens },
        });
    }

    // A planner in this process uses files relative to the current location; if no such file exists, the text is a model's name.
    private string? LocalFile(string? value, bool mayBeName = false)
    {
        if (value is null || !string.Equals(Planner ?? PlannerCatalog.DefaultName, "LLama", StringComparison.OrdinalIgnoreCase))
        {
            return value;
        }

        string path = new PathResolver(SessionState).Output(value);
        return mayBeName && !File.Exists(path) && !Directory.Exists(path) && !path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) ? value : path;
    }
}
