using System.Management.Automation;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>
/// Makes the object a parameter wants of what a user types instead. A value that is of the right type already passes as it
/// is; one that cannot be made into it is an error that says what may be given.
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
            // A failed cast tells the binder that what comes down the pipeline may fit another parameter.
            string message = PlainText.Message(fault.Message);
            throw new ArgumentTransformationMetadataException(message, new PSInvalidCastException(message));
        }
        catch (EditException fault)
        {
            throw new ArgumentTransformationMetadataException(PlainText.Message(fault.Message));
        }
    }

    /// <summary>Makes the object.</summary>
    /// <param name="engine">The session, for paths relative to the current location.</param>
    /// <param name="value">What was given, without PowerShell's wrapping; not null and not a <typeparamref name="T"/>.</param>
    /// <exception cref="EditException">Nothing can be made of it.</exception>
    protected abstract T Convert(EngineIntrinsics engine, object value);

    /// <summary>The value without PowerShell's wrapping.</summary>
    /// <param name="value">A value as the binder gives it.</param>
    protected static object? Unwrap(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
