using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Planning;

namespace BrushEdit.Tests.Planning;

public sealed class PlanFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("brushedit-plans-").FullName;

    [Fact]
    public void A_plan_comes_back_as_it_was()
    {
        EditPlan plan = new() { Instruction = "add \"é\"", EditType = EditType.Addition, NewContent = "a hat", Caption = "a hat", FillCaption = "a head", Box = new Box(1.5, 2, 3, 4), Planner = "Rules", Confidence = 0.8, Notes = ["one", "two"] };
        string path = Path.Combine(folder, "a.json");
        PlanFile.Save(plan, path, "photo.jpg");
        EditPlan back = PlanFile.Load(path, out string? picture);
        Assert.Equal("photo.jpg", picture);
        Assert.Equivalent(plan, back, strict: true);
        Assert.Contains("é", File.ReadAllText(path));
        Assert.Throws<EditException>(() => PlanFile.Save(plan, path));
        Assert.Single(Directory.GetFiles(folder));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"editType\": \"Explode\"}")]
    [InlineData("{\"editType\": 77}")]
    [InlineData("{\"editType\": \"Remove\", \"colour\": 1}")]
    [InlineData("{\"editType\": \"Remove\", \"target\": \"a b c d e f g\"}")]
    [InlineData("{\"editType\": \"Addition\", \"box\": [1, 2, 3]}")]
    [InlineData("{\"editType\": \"Addition\", \"box\": [1, 2, 0, 3]}")]
    [InlineData("{\"editType\": \"Remove\", \"confidence\": 7}")]
    public void What_is_no_plan_is_an_error_that_names_the_file(string json)
    {
        string path = Path.Combine(folder, "bad.json");
        File.WriteAllText(path, json);
        Assert.Contains("bad.json", Assert.Throws<EditException>(() => PlanFile.Load(path, out _)).Message);
    }

    [Fact]
    public void Names_of_parts_are_read_in_any_case_and_unknown_ones_are_told_beside_the_known()
    {
        Assert.Equal(EditType.Remove, PlanFile.FromJson("{\"EditType\": \"Remove\", \"Target\": \"dog\"}", "a.json", out _).EditType);
        string message = Assert.Throws<EditException>(() => PlanFile.FromJson("{\"editType\": \"Remove\", \"colour\": 1}", "a.json", out _)).Message;
        Assert.Contains("'colour'", message);
        Assert.Contains("newContent", message);
        Assert.DoesNotContain("Stored", message);
    }

    [Fact]
    public void A_missing_file_or_folder_is_an_error()
    {
        Assert.Equal(EditFault.NotFound, Assert.Throws<EditException>(() => PlanFile.Load(Path.Combine(folder, "none.json"), out _)).Kind);
        Assert.Equal(EditFault.CannotWrite, Assert.Throws<EditException>(() => PlanFile.Save(new EditPlan(), Path.Combine(folder, "no", "x.json"))).Kind);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
