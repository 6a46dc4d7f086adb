using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Orchestrating;
using BrushEdit.Planning;
using BrushEdit.Segmenting;

namespace BrushEdit.Tests.Orchestrating;

/// <summary>What is worn, with a segmenter that outlines the wearer.</summary>
public sealed class BoxFitTests
{
    private const int Side = 100;

    private static readonly Box Hat = new(40, 10, 24, 12);

    private static readonly Mask Wearer = Mask.FromBox(Side, Side, new Box(35, 10, 34, 80));

    [Fact]
    public void TheCandidateThatFitsTheBoxIsTaken()
    {
        Mask hat = Mask.FromEllipse(Side, Side, Hat), brim = Mask.FromBox(Side, Side, new Box(40, 20, 24, 2));
        ImageEdit done = Outline(Wearer, brim, hat);
        Assert.True(done.Mask!.SameAs(hat));
        Assert.Contains(done.Warnings, warning => warning.Contains("next candidate", StringComparison.Ordinal));
    }

    [Fact]
    public void WithoutOneTheOutlineIsCutOff()
    {
        ImageEdit done = Outline(Wearer);
        Box bounds = done.Mask!.Bounds!.Value;
        Assert.InRange(bounds.Height, 12, 14.4);
        Assert.Contains(done.Warnings, warning => warning.Contains("clipped to the box", StringComparison.Ordinal));
    }

    [Fact]
    public void AnOutlineInItsBoxStaysAsItIs()
    {
        Mask hat = Mask.FromBox(Side, Side, Hat.Expand(1));
        ImageEdit done = Outline(hat, Wearer);
        Assert.True(done.Mask!.SameAs(hat));
        Assert.Empty(done.Warnings);
    }

    [Theory]
    [InlineData("remove the hat from the man", "a man with a hat on a beach", null)]
    [InlineData("remove the hat", "a hat and a ball on a beach", "a beach")]
    public void TheFillIsToldOfTheWearer(string instruction, string before, string? told) =>
        Assert.Equal(told, RulesPlanner.Plan(new PlanRequest { Instruction = instruction, CaptionBefore = before }).FillCaption);

    private static ImageEdit Outline(params Mask[] offered)
    {
        ImageEdit found = new ImageEdit(Picture.FromRgb(new byte[3 * Side * Side], Side, Side)) { Detections = [new Detection(Hat, 0.9, "hat")] };
        return new OutlineStage(new Offering(offered), null, new SegmentOptions()).Complete(found, new StageContext());
    }

    /// <summary>Gives the first mask, and with candidates the others.</summary>
    private sealed class Offering(Mask[] masks) : IObjectOutliner
    {
        public string Name => "offering";

        public EditException? Absence => null;

        public SegmentResult Outline(Picture picture, SegmentPrompt prompt, SegmentOptions options, CancellationToken cancellation = default) =>
            new([.. (options.Candidates ? masks[1..] : masks[..1]).Select((mask, index) => new SegmentCandidate(mask, 0.9 - (0.1 * index), 0, index))], []);
    }
}
