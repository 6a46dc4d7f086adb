using System.Management.Automation;
using BrushEdit.Editing;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>
/// Accepts only edits. Without it PowerShell would convert a picture to an edit, since an edit has a constructor for one, and a cmdlet that
/// accepts both could not tell which it received.
/// </summary>
public sealed class EditTransformation : ArgumentTransformation<ImageEdit>
{
    /// <inheritdoc />
    protected override ImageEdit Convert(EngineIntrinsics engine, object value) => throw new EditException(
        EditFault.BadArgument, $"A {value.GetType().Name} is not an edit.", "Give an edit from Import-EditImage.", value);
}
