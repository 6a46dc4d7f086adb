using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Planning;
using BrushEdit.Selecting;

namespace BrushEdit.Tests.Selecting;

/// <summary>Which finds a user's words mean, on stand-in finds: the words go through the rules, the finds stand where they are said to.</summary>
public class SelectionPickerTests
{
    private const int Width = 400, Height = 200;

    // Five cups in a row on a table, of rising size but for the last; a tree, a jug and a house beside them.
    private static readonly Dictionary<string, Detection[]> Finds = new(StringComparer.Ordinal)
    {
        ["cup"] = [Cup(20, 20, 0.61), Cup(90, 24, 0.9), Cup(160, 30, 0.7), Cup(230, 40, 0.8), Cup(300, 22, 0.5)],
        ["red cup"] = [Cup(160, 30, 0.7)],
        ["table"] = [Thing("table", 60, 90, 230, 60)],
        ["tree"] = [Thing("tree", 340, 10, 40, 90)],
        ["jug"] = [Thing("jug", 60, 70, 20, 30)],
        ["kettle"] = [Thing("kettle", 140, 70, 20, 30)],
        ["house"] = [Thing("house", 150, 0, 60, 80)],
        ["heart"] = [Thing("heart", 30, 20, 20, 20, 0.62), Thing("heart", 330, 20, 20, 20, 0.60), Thing("heart", 330, 160, 20, 20, 0.45)],
        ["star"] = [Thing("star", 30, 20, 20, 20, 0.9), Thing("star", 330, 20, 20, 20, 0.4)],
        ["hat"] = [Thing("hat", 300, 150, 20, 10, 0.8), Thing("hat", 100, 10, 20, 10, 0.6)],
        ["man"] = [Thing("man", 95, 8, 30, 100)],
        ["unicorn"] = [],
    };

    private static Detection Cup(double x, double side, double score) => Thing("cup", x, 100 - side, side, side, score);

    private static Detection Thing(string phrase, double x, double y, double width, double height, double score = 0.8) =>
        new(new Box(x, y, width, height), score, phrase);

    private static SelectionPick Pick(string instruction)
    {
        Selection selection = Assert.Single(InstructionParser.Parse(instruction).Selection);
        IReadOnlyList<Detection> Find(Selection one) => [.. Finds[one.Query].OrderByDescending(find => find.Score)];
        return new SelectionPicker(Find, Width, Height).Choose(selection, Find(selection));
    }

    [Theory]
    [InlineData("remove the leftmost cup", "20")]
    [InlineData("remove the cup on the right", "300")]
    [InlineData("remove the right cup", "300")]
    [InlineData("remove the second cup from the right", "230")]
    [InlineData("remove the second cup", "90")]
    [InlineData("remove the last cup", "300")]
    [InlineData("remove the middle cup", "160")]
    [InlineData("remove the cup in the middle", "160")]
    [InlineData("remove the largest cup", "230")]
    [InlineData("remove the second largest cup", "160")]
    [InlineData("remove the smallest of the cups", "20")]
    [InlineData("remove the tallest cup", "230")]
    [InlineData("remove the two leftmost cups", "20 90")]
    [InlineData("remove the first two cups from the left", "20 90")]
    [InlineData("remove two of the cups", "90 230")]
    [InlineData("remove a cup", "90")]
    [InlineData("remove all the cups", "90 230 160 20 300")]
    [InlineData("remove every cup", "90 230 160 20 300")]
    [InlineData("remove the cups", "90 230 160 20 300")]
    [InlineData("remove the cups on the left", "90 160 20")]
    [InlineData("remove all the cups except the red one", "90 230 20 300")]
    [InlineData("remove all but the red cup", "90 230 20 300")]
    [InlineData("remove all the cups but the left one", "90 230 160 300")]
    [InlineData("remove all the cups apart from the one in the middle", "90 230 20 300")]
    [InlineData("remove all the cups other than the largest", "90 160 20 300")]
    [InlineData("remove the cup next to the tree", "300")]
    [InlineData("remove the cup nearest the tree", "300")]
    [InlineData("remove the cup between the jug and the kettle", "90")]
    [InlineData("remove the cups to the right of the kettle", "230 160 300")]
    [InlineData("remove the largest cup to the left of the kettle", "90")]
    [InlineData("remove all the cups on the table", "90 230 160")]
    [InlineData("remove the top right heart", "330")]
    [InlineData("remove the lower of the two hearts", "330")]
    [InlineData("remove the hat from the man", "100")]
    [InlineData("take the hat off the man", "100")]
    [InlineData("take the cup off the table", "90")]
    [InlineData("remove the man with the hat", "95")]
    public void What_is_said_picks_among_what_is_found(string instruction, string expected)
    {
        SelectionPick pick = Pick(instruction);
        Assert.Equal(expected, string.Join(' ', pick.Chosen.Select(one => one.Box.X)));
        Assert.Equal(Finds[pick.Chosen[0].Phrase].Length, pick.Chosen.Count + pick.Others.Count);
    }

    [Theory]
    [InlineData("remove the heart", "0.62, 0.60")]
    [InlineData("remove both hearts", "0.62, 0.60, 0.45")]
    [InlineData("remove both cups", "5 were found")]
    [InlineData("remove four hearts", "asks for 4, but 3 were found (scores 0.62, 0.60, 0.45)")]
    [InlineData("remove the fourth heart from the left", "the first 4, but 3 were found")]
    [InlineData("remove the rightmost heart", "is close")]
    [InlineData("remove the cup on the unicorn", "'unicorn' was not found")]
    [InlineData("remove the star under the house", "below 'house'; this condition was ignored")]
    [InlineData("remove all the cups except the unicorn", "no detection matches it")]
    public void What_is_doubtful_is_told_with_its_scores(string instruction, string warning) =>
        Assert.Contains(warning, string.Join(' ', Pick(instruction).Warnings), StringComparison.Ordinal);

    [Theory]
    [InlineData("remove the star")]
    [InlineData("remove all the hearts")]
    [InlineData("remove two of the hearts")]
    [InlineData("remove a heart")]
    [InlineData("remove the left heart")]
    [InlineData("remove the largest cup")]
    public void What_is_clear_is_not_warned_of(string instruction) => Assert.Empty(Pick(instruction).Warnings);

    [Fact]
    public void All_of_what_stands_nowhere_are_none() => Assert.Empty(Pick("remove all the cups on the house").Chosen);

    [Fact]
    public void A_selection_tells_itself()
    {
        Assert.Equal("cup (2nd from the right)", InstructionParser.Parse("remove the second cup from the right").Selection[0].ToString());
        Assert.Equal("tulips (all, except yellow tulip)", InstructionParser.Parse("remove all the tulips except the yellow tulip").Selection[0].ToString());
        Assert.Equal("tulip", InstructionParser.Parse("remove all the tulips").Selection[0].Query);
    }

    [Fact]
    public void A_target_set_by_hand_is_a_selection_of_the_most_certain()
    {
        EditPlan plan = new() { Target = "red ball. tree" };
        Assert.Equal(["red ball", "tree"], plan.Selection.Select(one => one.Noun));
        Assert.All(plan.Selection, one => Assert.Equal(SelectionNumber.Some, one.Number));
        plan.Selection = [new Selection { Look = "blue", Noun = "cups", Number = SelectionNumber.All }];
        Assert.Equal("blue cups", plan.Target);
        plan.Target = "blue cups";
        Assert.Equal(SelectionNumber.All, plan.Selection[0].Number);
    }
}
