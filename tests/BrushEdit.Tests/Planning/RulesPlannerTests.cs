using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Planning;
using FsCheck;
using FsCheck.Fluent;

namespace BrushEdit.Tests.Planning;

public class RulesPlannerTests
{
    private static readonly Picture Grey = Picture.FromRgb(new byte[300 * 200 * 3], 300, 200);

    [Theory]
    [InlineData("remove the dog", "a dog and a cat sitting on a sofa", "a cat sitting on a sofa")]
    [InlineData("remove the dog", "a dog on a sofa", "a sofa")]
    [InlineData("remove the dog", "a woman walking her dog on the beach", "a woman on the beach")]
    [InlineData("remove the dog from the sofa", null, "the sofa")]
    [InlineData("remove the dog", null, "an empty background")]
    [InlineData("add a hat on the dog", null, "a hat on the dog")]
    [InlineData("add a hat to the dog", null, "a hat on the dog")]
    [InlineData("make the car red", "a blue car on a road", "a red car on a road")]
    [InlineData("replace the dog with a cat", "a dog on a sofa", "a cat on a sofa")]
    [InlineData("put her in Paris", null, "a person in Paris")]
    [InlineData("change the background to a forest", "a dog on a sofa", "a dog in a forest")]
    [InlineData("make it night", "a dog on a sofa", "a dog on a sofa at night")]
    [InlineData("make it night", "a dog on a sofa at dusk", "a dog on a sofa at night")]
    [InlineData("turn it into a watercolour", "a dog on a sofa", "a watercolour of a dog on a sofa")]
    public void Captions_say_what_is_there_after_the_edit(string instruction, string? before, string after) =>
        Assert.Equal(after, RulesPlanner.Plan(new PlanRequest { Instruction = instruction, CaptionBefore = before }).Caption);

    [Theory]
    [InlineData("remove the heart", "a blue tree, a pink ball and an orange heart on sand by day", "sand by day")]
    [InlineData("remove the dog", "a dog and a cat sitting on a sofa", "a sofa")]
    [InlineData("remove the dog", "a dog on a sofa", null)]
    [InlineData("remove the dog", null, null)]
    [InlineData("make the dog black", "a dog and a cat on a sofa", null)]
    public void A_removal_is_filled_with_what_lies_behind(string instruction, string? before, string? told) =>
        Assert.Equal(told, RulesPlanner.Plan(new PlanRequest { Instruction = instruction, CaptionBefore = before }).FillCaption);

    [Fact]
    public void A_caption_that_is_given_goes_to_the_fill_as_it_is()
    {
        PlanRequest request = new() { Instruction = "remove the dog", CaptionBefore = "a dog and a cat on a sofa" };
        EditPlan plan = RulesPlanner.Plan(request);
        plan.Caption = plan.Caption;
        Assert.Equal("a sofa", plan.FillCaption);
        plan.Caption = "a bench in a park";
        Assert.Null(plan.FillCaption);
        plan = RulesPlanner.Plan(request);
        plan.EditType = EditType.Local;
        Assert.Null(plan.FillCaption);
        Assert.Null(RulesPlanner.Plan(request with { Caption = "a bench in a park" }).FillCaption);
    }

    [Fact]
    public void A_removed_thing_is_named_by_no_caption()
    {
        foreach (string[] row in InstructionTableTests.Rows(InstructionTableTests.First).Where(r => r[1] == "Remove"))
        {
            EditPlan plan;
            try
            {
                plan = RulesPlanner.Plan(new PlanRequest { Instruction = row[0] });
            }
            catch (EditException)
            {
                continue;
            }

            Assert.Null(PlanCheck.CaptionFault(plan.Caption, plan.EditType, plan.Target, plan.NewContent));
        }
    }

    [Fact]
    public void What_is_not_understood_is_an_error_that_shows_how_to_say_it()
    {
        EditException fault = Assert.Throws<EditException>(() => RulesPlanner.Plan(new PlanRequest { Instruction = "frobnicate the gizmo" }));
        Assert.Equal(EditFault.BadArgument, fault.Kind);
        Assert.Contains("frobnicate the gizmo", fault.Message);
        Assert.Contains("remove the dog", fault.Remedy);
    }

    [Fact]
    public void What_is_given_is_taken()
    {
        EditPlan plan = RulesPlanner.Plan(new PlanRequest { Instruction = "remove the dog", Target = "brown dog", Caption = "a lawn" });
        Assert.Equal(("brown dog", "a lawn", EditType.Remove), (plan.Target, plan.Caption, plan.EditType));
        EditPlan whole = RulesPlanner.Plan(new PlanRequest { EditType = EditType.Addition, Caption = "a hat", Box = new Box(1, 2, 3, 4) });
        Assert.Equal(("User", new Box(1, 2, 3, 4)), (whole.Planner, whole.Box));
        EditPlan other = RulesPlanner.Plan(new PlanRequest { Instruction = "replace the dog with a cat", EditType = EditType.Remove });
        Assert.Equal(EditType.Remove, other.EditType);
        Assert.Contains(other.Notes, n => n.Contains("Local", StringComparison.Ordinal));
    }

    [Fact]
    public void Typing_errors_are_told()
    {
        EditPlan plan = RulesPlanner.Plan(new PlanRequest { Instruction = "remvoe the dgo" });
        Assert.Equal("dog", plan.Target);
        Assert.Equal(2, plan.Notes.Count);
        Assert.True(plan.Confidence < 0.9);
    }

    [Fact]
    public void Words_of_the_caption_are_spelt_right() =>
        Assert.Equal("sharq", InstructionParser.Parse("remove the sharq", "a sharq in the sea").Target);

    [Fact]
    public void The_foreground_comes_from_the_caption_or_the_picture()
    {
        Assert.Equal("dog. cat", RulesPlanner.Plan(new PlanRequest { Instruction = "change the background to snow", CaptionBefore = "a small dog and a cat on grass" }).Target);
        EditPlan seen = RulesPlanner.Plan(new PlanRequest
        {
            Instruction = "change the background to snow",
            Find = w => w is "dog" or "animal" ? [new Detection(new Box(10, 10, 50, 50), 0.8, w)] : [],
        });
        Assert.Equal("dog", seen.Target);
        EditPlan unknown = RulesPlanner.Plan(new PlanRequest { Instruction = "change the background to snow" });
        Assert.Equal(RulesPlanner.UnnamedForeground, unknown.Target);
        Assert.NotEmpty(unknown.Notes);
        Assert.True(unknown.Confidence <= 0.5);
    }

    [Fact]
    public void An_anchor_that_is_not_found_leaves_a_usual_place_and_a_note()
    {
        EditPlan blind = RulesPlanner.Plan(new PlanRequest { Instruction = "add a cup on the table", Picture = Grey });
        Assert.NotNull(blind.Box);
        Assert.Contains(blind.Notes, n => n.Contains("table", StringComparison.Ordinal));
        EditPlan found = RulesPlanner.Plan(new PlanRequest { Instruction = "add a cup on the table", Picture = Grey, Find = _ => [new Detection(new Box(200, 120, 60, 60), 0.7, "table")] });
        Assert.Empty(found.Notes);
        Assert.InRange(found.Box!.Value.CenterX, 200, 260);
        Assert.True(found.Box.Value.CenterY < 150);
    }

    [Fact]
    public void A_given_box_outside_the_picture_is_an_error()
    {
        EditException fault = Assert.Throws<EditException>(() => RulesPlanner.Plan(new PlanRequest { Instruction = "add a cup", Picture = Grey, Box = new Box(5000, 10, 20, 20) }));
        Assert.Contains("5000", fault.Message);
    }

    [Fact]
    public void Every_relation_gives_a_box_inside_the_picture()
    {
        Prop.ForAll(
            Gen.Choose(1, 400).Four().ToArbitrary(),
            Gen.Choose(-50, 400).Four().ToArbitrary(),
            (size, place) =>
            {
                Box anchor = new(place.Item1, place.Item2, place.Item3, place.Item4);
                return Enum.GetValues<PlaceRelation>().All(r =>
                    PlanCheck.BoxFault(AdditionPlacement.Place(r, [anchor, anchor.Move(size.Item3, 0)], size.Item1, size.Item2, "a hat"), size.Item1, size.Item2) is null);
            }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Spaces_in_a_quotation_are_one() =>
        Assert.Equal("a sign saying \"open now\"", InstructionParser.Parse("change the sign to say \"  open \t now \"").NewContent);

    [Theory]
    [InlineData("remove the text \"closed on all Sundays in May\"", "text")]
    [InlineData("remove 'closed on all Sundays in May'", "closed on all Sundays in")]
    public void A_quotation_makes_no_target_too_long(string instruction, string target) =>
        Assert.Equal(target, InstructionParser.Parse(instruction).Target);

    [Fact]
    public void Any_text_is_read_or_refused()
    {
        string[] words = ["remove", "the", "dog", "and", ",", "with", "to", "in", "a", "not", "make", "her", "it", "background", "\"", "of", "->", "change", "where", "is", "red", "no", "put", "from", "give", "as", "keep", "instead", "."];
        Prop.ForAll(
            Gen.Choose(0, words.Length - 1).ListOf().ToArbitrary(),
            picks =>
            {
                try
                {
                    ParsedInstruction plan = InstructionParser.Parse(string.Join(' ', picks.Take(14).Select(p => words[p])));
                    return plan.Targets.All(t => t.Split(' ').Length <= 5) && plan.Confidence is > 0 and <= 1;
                }
                catch (EditException fault)
                {
                    return fault.Kind == EditFault.BadArgument;
                }
            }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData(null)]
    public void No_instruction_is_an_error(string? instruction) =>
        Assert.Throws<EditException>(() => RulesPlanner.Plan(new PlanRequest { Instruction = instruction }));

    [Fact]
    public void A_very_long_instruction_is_an_error() =>
        Assert.Throws<EditException>(() => InstructionParser.Parse(new string('a', 1001)));
}
