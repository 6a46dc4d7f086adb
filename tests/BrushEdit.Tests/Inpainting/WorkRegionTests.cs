using BrushEdit.Imaging;
using BrushEdit.Inpainting;

namespace BrushEdit.Tests.Inpainting;

public class WorkRegionTests
{
    [Fact]
    public void A_crop_of_native_size_is_edited_as_it_is()
    {
        WorkRegion region = WorkRegion.Choose(4000, 3000, new Box(1000, 1000, 256, 80), 512, 8, 0.5, wholePicture: false);

        Assert.Equal(new WorkRegion(872, 784, 512, 512, 512, 512), region);
        Assert.False(region.IsScaled);
    }

    [Theory]
    [InlineData(160, 320)]
    [InlineData(128, 256)]
    [InlineData(10, 256)]
    public void A_small_mask_is_enlarged_with_its_margin_to_native_resolution_up_to_twice(int side, int crop)
    {
        WorkRegion region = WorkRegion.Choose(4000, 3000, new Box(1000, 1000, side, side / 2), 512, 8, 0.5, wholePicture: false);

        Assert.Equal((crop, crop, 512, 512), (region.Width, region.Height, region.WorkWidth, region.WorkHeight));
    }

    [Fact]
    public void A_large_mask_is_scaled_down_with_its_margin()
    {
        WorkRegion region = WorkRegion.Choose(4000, 3000, new Box(1000, 1000, 1000, 500), 512, 8, 0.5, wholePicture: false);

        Assert.Equal((2000, 2000), (region.Width, region.Height));
        Assert.Equal((512, 512), (region.WorkWidth, region.WorkHeight));
    }

    [Fact]
    public void A_crop_at_the_border_stays_inside_the_picture()
    {
        WorkRegion region = WorkRegion.Choose(1000, 900, new Box(990, 0, 10, 10), 512, 8, 0.5, wholePicture: false);

        Assert.Equal((744, 0), (region.X, region.Y));
    }

    [Fact]
    public void A_picture_smaller_than_native_is_enlarged_with_its_shape()
    {
        WorkRegion region = WorkRegion.Choose(256, 128, new Box(10, 10, 20, 20), 512, 8, 0.5, wholePicture: false);

        Assert.Equal(new WorkRegion(0, 0, 256, 128, 512, 256), region);
    }

    [Fact]
    public void The_whole_picture_keeps_its_own_size_up_to_the_factor()
    {
        WorkRegion region = WorkRegion.Choose(1021, 509, new Box(10, 10, 20, 20), 512, 8, 0.5, wholePicture: true);

        Assert.Equal(new WorkRegion(0, 0, 1021, 509, 1024, 512), region);
    }

    [Fact]
    public void Every_region_holds_its_mask_and_fits_its_picture()
    {
        Random random = new(5);
        for (int i = 0; i < 500; i++)
        {
            int width = random.Next(1, 3000);
            int height = random.Next(1, 3000);
            Box mask = Box.FromCorners(random.Next(width), random.Next(height), random.Next(width) + 1, random.Next(height) + 1).Clip(width, height);
            if (mask.IsEmpty)
            {
                continue;
            }

            WorkRegion region = WorkRegion.Choose(width, height, mask, 64, 4, random.NextDouble(), wholePicture: false);

            Assert.True(region.X >= 0 && region.Y >= 0 && region.X + region.Width <= width && region.Y + region.Height <= height);
            Assert.True(region.X <= mask.X && region.Y <= mask.Y && region.X + region.Width >= mask.Right && region.Y + region.Height >= mask.Bottom);
            Assert.True(region.WorkWidth % 4 == 0 && region.WorkHeight % 4 == 0 && Math.Max(region.WorkWidth, region.WorkHeight) == 64);
        }
    }
}
