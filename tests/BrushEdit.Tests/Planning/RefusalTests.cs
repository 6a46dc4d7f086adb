using BrushEdit.Editing;
using BrushEdit.Planning;

namespace BrushEdit.Tests.Planning;

/// <summary>What is refused by its structure, one row a kind; and what reads alike and is an edit.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData("make the mayor wave to the crowd")]
    [InlineData("have the butler bow deeper")]
    [InlineData("make time stand still")]
    [InlineData("put the cup on the table")]
    [InlineData("put the accordion where the drum is")]
    [InlineData("the sofa in velvet instead of leather")]
    [InlineData("give the fence a coat of white paint")]
    [InlineData("add more drama")]
    [InlineData("add a bit of nostalgia")]
    [InlineData("add more space on the left")]
    [InlineData("make it 1024 pixels wide")]
    [InlineData("remove a few of the stones")]
    [InlineData("remove the blur")]
    [InlineData("nobody should be wearing gloves")]
    public void An_action_a_quality_a_share_or_a_move_is_no_edit(string instruction) =>
        Assert.Equal(EditFault.BadArgument, Assert.Throws<EditException>(() => InstructionParser.Parse(instruction)).Kind);

    [Theory]
    [InlineData("make the hat red", EditType.Local, "hat")]
    [InlineData("put a cat where the dog is", EditType.Local, "dog")]
    [InlineData("put a cup on the table", EditType.Addition, null)]
    [InlineData("add more snow", EditType.Addition, null)]
    [InlineData("add more birds", EditType.Addition, null)]
    [InlineData("give the king a crown", EditType.Addition, null)]
    [InlineData("remove the light", EditType.Remove, "light")]
    public void What_names_a_thing_is_one(string instruction, EditType type, string? target)
    {
        ParsedInstruction read = InstructionParser.Parse(instruction);
        Assert.Equal(type, read.Type);
        Assert.Equal(target, read.Target);
    }

    [Fact]
    public void A_material_without_an_article_is_a_look()
    {
        ParsedInstruction read = InstructionParser.Parse("turn the statue into gold");
        Assert.Equal((EditType.Local, "statue", "gold"), (read.Type, read.Target, read.Look));
    }
}
