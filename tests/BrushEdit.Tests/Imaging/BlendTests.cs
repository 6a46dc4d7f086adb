using BrushEdit.Imaging;

namespace BrushEdit.Tests.Imaging;

public sealed class BlendTests
{
    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 1)]
    [InlineData(3, 9)]
    public void An_inside_feather_never_leaves_the_mask_and_rises_to_one(int seed, int feather)
    {
        Mask mask = Drawn.Mask(50, 40, seed).Union(Mask.FromBox(50, 40, new Box(0, 0, 25, 40)));
        float[] alpha = Blend.InsideAlpha(mask, feather);
        for (int i = 0; i < alpha.Length; i++)
        {
            Assert.InRange(alpha[i], 0f, 1f);
            Assert.Equal(mask.Values[i] == 0, alpha[i] == 0);
        }

        Mask deep = mask.Shrink(feather + 1);
        Assert.False(deep.IsEmpty);
        for (int i = 0; i < alpha.Length; i++)
        {
            Assert.True(deep.Values[i] == 0 || alpha[i] == 1);
        }

        // The picture's border is no edge of the mask.
        Assert.Equal(1f, alpha[20 * 50]);
    }

    [Fact]
    public void A_feather_rises_evenly()
    {
        float[] alpha = Blend.InsideAlpha(Mask.FromBox(12, 1, new Box(4, 0, 8, 1)), 3);
        Assert.Equal([0, 0, 0, 0, 0.25f, 0.5f, 0.75f, 1, 1, 1, 1, 1], alpha);
        Mask soft = Mask.FromValues([0, 255, 100, 255], 4, 1);
        Assert.Equal(soft.ToFloats(), Blend.InsideAlpha(soft, 0));
        Assert.All(Blend.InsideAlpha(Mask.Full(6, 6), 3), a => Assert.Equal(1f, a));
        Assert.All(Blend.InsideAlpha(Mask.Empty(6, 6), 3), a => Assert.Equal(0f, a));
    }

    [Theory]
    [InlineData(3, 2)]
    [InlineData(1, 1)]
    [InlineData(40, 1)]
    public void A_blur_of_a_constant_is_the_constant_however_small_the_picture(int width, int height)
    {
        float[] values = new float[width * height];
        Array.Fill(values, 0.75f);
        Assert.All(GaussianFilter.Blur(values, width, height), v => Assert.Equal(0.75f, v, 1e-5f));
    }

    [Fact]
    public void The_border_mirrors_without_repeating_the_edge() =>
        Assert.Equal([2, 1, 0, 1, 2, 3, 2, 1, 0, 1], Enumerable.Range(-2, 10).Select(i => GaussianFilter.Mirror(i, 4)));

    [Fact]
    public void Mixing_and_rounding()
    {
        float[] mixed = Blend.Mix([0, 0, 0, 200, 200, 200], [100, 100, 100, 0, 0, 0], [0.25f, 1f]);
        Assert.Equal([25f, 25f, 25f, 0f, 0f, 0f], mixed);
        Assert.Equal([0, 3, 255], Blend.Round([-4f, 2.5f, 300f]));
        Assert.Throws<ArgumentException>(() => Blend.Mix([1, 2], [1], [1f]));
    }
}
