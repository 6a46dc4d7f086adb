using System.Management.Automation;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>
/// Converts what a user types to the object that a parameter needs. A value that already has the right type passes
/// unchanged; one that cannot be converted is an error that says which values are valid.
/// </summary>
/// <typeparam name="T">The parameter's type.</typeparam>
[AttributeUsage(AttributeTargets.Property)]
public abstract class ArgumentTransformation<T> : ArgumentTransformationAttribute
{
    /// <inheritdoc />
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? plain = Unwrap(inputData);
        if (plain is null or T)
        {
            return plain;
        }

        try
        {
            return Convert(engineIntrinsics, plain);
        }
        catch (EditException fault) when (fault.Kind == EditFault.BadArgument)
        {
            // A failed cast tells the binder that the pipeline input may fit another parameter.
            string message = PlainText.Message(fault.Message);
            throw new ArgumentTransformationMetadataException(message, new PSInvalidCastException(message));
        }
        catch (EditException fault)
        {
            throw new ArgumentTransformationMetadataException(PlainText.Message(fault.Message));
        }
    }

    /// <summary>Converts the value.</summary>
    /// <param name="engine">The session, for paths relative to the current location.</param>
    /// <param name="value">The argument, without PowerShell's wrapping; not null and not a <typeparamref name="T"/>.</param>
    /// <exception cref="EditException">It cannot be converted.</exception>
    protected abstract T Convert(EngineIntrinsics engine, object value);

    /// <summary>The value without PowerShell's wrapping.</summary>
    /// <param name="value">A value as the binder passes it.</param>
    protected static object? Unwrap(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
