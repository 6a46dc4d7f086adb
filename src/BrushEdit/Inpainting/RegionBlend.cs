using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Inpainting;

/// <summary>Scales a filled region back to the picture's resolution and blends it in.</summary>
internal static class RegionBlend
{
    /// <summary>Blends a fill into the picture.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="mask">Its mask.</param>
    /// <param name="pixels">The region as it went into the networks.</param>
    /// <param name="fill">The networks' output: 8-bit sRGB of the region's work size.</param>
    /// <param name="settings">The feather.</param>
    /// <param name="nativeSide">The model's native side, which the feather's default width follows.</param>
    /// <returns>The picture with its fill; except for <see cref="Feather.Outside"/> every pixel outside the mask is preserved bit for bit.</returns>
    public static Picture Blend(Picture picture, Mask mask, RegionPixels pixels, byte[] fill, InpaintSettings settings, int nativeSide)
    {
        WorkRegion region = pixels.Region;
        byte[] own = region.IsScaled
            ? Resizer.Resize(fill, region.WorkWidth, region.WorkHeight, 3, region.Width, region.Height, ResizeFilter.Bicubic)
            : fill;
        byte[] rgb = picture.ToRgb();
        if (settings.Feather == Feather.Matte)
        {
            own = OverMatte(picture, mask, region, own);
        }

        for (int y = 0; y < region.Height; y++)
        {
            int start = ((region.Y + y) * picture.Width) + region.X;
            own.AsSpan(3 * y * region.Width, 3 * region.Width).CopyTo(rgb.AsSpan(3 * start));
        }

        return picture.Compose(rgb, Alpha(mask, region, settings, nativeSide));
    }

    /// <summary>Pixels of the picture over which a fill fades in within the mask; 0 for no fade.</summary>
    /// <param name="region">The region that was filled.</param>
    /// <param name="settings">The feather.</param>
    /// <param name="nativeSide">The model's native side, which the feather's default width follows.</param>
    public static int FeatherPixels(WorkRegion region, InpaintSettings settings, int nativeSide)
    {
        // The feather's width is given in pixels of the work size, so that it looks the same at every resolution.
        double scale = (double)region.Width / region.WorkWidth;
        return settings.Feather switch
        {
            Feather.Outside => GaussianFilter.PaperTaps / 2,
            Feather.None or Feather.Matte => 0,
            _ => (int)Math.Round((settings.FeatherWidth ?? Math.Max(1, nativeSide / 128)) * scale),
        };
    }

    private static byte[] OverMatte(Picture picture, Mask mask, WorkRegion region, byte[] fill)
    {
        Box place = new(region.X, region.Y, region.Width, region.Height);
        return Imaging.Blend.OverMatte(picture.Crop(place).Rgb, fill, mask.Crop(place), AlphaMatte.DefaultReach(picture.Width, picture.Height));
    }

    private static float[] Alpha(Mask mask, WorkRegion region, InpaintSettings settings, int nativeSide) => settings.Feather switch
    {
        Feather.Outside => Imaging.Blend.TwoSidedAlpha(mask),
        Feather.None => mask.ToFloats(),
        Feather.Matte => Array.ConvertAll(mask.Values.ToArray(), value => value == 0 ? 0f : 1f),
        _ => Imaging.Blend.InsideAlpha(mask, FeatherPixels(region, settings, nativeSide)),
    };
}
