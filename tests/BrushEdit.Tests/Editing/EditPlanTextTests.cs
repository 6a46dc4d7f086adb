using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Planning;

namespace BrushEdit.Tests.Editing;

/// <summary>A plan's texts come from files, servers and pictures: whoever sets them, they move no cursor.</summary>
public sealed class EditPlanTextTests
{
    private const string Evil = "a\u001b]0;owned\u0007 b\u202e";

    private static readonly string Plain = PlainText.Line(Evil);

    [Fact]
    public void Every_text_of_a_plan_is_one_plain_line()
    {
        EditPlan plan = new() { Instruction = Evil, EditType = EditType.Local, Target = Evil, NewContent = Evil, Caption = Evil, FillCaption = Evil, Planner = Evil, Notes = [Evil] };
        Assert.DoesNotContain('\u001b', Plain);
        Assert.All([plan.Instruction, plan.Target, plan.NewContent, plan.Caption, plan.FillCaption, plan.Planner, plan.Notes[0], plan.Selection[0].Noun], text => Assert.Equal(Plain, text));
        plan.Selection = [new Selection { Noun = Evil, Look = Evil }];
        Assert.Equal($"{Plain} {Plain}", plan.Target);
    }

    [Fact]
    public void The_same_text_set_again_keeps_what_hangs_on_it()
    {
        EditPlan plan = new() { EditType = EditType.Remove, Caption = Evil, FillCaption = "a lawn", Target = Evil };
        plan.Selection = [plan.Selection[0] with { Number = SelectionNumber.All }];
        plan.Caption = Evil;
        plan.Target = Evil;
        Assert.Equal("a lawn", plan.FillCaption);
        Assert.Equal(SelectionNumber.All, Assert.Single(plan.Selection).Number);
    }

    [Fact]
    public void A_plan_file_brings_no_control_characters_in()
    {
        EditPlan plan = PlanFile.FromJson("{\"editType\":\"Global\",\"caption\":\"a\\u001b[31mb\",\"planner\":\"\\u009b1m\",\"notes\":[\"\\u001b[2J\"]}", "a.plan.json", out _);
        Assert.All([plan.Caption!, plan.Planner, plan.Notes[0]], text => Assert.DoesNotContain(text, char.IsControl));
    }

    [Fact]
    public void What_a_picture_brings_along_is_plain()
    {
        string folder = Directory.CreateTempSubdirectory("brushedit-plain").FullName;
        try
        {
            string path = Path.Combine(folder, OperatingSystem.IsWindows() ? "a.png" : "a\u001b[31m.png");
            Picture.FromRgb(new byte[12], 2, 2).Save(path, PictureSaveOptions.Default with { Parameters = new Dictionary<string, string> { ["caption\u001b"] = Evil } });
            ImageEdit edit = new(Picture.Open(path));
            Assert.DoesNotContain(edit.Name, char.IsControl);
            Assert.Equal(path, edit.Path);
            Assert.Equal([("caption\u241b", Plain)], edit.Parameters!.Select(pair => (pair.Key, pair.Value)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
