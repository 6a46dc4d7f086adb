using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Planning;

namespace BrushEdit.Tests.Planning;

/// <summary>What a language model says of which things are meant, and how it is held against the user's words.</summary>
public class SelectionAnswerTests
{
    private static readonly Picture Photo = Picture.FromRgb(new byte[64 * 64 * 3], 64, 64);

    private static readonly ChatPlannerOptions Quick = new() { Timeout = TimeSpan.FromSeconds(20), Retries = 0, PictureSide = 64 };

    [Theory]
    [InlineData("""{"target": "cup", "number": "all", "place": "none", "ordinal": 1, "size": "none", "relation": "none", "anchor": "", "except": "red cup"}""", "cup (all, except red cup)")]
    [InlineData("""{"target": "cup", "number": "one", "place": "right", "ordinal": 2}""", "cup (2nd from the right)")]
    [InlineData("""{"target": "cup", "number": 2, "place": "Top-Left"}""", "cup (2, top left)")]
    [InlineData("""{"target": "cup", "relation": "next to", "anchor": "the tall tree"}""", "cup (next to tall tree)")]
    [InlineData("""{"target": "cup", "relation": "next to", "anchor": ""}""", "cup")]
    [InlineData("""{"target": "cup", "size": "largest", "number": "lots", "place": "somewhere", "ordinal": -3}""", "cup (largest)")]
    [InlineData("""{"target": "the second cup from the left"}""", "cup (2nd from the left)")]
    [InlineData("""{"target": "cups"}""", "cups (all)")]
    [InlineData("""{"target": "cup", "number": ["all"], "except": {"a": 1}}""", "cup")]
    public void An_answer_is_read_for_what_it_is(string answer, string expected) =>
        Assert.Equal(expected, Assert.Single(SelectionAnswer.Read(AnswerReader.Line(answer, "target")!, answer)).ToString());

    [Theory]
    [InlineData("remove the cup on the left", "\"number\": \"one\", \"place\": \"left\"", "cup (left)", null)]
    [InlineData("remove the cup on the left", "\"number\": \"one\", \"place\": \"right\"", "cup (left)", "the rules' reading is used")]
    [InlineData("remove all the cups", "\"number\": \"one\"", "cup (all)", "the rules' reading is used")]
    [InlineData("entferne die linke Tasse", "\"number\": \"one\", \"place\": \"left\"", "cup (left)", "do not understand")]
    public async Task The_rules_reading_of_places_and_numbers_goes_before_a_models(string instruction, string said, string expected, string? note)
    {
        using ChatServer server = ChatServer.Saying(call =>
            call.Question.Contains("Which kind", StringComparison.Ordinal) ? """{"edit_type": "remove"}"""
            : call.Question.Contains("Which thing", StringComparison.Ordinal) ? $$"""{"target": "cup", {{said}}}"""
            : """{"caption": "a table"}""");
        using IEditPlanner planner = PlannerCatalog.Create("openai", new PlannerSettings { Endpoint = server.OpenAI, Model = "m", Chat = Quick });
        EditPlan plan = await planner.PlanAsync(new PlanRequest { Instruction = instruction, Picture = Photo });
        Assert.Equal(expected, Assert.Single(plan.Selection).ToString());
        Assert.Equal(3, server.Calls.Count);
        Assert.Equal(note is null, plan.Notes.Count == 0);
        Assert.Contains(note ?? string.Empty, string.Join(' ', plan.Notes), StringComparison.Ordinal);
    }
}
