using System.Management.Automation;
using BrushEdit.Editing;

namespace BrushEdit.PowerShell;

/// <summary><c>Import-EditImage</c>: reads pictures and begins an edit of each.</summary>
[Cmdlet(VerbsData.Import, "EditImage")]
[OutputType(typeof(ImageEdit))]
public sealed class ImportEditImageCommand : PictureCmdlet
{
    /// <inheritdoc />
    private protected override void Process(SourceItem item) => WriteObject(Open(item));
}
