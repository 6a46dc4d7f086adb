using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Modeling;
using BrushEdit.Synthesizing;
using BrushEdit.Tests.GroundingDino;
using BrushEdit.Tests.Support;
using BrushEdit.Tokenizing;
using BrushEdit.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Training;

public class DetectorTrainingTests
{
    private const int Side = 48;

    [Fact]
    public void One_layers_loss_is_what_its_parts_add_up_to()
    {
        using DisposeScope scope = NewDisposeScope();

        // Two boxes, one thing of two words among three tokens, the last of them padding. The second box is the thing's.
        Tensor logits = tensor(new[] { -2f, -2f, float.NegativeInfinity, 1f, 3f, float.NegativeInfinity }, [1, 2, 3]);
        Tensor boxes = tensor(new[] { 0.2f, 0.2f, 0.2f, 0.2f, 0.5f, 0.5f, 0.2f, 0.2f }, [1, 2, 4]);
        DetectorTruth truth = new(
            tensor(new[] { 0.6f, 0.5f, 0.2f, 0.2f }, [1, 1, 4]), tensor(new[] { 1f, 1f, 0f }, [1, 1, 3]), [1], tensor(new[] { true, true, false }, [1, 3]));
        Assert.Equal([(0, 1, 0)], DetectorLoss.Match(logits.masked_fill(logits.isinf(), -30), boxes, truth));

        double Focal(double logit, bool yes)
        {
            double p = 1 / (1 + Math.Exp(-logit));
            return yes ? 0.25 * (1 - p) * (1 - p) * -Math.Log(p) : 0.75 * p * p * -Math.Log(1 - p);
        }

        // The boxes share half of each: intersection 0.02, union and hull 0.06.
        double expected = (2 * (Focal(-2, false) + Focal(-2, false) + Focal(1, true) + Focal(3, true))) + (5 * 0.1) + (2 * (1 - (1.0 / 3)));
        Assert.Equal(expected, DetectorLoss.OfLayer(logits, boxes, truth).item<float>(), 4);
    }

    [Fact]
    public void A_picture_without_things_has_a_loss_of_words_alone()
    {
        using DisposeScope scope = NewDisposeScope();
        DetectorTruth truth = new(zeros(1, 1, 4), zeros(1, 1, 2), [0], ones([1, 2], ScalarType.Bool));
        float loss = DetectorLoss.OfLayer(zeros(1, 3, 2), rand(1, 3, 4), truth).item<float>();
        Assert.Equal(2 * 6 * 0.75 * 0.25 * Math.Log(2), loss, 4);
    }

    [Fact]
    public void Of_all_picture_tokens_four_answer_for_a_thing_and_the_others_for_nothing()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor thing = tensor(new[] { 0.5f, 0.5f, 0.2f, 0.2f }, [1, 1, 4]);
        Tensor far = tensor(new[] { 0.1f, 0.1f, 0.1f, 0.1f }, [1, 1, 4]);
        Tensor boxes = cat([thing, thing, far, thing, thing], 1);
        using DinoOutput output = new()
        {
            LayerLogits = [],
            LayerBoxes = [],
            LastState = empty(0),
            Vision = empty(0),
            Text = empty(0),
            EncoderLogits = tensor(new[] { 2f, 1f, -1f, 0f, -2f }, [1, 5, 1]),
            EncoderBoxLogits = (boxes / (1 - boxes)).log(),
            Chosen = empty(0),
            ProposalLogits = empty(0),
            ProposalBoxes = empty(0),
            InitialBoxes = empty(0),
        };
        DetectorTruth truth = new(thing, ones(1, 1, 1), [1], ones([1, 1], ScalarType.Bool));
        double Yes(double logit) => 0.25 * Math.Pow(1 / (1 + Math.Exp(logit)), 2) * Math.Log(1 + Math.Exp(-logit));
        double No(double logit) => 0.75 * Math.Pow(1 / (1 + Math.Exp(-logit)), 2) * Math.Log(1 + Math.Exp(logit));
        double expected = 2 * (Yes(2) + Yes(1) + Yes(0) + Yes(-2) + No(-1)) / 4;
        Assert.Equal(expected, DetectorLoss.OfAllTokens(output, truth).item<float>(), 3);
    }

    [Fact]
    public void Samples_name_what_is_there_and_nothing_that_is_held_out()
    {
        DetectorSource source = new(3, Side);
        for (int index = 0; index < 60; index++)
        {
            DetectorSample sample = source.Sample(index);
            Assert.NotEmpty(sample.Phrases);
            Assert.Equal(sample.Phrases.Distinct(), sample.Phrases);
            Assert.All(sample.Targets, target => Assert.All(target.Phrases, phrase => Assert.InRange(phrase, 0, sample.Phrases.Count - 1)));
            Assert.All(sample.Targets, target => Assert.True(target.Width > 0 && target.CenterX + (target.Width / 2) <= 1 + 1e-9));
            foreach (string[] words in sample.Phrases.Select(phrase => phrase.Split(' ')).Where(words => words.Length == 2))
            {
                Assert.False(SceneVocabulary.IsHeldOut(words[0], words[1]));
            }

            Assert.Equal(sample.Phrases, source.Sample(index).Phrases);
        }

        Assert.Contains(Enumerable.Range(0, 60), index => source.Sample(index).Phrases.Count > source.Sample(index).Targets.SelectMany(target => target.Phrases).Distinct().Count());
    }

    [Fact]
    public void Every_scene_word_is_one_token_and_any_other_can_be_read()
    {
        BertTokenizer tokenizer = BertTokenizer.Create(ToyboxStages.Vocabulary);
        Assert.All(SceneVocabulary.Words, word => Assert.Single(tokenizer.EncodeWords(word)));
        Assert.DoesNotContain(tokenizer.UnknownId, tokenizer.EncodeWords("zebra 42"));
        Assert.Equal(ToyboxStages.Vocabulary.Count, ToyboxStages.Vocabulary.Distinct().Count());
    }

    [Fact]
    public void At_the_start_nearly_every_answer_is_no()
    {
        using DisposeScope scope = NewDisposeScope();
        (GroundingDinoNetwork network, BertTokenizer tokenizer) = Small();
        using (network)
        {
            DetectorBatch batch = Batch(tokenizer, network);
            using DinoText text = network.EncodeText(batch.Ids, TextQuery.Separators(tokenizer), batch.TokenMask);
            using DinoOutput output = network.Forward(batch.Pixels, null, text);
            foreach (Tensor logits in output.LayerLogits.Append(output.ProposalLogits))
            {
                Tensor real = logits.masked_select(batch.TokenMask.Cast<bool>().All(token => token) ? ones_like(logits).to(ScalarType.Bool) : logits.isinf().logical_not());
                Assert.InRange(real.mean().item<float>(), -6, -3);
            }
        }
    }

    [Fact]
    public void Twenty_steps_on_two_scenes_lower_the_loss()
    {
        using DisposeScope scope = NewDisposeScope();
        (GroundingDinoNetwork network, BertTokenizer tokenizer) = Small();
        using (network)
        {
            network.train();
            DetectorBatch batch = Batch(tokenizer, network);
            using TrainingState state = new(
                new Dictionary<string, nn.Module> { ["detector"] = network }, new TrainingOptions { Steps = 20, LearningRate = 2e-3, WarmupSteps = 2 });
            List<double> losses = [];
            for (int step = 0; step < 20; step++)
            {
                using DisposeScope inner = NewDisposeScope();
                losses.Add(state.Descend(_ => DetectorTraining.Loss(network, tokenizer, batch)).Loss);
            }

            Assert.True(losses[^1] < 0.7 * losses[0], $"{losses[0]} fell to {losses[^1]} only.");
        }
    }

    [Fact]
    public void A_run_goes_on_from_its_checkpoint_and_what_it_writes_can_be_opened()
    {
        using TemporaryFolder folder = new();
        BertTokenizer tokenizer = BertTokenizer.Create(ToyboxStages.Vocabulary);
        using GroundingDinoNetwork network = new(Config(tokenizer));
        DetectorTraining.Initialize(network);
        TrainingOptions options = new() { Steps = 1, BatchSize = 2, Seed = 4 };
        List<TrainingProgress> reports = [];
        Collector progress = new(reports);
        string checkpoint = Path.Combine(folder.Path, "checkpoint");
        DetectorTraining.Train(network, tokenizer, new DetectorSource(4, Side), options, checkpoint, progress, CancellationToken.None);
        DetectorTraining.Train(network, tokenizer, new DetectorSource(4, Side), options with { Steps = 2 }, checkpoint, progress, CancellationToken.None);
        Assert.Equal([1, 2], reports.Select(report => report.Step));

        using GroundingDinoNetwork exported = new(Config(tokenizer));
        Assert.True(TrainingLoop.TryLoadAverage(DetectorTraining.Trained(exported), checkpoint));
        Assert.True(exported.parameters().Zip(network.parameters()).All(pair => pair.First.allclose(pair.Second)));
        Assert.False(TrainingLoop.TryLoadAverage(DetectorTraining.Trained(exported), Path.Combine(folder.Path, "none")));

        StageBundleWriter.WriteDetector(folder.Path, network, ToyboxStages.Vocabulary, Side);
        using ObjectDetector detector = ObjectDetector.Load(Path.Combine(folder.Path, StageBundleWriter.DetectorFolder));
        Assert.Equal(Side, detector.Preprocessing.ShortSide);
        DetectionResult found = detector.Find(Picture.FromRgb(new byte[Side * Side * 3], Side, Side), ["red ball"]);
        Assert.Equal("red ball", Assert.Single(found.Phrases).Phrase);
    }

    [Fact]
    public void The_bundles_networks_are_as_small_as_they_must_be()
    {
        BertTokenizer tokenizer = BertTokenizer.Create(ToyboxStages.Vocabulary);
        using GroundingDinoNetwork detector = new(ToyboxStages.Detector(tokenizer), META);
        using SamModel segmenter = new(ToyboxStages.Segmenter, META);
        Assert.InRange(2 * detector.parameters().Sum(tensor => tensor.numel()), 1, 15_000_000);
        Assert.InRange(2 * segmenter.parameters().Sum(tensor => tensor.numel()), 1, 10_000_000);
    }

    [Fact]
    public void Of_edited_scenes_a_new_object_is_a_target_only_if_it_is_drawn_well()
    {
        using AutoencoderKL vae = Toybox.Build(1, CPU, () => new AutoencoderKL(new VaeConfig { BlockOutChannels = [8, 8, 8], LayersPerBlock = 1, NormNumGroups = 4, ForceUpcast = false }));
        EditedSource source = new(new DetectorSource(4, Side), 5, vae, share: 0.5);
        DetectorSample[] samples = [.. Enumerable.Range(0, 60).Select(i => source.Sample(i))];
        DetectorSample[] edited = [.. samples.Where(sample => sample.Side == Toybox.WholeCanvas)];

        Assert.All(samples, (sample, i) => Assert.Equal(sample.Rgb, source.Sample(i).Rgb));
        Assert.InRange(edited.Length, 15, 45);
        Assert.InRange(edited.Count(sample => sample.Targets.Any(target => target.Phrases.Contains(0))), edited.Length / 5, edited.Length * 3 / 4);
        Assert.All(edited, sample => Assert.All(sample.Targets, target => Assert.All(target.Phrases, at => Assert.InRange(at, 0, sample.Phrases.Count - 1))));
        Assert.All(edited, sample => Assert.False(SceneVocabulary.IsHeldOut(sample.Phrases[0].Split(' ')[0], sample.Phrases[0].Split(' ')[^1])));

        BertTokenizer tokenizer = BertTokenizer.Create(ToyboxStages.Vocabulary);
        using DisposeScope scope = NewDisposeScope();
        DetectorBatch batch = DetectorTraining.Prepare(samples[..6], tokenizer, Side, 32, CPU);
        Assert.Equal([6, 3, Side, Side], batch.Pixels.shape);
    }

    private static GroundingDinoConfig Config(BertTokenizer tokenizer) => SmallDino.Config with
    {
        Text = SmallDino.Config.Text with { VocabularySize = tokenizer.Count, Dropout = 0, AttentionDropout = 0 },
        Backbone = SmallDino.Config.Backbone with { DropPath = 0 },
        Dropout = 0,
        FusionDropPath = 0,
        MaxTextLength = 32,
    };

    private static (GroundingDinoNetwork Network, BertTokenizer Tokenizer) Small()
    {
        manual_seed(2);
        BertTokenizer tokenizer = BertTokenizer.Create(ToyboxStages.Vocabulary);
        GroundingDinoNetwork network = new(Config(tokenizer));
        DetectorTraining.Initialize(network);
        return (network, tokenizer);
    }

    private static DetectorBatch Batch(BertTokenizer tokenizer, GroundingDinoNetwork network)
    {
        DetectorSource source = new(9, Side);
        DetectorSample[] samples = [.. Enumerable.Range(0, 20).Select(at => source.Sample(at)).Where(sample => sample.Targets.Count > 0).Take(2)];
        return DetectorTraining.Prepare(samples, tokenizer, Side, network.Config.MaxTextLength, CPU);
    }

    private sealed class Collector(List<TrainingProgress> reports) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => reports.Add(value);
    }
}
