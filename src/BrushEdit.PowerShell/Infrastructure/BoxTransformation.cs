using System.Collections;
using System.Globalization;
using System.Management.Automation;
using BrushEdit.Imaging;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>
/// Parses boxes: <c>'10,20,64,48'</c>, <c>10,20,64,48</c> (four numbers), <c>@(10,20,64,48), @(5,5,9,9)</c> (several boxes), or any mix of
/// text and boxes.
/// </summary>
public sealed class BoxTransformation : ArgumentTransformation<Box[]>
{
    /// <inheritdoc />
    protected override Box[] Convert(EngineIntrinsics engine, object value)
    {
        if (value is not IList list)
        {
            // An empty cell of a table is not a box.
            return RowValues.IsEmpty(value) ? [] : [One(value)];
        }

        object?[] items = [.. list.Cast<object?>().Select(Unwrap)];
        return items.Length == 4 && items.All(IsNumber) ? [One(items)] : [.. items.Select(One)];
    }

    private static Box One(object? value) => value switch
    {
        Box box => box,
        IEnumerable numbers and not string => Box.Parse(string.Join(',', numbers.Cast<object?>().Select(n => Text(Unwrap(n))))),
        _ => Box.Parse(Text(value)),
    };

    private static bool IsNumber(object? value) => value is int or long or double or float or decimal or short or byte;

    private static string Text(object? value) => System.Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty;
}
