using System.Collections;
using System.Globalization;
using System.Management.Automation;
using BrushEdit.Editing;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>
/// Converts what a user types to margins: <c>64</c> for all sides, <c>64,0,64,0</c> for left, top, right and bottom, or a table of the sides
/// that grow: <c>@{ Left = 64; Right = 64 }</c>.
/// </summary>
public sealed class MarginsTransformation : ArgumentTransformation<CanvasMargins>
{
    private const string Remedy = "Give one number for all sides, four (left,top,right,bottom), or a hashtable such as @{ Left = 64; Right = 64 }, in pixels.";

    /// <inheritdoc />
    protected override CanvasMargins Convert(EngineIntrinsics engine, object value)
    {
        if (value is IDictionary table)
        {
            return Of(table);
        }

        IEnumerable<object?> numbers = value switch
        {
            string text => text.Split([',', ';', ' '], StringSplitOptions.RemoveEmptyEntries),
            IEnumerable list => list.Cast<object?>(),
            _ => [value],
        };
        return CanvasMargins.Of([.. numbers.Select(Number)]);
    }

    private static CanvasMargins Of(IDictionary table)
    {
        CanvasMargins margins = new(0, 0, 0, 0);
        foreach (DictionaryEntry side in table)
        {
            int pixels = Number(side.Value);
            margins = System.Convert.ToString(side.Key, CultureInfo.InvariantCulture)?.ToUpperInvariant() switch
            {
                "LEFT" => margins with { Left = pixels },
                "TOP" => margins with { Top = pixels },
                "RIGHT" => margins with { Right = pixels },
                "BOTTOM" => margins with { Bottom = pixels },
                _ => throw new EditException(EditFault.BadArgument, $"A picture has no side '{side.Key}'.", "Name Left, Top, Right or Bottom.", side.Key),
            };
        }

        margins.Check();
        return margins;
    }

    private static int Number(object? value) =>
        int.TryParse(System.Convert.ToString(Unwrap(value), CultureInfo.InvariantCulture), NumberStyles.Integer, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new EditException(EditFault.BadArgument, $"'{value}' is not a number of pixels.", Remedy, value);
}
