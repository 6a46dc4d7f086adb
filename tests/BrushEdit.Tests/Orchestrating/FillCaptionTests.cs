using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Orchestrating;

namespace BrushEdit.Tests.Orchestrating;

/// <summary>Which of a plan's captions a fill is told.</summary>
public class FillCaptionTests
{
    [Fact]
    public void A_fill_is_told_what_lies_behind_unless_a_caption_is_set_by_hand()
    {
        EditPlan plan = new() { EditType = EditType.Remove, Target = "dog", Caption = "a cat on a sofa", FillCaption = "a sofa" };
        Assert.Equal("a sofa", Told(plan, null));
        Assert.Equal("a rug", Told(plan, "a rug"));

        plan.Caption = "a bench in a park";
        Assert.Equal("a bench in a park", Told(plan, null));
    }

    private static string Told(EditPlan plan, string? given)
    {
        ImageEdit edit = new(Picture.FromRgb(new byte[16 * 16 * 3], 16, 16)) { Plan = plan, Mask = Mask.FromBox(16, 16, new Box(4, 4, 6, 6)) };
        DrawnInpainter inpainter = new((picture, _, _) => picture.ToRgb());
        new FillStage(inpainter, given, new InpaintSettings()).Complete(edit, new StageContext());
        return Assert.Single(inpainter.Filled).Settings.Caption;
    }
}
