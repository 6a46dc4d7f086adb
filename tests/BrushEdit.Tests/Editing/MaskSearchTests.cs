using BrushEdit.Editing;
using BrushEdit.Tests.Support;

namespace BrushEdit.Tests.Editing;

public sealed class MaskSearchTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string> BesideForms =>
        ["image_mask.png", "image-mask.png", "image.mask.png", "image mask.png", "mask_image.png", "Image_Mask.PNG", "IMAGE_MASK.TIFF", "image.jpg_mask.webp", "masks/image.png", "Masks/image_mask.jpg", "sub/image_mask.avif"];

    [Theory]
    [MemberData(nameof(BesideForms))]
    public void A_mask_beside_its_picture_is_found_and_never_the_picture_itself(string mask)
    {
        Touch("image.jpg", "image.png", "other_mask.png", mask);
        Assert.Equal(folder[mask], new MaskSearch(folder.Path).Find(folder["image.jpg"]));
        Assert.Equal(folder[mask], new MaskSearch(folder.Path).Require(folder["image.jpg"]));
    }

    [Theory]
    [InlineData("masks/image.png")]
    [InlineData("masks/image_mask.png")]
    [InlineData("masks/deeper/image.webp")]
    [InlineData("masks/IMAGE.Tif")]
    public void In_a_folder_of_its_own_the_bare_name_counts(string mask)
    {
        Touch("pictures/image.jpg", mask);
        Assert.Equal(folder[mask], new MaskSearch(folder["masks"]).Find(folder["pictures/image.jpg"]));
    }

    [Fact]
    public void A_folder_without_masks_tells_what_is_looked_for()
    {
        Touch("image.png", "image.jpg", "out/image.png", "image.txt", "image_mask.txt", ".hidden/image_mask.png");
        EditException error = Assert.Throws<EditException>(() => new MaskSearch(folder.Path).Require(folder["image.png"]));
        Assert.Equal(EditFault.NotFound, error.Kind);
        Assert.Contains("image_mask.png", error.Message);
        Assert.Contains("mask_image", error.Message);
        Assert.Contains("-MaskPattern", error.Message);
    }

    [Fact]
    public void Two_that_fit_are_an_error_that_names_them_and_the_pattern_decides()
    {
        Touch("image.png", "image_mask.png", "image-mask.tif", "masks/image.png");
        EditException error = Assert.Throws<EditException>(() => new MaskSearch(folder.Path).Find(folder["image.png"]));
        Assert.Equal(EditFault.BadMask, error.Kind);
        Assert.Contains("image_mask.png", error.Message);
        Assert.Contains("image-mask.tif", error.Message);
        Assert.Equal(folder["image-mask.tif"], new MaskSearch(folder.Path, "{name}-mask").Find(folder["image.png"]));
        Assert.Equal(folder["image_mask.png"], new MaskSearch(folder.Path, "{NAME}_mask.*").Find(folder["image.png"]));
        Assert.Equal(folder["masks/image.png"], new MaskSearch(folder.Path, "masks/{name}.png").Find(folder["image.png"]));
    }

    [Theory]
    [InlineData("*.png", "image_mask.png")]
    [InlineData("*_mask.png", "image_mask.png")]
    [InlineData("*-sel.png", "image-sel.png")]
    [InlineData("*.jpg", "image.jpg")]
    public void A_pattern_without_a_name_takes_its_star_for_it(string pattern, string expected)
    {
        Touch("image.png", "image.jpg", "image_mask.png", "image-sel.png", "other.png", "other_mask.png");
        Assert.Equal(folder[expected], new MaskSearch(folder.Path, pattern).Find(folder["image.png"]));
    }

    [Fact]
    public void A_pattern_needs_a_place_for_the_name()
    {
        EditException error = Assert.Throws<EditException>(() => new MaskSearch(folder.Path, "mask.png"));
        Assert.Equal(EditFault.BadArgument, error.Kind);
        Assert.Contains("{name}", error.Message);
    }

    [Fact]
    public void Names_are_taken_as_they_are_even_with_marks_of_patterns_in_them()
    {
        Touch("a[1]+(x).png", "a[1]+(x)_mask.png", "a1_mask.png");
        Assert.Equal(folder["a[1]+(x)_mask.png"], new MaskSearch(folder.Path).Find(folder["a[1]+(x).png"]));
        Assert.Equal(folder["a[1]+(x)_mask.png"], new MaskSearch(folder.Path, "{name}_mask.png").Find(folder["a[1]+(x).png"]));
    }

    [Fact]
    public void Trees_of_one_shape_pair_equal_names_by_their_folders()
    {
        Touch("p/a/x.jpg", "p/b/x.jpg", "m/a/x.png", "m/b/x.png", "p/a/masks/x.png", "p/b/masks/x.png");
        Assert.Equal(folder["m/a/x.png"], new MaskSearch(folder["m"]).Find(folder["p/a/x.jpg"]));
        Assert.Equal(folder["m/b/x.png"], new MaskSearch(folder["m"]).Find(folder["p/b/x.jpg"]));
        Assert.Equal(folder["p/b/masks/x.png"], new MaskSearch(folder["p"]).Find(folder["p/b/x.jpg"]));
    }

    [Fact]
    public void Where_case_alone_differs_the_pictures_own_is_taken()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Names that differ in case alone are one file elsewhere.");
        Touch("Image.png", "image.png", "Image_mask.png", "image_mask.png");
        Assert.Equal(folder["Image_mask.png"], new MaskSearch(folder.Path).Find(folder["Image.png"]));
        Assert.Equal(folder["image_mask.png"], new MaskSearch(folder.Path).Find(folder["image.png"]));
    }

    [Fact]
    public void A_link_to_the_picture_is_the_picture()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Making links needs rights there.");
        Touch("image.png");
        File.CreateSymbolicLink(folder["image_mask.png"], folder["image.png"]);
        Assert.Null(new MaskSearch(folder.Path).Find(folder["image.png"]));
    }

    private void Touch(params string[] names)
    {
        foreach (string name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder[name])!);
            File.WriteAllBytes(folder[name], []);
        }
    }
}
