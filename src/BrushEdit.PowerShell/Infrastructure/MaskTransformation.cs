using System.Management.Automation;
using BrushEdit.Imaging;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>Converts a mask picture's path, relative to the current location, or a picture already read, to a mask.</summary>
public sealed class MaskTransformation : ArgumentTransformation<Mask>
{
    /// <inheritdoc />
    protected override Mask Convert(EngineIntrinsics engine, object value) => value switch
    {
        string path => Mask.Open(new PathResolver(engine.SessionState).Output(path)),
        FileInfo file => Mask.Open(file.FullName),
        Picture picture => Mask.FromPicture(picture),
        _ => throw new EditException(
            EditFault.BadArgument, $"A {value.GetType().Name} is not a mask.", "Give a mask from New-EditMask, or the path of a mask picture.", value),
    };
}
