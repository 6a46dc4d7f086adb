using NetVips;

namespace BrushEdit.Imaging;

/// <summary>Initialises libvips once: no operation cache, few threads, no console output.</summary>
internal static class Vips
{
    // Kept here because libvips keeps using the handler for the life of the process.
    private static readonly Log.LogDelegate Silence = static (_, _, _) => { };

    static Vips()
    {
        Cache.Max = 0;
        NetVips.NetVips.Concurrency = Math.Clamp(Environment.ProcessorCount, 1, 4);
        Log.SetLogHandler("VIPS", Enums.LogLevelFlags.Warning | Enums.LogLevelFlags.Message | Enums.LogLevelFlags.Info, Silence);
    }

    /// <summary>Called before any use of libvips.</summary>
    public static void Ready()
    {
    }

    /// <summary>An image over managed samples; they are copied.</summary>
    public static Image FromSamples(Array samples, int width, int height, int bands, Enums.Interpretation interpretation)
    {
        Ready();
        using Image plain = samples is byte[] bytes
            ? Image.NewFromMemoryCopy<byte>(bytes, width, height, bands, Enums.BandFormat.Uchar)
            : Image.NewFromMemoryCopy<ushort>((ushort[])samples, width, height, bands, Enums.BandFormat.Ushort);
        return plain.Copy(interpretation: interpretation);
    }

    /// <summary>How libvips interprets bands of a kind and depth.</summary>
    public static Enums.Interpretation Interpretation(PictureColor color, int bitDepth) => (color, bitDepth) switch
    {
        (PictureColor.Grey, 8) => Enums.Interpretation.Bw,
        (PictureColor.Grey, _) => Enums.Interpretation.Grey16,
        (PictureColor.Rgb, 8) => Enums.Interpretation.Srgb,
        (PictureColor.Rgb, _) => Enums.Interpretation.Rgb16,
        _ => Enums.Interpretation.Cmyk,
    };
}
