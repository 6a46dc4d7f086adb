using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Loading;
using BrushEdit.Measuring;
using BrushEdit.Planning;
using BrushEdit.Synthesizing;
using BrushEdit.Tests.Orchestrating;
using BrushEdit.Tests.Parity;
using BrushEdit.Verifying;
using TorchSharp;

namespace BrushEdit.Tests.Verifying;

/// <summary>The judge of fills: what it is asked, what it is shown, and what its answer decides.</summary>
public class ShownCheckTests
{
    private const int Side = 96;

    [Theory]
    [InlineData(SceneEditForm.Add, 0.9, true)]
    [InlineData(SceneEditForm.Add, 0.2, false)]
    [InlineData(SceneEditForm.Replace, 0.9, true)]
    [InlineData(SceneEditForm.Replace, 0.2, false)]
    [InlineData(SceneEditForm.Background, 0.9, true)]
    [InlineData(SceneEditForm.Background, 0.2, false)]
    public void The_judges_answer_decides_and_the_detector_is_not_asked_whether_the_thing_is_there(SceneEditForm form, double probability, bool passes)
    {
        (EditVerdict verdict, Matcher matcher, SceneEdit edit) = Judge(form, new Matcher { Probability = probability });
        EditCheck shown = Assert.Single(verdict.Checks, check => check.Name == ShownCheck.Name);
        Assert.Equal(passes, shown.Passed);
        Assert.Equal(passes, verdict.Passed);
        Assert.DoesNotContain(verdict.Checks, check => check.Name == Presence.ThereName);
        string wanted = edit.NewThing?.Phrase ?? edit.After.Background;
        Assert.Contains($"'{wanted}'", shown.Reason, StringComparison.Ordinal);
        Assert.Equal($"a photo of {wanted}", matcher.Texts[0]);
        Assert.Equal(form == SceneEditForm.Replace, matcher.Texts.Contains($"a photo of {edit.OldThing?.Phrase}"));
        Assert.Equal(matcher.Texts.Count, matcher.Texts.Distinct().Count());
        Assert.InRange(matcher.Texts.Count, 3, 4);
    }

    [Theory]
    [InlineData(SceneEditForm.Remove)]
    [InlineData(SceneEditForm.Light)]
    public void What_brings_nothing_new_is_not_shown_to_the_judge(SceneEditForm form)
    {
        (EditVerdict verdict, Matcher matcher, _) = Judge(form, new Matcher { Probability = 0 });
        Assert.True(verdict.Passed);
        Assert.Empty(matcher.Texts);
    }

    [Fact]
    public void Without_a_judge_the_detector_tells()
    {
        (EditVerdict verdict, Matcher matcher, _) = Judge(SceneEditForm.Add, new Matcher { Absence = new EditException(EditFault.ModelNotFound, "There is none.") });
        Assert.Contains(verdict.Checks, check => check.Name == Presence.ThereName);
        Assert.Empty(matcher.Texts);
    }

    [Fact]
    public void The_region_is_a_square_in_the_picture_that_covers_the_mask_where_it_can()
    {
        Random random = new(5);
        for (int i = 0; i < 500; i++)
        {
            (int width, int height) = (random.Next(8, 200), random.Next(8, 200));
            Box box = new(random.Next(width), random.Next(height), random.Next(1, width), random.Next(1, height));
            Mask mask = Mask.FromBox(width, height, box.Clip(width, height));
            Box region = ShownCheck.Region(mask);
            Box bounds = mask.Bounds!.Value;
            Assert.Equal(region.Width, region.Height, 9);
            Assert.True(region is { X: >= 0, Y: >= 0 } && region.Right <= width + 1e-9 && region.Bottom <= height + 1e-9);
            double longer = Math.Max(bounds.Width, bounds.Height);
            Assert.True(longer > Math.Min(width, height) || region.Intersect(bounds).Area >= bounds.Area - 1e-6);
        }
    }

    [Fact]
    public void Probabilities_are_the_softmax_of_the_scaled_cosines()
    {
        using ClipMeasure clip = ClipMeasure.Open(Path.Combine(ParityCase.ParityFolder, "metric-clip"), torch.CPU);
        ToyScene scene = ToyScene.Draw(3, new ToySceneOptions { Width = Side, Height = Side });
        RgbPicture picture = new(scene.Rgb, Side, Side);
        string[] texts = ["a red ball", "a bad photo", "nothing at all"];
        double[] shares = clip.Probabilities([picture], texts)[0];
        double[] cosines = [.. texts.Select(text => clip.Cosine(picture, text))];
        Assert.Equal(1, shares.Sum(), 1e-5);
        for (int i = 1; i < texts.Length; i++)
        {
            Assert.Equal(clip.LogitScale * (cosines[i] - cosines[0]), Math.Log(shares[i] / shares[0]), 1e-2);
        }

        ClipMatcher matcher = new(clip, "clip");
        IReadOnlyList<double> matched = matcher.Match(Picture.FromRgb(scene.Rgb, Side, Side), new Box(0, 0, Side, Side), texts);
        Assert.Equal(shares, matched);
        Assert.Throws<OperationCanceledException>(() => matcher.Match(Picture.FromRgb(scene.Rgb, Side, Side), new Box(0, 0, 9, 9), texts, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void A_judge_is_known_as_a_clip_and_another_model_in_its_place_is_refused_by_name()
    {
        ModelCatalog catalog = new([]);
        string clip = Path.Combine(ParityCase.ParityFolder, "metric-clip");
        Assert.Equal(ModelKind.Clip, catalog.Open(clip, ModelKind.Clip).Kind);
        EditException fault = Assert.Throws<EditException>(() => catalog.Open(clip, ModelKind.Sam));
        Assert.Contains("is a CLIP, but a SAM is needed", fault.Message, StringComparison.Ordinal);
        Assert.Contains("clip-vit", ModelRecognition.WrongKind("x", ModelKind.Sam, ModelKind.Clip).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_part_is_cut_where_the_region_lies()
    {
        byte[] rgb = new byte[20 * 10 * 3];
        rgb[3 * ((4 * 20) + 7)] = 200;
        RgbPicture part = ClipMatcher.Cut(Picture.FromRgb(rgb, 20, 10), new Box(5, 3, 4, 4));
        Assert.Equal((4, 4), (part.Width, part.Height));
        Assert.Equal(200, part.Pixels[3 * ((1 * 4) + 2)]);
        Assert.Equal(200, part.Pixels.Sum(value => value));
        RgbPicture all = ClipMatcher.Cut(Picture.FromRgb(rgb, 20, 10), new Box(-50, -50, 500, 500));
        Assert.Equal((20, 10), (all.Width, all.Height));
    }

    private static (EditVerdict Verdict, Matcher Matcher, SceneEdit Edit) Judge(SceneEditForm form, Matcher matcher)
    {
        ToyScene scene = ToyScene.Draw(7, new ToySceneOptions { Width = Side, Height = Side });
        SceneEdit edit = scene.Edit(form, 7);
        Picture before = Picture.FromRgb(scene.Rgb, Side, Side), truth = Picture.FromRgb(edit.Rgb, Side, Side);
        ImageEdit prepared = new(before)
        {
            Mask = Mask.FromValues(edit.Mask, Side, Side),
            Plan = RulesPlanner.Plan(new PlanRequest { Instruction = edit.Instruction, Picture = before, CaptionBefore = scene.Caption }),
        };
        SceneFinder finder = new();
        finder.Know(before, scene);
        finder.Know(truth, edit.After);
        return (new EditVerifier(finder, matcher).Verify(prepared, truth), matcher, edit);
    }

    private sealed class Matcher : IPictureMatcher
    {
        public double Probability { get; init; }

        public List<string> Texts { get; } = [];

        public string Name => "stand-in";

        public EditException? Absence { get; init; }

        public IReadOnlyList<double> Match(Picture picture, Box region, IReadOnlyList<string> texts, CancellationToken cancellation = default)
        {
            Assert.Empty(Texts);
            Texts.AddRange(texts);
            return [Probability, .. Enumerable.Repeat((1 - Probability) / (texts.Count - 1), texts.Count - 1)];
        }
    }
}
