using System.Globalization;

namespace BrushEdit.Imaging;

/// <summary>
/// A rectangle in a picture's pixels: origin at the top left corner of the top left pixel, x to the right, y down. Its
/// right and bottom edges are not part of it, so a box of width 1 at x 3 covers exactly the pixel of column 3.
/// </summary>
/// <param name="X">Left edge in pixels.</param>
/// <param name="Y">Top edge in pixels.</param>
/// <param name="Width">Width in pixels; not negative in a valid box.</param>
/// <param name="Height">Height in pixels; not negative in a valid box.</param>
public readonly record struct Box(double X, double Y, double Width, double Height)
{
    /// <summary>The right edge: the first x that is not inside.</summary>
    public double Right => X + Width;

    /// <summary>The bottom edge: the first y that is not inside.</summary>
    public double Bottom => Y + Height;

    /// <summary>The x coordinate of the centre.</summary>
    public double CenterX => X + (Width / 2);

    /// <summary>The y coordinate of the centre.</summary>
    public double CenterY => Y + (Height / 2);

    /// <summary>The area in square pixels; 0 for a box with no extent.</summary>
    public double Area => IsEmpty ? 0 : Width * Height;

    /// <summary>Whether it covers nothing: a side that is zero, negative or not a number.</summary>
    public bool IsEmpty => !(Width > 0 && Height > 0);

    /// <summary>The first column it touches.</summary>
    public int PixelLeft => (int)Math.Floor(X);

    /// <summary>The first row it touches.</summary>
    public int PixelTop => (int)Math.Floor(Y);

    /// <summary>One past the last column it touches.</summary>
    public int PixelRight => (int)Math.Ceiling(Right);

    /// <summary>One past the last row it touches.</summary>
    public int PixelBottom => (int)Math.Ceiling(Bottom);

    /// <summary>How many columns it touches.</summary>
    public int PixelWidth => PixelRight - PixelLeft;

    /// <summary>How many rows it touches.</summary>
    public int PixelHeight => PixelBottom - PixelTop;

    /// <summary>The box between two opposite corners, given in any order.</summary>
    /// <param name="x1">One corner's x.</param>
    /// <param name="y1">One corner's y.</param>
    /// <param name="x2">The other corner's x.</param>
    /// <param name="y2">The other corner's y.</param>
    public static Box FromCorners(double x1, double y1, double x2, double y2) =>
        new(Math.Min(x1, x2), Math.Min(y1, y2), Math.Abs(x2 - x1), Math.Abs(y2 - y1));

    /// <summary>The box around a centre point.</summary>
    /// <param name="centerX">The x coordinate of the centre.</param>
    /// <param name="centerY">The y coordinate of the centre.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    public static Box FromCenter(double centerX, double centerY, double width, double height) =>
        new(centerX - (width / 2), centerY - (height / 2), width, height);

    /// <summary>The part inside a picture of the given size; for a box wholly outside, an empty box at the border.</summary>
    /// <param name="width">The picture's width.</param>
    /// <param name="height">The picture's height.</param>
    public Box Clip(double width, double height)
    {
        double left = Math.Clamp(X, 0, width);
        double top = Math.Clamp(Y, 0, height);
        return new Box(left, top, Math.Max(0, Math.Clamp(Right, 0, width) - left), Math.Max(0, Math.Clamp(Bottom, 0, height) - top));
    }

    /// <summary>The part that both boxes cover; empty if they do not overlap.</summary>
    /// <param name="other">The other box.</param>
    public Box Intersect(Box other)
    {
        double left = Math.Max(X, other.X);
        double top = Math.Max(Y, other.Y);
        return new Box(left, top, Math.Max(0, Math.Min(Right, other.Right) - left), Math.Max(0, Math.Min(Bottom, other.Bottom) - top));
    }

    /// <summary>The smallest box that contains both.</summary>
    /// <param name="other">The other box.</param>
    public Box Union(Box other) => FromCorners(Math.Min(X, other.X), Math.Min(Y, other.Y), Math.Max(Right, other.Right), Math.Max(Bottom, other.Bottom));

    /// <summary>Intersection over union, 0 to 1; 0 if either covers nothing.</summary>
    /// <param name="other">The other box.</param>
    public double IoU(Box other)
    {
        double shared = Intersect(other).Area;
        return shared > 0 ? shared / (Area + other.Area - shared) : 0;
    }

    /// <summary>Moves every edge outwards (inwards where negative, at most to the middle).</summary>
    /// <param name="margin">Pixels on each side.</param>
    public Box Expand(double margin) => Expand(margin, margin);

    /// <summary>Moves the edges outwards (inwards where negative, at most to the middle).</summary>
    /// <param name="across">Pixels left and right.</param>
    /// <param name="down">Pixels above and below.</param>
    public Box Expand(double across, double down) =>
        FromCenter(CenterX, CenterY, Math.Max(0, Width + (2 * across)), Math.Max(0, Height + (2 * down)));

    /// <summary>The same box in a picture resized by these factors.</summary>
    /// <param name="across">Factor of x and width.</param>
    /// <param name="down">Factor of y and height.</param>
    public Box Scale(double across, double down) => new(X * across, Y * down, Width * across, Height * down);

    /// <summary>The same box moved.</summary>
    /// <param name="dx">Pixels to the right.</param>
    /// <param name="dy">Pixels down.</param>
    public Box Move(double dx, double dy) => this with { X = X + dx, Y = Y + dy };

    /// <summary>Reads <c>x,y,width,height</c>: four numbers with a point as decimal mark, apart by commas, semicolons or spaces, in brackets or not.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="EditException">The text is not four numbers, or a side is not above zero.</exception>
    public static Box Parse(string text) => TryParse(text, out Box box)
        ? box
        : throw new EditException(EditFault.BadArgument, $"'{text}' is not a box.", "Give four numbers x,y,width,height in pixels, with width and height above 0, such as 10,20,64,48.", text);

    /// <summary>Like <see cref="Parse"/>, without throwing.</summary>
    /// <param name="text">The text.</param>
    /// <param name="box">The box read.</param>
    /// <returns>Whether the text is a box.</returns>
    public static bool TryParse(string? text, out Box box)
    {
        box = default;
        string[] parts = (text ?? "").Trim().Trim('[', ']', '(', ')').Split([',', ';', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        double[] numbers = new double[4];
        if (parts.Length != 4)
        {
            return false;
        }

        for (int i = 0; i < 4; i++)
        {
            if (!double.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]) || !double.IsFinite(numbers[i]))
            {
                return false;
            }
        }

        box = new Box(numbers[0], numbers[1], numbers[2], numbers[3]);
        return !box.IsEmpty;
    }

    /// <summary>The text that <see cref="Parse"/> reads: <c>x,y,width,height</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{X:0.###},{Y:0.###},{Width:0.###},{Height:0.###}");
}
