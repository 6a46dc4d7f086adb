namespace BrushEdit.Imaging;

/// <content>Sources of masks, and conversions to pictures and files.</content>
public sealed partial class Mask
{
    /// <summary>A mask that edits nothing.</summary>
    /// <param name="width">Pixels across, from 1.</param>
    /// <param name="height">Pixels down, from 1.</param>
    public static Mask Empty(int width, int height) => new(new byte[checked(width * height)], width, height);

    /// <summary>A mask that edits everything.</summary>
    /// <param name="width">Pixels across, from 1.</param>
    /// <param name="height">Pixels down, from 1.</param>
    public static Mask Full(int width, int height) => Empty(width, height).Invert();

    /// <summary>A mask from its values: 255 = edit, 0 = keep.</summary>
    /// <param name="values">width * height values.</param>
    /// <param name="width">Pixels across, from 1.</param>
    /// <param name="height">Pixels down, from 1.</param>
    public static Mask FromValues(ReadOnlySpan<byte> values, int width, int height) => new(values.ToArray(), width, height);

    /// <summary>A mask from values of 0 (keep) to 1 (edit); other values are clipped, and not-a-number counts as 0 (keep).</summary>
    /// <param name="values">width * height values.</param>
    /// <param name="width">Pixels across, from 1.</param>
    /// <param name="height">Pixels down, from 1.</param>
    public static Mask FromValues(ReadOnlySpan<float> values, int width, int height)
    {
        byte[] bytes = new byte[values.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = values[i] > 0 ? (byte)((Math.Min(values[i], 1f) * 255f) + 0.5f) : (byte)0;
        }

        return new Mask(bytes, width, height);
    }

    /// <summary>A hard mask from Boolean values: true = edit.</summary>
    /// <param name="values">width * height values.</param>
    /// <param name="width">Pixels across, from 1.</param>
    /// <param name="height">Pixels down, from 1.</param>
    public static Mask FromValues(ReadOnlySpan<bool> values, int width, int height)
    {
        byte[] bytes = new byte[values.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = values[i] ? (byte)255 : (byte)0;
        }

        return new Mask(bytes, width, height);
    }

    /// <summary>Reads a mask from a picture file, as <see cref="FromPicture"/> does.</summary>
    /// <param name="path">A picture file.</param>
    /// <exception cref="EditException">The file does not exist or is not a picture, or cannot be interpreted as a mask.</exception>
    public static Mask Open(string path)
    {
        Mask mask = FromPicture(Picture.Open(path));
        return new Mask(mask.values, mask.Width, mask.Height) { Path = path, Origin = mask.Origin };
    }

    /// <summary>
    /// A mask drawn as a picture: white = edit, black = keep, greys soft. The grey level is the BT.601 luma of the sRGB view.
    /// Transparency counts as black, so that white strokes on a transparent layer edit what they cover. In a lossy file
    /// (JPEG, lossy WebP) levels within 16 of black or white are rounded to them. Pictures of two labels, and ones drawn in one colour on
    /// black, are read as the masks they are; <see cref="Origin"/> records what was read as white, and what is ambiguous.
    /// </summary>
    /// <param name="picture">The drawn mask.</param>
    /// <exception cref="EditException">It is black all over and only its transparency varies (BadMask): the intent is ambiguous.</exception>
    public static Mask FromPicture(Picture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        (byte[] values, MaskOrigin origin) = MaskReading.Read(picture);
        return new Mask(values, picture.Width, picture.Height) { Origin = origin };
    }

    /// <summary>The mask from a picture's alpha: transparent = edit (255), opaque = keep (0), the others softly.</summary>
    /// <param name="picture">A picture with alpha.</param>
    /// <exception cref="EditException">It has no alpha (BadMask).</exception>
    public static Mask FromAlpha(Picture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (!picture.HasAlpha)
        {
            throw new EditException(
                EditFault.BadMask,
                $"{picture.Path ?? "The picture"} has no alpha channel that could be used as a mask.",
                "Give a mask picture, a box, an ellipse or a polygon, or a picture with transparent parts.",
                picture.Path);
        }

        return new Mask(Opacity(picture), picture.Width, picture.Height).Invert();
    }

    /// <summary>A rectangle: pixels whose centre is inside the box.</summary>
    /// <param name="width">Pixels across, from 1.</param>
    /// <param name="height">Pixels down, from 1.</param>
    /// <param name="box">The box; parts outside the picture are clipped.</param>
    public static Mask FromBox(int width, int height, Box box)
    {
        byte[] values = new byte[checked(width * height)];
        int left = FirstMiddle(box.X, width);
        int right = FirstMiddle(box.Right, width);
        for (int y = FirstMiddle(box.Y, height); y < FirstMiddle(box.Bottom, height) && left < right; y++)
        {
            values.AsSpan((y * width) + left, right - left).Fill(255);
        }

        return new Mask(values, width, height);
    }

    /// <summary>The ellipse that fills a box: pixels whose middle lies in it.</summary>
    /// <param name="width">Pixels across, from 1.</param>
    /// <param name="height">Pixels down, from 1.</param>
    /// <param name="box">The box around it; what sticks out is cut off.</param>
    public static Mask FromEllipse(int width, int height, Box box)
    {
        byte[] values = new byte[checked(width * height)];
        for (int y = FirstMiddle(box.Y, height); y < FirstMiddle(box.Bottom, height); y++)
        {
            double v = (y + 0.5 - box.CenterY) / (box.Height / 2);
            double half = Math.Sqrt(Math.Max(0, 1 - (v * v))) * box.Width / 2;
            int left = FirstMiddle(box.CenterX - half, width);
            int right = FirstMiddle(box.CenterX + half, width);
            values.AsSpan((y * width) + left, Math.Max(0, right - left)).Fill(255);
        }

        return new Mask(values, width, height);
    }

    /// <summary>
    /// A polygon, closed automatically; if it crosses itself, the even-odd rule determines its inside. Without antialiasing a
    /// pixel is inside if its centre is; with antialiasing, values follow the covered area.
    /// </summary>
    /// <param name="width">Pixels across, from 1.</param>
    /// <param name="height">Pixels down, from 1.</param>
    /// <param name="corners">At least three corners in pixels.</param>
    /// <param name="antialias">Whether edges are soft.</param>
    /// <exception cref="EditException">There are fewer than three corners, or one is not a finite point (BadArgument).</exception>
    public static Mask FromPolygon(int width, int height, IReadOnlyList<(double X, double Y)> corners, bool antialias = false) =>
        new(PolygonFill.Fill(width, height, corners, antialias), width, height);

    /// <summary>The mask as a grey picture: white = edit.</summary>
    public Picture ToPicture() => Picture.FromSamples(values, Width, Height, PictureColor.Grey);

    /// <summary>Writes the mask as a grey picture, in PNG unless the extension says otherwise.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="EditException">The file cannot be written (CannotWrite).</exception>
    public void Save(string path) => ToPicture().Save(path);

    /// <summary>The picture with the mask shown over it: edited parts tinted, their border outlined.</summary>
    /// <param name="picture">A picture of the mask's size.</param>
    /// <param name="color">The tint in sRGB; red by default.</param>
    /// <param name="opacity">How strongly a value of 255 tints, 0 to 1.</param>
    /// <exception cref="EditException">The sizes differ (BadMask).</exception>
    public Picture Overlay(Picture picture, (byte R, byte G, byte B)? color = null, double opacity = 0.45)
    {
        RequireSize(picture);
        ReadOnlySpan<byte> tint = color is { } c ? [c.R, c.G, c.B] : [255, 32, 32];
        byte[] rgb = picture.ToRgb();
        int line = Math.Max(1, Math.Min(Width, Height) / 256);
        Mask hard = Binarize();
        Mask outline = hard.Grow(line, MorphologyElement.Disk).Subtract(hard);
        for (int i = 0; i < values.Length; i++)
        {
            double weight = outline.values[i] != 0 ? 1 : opacity * values[i] / 255;
            for (int b = 0; b < 3 && weight > 0; b++)
            {
                byte own = rgb[(i * 3) + b];
                rgb[(i * 3) + b] = (byte)(own + (weight * (tint[b] - own)) + 0.5);
            }
        }

        return Picture.FromRgb(rgb, Width, Height);
    }

    /// <summary>The first pixel of a line whose centre is at or after a position.</summary>
    private static int FirstMiddle(double place, int size) => double.IsNaN(place) ? 0 : (int)Math.Clamp(Math.Ceiling(place - 0.5), 0, size);

    /// <summary>The opacity of each pixel of a picture with alpha, 0 to 255.</summary>
    internal static byte[] Opacity(Picture picture)
    {
        byte[] opacity = new byte[picture.Width * picture.Height];
        int bands = picture.Bands;
        for (int i = 0; i < opacity.Length; i++)
        {
            int at = (i * bands) + bands - 1;
            opacity[i] = picture.BitDepth == 8 ? picture.Samples8[at] : PictureSpace.Narrow(picture.Samples16[at]);
        }

        return opacity;
    }
}
