using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Tests.Support;

namespace BrushEdit.Tests.Editing;

public class MaskStoreTests
{
    [Fact]
    public void A_mask_is_found_again_and_known_for_what_was_written()
    {
        using TemporaryFolder folder = new();
        Picture picture = Saved(folder, "beach.png");
        MaskStore store = new(Path.Combine(folder.Path, "masks"));
        Assert.Null(store.Find(picture, MaskStore.MaskEnding));
        Mask soft = Mask.FromValues(Enumerable.Range(0, 48).Select(i => (byte)(i * 5)).ToArray(), 8, 6);
        string path = store.Save(picture, soft, MaskStore.MaskEnding);
        Assert.Equal("beach.mask.png", Path.GetFileName(path));
        StoredMask found = store.Find(picture, MaskStore.MaskEnding)!;
        Assert.True(found.Mask.SameAs(soft));
        Assert.False(found.IsCorrected);
        Assert.Null(store.Find(picture, MaskStore.OutlineEnding));

        // An editor that keeps the metadata, and one that drops it.
        Picture file = Picture.Open(path);
        Mask other = soft.Invert();
        Picture.FromSamples(other.Values, 8, 6, PictureColor.Grey, metadata: file.Metadata).Save(path, new PictureSaveOptions { Rule = WriteRule.For(force: true) });
        Assert.True(store.Find(picture, MaskStore.MaskEnding)!.IsCorrected);
        soft.ToPicture().Save(path, new PictureSaveOptions { Rule = WriteRule.For(force: true) });
        Assert.True(store.Find(picture, MaskStore.MaskEnding)!.IsCorrected);
    }

    [Fact]
    public void Names_that_cannot_be_are_errors()
    {
        using TemporaryFolder folder = new();
        MaskStore store = new(folder.Path);
        Assert.Equal(EditFault.BadArgument, Assert.Throws<EditException>(() => store.PathOf(Picture.FromRgb(new byte[3], 1, 1), MaskStore.MaskEnding)).Kind);
        Directory.CreateDirectory(Path.Combine(folder.Path, "other"));
        Picture first = Saved(folder, "beach.png");
        Picture second = Saved(folder, Path.Combine("other", "beach.png"));
        store.PathOf(first, MaskStore.MaskEnding);
        store.PathOf(first, MaskStore.MaskEnding);
        Assert.Contains("share", Assert.Throws<EditException>(() => store.PathOf(second, MaskStore.MaskEnding)).Message, StringComparison.Ordinal);
        Mask.Empty(3, 3).Save(Path.Combine(folder.Path, "beach.outline.png"));
        Assert.Contains("3 x 3", Assert.Throws<EditException>(() => store.Find(first, MaskStore.OutlineEnding)).Message, StringComparison.Ordinal);
    }

    private static Picture Saved(TemporaryFolder folder, string name)
    {
        string path = Path.Combine(folder.Path, name);
        Picture.FromRgb(new byte[8 * 6 * 3], 8, 6).Save(path);
        return Picture.Open(path);
    }
}
