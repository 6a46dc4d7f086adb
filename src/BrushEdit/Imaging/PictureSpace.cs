using NetVips;

namespace BrushEdit.Imaging;

/// <summary>
/// The colour space of a picture's samples, and the conversions to 8-bit sRGB and back. Without a profile (or with one that is
/// sRGB, or cannot be used) grey and RGB are treated as sRGB and converted exactly; CMYK then uses a generic profile.
/// </summary>
/// <remarks>
/// Profiles are applied with the relative colorimetric intent and black point compensation in both directions. A drawn
/// sRGB colour is converted to grey by the luma weights of ITU-R BT.601.
/// </remarks>
internal sealed class PictureSpace(PictureColor color, byte[]? profile)
{
    private const Enums.Intent Intent = Enums.Intent.Relative;
    private const string ProfileField = "icc-profile-data";

    private readonly Lazy<bool> managed = new(() => color == PictureColor.Cmyk || (profile is not null && Differs(color, profile)));
    private readonly Lazy<byte[]?> usable = new(() => profile is not null && Works(color, profile) ? profile : null);

    public PictureColor Color => color;

    /// <summary>Colour bands, alpha not counted.</summary>
    public int Bands => BandsOf(color);

    /// <summary>The profile that is embedded, usable or not.</summary>
    public byte[]? Profile => profile;

    public static int BandsOf(PictureColor color) => color switch { PictureColor.Grey => 1, PictureColor.Rgb => 3, _ => 4 };

    /// <summary>BT.601 luma with 16 bits of weight, rounded to nearest.</summary>
    public static byte Luma(byte r, byte g, byte b) => (byte)(((r * 19595) + (g * 38470) + (b * 7471) + 0x8000) >> 16);

    /// <summary>8-bit sRGB of a whole picture. Shares the picture's samples if they already are 8-bit sRGB.</summary>
    public byte[] ToSrgb(Picture picture)
    {
        int count = picture.Width * picture.Height;
        if (managed.Value)
        {
            using Image image = Vips.FromSamples(WithoutAlpha(picture), picture.Width, picture.Height, Bands, Vips.Interpretation(color, picture.BitDepth));
            return Transform(image, usable.Value);
        }

        if (picture is { Color: PictureColor.Rgb, HasAlpha: false, Samples: byte[] already })
        {
            return already;
        }

        byte[] rgb = new byte[count * 3];
        int bands = picture.Bands;
        for (int i = 0; i < count; i++)
        {
            for (int c = 0; c < 3; c++)
            {
                int at = (i * bands) + (color == PictureColor.Grey ? 0 : c);
                rgb[(i * 3) + c] = picture.BitDepth == 8 ? picture.Samples8[at] : Narrow(picture.Samples16[at]);
            }
        }

        return rgb;
    }

    /// <summary>sRGB pixels in this space: width * height * Bands samples of the requested depth, without alpha.</summary>
    public Array FromSrgb(ReadOnlySpan<byte> rgb, int width, int height, int bitDepth)
    {
        if (managed.Value)
        {
            using Image image = Vips.FromSamples(rgb.ToArray(), width, height, 3, Enums.Interpretation.Srgb);
            return Export(image, usable.Value, color, bitDepth);
        }

        int count = width * height;
        byte[] samples = new byte[count * Bands];
        if (color == PictureColor.Rgb)
        {
            rgb.CopyTo(samples);
        }
        else
        {
            for (int i = 0; i < count; i++)
            {
                samples[i] = Luma(rgb[i * 3], rgb[(i * 3) + 1], rgb[(i * 3) + 2]);
            }
        }

        return bitDepth == 8 ? samples : Array.ConvertAll(samples, v => (ushort)(v * 257));
    }

    /// <summary>16 bits to 8, rounded to nearest; the inverse multiplies by 257.</summary>
    public static byte Narrow(ushort value) => (byte)((value + 128) / 257);

    /// <summary>The colour bands without alpha.</summary>
    public static Array WithoutAlpha(Picture picture)
    {
        if (!picture.HasAlpha)
        {
            return picture.Samples;
        }

        return picture.Samples is byte[] bytes ? DropLast(bytes, picture.Bands) : DropLast((ushort[])picture.Samples, picture.Bands);
    }

    private static T[] DropLast<T>(T[] samples, int bands)
    {
        T[] colours = new T[samples.Length / bands * (bands - 1)];
        for (int i = 0, to = 0; i < samples.Length; i += bands, to += bands - 1)
        {
            samples.AsSpan(i, bands - 1).CopyTo(colours.AsSpan(to));
        }

        return colours;
    }

    private static byte[] Transform(Image image, byte[]? from)
    {
        using Image attached = from is null ? image.Copy() : image.Mutate(m => m.Set(GValue.BlobType, ProfileField, from));
        using Image converted = attached.IccTransform(
            "srgb", intent: Intent, blackPointCompensation: true, embedded: from is not null, inputProfile: from is null ? "cmyk" : null, depth: 8);
        return converted.WriteToMemory<byte>();
    }

    private static Array Export(Image rgb, byte[]? to, PictureColor color, int bitDepth)
    {
        using Image lab = rgb.IccImport(intent: Intent, blackPointCompensation: true, inputProfile: "srgb");

        // An export without a named profile uses the attached one.
        using Image attached = lab.Mutate(m => m.Set(GValue.BlobType, ProfileField, to ?? Image.ProfileLoad("cmyk")));
        using Image exported = attached.IccExport(intent: Intent, blackPointCompensation: true, depth: bitDepth);
        if (exported.Bands != BandsOf(color))
        {
            throw new VipsException($"The profile produces {exported.Bands} bands.");
        }

        return bitDepth == 8 ? exported.WriteToMemory<byte>() : exported.WriteToMemory<ushort>();
    }

    /// <summary>Whether colours can be converted through a profile in both directions without an error.</summary>
    private static bool Works(PictureColor color, byte[] profile)
    {
        try
        {
            using Image probe = Vips.FromSamples(Probe(color), ProbeSize, 1, BandsOf(color), Vips.Interpretation(color, 8));
            byte[] rgb = Transform(probe, profile);
            using Image back = Vips.FromSamples(rgb, ProbeSize, 1, 3, Enums.Interpretation.Srgb);
            return rgb.Length == ProbeSize * 3 && Export(back, profile, color, 8).Length == ProbeSize * BandsOf(color);
        }
        catch (VipsException)
        {
            return false;
        }
    }

    /// <summary>Whether a grey or RGB profile changes any probed colour by more than a level, and so is not just sRGB.</summary>
    private static bool Differs(PictureColor color, byte[] profile)
    {
        if (!Works(color, profile))
        {
            return false;
        }

        byte[] colours = Probe(color);
        using Image probe = Vips.FromSamples(colours, ProbeSize, 1, BandsOf(color), Vips.Interpretation(color, 8));
        byte[] rgb = Transform(probe, profile);
        for (int i = 0; i < rgb.Length; i++)
        {
            byte own = color == PictureColor.Grey ? colours[i / 3] : colours[i];
            if (Math.Abs(rgb[i] - own) > 1)
            {
                return true;
            }
        }

        return false;
    }

    private const int ProbeSize = 125;

    /// <summary>Colours throughout the space: every mix of five levels of three bands (the fourth, if any, stays 0).</summary>
    private static byte[] Probe(PictureColor color)
    {
        ReadOnlySpan<byte> levels = [0, 64, 128, 191, 255];
        int bands = BandsOf(color);
        byte[] colours = new byte[ProbeSize * bands];
        for (int i = 0; i < ProbeSize; i++)
        {
            if (bands == 1)
            {
                colours[i] = (byte)(i * 255 / (ProbeSize - 1));
                continue;
            }

            colours[i * bands] = levels[i / 25];
            colours[(i * bands) + 1] = levels[i / 5 % 5];
            colours[(i * bands) + 2] = levels[i % 5];
        }

        return colours;
    }
}
