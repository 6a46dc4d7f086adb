using BrushEdit.Imaging;

namespace BrushEdit.Displaying;

/// <summary>Draws pictures as text for a terminal, in a protocol that it supports.</summary>
public static class TerminalPicture
{
    // Small pictures are magnified, by integer factors, to about this many pixels.
    private const int ComfortableSide = 256;

    /// <summary>Returns the columns for a picture: its own size if that fits; small pictures are magnified if pixels are drawn.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="protocol">The protocol; not Auto.</param>
    /// <param name="traits">The terminal.</param>
    /// <param name="columns">The available columns, from 1.</param>
    /// <param name="rows">The available rows, from 1.</param>
    /// <returns>1 to <paramref name="columns"/>.</returns>
    public static int Columns(Picture picture, TerminalProtocol protocol, TerminalTraits traits, int columns, int rows)
    {
        ArgumentNullException.ThrowIfNull(picture);
        (int across, int down) = Cell(protocol, traits);
        int scale = protocol == TerminalProtocol.HalfBlock ? 1 : Math.Max(1, ComfortableSide / Math.Max(picture.Width, picture.Height));
        double wanted = Math.Ceiling((double)picture.Width * scale / across);
        double high = (double)rows * down * picture.Width / ((double)picture.Height * across);
        return (int)Math.Clamp(Math.Min(wanted, Math.Floor(high)), 1, columns);
    }

    /// <summary>Returns the lines that show the picture, each to be written with a line break after it.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="protocol">The protocol; not Auto.</param>
    /// <param name="traits">The terminal.</param>
    /// <param name="columns">The picture's width in columns, from 1.</param>
    public static IReadOnlyList<string> Draw(Picture picture, TerminalProtocol protocol, TerminalTraits traits, int columns)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(traits);
        byte[] rgb = Pixels(picture, protocol, traits, columns, out int width, out int height);
        return protocol switch
        {
            TerminalProtocol.Kitty => [KittyEncoder.Encode(PictureView.ToPng(rgb, width, height), columns)],
            TerminalProtocol.Sixel => [SixelEncoder.Encode(rgb, width, height)],
            TerminalProtocol.HalfBlock => HalfBlockEncoder.Encode(rgb, width, height, traits.TrueColor),
            _ => throw new ArgumentOutOfRangeException(nameof(protocol), protocol, "Choose a protocol."),
        };
    }

    /// <summary>Returns the pixels that are sent to draw a picture.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="protocol">The protocol; not Auto.</param>
    /// <param name="traits">The terminal.</param>
    /// <param name="columns">The picture's width in columns, from 1.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <returns>width * height * 3 values.</returns>
    internal static byte[] Pixels(Picture picture, TerminalProtocol protocol, TerminalTraits traits, int columns, out int width, out int height)
    {
        (int across, _) = Cell(protocol, traits);
        width = checked(columns * across);
        height = Math.Max(1, (int)Math.Round((double)width * picture.Height / picture.Width));
        if (protocol == TerminalProtocol.Kitty && width > picture.Width)
        {
            // The terminal magnifies: sending more pixels would not show more detail.
            int step = Math.Max(1, ComfortableSide / Math.Max(picture.Width, picture.Height));
            (width, height) = (Math.Min(width, picture.Width * step), Math.Min(height, picture.Height * step));
        }

        if (protocol == TerminalProtocol.Sixel && traits.LargestSixel is { } largest)
        {
            double scale = Math.Min(1, Math.Min((double)largest.Width / width, (double)largest.Height / height));
            (width, height) = (Math.Max(1, (int)(width * scale)), Math.Max(1, (int)(height * scale)));
        }

        return PictureView.ToRgb(picture, width, height);
    }

    /// <summary>Returns the number of rows of a picture drawn at a width in columns.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="protocol">The protocol; not Auto.</param>
    /// <param name="traits">The terminal.</param>
    /// <param name="columns">The picture's width in columns, from 1.</param>
    /// <returns>The number of rows, from 1.</returns>
    public static int Rows(Picture picture, TerminalProtocol protocol, TerminalTraits traits, int columns)
    {
        ArgumentNullException.ThrowIfNull(picture);
        (int across, int down) = Cell(protocol, traits);
        double height = Math.Max(1, Math.Round((double)columns * across * picture.Height / picture.Width));
        return (int)Math.Ceiling(height / down);
    }

    // Pixels per character.
    private static (int Across, int Down) Cell(TerminalProtocol protocol, TerminalTraits traits) =>
        protocol == TerminalProtocol.HalfBlock ? (1, 2) : (traits.CellWidth, traits.CellHeight);
}
