using BrushEdit.Imaging;
using BrushEdit.Measuring;
using BrushEdit.Modeling;
using BrushEdit.Synthesizing;
using BrushEdit.Tests.Support;
using BrushEdit.Tokenizing;
using BrushEdit.Training;
using BrushEdit.Verifying;
using TorchSharp;

namespace BrushEdit.Tests.Training;

/// <summary>The bundle's judge in training: its examples, a few steps, and the folder that is written.</summary>
public class JudgeTrainingTests
{
    [Fact]
    public void Examples_are_the_same_each_time_and_their_right_text_is_among_their_texts()
    {
        using AutoencoderKL vae = Toybox.Build(1, torch.CPU, () => new AutoencoderKL(SmallVae));
        JudgeExample[] first = new JudgeSource(1, vae).Draw(0, 24), again = new JudgeSource(1, vae).Draw(0, 24);
        Assert.Equal(24, first.Length);
        for (int i = 0; i < first.Length; i++)
        {
            Assert.Equal(first[i].Rgb, again[i].Rgb);
            Assert.Equal(first[i].Texts, again[i].Texts);
            Assert.InRange(first[i].Right, 0, first[i].Texts.Count - 1);
            Assert.Equal(JudgeExample.Side * JudgeExample.Side * 3, first[i].Rgb.Length);
            Assert.Equal(ShownCheck.Empty, first[i].Texts[1]);
            Assert.Equal(ShownCheck.Bad, first[i].Texts[2]);
            Assert.Equal(first[i].Texts.Count, first[i].Texts.Distinct().Count());
        }

        Assert.True(first.Select(example => example.Right).Distinct().Count() > 1);
    }

    [Fact]
    public void Spoilt_results_differ_from_the_true_one_more_than_good_ones_and_hold_no_pair_that_is_held_out()
    {
        double good = 0, bad = 0;
        SceneEditForm[] forms = [SceneEditForm.Add, SceneEditForm.Replace, SceneEditForm.Recolor, SceneEditForm.Background];
        for (int i = 0; i < 32; i++)
        {
            ToyScene scene = ToyScene.Draw((ulong)i, new ToySceneOptions { Width = 64, Height = 64, MaxObjects = 2 });
            SceneEdit edit = scene.Edit(forms[i % forms.Length], (ulong)i);
            byte[] spoilt = SpoiltEdit.Bad(scene, edit, new Random(i)), kept = SpoiltEdit.Good(scene, edit, new Random(i));
            Assert.Equal(spoilt, SpoiltEdit.Bad(scene, edit, new Random(i)));
            Assert.NotEqual(edit.Rgb, spoilt);
            good += Difference(edit.Rgb, kept);
            bad += Difference(edit.Rgb, spoilt);
        }

        Assert.True(bad > 2 * good, $"{bad:f0} against {good:f0}");
    }

    private static double Difference(byte[] a, byte[] b) => a.Zip(b).Average(pair => Math.Abs(pair.First - pair.Second));

    [Fact]
    public void A_few_steps_lower_the_loss_and_what_is_written_is_a_clip_that_judges()
    {
        using TemporaryFolder folder = new();
        TokenizerTraining.Write(folder["clip"], Toybox.JudgeWords, Toybox.TextLength);
        ClipTokenizer tokenizer = ClipTokenizer.Open(folder["clip"]);
        using JudgeNetwork network = Toybox.Build(4, torch.CPU, () => new JudgeNetwork(SmallText(tokenizer), SmallVision));
        JudgeExample[] examples = [.. Enumerable.Range(0, 64).Select(Flat)];
        TrainingOptions options = new() { Steps = 60, BatchSize = 16, LearningRate = 3e-3, WarmupSteps = 5, Beta2 = 0.99, Average = null };
        using TrainingState state = new(new Dictionary<string, torch.nn.Module> { ["judge"] = network }, options);
        List<double> losses = [];
        for (int step = 0; step < options.Steps; step++)
        {
            Random random = new(step);
            JudgeExample[] batch = [.. Enumerable.Range(0, options.BatchSize).Select(_ => examples[random.Next(examples.Length)])];
            losses.Add(state.Descend(_ => JudgeTraining.Loss(network, tokenizer, batch, random)).Loss);
        }

        Assert.True(losses[^5..].Average() < 0.5 * losses[..5].Average(), string.Join(", ", losses));

        ToyboxJudgeTraining.Write(folder["clip"], network);
        using ClipMeasure clip = ClipMeasure.Open(folder["clip"], torch.CPU);
        ClipMatcher matcher = new(clip, "clip");
        int right = Enumerable.Range(100, 20).Count(i =>
        {
            JudgeExample example = Flat(i);
            Picture picture = Picture.FromRgb(example.Rgb, JudgeExample.Side, JudgeExample.Side);
            IReadOnlyList<double> shares = matcher.Match(picture, new Box(0, 0, JudgeExample.Side, JudgeExample.Side), example.Texts);
            Assert.Equal(1, shares.Sum(), 1e-4);
            return shares.Index().MaxBy(share => share.Item).Index == example.Right;
        });
        Assert.InRange(right, 16, 20);
    }

    private static VaeConfig SmallVae => new() { BlockOutChannels = [8, 16], LayersPerBlock = 1, NormNumGroups = 4, SampleSize = 32, ForceUpcast = false };

    private static ClipVisionConfig SmallVision => new()
    {
        HiddenSize = 32,
        IntermediateSize = 64,
        NumHiddenLayers = 1,
        NumAttentionHeads = 2,
        ImageSize = Toybox.JudgeSide,
        PatchSize = 16,
        ProjectionDim = 16,
    };

    private static ClipTextConfig SmallText(ClipTokenizer tokenizer) => new()
    {
        VocabSize = tokenizer.VocabularySize,
        HiddenSize = 16,
        IntermediateSize = 32,
        NumHiddenLayers = 1,
        NumAttentionHeads = 2,
        MaxPositionEmbeddings = Toybox.TextLength,
        EosTokenId = tokenizer.EndTokenId,
        WithProjection = true,
        ProjectionDim = 16,
    };

    // A red, green or blue field with a little noise: what even a tiny network learns in a few steps.
    private static JudgeExample Flat(int seed)
    {
        Random random = new(seed);
        int channel = random.Next(3);
        byte[] rgb = new byte[JudgeExample.Side * JudgeExample.Side * 3];
        for (int i = 0; i < rgb.Length; i++)
        {
            rgb[i] = (byte)((i % 3 == channel ? 200 : 30) + random.Next(20));
        }

        return new JudgeExample(rgb, [ShownCheck.Text("red ball"), ShownCheck.Text("green ball"), ShownCheck.Text("blue ball")], channel, 1);
    }
}
