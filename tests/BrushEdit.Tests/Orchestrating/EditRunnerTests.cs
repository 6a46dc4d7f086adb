using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Orchestrating;
using BrushEdit.Planning;
using BrushEdit.Synthesizing;

namespace BrushEdit.Tests.Orchestrating;

/// <summary>Whole edits of drawn scenes, with models that know the truth and a fill that is drawn.</summary>
public class EditRunnerTests
{
    private const int Side = 96;

    public static TheoryData<EditType> Types => [.. Enum.GetValues<EditType>()];

    [Theory]
    [MemberData(nameof(Types))]
    public void An_instruction_is_enough_for_every_kind(EditType type)
    {
        Setup setup = new(type, 3);
        ImageEdit done = setup.Run(new ImageEdit(setup.Before), Setup.Options(1) with { Shape = new MaskShapeOptions { KeepOutline = true, EdgeReach = 0 } });

        Assert.Equal(type, done.Plan!.EditType);
        Assert.Equal(type, done.ShapedFor);
        Assert.NotNull(done.Result);
        Assert.Equal(type is EditType.Addition or EditType.Global ? 0 : 1, setup.Outliner.Asked);
        Assert.Equal(type == EditType.Global, done.Mask!.IsFull);
        Assert.Empty(done.Overrides);
        if (type is EditType.Background or EditType.Local)
        {
            SceneObject[] things = [.. setup.Scene.Objects.Where(thing => setup.Edit.Targets.Contains(thing.Phrase))];
            Mask outline = things.Select(thing => Mask.FromValues(thing.VisibleMask, Side, Side).Binarize()).Aggregate((all, one) => all.Union(one));
            Assert.True(done.Mask.SameAs(type == EditType.Local ? outline : outline.Invert()) || things.Length > 1);
        }
    }

    [Fact]
    public void Parts_that_are_there_are_kept_and_the_input_is_not_touched()
    {
        Setup setup = new(EditType.Remove, 3);
        ImageEdit planned = new(setup.Before) { Plan = new EditPlan { EditType = EditType.Remove, Target = setup.Edit.Target, Caption = "sand" } };
        Mask mine = Mask.FromBox(Side, Side, new Box(5, 5, 20, 20));
        ImageEdit masked = planned.Clone();
        masked.Mask = mine;

        ImageEdit done = setup.Run(masked, instruction: null);
        Assert.Same(mine, done.Mask);
        Assert.Null(masked.Result);
        Assert.Empty(setup.Finder.Asked);
        Assert.Same(done, setup.Run(done, instruction: null));

        ImageEdit found = setup.Run(planned, instruction: null);
        Assert.Single(setup.Finder.Asked);
        found.Detections = [new Detection(new Box(1, 1, 9, 9), 1, "mine")];
        Assert.Equal([nameof(ImageEdit.Detections)], found.Overrides);
    }

    [Fact]
    public void A_plan_is_not_overruled_in_silence()
    {
        Setup setup = new(EditType.Remove, 3);
        ImageEdit planned = new(setup.Before) { Plan = new EditPlan { Instruction = "remove the dog", EditType = EditType.Global, Caption = "x" } };
        EditException fault = Assert.Throws<EditException>(() => setup.Run(planned, "make it night"));
        Assert.Equal(EditFault.BadArgument, fault.Kind);
        Assert.Contains("remove the dog", fault.Message, StringComparison.Ordinal);
        Assert.Equal("make it night", setup.Run(planned, "make it night", context: new StageContext { Force = true }).Plan!.Instruction);
    }

    [Fact]
    public void Rounds_follow_one_another_and_can_be_taken_back()
    {
        Setup setup = new(EditType.Global, 3);
        ImageEdit done = setup.Runner.RunRounds(new ImageEdit(setup.Before), ["make it night", "turn it into dusk", "make it day"], Setup.Options(7), new StageContext());

        Assert.Equal(["make it night", "turn it into dusk", "make it day"], done.Rounds.Select(round => round.Plan!.Instruction));
        Assert.Same(done, done.Rounds[2]);
        Assert.Same(done.Rounds[0].Result, done.Rounds[1].Picture);
        Assert.Same(done.Rounds[1], done.Undo());
        Assert.Equal([7L, 7L, 7L], done.Rounds.Select(round => round.Seed!.Value));
        ImageEdit bare = done.Undo().Undo().Undo();
        Assert.True(bare.Plan is null && bare.Result is null && ReferenceEquals(bare.Picture, setup.Before));
        Assert.Throws<EditException>(() => bare.Undo());

        // Other words for a filled edit are its next round; a round made by itself is the same picture again.
        ImageEdit more = setup.Runner.RunRounds(done, ["make it night"], Setup.Options(7), new StageContext());
        Assert.Equal(4, more.Rounds.Count);
        ImageEdit alone = setup.Runner.RunRounds(new ImageEdit(done.Rounds[0].Result!), ["turn it into dusk"], Setup.Options(7), new StageContext());
        Assert.True(alone.Result!.SameSamples(done.Rounds[1].Result!));
    }

    [Theory]
    [InlineData(EditType.Remove, 2)]
    [InlineData(EditType.Addition, 2)]
    [InlineData(EditType.Local, 3)]
    public void A_failed_edit_is_tried_again_until_it_passes(EditType type, int good)
    {
        Setup setup = new(type, 3);
        setup.GoodFrom = 10 + good - 1;
        ImageEdit done = setup.Run(new ImageEdit(setup.Before), options: Setup.Options(10) with { Verify = true, MaxAttempts = 5 });

        Assert.True(done.Verdict!.Passed, done.Verdict.ToString());
        Assert.Equal(good, done.Attempts.Count);
        Assert.Equal(Enumerable.Range(0, good).Select(i => i == good - 1), done.Attempts.Select(one => one.IsKept));
        Assert.Equal(Enumerable.Range(0, good).Select(i => i == good - 1), done.Attempts.Select(one => one.Verdict.Passed));
        Assert.Equal(setup.GoodFrom, done.Seed);
        Assert.DoesNotContain(done.Warnings, warning => warning.Contains("did not pass", StringComparison.Ordinal));
    }

    [Fact]
    public void What_never_passes_keeps_its_best_try_and_says_what_was_tried()
    {
        Setup setup = new(EditType.Remove, 3);
        ImageEdit done = setup.Run(new ImageEdit(setup.Before), options: Setup.Options(10) with { Verify = true, MaxAttempts = 4 });

        Assert.False(done.Verdict!.Passed);
        Assert.Equal(4, done.Attempts.Count);
        Assert.Equal(done.Attempts.Max(one => one.Verdict.Score), done.Verdict.Score);
        Assert.Contains("grown", done.Attempts[1].Change, StringComparison.Ordinal);
        Assert.Contains("seed", done.Attempts[2].Change, StringComparison.Ordinal);
        Assert.Contains("candidate", done.Attempts[3].Change, StringComparison.Ordinal);
        Assert.True(setup.Inpainter.Filled[1].Mask.Coverage > setup.Inpainter.Filled[0].Mask.Coverage);
        Assert.Contains("did not pass", done.Warnings[^1], StringComparison.Ordinal);
        Assert.Equal([10L, 11L, 12L, 13L], setup.Inpainter.Filled.Select(fill => fill.Settings.Seed!.Value));
    }

    [Fact]
    public void A_mask_of_ones_own_is_never_grown()
    {
        Setup setup = new(EditType.Remove, 3);
        ImageEdit edit = new(setup.Before) { Mask = Mask.FromValues(setup.Edit.Mask, Side, Side) };
        setup.Run(edit, options: Setup.Options(10) with { Verify = true, MaxAttempts = 4 });
        Assert.Equal(4, setup.Inpainter.Filled.Count);
        Assert.All(setup.Inpainter.Filled, fill => Assert.Same(edit.Mask, fill.Mask));
    }

    [Fact]
    public void Samples_are_ranked_by_their_verdicts()
    {
        Setup setup = new(EditType.Remove, 3);
        setup.GoodFrom = 12;
        ImageEdit done = setup.Run(new ImageEdit(setup.Before), options: Setup.Options(10, samples: 3));
        Assert.Equal(12, done.Seed);
        Assert.Equal([12L, 10L, 11L], done.Samples.Select(sample => sample.Seed));
        Assert.Same(done.Samples[0].Picture, done.Result);
        Assert.All(done.Samples, sample => Assert.NotNull(sample.Verdict));
        Assert.Single(setup.Inpainter.Filled);
    }

    [Fact]
    public void Without_a_detector_what_needs_none_is_done_and_the_rest_says_what_is_missing()
    {
        EditException absence = new(EditFault.ModelNotFound, "There is no detector.", "Get one.");
        foreach (EditType type in (EditType[])[EditType.Addition, EditType.Global])
        {
            Setup setup = new(type, 3, absence);
            Assert.NotNull(setup.Run(new ImageEdit(setup.Before)).Result);
        }

        Setup removal = new(EditType.Remove, 3, absence);
        Assert.Same(absence, Assert.Throws<EditException>(() => removal.Run(new ImageEdit(removal.Before))));

        // With a box nothing is searched; without a segmenter the box is the outline.
        Box box = new(removal.Edit.Box.X, removal.Edit.Box.Y, removal.Edit.Box.Width, removal.Edit.Box.Height);
        EditOptions boxed = Setup.Options(1) with { Box = box };
        ImageEdit outlined = removal.Run(new ImageEdit(removal.Before), options: boxed);
        Assert.Equal(1, removal.Outliner.Asked);
        Assert.Equal([nameof(ImageEdit.Detections)], outlined.Overrides);
        Setup bare = new(EditType.Remove, 3, absence, absence);
        ImageEdit whole = bare.Run(new ImageEdit(bare.Before), options: boxed with { Shape = new() { Grow = 0 } });
        Assert.True(whole.Mask!.SameAs(Mask.FromBox(Side, Side, box)));
        Assert.Contains("There is no detector.", whole.Warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_canvas_is_extended_in_a_round_of_its_own()
    {
        Setup setup = new(EditType.Global, 3);
        EditOptions options = Setup.Options(1) with { Extend = new CanvasMargins(10, 0, 20, 5), Verify = true };
        ImageEdit done = setup.Runner.RunRounds(new ImageEdit(setup.Before), ["make it night"], options, new StageContext());

        ImageEdit extended = done.Rounds[0];
        Assert.Equal((Side + 30, Side + 5), (extended.Result!.Width, extended.Result.Height));
        Assert.True(extended.Result.Crop(new Box(10, 0, Side, Side)).SameSamples(setup.Before));
        Assert.Equal(((Side + 30) * (Side + 5)) - (Side * Side), extended.Mask!.Values.ToArray().Count(value => value == 255));
        Assert.Same(setup.Before, extended.Original);
        Assert.Same(extended.Result, done.Picture);
        Assert.Same(setup.Before, extended.Undo().Picture);
    }

    [Fact]
    public void What_was_found_moves_with_the_canvas()
    {
        ImageEdit edit = new(Picture.FromRgb(new byte[300], 10, 10))
        {
            Plan = new EditPlan { EditType = EditType.Addition, Box = new Box(1, 2, 3, 4) },
            Detections = [new Detection(new Box(5, 5, 2, 2), 1, "x")],
            Mask = Mask.FromBox(10, 10, new Box(5, 5, 2, 2)),
        };
        ImageEdit grown = edit.Extend(new CanvasMargins(3, 0, 0, 2));
        Assert.Equal(new Box(4, 2, 3, 4), grown.Plan!.Box);
        Assert.Equal(new Box(8, 5, 2, 2), grown.Detections![0].Box);
        Assert.Equal((3 * 12) + (2 * 10) + 4, grown.Mask!.Values.ToArray().Count(value => value == 255));
        Assert.Equal(new Box(1, 2, 3, 4), edit.Plan!.Box);
        Assert.Empty(grown.Overrides);
    }

    [Theory]
    [InlineData(EditStage.Plan)]
    [InlineData(EditStage.Find)]
    [InlineData(EditStage.Outline)]
    [InlineData(EditStage.Shape)]
    [InlineData(EditStage.Fill)]
    [InlineData(EditStage.Verify)]
    public void It_can_be_stopped_in_every_stage(EditStage stage)
    {
        Setup setup = new(EditType.Remove, 3);
        using CancellationTokenSource stop = new();
        List<EditStage> seen = [];
        StageContext context = new()
        {
            Progress = new Listener(value =>
            {
                seen.Add(value.Stage);
                if (value.Stage == stage)
                {
                    stop.Cancel();
                }
            }),
            Cancellation = stop.Token,
        };
        Assert.ThrowsAny<OperationCanceledException>(() => setup.Run(new ImageEdit(setup.Before), options: Setup.Options(1) with { Verify = true }, context: context));
        Assert.Equal(stage, seen[^1]);
    }

    private sealed class Listener(Action<EditProgress> act) : IProgress<EditProgress>
    {
        public void Report(EditProgress value) => act(value);
    }

    private sealed class Setup
    {
        public Setup(EditType type, ulong seed, EditException? noDetector = null, EditException? noSegmenter = null)
        {
            Scene = ToyScene.Draw(seed, new ToySceneOptions { Width = Side, Height = Side, MinObjects = 2 });
            Edit = Scene.Edit(type, seed);
            Before = Picture.FromRgb(Scene.Rgb, Side, Side);
            Finder = new SceneFinder { Absence = noDetector };
            Finder.Know(Before, Scene);
            Finder.Know(Picture.FromRgb(Edit.Rgb, Side, Side), Edit.After);
            Outliner = new SceneOutliner(Scene) { Absence = noSegmenter };
            Inpainter = new DrawnInpainter((picture, mask, fill) => fill >= GoodFrom ? Edit.Rgb : Dimmed(picture, fill));
            Runner = new EditRunner(new RulesPlanner(), Finder, Outliner, Inpainter);
        }

        public ToyScene Scene { get; }

        public SceneEdit Edit { get; }

        public Picture Before { get; }

        public SceneFinder Finder { get; }

        public SceneOutliner Outliner { get; }

        public DrawnInpainter Inpainter { get; }

        public EditRunner Runner { get; }

        /// <summary>The seed from which on fills are the true result.</summary>
        public long GoodFrom { get; set; } = long.MaxValue;

        public static EditOptions Options(long seed, int samples = 1) => new() { Fill = new InpaintSettings { Seed = seed, Samples = samples, Steps = 2 } };

        public ImageEdit Run(ImageEdit edit, EditOptions? options = null, StageContext? context = null) => Run(edit, Edit.Instruction, options, context);

        public ImageEdit Run(ImageEdit edit, string? instruction, EditOptions? options = null, StageContext? context = null)
        {
            options ??= Options(1);
            EditOptions own = options with { Plan = options.Plan with { CaptionBefore = instruction is null ? null : Scene.Caption } };
            return Runner.Run(edit, instruction, own, context ?? new StageContext());
        }

        // No edit at all but for a breath of light, so that things stay where they are.
        private static byte[] Dimmed(Picture picture, long seed) => Array.ConvertAll(picture.ToRgb(), value => (byte)(value * (0.95 - (0.001 * (seed % 10)))));
    }
}
