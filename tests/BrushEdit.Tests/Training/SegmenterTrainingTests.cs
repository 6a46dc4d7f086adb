using BrushEdit.Imaging;
using BrushEdit.Modeling;
using BrushEdit.Segmenting;
using BrushEdit.Tests.Sam;
using BrushEdit.Tests.Support;
using BrushEdit.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Training;

public class SegmenterTrainingTests
{
    private static int Side => SamModelTests.Small().Vision.ImageSize;

    [Fact]
    public void The_loss_of_masks_is_what_its_parts_add_up_to()
    {
        using DisposeScope scope = NewDisposeScope();

        // Two by two pixels, the left half true; the clear mask undecided everywhere, one candidate right, the other wrong.
        Tensor truth = tensor(new[] { 1f, 0f, 1f, 0f }, [1, 1, 2, 2]);
        Tensor logits = tensor(new[] { 0f, 0f, 0f, 0f, 60f, -60f, 60f, -60f, -60f, 60f, -60f, 60f }, [1, 3, 2, 2]);
        Tensor predicted = tensor(new[] { 0.5f, 0.75f, 0.25f }, [1, 3]);
        double undecided = (20 * ((0.25 * 0.25) + (0.75 * 0.25)) / 2 * Math.Log(2)) + 0.4;

        // The real overlaps are 0 (nothing is above 0), 1 and 0.
        double judgement = ((0.5 * 0.5) + (0.25 * 0.25) + (0.25 * 0.25)) / 3;
        Assert.Equal(undecided + judgement, SegmenterTraining.OfMasks(logits, predicted, truth).item<float>(), 4);
    }

    [Theory]
    [InlineData(PromptKind.Box)]
    [InlineData(PromptKind.Click)]
    [InlineData(PromptKind.Clicks)]
    [InlineData(PromptKind.BoxAndClicks)]
    [InlineData(PromptKind.RoughMask)]
    public void Prompts_speak_of_their_thing(PromptKind kind)
    {
        using DisposeScope scope = NewDisposeScope();
        const int each = 2;
        SegmenterSource source = new(1, 48, each);
        SegmenterSample[] samples = [source.Sample(0), source.Sample(1)];
        SamPrompt prompt = SegmenterPrompts.Draw(samples, 48, 24, kind, new Random(3), CPU);
        Assert.Equal(kind is PromptKind.Click or PromptKind.Clicks, prompt.Boxes is null);
        Assert.Equal(kind == PromptKind.RoughMask, prompt.Masks is not null);
        byte[][] things = [.. samples.SelectMany(sample => sample.Things)];
        for (int at = 0; at < things.Length; at++)
        {
            (int left, int top, int right, int bottom) = SegmenterPrompts.Extent(things[at], 48);
            if (prompt.Boxes is not null)
            {
                float[] corners = prompt.Boxes[at / each, at % each].data<float>().ToArray();
                Box drawn = Box.FromCorners(corners[0], corners[1], corners[2], corners[3]);
                Assert.InRange(drawn.IoU(Box.FromCorners(left, top, right, bottom)), 0.6, 1);
            }

            for (int point = 0; point < (prompt.Points?.shape[2] ?? 0); point++)
            {
                float[] place = prompt.Points![at / each, at % each, point].data<float>().ToArray();
                bool on = prompt.Labels![at / each, at % each, point].item<long>() == SamPrompt.Foreground;
                Assert.Equal(on, things[at][((int)place[1] * 48) + (int)place[0]] != 0);
            }

            if (prompt.Masks is not null)
            {
                Assert.InRange(prompt.Masks[at].max().item<float>(), 0, (float)SamProcessor.MaskPromptLogit);
                Assert.Equal(-(float)SamProcessor.MaskPromptLogit, prompt.Masks[at].min().item<float>());
            }
        }
    }

    [Fact]
    public void A_click_goes_to_the_middle()
    {
        Mask mask = Mask.FromBox(30, 20, new Box(4, 5, 3, 3)).Union(Mask.FromBox(30, 20, new Box(12, 6, 9, 9)));
        Assert.Equal(new SegmentPoint(16, 10), StageMeasure.Middle(mask));
        Assert.Equal(new SegmentPoint(0, 0), StageMeasure.Middle(Mask.FromBox(5, 5, new Box(0, 0, 1, 1))));
    }

    [Fact]
    public void Twenty_steps_on_two_scenes_lower_the_loss()
    {
        using DisposeScope scope = NewDisposeScope();
        manual_seed(2);
        using SamModel model = new(SamModelTests.Small());
        model.train();
        SegmenterSource source = new(1, Side);
        SegmenterSample[] samples = [source.Sample(0), source.Sample(1)];
        using TrainingState state = new(
            new Dictionary<string, nn.Module> { ["segmenter"] = model }, new TrainingOptions { Steps = 20, LearningRate = 3e-3, WarmupSteps = 2 });
        List<double> losses = [];
        for (int step = 0; step < 20; step++)
        {
            using DisposeScope inner = NewDisposeScope();
            losses.Add(state.Descend(_ => SegmenterTraining.Loss(model, samples, PromptKind.Box, new Random(1))).Loss);
        }

        Assert.True(losses[^1] < 0.8 * losses[0], $"{losses[0]} fell to {losses[^1]} only.");
    }

    [Fact]
    public void A_run_goes_on_from_its_checkpoint_and_what_it_writes_can_be_opened()
    {
        using TemporaryFolder folder = new();
        using SamModel model = new(SamModelTests.Small());
        string checkpoint = Path.Combine(folder.Path, "checkpoint");
        TrainingOptions options = new() { Steps = 1, BatchSize = 2, Seed = 4 };
        SegmenterTraining.Train(model, new SegmenterSource(4, Side), options, checkpoint, null, CancellationToken.None);
        SegmenterTraining.Train(model, new SegmenterSource(4, Side), options with { Steps = 2 }, checkpoint, null, CancellationToken.None);
        Assert.EndsWith("step-00000002.safetensors", new Checkpoints(checkpoint, 2).Files[0], StringComparison.Ordinal);

        StageBundleWriter.WriteSegmenter(folder.Path, model);
        using Segmenter segmenter = Segmenter.Load(Path.Combine(folder.Path, StageBundleWriter.SegmenterFolder));
        Assert.Single(segmenter.Segment(Picture.FromRgb(new byte[40 * 30 * 3], 40, 30), SegmentPrompt.FromBoxes(new Box(3, 3, 20, 20))).Masks);
    }
}
