using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Tests.Editing;

public class ImageEditTests
{
    private static Picture Picture => Picture.FromRgb(new byte[4 * 3 * 3], 4, 3);

    [Fact]
    public void What_only_stages_call_is_not_offered_to_users()
    {
        string[] offered = [.. typeof(ImageEdit).GetMethods().Where(method => !method.IsSpecialName && method.DeclaringType == typeof(ImageEdit)).Select(method => method.Name).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(["Clone", "Extend", "Next", "Undo"], offered);
    }

    [Fact]
    public void A_stage_adds_its_part_to_a_copy_and_is_no_override()
    {
        ImageEdit edit = new(Picture);

        ImageEdit masked = edit.With("Segment", TimeSpan.FromSeconds(2), parts => parts.SetMask(Mask.Full(4, 3)), "sam");

        Assert.Null(edit.Mask);
        Assert.True(masked.Mask!.IsFull);
        Assert.Empty(masked.Overrides);
        Assert.Equal(["Segment: sam"], masked.Models);
        Assert.Equal(TimeSpan.FromSeconds(2), masked.Timings["Segment"]);
    }

    [Fact]
    public void A_part_replaced_by_hand_is_recorded_once_and_stays_with_the_copies()
    {
        ImageEdit edit = new ImageEdit(Picture).With("Segment", TimeSpan.Zero, parts => parts.SetMask(Mask.Full(4, 3)));

        edit.Mask = Mask.Empty(4, 3);
        edit.Mask = Mask.Full(4, 3);

        Assert.Equal(["Mask"], edit.Overrides);
        Assert.Equal(["Mask"], edit.Clone().Overrides);
    }

    [Fact]
    public void A_first_part_given_by_hand_is_no_override()
    {
        ImageEdit edit = new(Picture) { Mask = Mask.Full(4, 3), Plan = new EditPlan { Caption = "a ball" } };

        Assert.Empty(edit.Overrides);
    }

    [Fact]
    public void Changing_a_copy_leaves_the_original()
    {
        ImageEdit edit = new(Picture) { Mask = Mask.Full(4, 3) };
        ImageEdit copy = edit.Clone();

        copy.Mask = Mask.Empty(4, 3);

        Assert.True(edit.Mask.IsFull);
        Assert.Empty(edit.Overrides);
    }

    [Fact]
    public void A_mask_of_another_size_is_refused_and_nothing_changes()
    {
        ImageEdit edit = new(Picture) { Mask = Mask.Full(4, 3) };

        EditException fault = Assert.Throws<EditException>(() => edit.Mask = Mask.Full(3, 4));

        Assert.Equal(EditFault.BadMask, fault.Kind);
        Assert.Equal(4, edit.Mask.Width);
    }

    [Fact]
    public void The_first_sample_is_the_result_and_brings_its_seed()
    {
        InpaintSettings settings = new() { Seed = 5 };

        ImageEdit filled = new ImageEdit(Picture).With(
            "Inpaint", TimeSpan.Zero, parts => parts.SetSamples(settings, [new EditSample(Picture, 5), new EditSample(Picture, 6)]));

        Assert.Same(filled.Samples[0].Picture, filled.Result);
        Assert.Equal(5, filled.Seed);
        Assert.Equal(settings, filled.Settings);
    }

    [Fact]
    public void A_missing_part_is_named_with_what_gives_it()
    {
        EditException fault = new ImageEdit(Picture).Missing("mask", "Pipe it through New-EditMask.");

        Assert.Equal(EditFault.MissingStage, fault.Kind);
        Assert.Contains("mask", fault.Message, StringComparison.Ordinal);
        Assert.Equal("Pipe it through New-EditMask.", fault.Remedy);
    }
}
