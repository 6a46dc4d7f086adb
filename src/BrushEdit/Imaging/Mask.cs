using System.Globalization;

namespace BrushEdit.Imaging;

/// <summary>
/// The region of a picture to edit: one value per pixel, 255 = edit, 0 = keep, intermediate values blend. Immutable.
/// </summary>
/// <remarks>
/// Operations that need a hard mask (growing, shrinking, hulls, components) treat values of 128 and above as inside; those that
/// combine masks (union, intersection, difference, inversion, moving) also work on soft values.
/// </remarks>
public sealed partial class Mask
{
    /// <summary>The lowest value that counts as inside when a mask is binarised.</summary>
    public const byte Threshold = 128;

    private readonly byte[] values;
    private (int Left, int Top, int Right, int Bottom)? extent;

    private Mask(byte[] values, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (values.LongLength != (long)width * height)
        {
            throw new ArgumentException($"{values.LongLength} values do not make a mask of {width} x {height}.", nameof(values));
        }

        this.values = values;
        Width = width;
        Height = height;
    }

    /// <summary>The file the mask was read from; null if the mask was created in memory or has changed since.</summary>
    public string? Path { get; private init; }

    /// <summary>Pixels across.</summary>
    public int Width { get; }

    /// <summary>Pixels down.</summary>
    public int Height { get; }

    /// <summary>Width and height as text: <c>64 x 48</c>.</summary>
    public string Size => $"{Width} x {Height}";

    /// <summary>Where the mask was read from, and what was read as white; null for a mask that was drawn or computed.</summary>
    public MaskOrigin? Origin { get; private init; }

    /// <summary>Width * Height values, rows from the top: 255 = edit, 0 = keep.</summary>
    public ReadOnlySpan<byte> Values => values;

    /// <summary>The value of a pixel.</summary>
    /// <param name="x">Column, from 0.</param>
    /// <param name="y">Row, from 0.</param>
    public byte this[int x, int y] => (uint)x < (uint)Width && (uint)y < (uint)Height
        ? values[(y * Width) + x]
        : throw new ArgumentOutOfRangeException(nameof(x), $"({x}, {y}) lies outside {Width} x {Height}.");

    /// <summary>Whether nothing is edited: every value is 0.</summary>
    public bool IsEmpty => values.AsSpan().IndexOfAnyExcept((byte)0) < 0;

    /// <summary>Whether everything is edited: every value is 255.</summary>
    public bool IsFull => values.AsSpan().IndexOfAnyExcept((byte)255) < 0;

    /// <summary>Whether all values are 0 or 255.</summary>
    public bool IsHard => values.AsSpan().IndexOfAnyExcept((byte)0, (byte)255) < 0;

    /// <summary>The mean of the values, 0 to 1: the share of the picture that is edited.</summary>
    public double Coverage
    {
        get
        {
            long sum = 0;
            foreach (byte value in values)
            {
                sum += value;
            }

            return sum / 255.0 / values.Length;
        }
    }

    /// <summary>The smallest box of whole pixels that contains every value above 0; null if no value is.</summary>
    public Box? Bounds
    {
        get
        {
            extent ??= Extent();
            return extent is { Right: > 0 } e ? new Box(e.Left, e.Top, e.Right - e.Left, e.Bottom - e.Top) : null;
        }
    }

    /// <summary>Returns a copy of the values, scaled to 0 to 1.</summary>
    public float[] ToFloats() => Array.ConvertAll(values, v => v / 255f);

    /// <summary>Throws unless the mask has the picture's size.</summary>
    /// <param name="picture">The picture.</param>
    /// <exception cref="EditException">The sizes differ (BadMask); the message names both.</exception>
    public void RequireSize(Picture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (picture.Width != Width || picture.Height != Height)
        {
            string name = picture.Path is null ? "the picture" : $"the picture {picture.Path}";
            throw new EditException(
                EditFault.BadMask,
                $"The mask is {Width} x {Height} pixels but {name} is {picture.Width} x {picture.Height}.",
                "Give a mask of the picture's size, or scale this one: New-EditMask -Path and -Fit, or Edit-Mask -Fit.",
                this);
        }
    }

    /// <summary>
    /// The mask at another size: resized by nearest neighbour if it is hard, so that it stays hard, else bilinearly. The two axes may
    /// be scaled differently.
    /// </summary>
    /// <param name="width">Pixels across, from 1.</param>
    /// <param name="height">Pixels down, from 1.</param>
    public Mask Fit(int width, int height) => width == Width && height == Height
        ? this
        : new Mask(Resizer.Resize(values, Width, Height, 1, width, height, IsHard ? ResizeFilter.Nearest : ResizeFilter.Bilinear), width, height) { Origin = Origin };

    /// <summary>The part under a box, expanded to whole pixels and clipped.</summary>
    /// <param name="box">The box.</param>
    /// <exception cref="EditException">Nothing of the box lies in the mask.</exception>
    public Mask Crop(Box box)
    {
        Box inside = box.Clip(Width, Height);
        if (inside.IsEmpty)
        {
            throw new EditException(EditFault.BadArgument, $"The box {box} lies outside the mask of {Width} x {Height}.", "Give a box that overlaps the mask.", box);
        }

        return Place(-inside.PixelLeft, -inside.PixelTop, inside.PixelWidth, inside.PixelHeight, 0);
    }

    /// <summary>The mask on a larger (or, with negative numbers, smaller) canvas; new pixels get one value.</summary>
    /// <param name="left">Columns added at the left.</param>
    /// <param name="top">Rows added above.</param>
    /// <param name="right">Columns added at the right.</param>
    /// <param name="bottom">Rows added below.</param>
    /// <param name="value">The value of new pixels: 255 for outpainting.</param>
    public Mask Extend(int left, int top, int right, int bottom, byte value) =>
        Place(left, top, Width + left + right, Height + top + bottom, value);

    /// <summary>A hard mask: 255 where the value is at least the threshold, 0 elsewhere.</summary>
    /// <param name="threshold">From 1 to 255.</param>
    public Mask Binarize(byte threshold = Threshold)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threshold, (byte)1);
        return IsHard ? this : new Mask(Array.ConvertAll(values, v => v >= threshold ? (byte)255 : (byte)0), Width, Height);
    }

    /// <summary>The inverted mask: edit and keep are exchanged.</summary>
    public Mask Invert() => new(Array.ConvertAll(values, v => (byte)(255 - v)), Width, Height);

    /// <summary>The mask, moved; values that leave the picture are lost, and uncovered pixels are kept (0).</summary>
    /// <param name="dx">Pixels to the right.</param>
    /// <param name="dy">Pixels down.</param>
    public Mask Move(int dx, int dy) => Place(dx, dy, Width, Height, 0);

    /// <summary>The union: the higher of both values.</summary>
    /// <param name="other">A mask of the same size.</param>
    /// <exception cref="EditException">The sizes differ (BadMask).</exception>
    public Mask Union(Mask other) => Combine(other, Math.Max);

    /// <summary>The intersection: the lower of both values.</summary>
    /// <param name="other">A mask of the same size.</param>
    /// <exception cref="EditException">The sizes differ (BadMask).</exception>
    public Mask Intersect(Mask other) => Combine(other, Math.Min);

    /// <summary>The difference: the lower of this mask's value and the inverse of the other's.</summary>
    /// <param name="other">A mask of the same size.</param>
    /// <exception cref="EditException">The sizes differ (BadMask).</exception>
    public Mask Subtract(Mask other) => Combine(other, static (a, b) => Math.Min(a, (byte)(255 - b)));

    /// <summary>Whether two masks have the same size and values.</summary>
    /// <param name="other">The other mask.</param>
    public bool SameAs(Mask other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Width == other.Width && Height == other.Height && Values.SequenceEqual(other.Values);
    }

    /// <summary>A one-line description: size and edited share.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Width} x {Height} mask, {Coverage:P1} edited{(IsHard ? "" : ", soft")}");

    /// <summary>The mask without the record of where it was read from.</summary>
    internal Mask WithoutOrigin() => Origin is null ? this : new Mask(values, Width, Height) { Path = Path };

    private Mask Combine(Mask other, Func<byte, byte, byte> rule)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Width != Width || other.Height != Height)
        {
            throw new EditException(
                EditFault.BadMask,
                $"A mask of {Width} x {Height} pixels cannot be combined with one of {other.Width} x {other.Height}.",
                "Bring both to the picture's size first.",
                other);
        }

        byte[] result = new byte[values.Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = rule(values[i], other.values[i]);
        }

        return new Mask(result, Width, Height);
    }

    private Mask Place(int left, int top, int width, int height, byte value)
    {
        byte[] result = new byte[checked(width * height)];
        if (value != 0)
        {
            Array.Fill(result, value);
        }

        int from = Math.Max(0, left);
        int to = (int)Math.Min(width, (long)left + Width);
        for (int y = Math.Max(0, top); y < Math.Min(height, (long)top + Height) && from < to; y++)
        {
            values.AsSpan(((y - top) * Width) + from - left, to - from).CopyTo(result.AsSpan((y * width) + from));
        }

        return new Mask(result, width, height);
    }

    private (int Left, int Top, int Right, int Bottom) Extent()
    {
        int left = Width;
        int right = 0;
        int top = Height;
        int bottom = 0;
        for (int y = 0; y < Height; y++)
        {
            ReadOnlySpan<byte> row = values.AsSpan(y * Width, Width);
            int first = row.IndexOfAnyExcept((byte)0);
            if (first < 0)
            {
                continue;
            }

            left = Math.Min(left, first);
            right = Math.Max(right, row.LastIndexOfAnyExcept((byte)0) + 1);
            top = Math.Min(top, y);
            bottom = y + 1;
        }

        return (left, top, right, bottom);
    }
}
