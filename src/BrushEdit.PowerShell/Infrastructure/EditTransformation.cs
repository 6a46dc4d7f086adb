using System.Management.Automation;
using BrushEdit.Editing;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>
/// Takes edits alone. Without it the engine would make an edit of a picture, since an edit can be constructed of one, and a cmdlet that
/// takes both could not tell which it was given.
/// </summary>
public sealed class EditTransformation : ArgumentTransformation<ImageEdit>
{
    /// <inheritdoc />
    protected override ImageEdit Convert(EngineIntrinsics engine, object value) => throw new EditException(
        EditFault.BadArgument, $"A {value.GetType().Name} is not an edit.", "Give an edit from Import-EditImage.", value);
}
