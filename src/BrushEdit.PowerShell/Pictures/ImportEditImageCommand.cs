using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary><c>Import-EditImage</c>: reads pictures and begins an edit of each.</summary>
[Cmdlet(VerbsData.Import, "EditImage", DefaultParameterSetName = PathSet)]
[OutputType(typeof(ImageEdit))]
public sealed class ImportEditImageCommand : EditCmdlet
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";

    /// <summary>Files, wildcards allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = PathSet)]
    public string[] Path { get; set; } = [];

    /// <summary>Files by their exact names.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet)]
    [Alias("PSPath", "FullName")]
    public string[] LiteralPath { get; set; } = [];

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        bool literal = ParameterSetName == LiteralPathSet;
        foreach ((string path, EditException? fault) in new PathResolver(SessionState).Files(literal ? LiteralPath : Path, literal))
        {
            Cancellation.ThrowIfStopped();
            ImageEdit? edit = null;
            if (Attempt(path, () => edit = fault is null ? new ImageEdit(Picture.Open(path)) : throw fault))
            {
                WriteObject(TellOf(edit!));
            }
        }
    }
}
