using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Orchestrating;
using BrushEdit.Planning;
using BrushEdit.Segmenting;

namespace BrushEdit.Tests.Orchestrating;

/// <summary>Whole edits on stand-in finds: which of them are edited, what is said of those that are not sure, and whether the verdict counts.</summary>
public class SelectionRunTests
{
    private const int Side = 96;

    private static readonly Dictionary<string, (Box Box, double Score)[]> Picture1 = new(StringComparer.Ordinal)
    {
        ["heart"] = [(new Box(10, 40, 12, 12), 0.9), (new Box(40, 40, 12, 12), 0.8), (new Box(70, 40, 12, 12), 0.7)],
        ["dog"] = [(new Box(10, 70, 12, 12), 0.9), (new Box(70, 70, 12, 12), 0.8)],
        ["star"] = [(new Box(40, 10, 12, 12), 0.09)],
        ["kite"] = [(new Box(70, 10, 12, 12), 0.22)],
        ["moon"] = [],
    };

    [Theory]
    [InlineData("remove the hearts", "10 40 70")]
    [InlineData("remove all the hearts", "10 40 70")]
    [InlineData("remove every heart", "10 40 70")]
    [InlineData("remove both dogs", "10 70")]
    [InlineData("remove the heart in the middle", "40")]
    [InlineData("remove the second heart from the right", "40")]
    [InlineData("remove the left dog and the hearts", "10 10 40 70")]
    [InlineData("remove all the hearts but the left one", "40 70")]
    [InlineData("remove the heart above the left dog", "10")]
    [InlineData("put the left dog on mars", "10")]
    [InlineData("put the dog on mars", "10 70")]
    public void The_instruction_says_which_and_how_many(string instruction, string expected)
    {
        ImageEdit done = Run(instruction);
        Assert.Equal(expected, string.Join(' ', done.Detections!.Select(one => one.Box.X)));
        foreach (Detection one in done.Detections!)
        {
            Assert.True(done.Outline![(int)one.Box.CenterX, (int)one.Box.CenterY] > 0);
        }

        Assert.DoesNotContain(done.Warnings, warning => !warning.StartsWith("The mask", StringComparison.Ordinal));
    }

    [Fact]
    public void All_and_top_go_before_the_instruction_and_the_plan_tells_it()
    {
        ImageEdit all = Run("remove the left heart", new DetectionOptions { All = true });
        Assert.Equal(3, all.Detections!.Length);
        Assert.Equal("heart (all)", all.Plan!.Selection[0].ToString());
        ImageEdit two = Run("remove the hearts", new DetectionOptions { Top = 2 });
        Assert.Equal([10d, 40d], two.Detections!.Select(one => one.Box.X));
        Assert.Equal("hearts (2)", two.Plan!.Selection[0].ToString());
        Assert.Empty(two.Overrides);
    }

    [Fact]
    public void What_is_not_there_is_not_edited()
    {
        EditException fault = Assert.Throws<EditException>(() => Run("remove the star"));
        Assert.Equal(EditFault.ThingNotFound, fault.Kind);
        Assert.Contains("'star' was not found; the best detection is 'star'", fault.Message, StringComparison.Ordinal);
        Assert.Contains("0.09", fault.Message, StringComparison.Ordinal);
        Assert.Contains("-Threshold", fault.Remedy, StringComparison.Ordinal);
        Assert.Equal(EditFault.ThingNotFound, Assert.Throws<EditException>(() => Run("remove the moon")).Kind);
        Assert.Equal(EditFault.ThingNotFound, Assert.Throws<EditException>(() => Run("remove the star and the moon")).Kind);
        Assert.Equal(EditFault.ThingNotFound, Assert.Throws<EditException>(() => Run("remove all the dogs above the hearts")).Kind);

        ImageEdit allowed = Run("remove the star", new DetectionOptions { Threshold = 0.05 });
        Assert.Equal(40, Assert.Single(allowed.Detections!).Box.X);
        Assert.DoesNotContain(allowed.Warnings, one => one.Contains("star", StringComparison.Ordinal));
        Assert.Equal(EditFault.ThingNotFound, Assert.Throws<EditException>(() => Run("remove the star", new DetectionOptions { Threshold = 0.3 })).Kind);
    }

    [Fact]
    public void What_is_hardly_there_is_edited_with_a_warning()
    {
        ImageEdit done = Run("remove the kite");
        string warning = Assert.Single(done.Warnings, one => !one.StartsWith("The mask", StringComparison.Ordinal));
        Assert.Contains("0.22", warning, StringComparison.Ordinal);
        Assert.Contains("0.20", warning, StringComparison.Ordinal);

        ImageEdit partly = Run("remove the left dog and the star");
        Assert.Equal(10, Assert.Single(partly.Detections!).Box.X);
        Assert.Contains(partly.Warnings, one => one.Contains("'star' was not found", StringComparison.Ordinal));
    }

    [Fact]
    public void Find_without_a_plan_drops_what_is_not_there_and_is_no_error()
    {
        FindStage stage = new(new ListFinder(), ["star"], new DetectionOptions());
        ImageEdit found = stage.Complete(new ImageEdit(White()), new StageContext());
        Assert.Empty(found.Detections!);
        Assert.Contains("0.09", Assert.Single(found.Warnings), StringComparison.Ordinal);
        Assert.Equal(0, Assert.Single(found.Phrases).Found);
    }

    [Theory]
    [InlineData("remove the hearts", 3, true)]
    [InlineData("remove the hearts", 1, false)]
    [InlineData("remove both dogs", 1, false)]
    [InlineData("remove the left dog", 1, true)]
    [InlineData("remove a heart", 1, true)]
    [InlineData("remove all the hearts except the one on the right", 2, true)]
    [InlineData("remove the hearts on the left", 2, true)]
    [InlineData("remove the hearts on the left", 1, false)]
    [InlineData("replace the hearts with stars", 1, false)]
    public void A_verdict_counts_what_remains(string instruction, int edited, bool passes)
    {
        ImageEdit planned = new(White()) { Plan = RulesPlanner.Plan(new PlanRequest { Instruction = instruction }) };
        string query = planned.Plan!.Selection[0].Query;
        ImageEdit found = planned.Clone();
        found.Detections = [.. Picture1[query].Take(edited).Select(one => new Detection(one.Box, one.Score, query))];
        ImageEdit done = Runner().Run(found, null, Options(new DetectionOptions()) with { Verify = true, MaxAttempts = 1 }, new StageContext());
        EditCheck? others = done.Verdict!.Checks.SingleOrDefault(check => check.Name == "Others");
        Assert.Equal(passes, others?.Passed ?? true);
        Assert.True(passes || !done.Verdict.Passed);
        if (!passes)
        {
            Assert.Contains("remain", done.Verdict.Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_plan_file_carries_the_selection_and_an_old_one_loads()
    {
        EditPlan plan = RulesPlanner.Plan(new PlanRequest { Instruction = "remove all the red cups on the table except the second one from the left" });
        string json = PlanFile.ToJson(plan);
        Assert.Contains("\"selection\"", json, StringComparison.Ordinal);
        EditPlan again = PlanFile.FromJson(json, "plan", out _);
        Assert.Equal(plan.Selection[0].ToString(), again.Selection[0].ToString());
        Assert.Equal("red cups", again.Target);
        Assert.Equal("red cups (all, on table, except 2nd from the left)", again.Selection[0].ToString());

        // A corrected target keeps which are meant.
        EditPlan corrected = PlanFile.FromJson(json.Replace("\"target\": \"red cups\"", "\"target\": \"mugs\"", StringComparison.Ordinal), "plan", out _);
        Assert.Equal("mugs (all, on table, except 2nd from the left)", corrected.Selection[0].ToString());
        Assert.Equal("dog", PlanFile.FromJson("""{ "editType": "Remove", "target": "dog" }""", "plan", out _).Selection.Single().Noun);
        foreach (string part in (string[])["\"count\": 0", "\"place\": \"On\"", "\"relation\": \"Left\"", "\"relation\": \"On\"", "\"ordinal\": -1", "\"number\": \"Many\"", "\"noun\": null"])
        {
            string name = part.StartsWith("\"noun", StringComparison.Ordinal) ? "" : "\"noun\": \"dog\", ";
            Assert.Equal(EditFault.BadArgument, Assert.Throws<EditException>(() => PlanFile.FromJson($$"""{ "editType": "Remove", "target": "dog", "selection": [ { {{name}}{{part}} } ] }""", "plan", out _)).Kind);
        }
    }

    private static ImageEdit Run(string instruction, DetectionOptions? options = null) =>
        Runner().Run(new ImageEdit(White()), instruction, Options(options ?? new DetectionOptions()), new StageContext());

    private static EditOptions Options(DetectionOptions detection) => new() { Detection = detection, Fill = new InpaintSettings { Seed = 1, Steps = 1 } };

    private static EditRunner Runner() =>
        new(new RulesPlanner(), new ListFinder(), new BoxOutliner(), new DrawnInpainter((picture, _, _) => new byte[picture.Width * picture.Height * 3]));

    private static Picture White() => Picture.FromRgb(Enumerable.Repeat((byte)255, Side * Side * 3).ToArray(), Side, Side);

    /// <summary>Finds what the table says, where the picture is not black there.</summary>
    private sealed class ListFinder : IObjectFinder
    {
        public string Name => "list";

        public EditException? Absence => null;

        public DetectionResult Find(Picture picture, IReadOnlyList<string> phrases, DetectionOptions options, CancellationToken cancellation = default)
        {
            List<Detection> all = [];
            List<PhraseOutcome> outcomes = [];
            foreach (string phrase in phrases.SelectMany(text => text.Split(". ")))
            {
                (Box Box, double Score)[] there = [.. Picture1.GetValueOrDefault(phrase, []).Where(one => picture.Rgb[3 * (((int)one.Box.CenterY * Side) + (int)one.Box.CenterX)] > 0)];
                double best = there.Select(one => one.Score).DefaultIfEmpty(0).Max();
                double threshold = options.Threshold ?? DetectionOptions.Ladder.FirstOrDefault(step => best > step, 0.05);
                Detection[] found = [.. there.Where(one => one.Score > threshold).Take(options.Limit).Select(one => new Detection(one.Box, one.Score, phrase))];
                all.AddRange(found);
                outcomes.Add(new PhraseOutcome(phrase, found.Length, best, threshold));
            }

            return new DetectionResult(all, outcomes);
        }
    }

    private sealed class BoxOutliner : IObjectOutliner
    {
        public string Name => "boxes";

        public EditException? Absence => null;

        public SegmentResult Outline(Picture picture, SegmentPrompt prompt, SegmentOptions options, CancellationToken cancellation = default) =>
            new([.. prompt.Boxes.Select((box, i) => new SegmentCandidate(Mask.FromBox(Side, Side, box), 0.9, i, 0))], []);
    }
}
