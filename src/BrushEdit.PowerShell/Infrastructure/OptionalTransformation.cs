using System.Globalization;
using System.Management.Automation;
using BrushEdit.Editing;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>A value that may be left out: an empty cell of a table is none.</summary>
/// <typeparam name="T">The value's type.</typeparam>
public abstract class OptionalTransformation<T> : ArgumentTransformationAttribute
    where T : struct
{
    /// <inheritdoc />
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? plain = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return RowValues.IsEmpty(plain) ? null : plain is T ? plain : Convert(plain!);
    }

    /// <summary>Makes the value.</summary>
    /// <param name="value">The argument; not empty.</param>
    protected abstract T Convert(object value);

    /// <summary>The error for an invalid value.</summary>
    /// <param name="message">What is wrong and which values are valid.</param>
    protected static ArgumentTransformationMetadataException Refusal(string message)
    {
        string plain = PlainText.Message(message);
        return new ArgumentTransformationMetadataException(plain, new PSInvalidCastException(plain));
    }
}

/// <summary>Converts the name of a kind of edit, in any letter case.</summary>
public sealed class EditTypeTransformation : OptionalTransformation<EditType>
{
    /// <inheritdoc />
    protected override EditType Convert(object value) =>
        Enum.TryParse(value.ToString()?.Trim(), ignoreCase: true, out EditType type) && Enum.IsDefined(type) && !char.IsAsciiDigit(value.ToString()!.Trim()[0])
            ? type
            : throw Refusal($"'{value}' is not a type of edit. Give {string.Join(", ", Enum.GetNames<EditType>())}.");
}

/// <summary>A seed: a whole number from 0 to 2^63 - 1.</summary>
public sealed class SeedTransformation : OptionalTransformation<long>
{
    /// <inheritdoc />
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) => base.Transform(engineIntrinsics, inputData) switch
    {
        long seed and < 0 => throw Refusal($"{seed} is not a seed. Give a whole number from 0 to {long.MaxValue}."),
        object other => other,
        null => null,
    };

    /// <inheritdoc />
    protected override long Convert(object value)
    {
        string text = System.Convert.ToString(value, CultureInfo.InvariantCulture)?.Trim() ?? string.Empty;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long seed)
            ? seed
            : throw Refusal($"'{text}' is not a seed. Give a whole number from 0 to {long.MaxValue}.");
    }
}
