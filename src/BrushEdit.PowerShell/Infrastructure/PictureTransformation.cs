using System.Management.Automation;
using BrushEdit.Imaging;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>Converts a file's path, relative to the current location, to a picture.</summary>
public sealed class PictureTransformation : ArgumentTransformation<Picture>
{
    /// <inheritdoc />
    protected override Picture Convert(EngineIntrinsics engine, object value) => value switch
    {
        string path => Picture.Open(new PathResolver(engine.SessionState).Output(path)),
        FileInfo file => Picture.Open(file.FullName),
        _ => throw new EditException(
            EditFault.BadArgument, $"A {value.GetType().Name} is not a picture.", "Give a picture from Import-EditImage, or a file's path.", value),
    };
}
