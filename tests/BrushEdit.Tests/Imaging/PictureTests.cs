using BrushEdit.Imaging;

namespace BrushEdit.Tests.Imaging;

public sealed class PictureTests
{
    public static TheoryData<PictureColor, bool, int, string?> Kinds => new()
    {
        { PictureColor.Grey, false, 8, null },
        { PictureColor.Grey, true, 16, null },
        { PictureColor.Rgb, false, 8, null },
        { PictureColor.Rgb, true, 8, null },
        { PictureColor.Rgb, true, 16, null },
        { PictureColor.Rgb, false, 8, "p3" },
        { PictureColor.Rgb, true, 16, "p3" },
        { PictureColor.Rgb, false, 8, "srgb" },
        { PictureColor.Cmyk, false, 8, null },
        { PictureColor.Cmyk, true, 8, "cmyk" },
        { PictureColor.Cmyk, false, 16, "cmyk" },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Composing_touches_nothing_where_alpha_is_zero(PictureColor color, bool alpha, int depth, string? profile)
    {
        Picture picture = Of(color, alpha, depth, profile);
        (byte[] drawn, float[] weights) = Drawing(picture);
        Picture result = picture.Compose(drawn, weights);
        Assert.Equal((picture.Color, picture.HasAlpha, picture.BitDepth), (result.Color, result.HasAlpha, result.BitDepth));
        int changed = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            for (int c = 0; c < picture.Bands; c++)
            {
                int at = (i * picture.Bands) + c;
                bool same = depth == 8 ? picture.Samples8[at] == result.Samples8[at] : picture.Samples16[at] == result.Samples16[at];
                bool mustStay = weights[i] == 0 || (alpha && c == picture.Bands - 1);
                Assert.True(same || !mustStay, $"sample {c} of pixel {i} changed");
                changed += same ? 0 : 1;
            }
        }

        Assert.True(changed > weights.Length / 5);
        Assert.True(picture.SameSamples(Of(color, alpha, depth, profile)), "the picture itself changed");
        Assert.Same(picture, picture.Compose(drawn, new float[weights.Length]));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_is_drawn_is_seen_again(PictureColor color, bool alpha, int depth, string? profile)
    {
        Picture picture = Of(color, alpha, depth, profile);
        byte[] drawn = new byte[picture.Width * picture.Height * 3];
        for (int i = 0; i < drawn.Length; i += 3)
        {
            // Colours that every space here holds.
            byte level = (byte)(60 + (i % 120));
            (drawn[i], drawn[i + 1], drawn[i + 2]) = color == PictureColor.Grey ? (level, level, level) : (level, (byte)110, (byte)(200 - level));
        }

        float[] weights = new float[picture.Width * picture.Height];
        Array.Fill(weights, 1f);
        byte[] seen = picture.Compose(drawn, weights).ToRgb();
        int most = seen.Zip(drawn, (a, b) => Math.Abs(a - b)).Max();
        bool exact = color != PictureColor.Cmyk && profile is null or "srgb";
        Assert.InRange(most, 0, exact ? 0 : color == PictureColor.Cmyk ? 8 : 2);
    }

    [Fact]
    public void A_wide_profile_is_seen_in_srgb()
    {
        Picture plain = Picture.FromRgb([200, 80, 80], 1, 1);
        Picture wide = Picture.FromSamples(plain.Samples8, 1, 1, PictureColor.Rgb, metadata: new PictureMetadata { IccProfile = Drawn.Profile() });
        byte[] seen = wide.ToRgb();
        Assert.True(seen[0] > 205, $"seen as {string.Join(",", seen)}");
        Picture same = Picture.FromSamples(plain.Samples8, 1, 1, PictureColor.Rgb, metadata: new PictureMetadata { IccProfile = Drawn.Profile("srgb") });
        Assert.Equal(plain.ToRgb(), same.ToRgb());
    }

    [Fact]
    public void A_useless_profile_is_kept_and_not_used()
    {
        Picture picture = Drawn.Picture(metadata: new PictureMetadata { IccProfile = [1, 2, 3, 4] });
        Assert.Equal(picture.Samples8.ToArray(), picture.ToRgb());
    }

    [Fact]
    public void No_ink_is_white_and_black_ink_is_dark()
    {
        byte[] seen = Picture.FromSamples([0, 0, 0, 0, 0, 0, 0, 255], 2, 1, PictureColor.Cmyk).ToRgb();
        Assert.True(seen[0] > 250 && seen[1] > 250 && seen[2] > 250, string.Join(",", seen));
        Assert.True(seen[3] < 60 && seen[4] < 60 && seen[5] < 60, string.Join(",", seen));
    }

    [Fact]
    public void Drawing_can_cover_transparency()
    {
        // A transparent red pixel and an opaque one under the same half-covering blue.
        Picture picture = Picture.FromSamples([255, 0, 0, 0, 255, 0, 0, 255], 2, 1, PictureColor.Rgb, hasAlpha: true);
        byte[] result = picture.Compose([0, 0, 255, 0, 0, 255], [0.5f, 0.5f], coverTransparency: true).Samples8.ToArray();
        Assert.Equal([0, 0, 255, 128, 128, 0, 128, 255], result);
    }

    [Fact]
    public void Sixteen_bits_are_seen_rounded()
    {
        Picture picture = Picture.FromSamples([(ushort)0, 128, 129, 65535, 257 * 77, (257 * 77) - 128], 2, 1, PictureColor.Rgb);
        Assert.Equal([0, 0, 1, 255, 77, 77], picture.ToRgb());
    }

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void Cropping_and_extending_keep_own_samples(int depth)
    {
        Picture picture = Drawn.Picture(alpha: true, depth: depth);
        Picture larger = picture.Extend(3, 5, 7, 2);
        Assert.Equal((picture.Width + 10, picture.Height + 7), (larger.Width, larger.Height));
        Assert.True(larger.Crop(new Box(3, 5, picture.Width, picture.Height)).SameSamples(picture));
        Assert.Equal(0, larger.AlphaMask()[0, 0]);
        Assert.Equal(picture.AlphaMask()[0, 0], larger.AlphaMask()[3, 5]);
        Assert.Equal(picture.ToRgb()[..3], larger.ToRgb()[..3]);
        Assert.Throws<EditException>(() => picture.Crop(new Box(100, 0, 5, 5)));
        Assert.Throws<EditException>(() => picture.Extend(-picture.Width, 0, 0, 0));
        Assert.Throws<EditException>(() => picture.Extend(30_000, 30_000, 0, 0));
    }

    [Fact]
    public void The_view_is_the_callers_own_copy()
    {
        Picture picture = Drawn.Picture();
        byte[] view = picture.ToRgb();
        view[0] ^= 255;
        Assert.NotEqual(view[0], picture.ToRgb()[0]);
        Assert.NotEqual(view[0], picture.Samples8[0]);
    }

    [Fact]
    public void Wrong_sizes_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Picture.FromRgb(new byte[5], 2, 1));
        Assert.ThrowsAny<ArgumentException>(() => Picture.FromRgb([], 0, 1));
        Assert.Throws<ArgumentException>(() => Drawn.Picture().Compose(new byte[3], new float[1]));
    }

    private static Picture Of(PictureColor color, bool alpha, int depth, string? profile) =>
        Drawn.Picture(color: color, alpha: alpha, depth: depth, metadata: profile is null ? null : new PictureMetadata { IccProfile = Drawn.Profile(profile) });

    private static (byte[] Drawn, float[] Weights) Drawing(Picture picture)
    {
        Mask mask = Mask.FromEllipse(picture.Width, picture.Height, new Box(4, 3, 28, 17));
        byte[] drawn = new byte[picture.Width * picture.Height * 3];
        new Random(5).NextBytes(drawn);
        return (drawn, Blend.InsideAlpha(mask, 3));
    }
}
