using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Planning;
using BrushEdit.Synthesizing;
using BrushEdit.Tests.Orchestrating;
using BrushEdit.Verifying;

namespace BrushEdit.Tests.Verifying;

/// <summary>Verdicts on edits whose truth is known: the true result must pass, others must not, and worse ones must score lower.</summary>
public class EditVerifierTests
{
    private const int Side = 96;

    public static TheoryData<SceneEditForm> Forms => [.. Enum.GetValues<SceneEditForm>()];

    public static TheoryData<SceneEditForm> FormsOfThings => [SceneEditForm.Remove, SceneEditForm.Add, SceneEditForm.Recolor, SceneEditForm.Replace];

    [Theory]
    [MemberData(nameof(Forms))]
    public void The_true_result_passes_and_the_picture_itself_fails(SceneEditForm form)
    {
        for (ulong seed = 1; seed <= 12; seed++)
        {
            Case made = new(form, seed);
            EditVerdict good = made.Judge(made.Truth);
            EditVerdict undone = made.Judge(made.Before);
            Assert.True(good.Passed, $"{form} {seed}: {good}");
            Assert.False(undone.Passed, $"{form} {seed}: {undone}");
            Assert.True(good.Score > undone.Score);
            Assert.InRange(good.Score, 0.5, 1);
        }
    }

    [Theory]
    [MemberData(nameof(FormsOfThings))]
    public void The_truth_of_the_thing_is_what_the_detector_says(SceneEditForm form)
    {
        Case made = new(form, 3);
        EditCheck there = Assert.Single(made.Judge(made.Truth).Checks, check => check.Name is Presence.GoneName or Presence.ThereName);
        EditCheck not = Assert.Single(made.Judge(made.Before).Checks, check => check.Name is Presence.GoneName or Presence.ThereName);
        Assert.True(there.Passed && !not.Passed);
        Assert.Equal(form == SceneEditForm.Remove ? Presence.GoneName : Presence.ThereName, there.Name);
        Assert.Contains($"'{(form == SceneEditForm.Remove ? made.Edit.Target : made.Edit.NewThing!.Phrase)}'", there.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SceneEditForm.Remove)]
    [InlineData(SceneEditForm.Add)]
    [InlineData(SceneEditForm.Replace)]
    public void A_black_hole_and_a_wrong_tone_have_a_seam(SceneEditForm form)
    {
        for (ulong seed = 1; seed <= 12; seed++)
        {
            Case made = new(form, seed);
            double truth = made.Seam(value => value), tone = made.Seam(value => (byte)Math.Min(255, value + 60)), hole = made.Seam(_ => 0);
            Assert.True(truth > 0.5 && hole < 0.1 && truth >= tone && tone >= hole, $"{form} {seed}: {truth:0.00}, {tone:0.00}, {hole:0.00}");
        }
    }

    [Fact]
    public void A_recoloured_thing_has_no_seam_at_its_own_outline()
    {
        // Where the outline's own edge can be measured, which it cannot along a very ragged one.
        IEnumerable<Case> cases = Enumerable.Range(1, 12).Select(seed => new Case(SceneEditForm.Recolor, (ulong)seed));
        Assert.InRange(cases.Count(made => made.Judge(made.Truth).Checks.All(check => check.Name != SeamCheck.Name)), 6, 12);
    }

    [Fact]
    public void A_change_outside_the_mask_is_told_with_its_size()
    {
        Case made = new(SceneEditForm.Remove, 4);
        byte[] rgb = made.Truth.ToRgb();
        int corner = made.Edit.Mask.AsSpan().IndexOf((byte)0);
        rgb[3 * corner] ^= 1;
        EditVerdict verdict = made.Judge(Picture.FromRgb(rgb, Side, Side));
        EditCheck kept = Assert.Single(verdict.Checks, check => check.Name == KeptCheck.Name);
        Assert.False(kept.Passed || verdict.Passed);
        Assert.StartsWith("1 of ", kept.Reason, StringComparison.Ordinal);
        Assert.Contains(kept.Reason, verdict.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_result_of_another_size_fails_without_being_measured()
    {
        Case made = new(SceneEditForm.Remove, 4);
        Assert.Equal((false, 1), made.Judge(Picture.FromRgb(new byte[12], 2, 2)) is { } verdict ? (verdict.Passed, verdict.Checks.Count) : default);
    }

    [Fact]
    public void Another_scene_is_no_edit_of_the_whole_picture()
    {
        Case made = new(SceneEditForm.Light, 5);
        EditVerdict other = made.Judge(Picture.FromRgb(ToyScene.Draw(77, new ToySceneOptions { Width = Side, Height = Side }).Rgb, Side, Side));
        Assert.Equal([SceneCheck.Name], other.Checks.Where(check => !check.Passed).Select(check => check.Name));
    }

    [Fact]
    public void Without_a_detector_the_rest_is_judged_and_the_gap_is_noted()
    {
        Case made = new(SceneEditForm.Remove, 4);
        SceneFinder none = new() { Absence = new EditException(EditFault.ModelNotFound, "There is no detector.") };
        EditVerdict verdict = new EditVerifier(none).Verify(made.Prepared, made.Truth);
        Assert.True(verdict.Passed);
        Assert.Contains("There is no detector.", Assert.Single(verdict.Notes), StringComparison.Ordinal);
        Assert.Equal([KeptCheck.Name, ChangedCheck.Name, SeamCheck.Name], verdict.Checks.Select(check => check.Name));
    }

    [Fact]
    public void A_thing_that_was_not_seen_before_cannot_be_missed()
    {
        Case made = new(SceneEditForm.Remove, 4);
        made.Prepared.Plan!.Target = "purple dinosaur";
        EditVerdict verdict = made.Judge(made.Truth);
        Assert.Contains("purple dinosaur", Assert.Single(verdict.Notes), StringComparison.Ordinal);
        Assert.DoesNotContain(verdict.Checks, check => check.Name == Presence.GoneName);
    }

    [Fact]
    public void What_was_found_elsewhere_does_not_count()
    {
        Mask mask = Mask.FromBox(100, 100, new Box(10, 10, 30, 30));
        Detection[] found =
        [
            new(new Box(60, 60, 20, 20), 0.9, "dog"),
            new(new Box(0, 0, 100, 100), 0.8, "dog"),
            new(new Box(15, 15, 20, 20), 0.2, "dog"),
            new(new Box(12, 12, 9, 9), 0.7, "cat"),
        ];
        Assert.Equal(0.2, Presence.Best(found, "dog", mask));
        Assert.Equal(0, Presence.Best(found, "bird", mask));
    }

    [Fact]
    public void Scores_never_rise_as_what_is_measured_gets_worse()
    {
        double[] steps = [.. Enumerable.Range(0, 101).Select(i => i / 100.0)];
        Assert.All(Falling(after => Presence.Gone("x", 0.8, after)), Assert.True);
        Assert.All(Falling(worse => Presence.There("x", 1 - worse, 0.5)), Assert.True);
        Assert.All(Falling(worse => Presence.There("x", 0.9, 0.5 - worse)), Assert.True);

        IEnumerable<bool> Falling(Func<double, EditCheck> check)
        {
            EditCheck[] checks = [.. steps.Select(check)];
            return checks.Zip(checks.Skip(1), (a, b) => a.Score >= b.Score && a.Passed == a.Score > 0.5);
        }
    }

    private sealed class Case
    {
        private readonly EditVerifier verifier;

        public Case(SceneEditForm form, ulong seed)
        {
            Scene = ToyScene.Draw(seed, new ToySceneOptions { Width = Side, Height = Side });
            Edit = Scene.Edit(form, seed);
            Before = Picture.FromRgb(Scene.Rgb, Side, Side);
            Truth = Picture.FromRgb(Edit.Rgb, Side, Side);
            Prepared = new ImageEdit(Before)
            {
                Mask = Mask.FromValues(Edit.Mask, Side, Side),
                Plan = RulesPlanner.Plan(new PlanRequest { Instruction = Edit.Instruction, Picture = Before, CaptionBefore = Scene.Caption }),
            };
            SceneFinder finder = new();
            finder.Know(Before, Scene);
            finder.Know(Truth, Edit.After);
            verifier = new EditVerifier(finder);
        }

        public ToyScene Scene { get; }

        public SceneEdit Edit { get; }

        public Picture Before { get; }

        public Picture Truth { get; }

        public ImageEdit Prepared { get; }

        public EditVerdict Judge(Picture result) => verifier.Verify(Prepared, result);

        // The seam's score where the true fill is changed; blended in as fills are.
        public double Seam(Func<byte, byte> change)
        {
            byte[] fill = Array.ConvertAll(Edit.Rgb, value => change(value));
            return Judge(Before.Compose(fill, Blend.InsideAlpha(Prepared.Mask!, 1))).Checks.Single(check => check.Name == SeamCheck.Name).Score;
        }
    }
}
