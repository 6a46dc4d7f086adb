using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Planning;
using BrushEdit.Synthesizing;

namespace BrushEdit.Tests.Planning;

/// <summary>What the project's own scenes say must be understood to the letter.</summary>
public class ScenePlanTests
{
    private static readonly ToySceneOptions Small = new() { Width = 32, Height = 32 };

    public static TheoryData<SceneEditForm> Forms() => [.. Enum.GetValues<SceneEditForm>()];

    [Fact]
    public void Every_word_of_the_scenes_is_known()
    {
        Assert.Equal(SceneVocabulary.Kinds, Lexicon.Things);
        Assert.Equal(SceneVocabulary.Backgrounds.Order(StringComparer.Ordinal), Lexicon.Grounds.Order(StringComparer.Ordinal));
        Assert.All(SceneVocabulary.Words.Where(word => word.Length > 1), word => Assert.Contains(word, Lexicon.Known));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Instructions_of_200_scenes_give_the_true_plan(SceneEditForm form)
    {
        for (ulong seed = 0; seed < 200; seed++)
        {
            ToyScene scene = ToyScene.Draw(seed, Small with { Split = seed % 5 == 4 ? SceneSplit.HeldOutPairs : SceneSplit.Train });
            SceneEdit edit = scene.Edit(form, seed);
            EditPlan plan = RulesPlanner.Plan(new PlanRequest { Instruction = edit.Instruction, CaptionBefore = scene.Caption });
            string what = $"{edit.Instruction} ({scene.Caption})";
            Assert.True(edit.Type == plan.EditType, what);
            Assert.True((edit.Target.Length == 0 ? null : edit.Target) == plan.Target, $"{what}: '{plan.Target}', not '{edit.Target}'");
            Assert.True((edit.NewContent.Length == 0 ? null : edit.NewContent) == plan.NewContent, $"{what}: '{plan.NewContent}', not '{edit.NewContent}'");
            Assert.True(edit.CaptionAfter == plan.Caption, $"{what}: '{plan.Caption}', not '{edit.CaptionAfter}'");
            Assert.Equal(0.95, plan.Confidence);
        }
    }

    [Fact]
    public void An_addition_goes_to_the_side_of_its_anchor_that_was_said()
    {
        int beside = 0;
        for (ulong seed = 0; seed < 120; seed++)
        {
            ToyScene scene = ToyScene.Draw(seed, Small);
            SceneEdit edit = scene.Edit(SceneEditForm.Add, seed);
            ParsedInstruction parsed = InstructionParser.Parse(edit.Instruction);
            EditPlan plan = RulesPlanner.Plan(new PlanRequest
            {
                Instruction = edit.Instruction,
                Picture = Picture.FromRgb(scene.Rgb, scene.Width, scene.Height),
                Find = words => [.. scene.Objects.Where(o => o.Phrase == words).Select(o => new Detection(new Box(o.Box.X, o.Box.Y, o.Box.Width, o.Box.Height), 0.9, words))],
            });
            Box box = Assert.NotNull(plan.Box);
            Assert.Null(PlanCheck.BoxFault(box, scene.Width, scene.Height));
            if (parsed.Relation is PlaceRelation.LeftOf or PlaceRelation.RightOf)
            {
                SceneBox anchor = scene.Objects.Single(o => o.Phrase == parsed.Anchors.Single().Phrase).Box;
                bool left = parsed.Relation == PlaceRelation.LeftOf;
                Assert.True(left ? box.CenterX < anchor.X + (anchor.Width / 2) : box.CenterX > anchor.X + (anchor.Width / 2), edit.Instruction);
                beside++;
            }
        }

        Assert.True(beside > 20);
    }
}
