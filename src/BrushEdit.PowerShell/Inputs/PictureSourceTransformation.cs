using System.Collections;
using System.Management.Automation;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>
/// The transformation for all picture sources. It accepts any object: one that is not a picture and names none is reported when
/// it is processed, with the properties that were searched for; the binder never ignores it silently.
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
