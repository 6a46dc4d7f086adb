using System.Text.Json;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Planning;

namespace BrushEdit.Tests.Planning;

public class AnswerReaderTests
{
    private static readonly PictureAttachment Sent = new([], 768, 576);

    [Theory]
    [InlineData("""{"target": "\ud800", "caption": "a lawn"}""")]
    [InlineData("""{"\udc00": 1, "x": 1, "y": 2, "width": 3, "height": 4}""")]
    [InlineData("""{"box": ["\ud800", 2, 3, 4]}""")]
    public void An_object_with_half_a_character_is_none(string answer)
    {
        Assert.Empty(AnswerText.Objects(answer));
        Assert.Null(AnswerReader.Line(answer, "target"));
        Assert.Null(AnswerReader.Type(answer));
    }

    [Theory]
    [InlineData("""{"edit_type": "remove"}""", EditType.Remove)]
    [InlineData("Remove", EditType.Remove)]
    [InlineData("```json\n{\"edit_type\": \"background\"}\n```", EditType.Background)]
    [InlineData("The edit is of the kind **addition**.", EditType.Addition)]
    [InlineData("remove or local", null)]
    [InlineData("rm -rf /", null)]
    [InlineData("", null)]
    [InlineData("{", null)]
    public void Types_are_read_from_what_models_say(string answer, EditType? type) => Assert.Equal(type, AnswerReader.Type(answer));

    [Theory]
    [InlineData("[76.8, 57.6, 384, 288]", 200, 150, 1000, 750)] // pixels of what was sent
    [InlineData("{\"box\": [0.1, 0.1, 0.5, 0.5]}", 200, 150, 1000, 750)] // shares
    [InlineData("[800, 100, 150, 500]", 1600, 150, 300, 750)] // thousandths, since it leaves the picture as sent
    [InlineData("[1200, 900, 600, 300]", 1200, 900, 600, 300)] // pixels of the picture itself, above 999
    [InlineData("{\"bbox_2d\": [76.8, 57.6, 460.8, 345.6]}", 200, 150, 1000, 750)] // corners
    [InlineData("[400, 300, 700, 500]", 1041.667, 781.25, 781.25, 520.833)] // corners, since as a size it sticks out
    [InlineData("x: 76.8, y: 57.6, width: 384, height: 288", 200, 150, 1000, 750)]
    [InlineData("{\"box\": {\"x\": 76.8, \"y\": 57.6, \"width\": 384, \"height\": 288}}", 200, 150, 1000, 750)]
    public void Boxes_are_read_in_every_unit(string answer, double x, double y, double width, double height)
    {
        Box box = Assert.NotNull(AnswerReader.Box(answer, Sent, 2000, 1500));
        Assert.Equal(x, box.X, 0.01);
        Assert.Equal(y, box.Y, 0.01);
        Assert.Equal(width, box.Width, 0.01);
        Assert.Equal(height, box.Height, 0.01);
    }

    [Theory]
    [InlineData("[1, 2, 3]")]
    [InlineData("[10, 20, 30, 40, 50]")]
    [InlineData("[-5, 20, 30, 40]")]
    [InlineData("[9000, 20, 30, 40]")]
    [InlineData("[0, 0, 0, 0]")]
    [InlineData("[1e400, 0, 1, 1]")]
    [InlineData("no box")]
    public void What_is_no_box_in_the_picture_is_none(string answer) => Assert.Null(AnswerReader.Box(answer, Sent, 2000, 1500));

    [Theory]
    [InlineData("{\"target\": \"the red dog\"}", "the red dog")]
    [InlineData("\"red dog\"", "red dog")]
    [InlineData("Target: red dog", "red dog")]
    [InlineData("one\ntwo", null)]
    [InlineData("{\"path\": \"/etc/passwd\"}", null)]
    public void Lines_are_read(string answer, string? line) => Assert.Equal(line, AnswerReader.Line(answer, "target"));

    [Theory]
    [InlineData("a lawn without the dog", EditType.Remove, "dog", null, false)]
    [InlineData("two dogs on a lawn", EditType.Remove, "dog", null, false)]
    [InlineData("a lawn", EditType.Remove, "dog", null, true)]
    [InlineData("a blue ball", EditType.Local, "red ball", "a blue ball", true)]
    [InlineData("a dog on a lawn", EditType.Local, "dog", "a cat", false)]
    [InlineData("a cat on a lawn", EditType.Local, "dog", "a cat", true)]
    [InlineData("", EditType.Global, null, null, false)]
    public void Captions_are_checked(string caption, EditType type, string? target, string? content, bool fine) =>
        Assert.Equal(fine, PlanCheck.CaptionFault(caption, type, target, content) is null);

    [Theory]
    [InlineData("dog", EditType.Remove, true)]
    [InlineData("one two three four five six", EditType.Remove, false)]
    [InlineData("red ball. small blue cube. tree", EditType.Background, true)]
    [InlineData("background", EditType.Background, false)]
    [InlineData("", EditType.Local, false)]
    [InlineData("", EditType.Global, true)]
    [InlineData("../../etc/passwd", EditType.Remove, false)]
    [InlineData("$(rm)\n", EditType.Remove, false)]
    public void Targets_are_checked(string target, EditType type, bool fine) => Assert.Equal(fine, PlanCheck.TargetFault(target, type) is null);

    [Fact]
    public void Schemas_become_grammars()
    {
        using JsonDocument schema = JsonDocument.Parse("""{"type":"object","properties":{"kind":{"type":"string","enum":["a","b\""]},"name":{"type":"string","maxLength":7},"box":{"type":"array","items":{"type":"number"},"minItems":2,"maxItems":2}}}""");
        string root = AnswerGrammar.Of(schema.RootElement).Split('\n')[0];
        Assert.Equal("""root ::= "{" ws "\"kind\"" ws ":" ws ("\"a\"" | "\"b\\u0022\"") "," ws "\"name\"" ws ":" ws "\"" char{0,7} "\"" "," ws "\"box\"" ws ":" ws "[" ws number "," ws number ws "]" ws "}" """.TrimEnd(), root);
        using JsonDocument odd = JsonDocument.Parse("""{"type":"null"}""");
        Assert.Throws<EditException>(() => AnswerGrammar.Of(odd.RootElement));
    }
}
