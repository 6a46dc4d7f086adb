using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Pipeline;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary>A stage of the chain: takes edits, pictures or files, adds its part to each, and passes it on.</summary>
public abstract class StageCmdlet : EditCmdlet
{
    /// <summary>The parameter set of edits.</summary>
    protected const string EditSet = "Edit";

    /// <summary>The parameter set of file names with wildcards.</summary>
    protected const string PathSet = "Path";

    /// <summary>The parameter set of exact file names.</summary>
    protected const string LiteralPathSet = "LiteralPath";

    /// <summary>The parameter set of pictures.</summary>
    protected const string PictureSet = "Picture";

    private readonly HashSet<string> typed = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Edits to work on.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = EditSet)]
    [EditTransformation]
    public ImageEdit InputObject { get; set; } = null!;

    /// <summary>Files, wildcards allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = PathSet)]
    public virtual string[] Path { get; set; } = [];

    /// <summary>Files by their exact names.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet)]
    [Alias("PSPath", "FullName")]
    public virtual string[] LiteralPath { get; set; } = [];

    /// <summary>A picture.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = PictureSet)]
    public Picture Picture { get; set; } = null!;

    /// <summary>Does again what is done already.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Remembers which parameters were typed, as opposed to those that the pipeline's objects bring.</summary>
    protected override void BeginProcessing() => typed.UnionWith(MyInvocation.BoundParameters.Keys);

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        switch (ParameterSetName)
        {
            case EditSet:
                Process(InputObject, () => InputObject);
                break;
            case PictureSet:
                Process(Picture, () => new ImageEdit(Picture));
                break;
            default:
                bool literal = ParameterSetName == LiteralPathSet;
                foreach ((string path, EditException? fault) in new PathResolver(SessionState).Files(literal ? LiteralPath : Path, literal))
                {
                    Process(path, () => fault is null ? TellOf(new ImageEdit(Picture.Open(path))) : throw fault);
                }

                break;
        }
    }

    /// <summary>Adds the stage's part.</summary>
    /// <param name="edit">The edit; it is not changed.</param>
    /// <returns>What goes on down the pipeline; nothing where <c>-WhatIf</c> holds the stage back.</returns>
    protected abstract IEnumerable<ImageEdit> Complete(ImageEdit edit);

    /// <summary>Whether a parameter was typed at the command, and did not come with an object of the pipeline.</summary>
    /// <param name="name">The parameter.</param>
    protected bool IsTyped(string name) => typed.Contains(name);

    /// <summary>Runs a stage on the compute thread; shows what it says, and writes the warnings it adds.</summary>
    /// <param name="edit">The edit.</param>
    /// <param name="stage">The stage.</param>
    private protected ImageEdit RunStage(ImageEdit edit, IEditStage stage) => RunStage(edit, Force, context => [stage.Complete(edit, context)])[0];

    private void Process(object target, Func<ImageEdit> open)
    {
        Cancellation.ThrowIfStopped();
        List<ImageEdit> done = [];
        if (Attempt(target, () => done.AddRange(Complete(open()))))
        {
            WriteObject(done, enumerateCollection: true);
        }
    }
}
