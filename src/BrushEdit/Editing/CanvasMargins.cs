using System.Globalization;

namespace BrushEdit.Editing;

/// <summary>By how many pixels a picture's canvas grows on each side, for outpainting.</summary>
/// <param name="Left">Columns added at the left, from 0.</param>
/// <param name="Top">Rows added above, from 0.</param>
/// <param name="Right">Columns added at the right, from 0.</param>
/// <param name="Bottom">Rows added below, from 0.</param>
public sealed record CanvasMargins(int Left, int Top, int Right, int Bottom)
{
    /// <summary>Creates margins from numbers: one for all sides, or left, top, right and bottom.</summary>
    /// <param name="numbers">One or four numbers, each at least 0 and not all 0.</param>
    /// <exception cref="EditException">The count is neither one nor four, or a number is out of range.</exception>
    public static CanvasMargins Of(IReadOnlyList<int> numbers)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        CanvasMargins margins = numbers.Count switch
        {
            1 => new CanvasMargins(numbers[0], numbers[0], numbers[0], numbers[0]),
            4 => new CanvasMargins(numbers[0], numbers[1], numbers[2], numbers[3]),
            _ => throw new EditException(
                EditFault.BadArgument,
                $"{numbers.Count} numbers are not margins for extending a picture.",
                "Give one for all sides, or four: left,top,right,bottom, in pixels.",
                numbers),
        };
        margins.Check();
        return margins;
    }

    /// <summary>Rejects margins below 0, and margins that are all 0.</summary>
    /// <exception cref="EditException">The margins are invalid; the message names them.</exception>
    public void Check()
    {
        if (Math.Min(Math.Min(Left, Top), Math.Min(Right, Bottom)) < 0)
        {
            throw new EditException(EditFault.BadArgument, $"A picture cannot be extended by {this} pixels.", "Give pixels from 0; to make a picture smaller, crop it.", this);
        }

        if ((Left, Top, Right, Bottom) == (0, 0, 0, 0))
        {
            throw new EditException(EditFault.BadArgument, "All margins for extending the picture are 0.", "Give at least one margin above 0.", this);
        }
    }

    /// <summary>The margins as the user types them: left,top,right,bottom.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Left},{Top},{Right},{Bottom}");

    /// <summary>The sum of both margins on each side.</summary>
    /// <param name="other">The margins to add.</param>
    internal CanvasMargins Plus(CanvasMargins other) => new(Left + other.Left, Top + other.Top, Right + other.Right, Bottom + other.Bottom);
}
