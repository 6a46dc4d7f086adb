using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Tests.Editing;

public class EditOverlayTests
{
    [Fact]
    public void Boxes_are_framed_and_labelled_and_the_rest_stays()
    {
        Picture picture = Grey(400, 300);
        Picture drawn = EditOverlay.Draw(picture, [new Detection(new Box(100, 80, 120, 90), 0.87, "red ball")]);
        Assert.Equal((400, 300), (drawn.Width, drawn.Height));
        Assert.NotEqual(128, At(drawn, 100, 120));
        Assert.NotEqual(128, At(drawn, 218, 120));
        Assert.Equal(128, At(drawn, 160, 125));
        Assert.Equal(128, At(drawn, 300, 250));

        // Above the box: the label's ground, with letters in black.
        byte[] label = [.. Enumerable.Range(70, 9).SelectMany(y => Enumerable.Range(102, 40).Select(x => At(drawn, x, y)))];
        Assert.Contains((byte)0, label);
        Assert.DoesNotContain((byte)128, label);
    }

    [Theory]
    [InlineData(20, 15)]
    [InlineData(1, 1)]
    public void Small_pictures_are_magnified_and_labels_stay_inside(int width, int height)
    {
        Picture drawn = EditOverlay.Draw(Grey(width, height), [new Detection(new Box(0, 0, width, height), 1, "a thing with a name far longer than the picture is wide")]);
        Assert.Equal(384 / Math.Max(width, height) * width, drawn.Width);
    }

    [Fact]
    public void An_edit_is_drawn_with_what_it_has()
    {
        ImageEdit edit = new(Grey(400, 300));
        Assert.True(EditOverlay.Draw(edit).SameSamples(edit.Picture));
        edit.Mask = Mask.FromBox(400, 300, new Box(10, 10, 50, 50));
        Picture masked = EditOverlay.Draw(edit);
        Assert.NotEqual(At(edit.Picture, 30, 30), At(masked, 30, 30));
        edit.Detections = [new Detection(new Box(200, 150, 60, 60), 0.5, "dog")];
        Assert.False(EditOverlay.Draw(edit).SameSamples(masked));
        Assert.True(EditOverlay.Draw(edit, mask: false, boxes: false).SameSamples(edit.Picture));
    }

    private static Picture Grey(int width, int height)
    {
        byte[] rgb = new byte[width * height * 3];
        Array.Fill(rgb, (byte)128);
        return Picture.FromRgb(rgb, width, height);
    }

    // Red and blue differ in every colour of frames; blue alone tells frame, letters and ground apart.
    private static byte At(Picture picture, int x, int y) => picture.Rgb[(((y * picture.Width) + x) * 3) + 2] is var blue && picture.Rgb[((y * picture.Width) + x) * 3] == blue && blue is 128 ? blue : (byte)(picture.Rgb[((y * picture.Width) + x) * 3] == 0 ? 0 : 255);
}
