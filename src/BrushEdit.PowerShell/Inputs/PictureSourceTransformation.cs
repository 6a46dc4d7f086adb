using System.Collections;
using System.Management.Automation;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>
/// The one transformation of everything that pictures are taken of. It takes any object: what is not a picture and names none is told when
/// its turn comes, with the properties that were searched for, and is never ignored by the binder.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PictureSourceTransformation : ArgumentTransformationAttribute
{
    /// <inheritdoc />
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
        {
            null => null,
            PictureSource[] sources => sources,
            PictureSource source => new[] { source },
            IList list => list.Cast<object?>().Select(item => Of(item ?? string.Empty)).ToArray(),
            _ => new[] { Of(inputData) },
        };

    private static PictureSource Of(object item) => (item is PSObject wrapped ? wrapped.BaseObject : item) as PictureSource ?? PictureSource.Of(item);
}
