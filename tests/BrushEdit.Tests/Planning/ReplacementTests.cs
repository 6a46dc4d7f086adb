using BrushEdit.Editing;
using BrushEdit.Planning;

namespace BrushEdit.Tests.Planning;

public sealed class ReplacementTests
{
    [Theory]
    [InlineData("replace the dog with a cat", true)]
    [InlineData("turn the red ball into a green tree", true)]
    [InlineData("swap the vase for a bowl of fruit", true)]
    [InlineData("replace the cars with bicycles", true)]
    [InlineData("make the red ball blue", false)]
    [InlineData("replace the red ball with a blue ball", false)]
    [InlineData("make the statue out of marble", false)]
    [InlineData("change the color of the car to white", false)]
    [InlineData("replace the old lamp with a lamp of brass", false)]
    [InlineData("remove the dog", false)]
    [InlineData("change the background to a beach", false)]
    [InlineData("add a dog on the left", false)]
    public void AnInstructionPutsAnotherKindThereOrNot(string instruction, bool another) =>
        Assert.Equal(another, Replacement.IsAnotherKind(RulesPlanner.Plan(new PlanRequest { Instruction = instruction })));

    [Theory]
    [InlineData("dog", "a cat", null, true)]
    [InlineData("dog", "a brown dog with a hat", null, false)]
    [InlineData("dogs", "one dog", null, false)]
    [InlineData("grass", "snow", null, false)]
    [InlineData("dog", null, "a cat on a sofa", true)]
    [InlineData("woman's hair", null, "a woman with blonde hair", false)]
    [InlineData("red ball. blue cube", "a red cube", null, false)]
    [InlineData("red ball. blue cube", "stars", null, true)]
    [InlineData("dog", null, null, false)]
    [InlineData(null, "a cat", null, false)]
    public void APlanOfAnyPlannerTellsItToo(string? target, string? content, string? caption, bool another) =>
        Assert.Equal(another, Replacement.IsAnotherKind(new EditPlan { EditType = EditType.Local, Target = target, NewContent = content, Caption = caption }));
}
