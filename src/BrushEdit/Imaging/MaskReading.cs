using System.Globalization;

namespace BrushEdit.Imaging;

/// <summary>
/// Reads a drawn mask: white = edit, black = keep, greys soft. Pictures that are clearly masks in another form (labels of 0 and 1, one
/// colour on black, 8-bit levels in 16-bit samples) are recognised and converted, with a warning; ambiguous ones are read unchanged, with
/// a warning that says what to do.
/// </summary>
internal static class MaskReading
{
    // Values of a lossy mask file this close to 0 or 255 are rounded to it: lossy encoding rings around edges.
    private const int LossyTolerance = 16;

    // Below this level, no pixel is edited even by half.
    private const int FarBelowWhite = 128;

    // Class indices of common label sets, except their "void" class at 255.
    private const int HighestUsualClass = 40;

    private const double NearlyFull = 0.95;
    private const double NearlyEmpty = 0.001;
    private const int FewPixels = 1024;

    private const string DrawInWhite = "Draw the part to edit in white on black.";

    /// <summary>The mask's values and the notes to report about them.</summary>
    public static (byte[] Values, MaskOrigin Origin) Read(Picture picture)
    {
        List<string> warnings = [];
        byte[] rgb = Colours(picture, warnings);
        if (picture.HasAlpha)
        {
            OverBlack(picture, rgb);
        }

        bool lossless = picture.Encoding.Lossless;
        (byte[] levels, string white) = OneColour(rgb, lossless) is { } colour
            ? (Along(rgb, colour), Name(colour))
            : (Luma(rgb), "white (255)");
        bool isGrey = true;
        if (white[0] != 'w')
        {
            warnings.Add($"it is drawn in the colour {white} on black, which is read as white. {DrawInWhite}");
        }
        else if (Brightest(rgb, lossless) is { } odd)
        {
            isGrey = false;
            warnings.Add($"it contains colours, and is read by brightness: {Name(odd)} counts as {PictureSpace.Luma(odd.R, odd.G, odd.B)} of 255. {DrawInWhite}");
        }

        white = lossless ? ReadLabels(levels, white, isGrey, warnings) : Settle(levels, white, isGrey, warnings);
        return (levels, new MaskOrigin(picture.Path, Note(picture, levels, white, warnings), [.. warnings.Select(w => $"The mask{Of(picture)}: {w}")]));
    }

    private static string Note(Picture picture, byte[] levels, string white, List<string> warnings)
    {
        double area = Area(levels);
        double share = area / levels.Length;
        string covered = string.Create(CultureInfo.InvariantCulture, $"{share * 100:0.##} %");
        if (share > NearlyFull)
        {
            warnings.Add($"it edits {covered} of the picture. White marks the part to edit: if black does in this mask, invert it with Edit-Mask -Invert.");
        }
        else if (area > 0 && share < NearlyEmpty && area < FewPixels)
        {
            warnings.Add($"it edits almost nothing, {covered} of the picture. Check that it is the right mask, and that the part to edit is white.");
        }

        bool soft = levels.AsSpan().IndexOfAnyExcept((byte)0, (byte)255) >= 0;
        return $"The mask{Of(picture)}: {white} is read as white{(soft ? ", greys softly" : string.Empty)}; {covered} is edited.";
    }

    /// <summary>Handles levels that are labels and not shades of grey: two levels become black and white, more cause a warning.</summary>
    private static string ReadLabels(byte[] levels, string white, bool isGrey, List<string> warnings)
    {
        int[] counts = Histogram(levels);
        int[] shown = [.. Enumerable.Range(1, 255).Where(level => counts[level] > 0)];
        if (shown.Length == 0 || !isGrey)
        {
            return white;
        }

        int highest = shown[^1];
        if (highest < FarBelowWhite && shown.Length == 1)
        {
            for (int i = 0; i < levels.Length; i++)
            {
                levels[i] = levels[i] == 0 ? (byte)0 : (byte)255;
            }

            warnings.Add($"its levels are 0 and {highest}, as in a label picture; {highest} is read as white. {DrawInWhite}");
            return $"the level {highest}";
        }

        int classes = shown.Count(level => level <= HighestUsualClass);
        bool isVoid = highest == 255 && classes > 0 && classes == shown.Length - 1 && shown.Take(classes).Sum(level => (long)counts[level]) > counts[255];
        if (isVoid || (highest <= HighestUsualClass && shown.Length > 1))
        {
            string all = string.Join(", ", shown.Take(8)) + (shown.Length > 8 ? " ..." : string.Empty);
            warnings.Add(
                $"its levels 0, {all} look like class indices, and are read as levels of 255, nearly black. Make a mask of one class first: 255 for the level of that class, 0 elsewhere.");
        }
        else if (highest < FarBelowWhite)
        {
            WarnOfDark(highest, warnings);
        }

        return white;
    }

    /// <summary>Rounds levels near black and white to them, as a lossy encoding requires.</summary>
    private static string Settle(byte[] levels, string white, bool isGrey, List<string> warnings)
    {
        for (int i = 0; i < levels.Length; i++)
        {
            levels[i] = levels[i] <= LossyTolerance ? (byte)0 : levels[i] >= 255 - LossyTolerance ? (byte)255 : levels[i];
        }

        int highest = Array.FindLastIndex(Histogram(levels), count => count > 0);
        if (isGrey && highest is > 0 and < FarBelowWhite)
        {
            WarnOfDark(highest, warnings);
        }

        return white;
    }

    private static void WarnOfDark(int highest, List<string> warnings) => warnings.Add(
        $"its brightest level is {highest} of 255, so it edits by {highest * 100 / 255} % at most. Draw the part to edit in white, or stretch its levels up to 255.");

    /// <summary>Returns 8-bit sRGB; for 16-bit samples that do not exceed 255, the samples themselves.</summary>
    private static byte[] Colours(Picture picture, List<string> warnings)
    {
        if (picture.BitDepth == 16 && picture.Color != PictureColor.Cmyk && NarrowLevels(picture) is { } levels)
        {
            warnings.Add("its 16-bit samples contain 8-bit levels, and are read as such. Save it with 8 bits a channel.");
            return levels;
        }

        return picture.ToRgb();
    }

    private static byte[]? NarrowLevels(Picture picture)
    {
        ReadOnlySpan<ushort> words = picture.Samples16;
        int bands = picture.Bands;
        int colours = bands - (picture.HasAlpha ? 1 : 0);
        byte[] rgb = new byte[picture.Width * picture.Height * 3];
        int highest = 0;
        for (int i = 0; i < words.Length / bands; i++)
        {
            for (int c = 0; c < 3; c++)
            {
                ushort value = words[(i * bands) + (colours == 1 ? 0 : c)];
                highest = Math.Max(highest, value);
                rgb[(i * 3) + c] = (byte)value;
            }
        }

        return highest is > 0 and <= 255 ? rgb : null;
    }

    /// <summary>The colour of which every pixel is a fraction, as in a mask drawn in red on black; null for grey and for mixed colours.</summary>
    private static (byte R, byte G, byte B)? OneColour(byte[] rgb, bool lossless)
    {
        if (Brightest(rgb, lossless) is not { } full)
        {
            return null;
        }

        int most = Math.Max(full.R, Math.Max(full.G, full.B));
        int tolerance = lossless ? 8 : 48;
        for (int i = 0; i < rgb.Length; i += 3)
        {
            int part = Math.Max(rgb[i], Math.Max(rgb[i + 1], rgb[i + 2]));
            if (Math.Abs(rgb[i] - (full.R * part / most)) > tolerance
                || Math.Abs(rgb[i + 1] - (full.G * part / most)) > tolerance
                || Math.Abs(rgb[i + 2] - (full.B * part / most)) > tolerance)
            {
                return null;
            }
        }

        return full;
    }

    /// <summary>The brightest colour that is not grey; null if none exists.</summary>
    private static (byte R, byte G, byte B)? Brightest(byte[] rgb, bool lossless)
    {
        int tolerance = lossless ? 8 : 64;
        (byte R, byte G, byte B)? found = null;
        int most = 0;
        for (int i = 0; i < rgb.Length; i += 3)
        {
            int high = Math.Max(rgb[i], Math.Max(rgb[i + 1], rgb[i + 2]));
            int low = Math.Min(rgb[i], Math.Min(rgb[i + 1], rgb[i + 2]));
            if (high - low > tolerance && high > most)
            {
                (found, most) = ((rgb[i], rgb[i + 1], rgb[i + 2]), high);
            }
        }

        return found;
    }

    private static byte[] Along(byte[] rgb, (byte R, byte G, byte B) colour)
    {
        int most = Math.Max(colour.R, Math.Max(colour.G, colour.B));
        byte[] levels = new byte[rgb.Length / 3];
        for (int i = 0; i < levels.Length; i++)
        {
            int part = Math.Max(rgb[i * 3], Math.Max(rgb[(i * 3) + 1], rgb[(i * 3) + 2]));
            levels[i] = (byte)Math.Min(255, ((part * 255) + (most / 2)) / most);
        }

        return levels;
    }

    private static byte[] Luma(byte[] rgb)
    {
        byte[] levels = new byte[rgb.Length / 3];
        for (int i = 0; i < levels.Length; i++)
        {
            levels[i] = PictureSpace.Luma(rgb[i * 3], rgb[(i * 3) + 1], rgb[(i * 3) + 2]);
        }

        return levels;
    }

    /// <summary>Transparency counts as black.</summary>
    private static void OverBlack(Picture picture, byte[] rgb)
    {
        byte[] opacity = Mask.Opacity(picture);
        if (opacity.AsSpan().IndexOfAnyExcept(opacity[0]) >= 0 && rgb.AsSpan().IndexOfAnyExcept((byte)0) < 0)
        {
            throw new EditException(
                EditFault.BadMask,
                $"{picture.Path ?? "The mask"} is entirely black, and only its transparency varies.",
                "Draw it in white on black, or use the transparent parts as the mask (the picture's alpha channel).",
                picture.Path);
        }

        for (int i = 0; i < rgb.Length; i++)
        {
            rgb[i] = (byte)(((rgb[i] * opacity[i / 3]) + 127) / 255);
        }
    }

    private static int[] Histogram(byte[] levels)
    {
        int[] counts = new int[256];
        foreach (byte level in levels)
        {
            counts[level]++;
        }

        return counts;
    }

    private static double Area(byte[] levels)
    {
        long sum = 0;
        foreach (byte level in levels)
        {
            sum += level;
        }

        return sum / 255.0;
    }

    private static string Of(Picture picture) => picture.Path is null ? string.Empty : $" {Path.GetFileName(picture.Path)}";

    private static string Name((byte R, byte G, byte B) colour) => $"({colour.R}, {colour.G}, {colour.B})";
}
