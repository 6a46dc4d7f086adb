using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>Parses points: <c>'10,20'</c>, <c>'10,20 30,40 50,60'</c>, or numbers x, y, x, y ... in one or in nested lists.</summary>
public sealed class PointTransformation : ArgumentTransformation<(double X, double Y)[]>
{
    private static readonly char[] Separators = [',', ';', ' ', '[', ']', '(', ')'];

    /// <inheritdoc />
    protected override (double X, double Y)[] Convert(EngineIntrinsics engine, object value)
    {
        List<double> numbers = [];
        Collect(value, numbers);
        if (numbers.Count == 0 || numbers.Count % 2 != 0)
        {
            throw new EditException(
                EditFault.BadArgument, $"{numbers.Count} numbers do not form points.", "Give pairs x,y in pixels, such as '10,20 90,20 50,80'.", value);
        }

        return [.. numbers.Chunk(2).Select(pair => (pair[0], pair[1]))];
    }

    private static void Collect(object? value, List<double> numbers)
    {
        switch (Unwrap(value))
        {
            case string text:
                numbers.AddRange(text.Split(Separators, StringSplitOptions.RemoveEmptyEntries).Select(Number));
                break;
            case IEnumerable list:
                foreach (object? item in list)
                {
                    Collect(item, numbers);
                }

                break;
            case { } number:
                numbers.Add(Number(System.Convert.ToString(number, CultureInfo.InvariantCulture) ?? string.Empty));
                break;
        }
    }

    private static double Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number
            : throw new EditException(EditFault.BadArgument, $"'{text}' is not a number.", "Give pairs x,y in pixels, such as '10,20 90,20 50,80'.", text);
}
