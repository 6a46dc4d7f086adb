using BrushEdit.Detecting;
using BrushEdit.Modeling;
using BrushEdit.Segmenting;
using BrushEdit.Synthesizing;
using BrushEdit.Tokenizing;
using TorchSharp;

namespace BrushEdit.Training;

/// <summary>Trains the bundle's detector and segmenter from a seed and writes them.</summary>
/// <param name="bundle">The bundle's folder.</param>
/// <param name="checkpoints">The checkpoints' folder; a stopped run continues from them.</param>
/// <param name="device">The device to train on.</param>
/// <param name="seed">Determines initial weights, scenes, phrases and prompts.</param>
public sealed class ToyboxStageTraining(string bundle, string checkpoints, torch.Device device, ulong seed)
{
    /// <summary>Trains and writes the detector.</summary>
    /// <param name="options">Steps, batch size, learning rate.</param>
    /// <param name="progress">Receives the loss.</param>
    /// <param name="cancellation">Ends the run with a checkpoint; the weights learnt so far are then written.</param>
    /// <param name="fromBundle">Starts from the bundle's weights instead of random ones; a checkpoint takes precedence over both.</param>
    /// <param name="editedShare">
    /// The share of scenes that are edited, some of them badly (<see cref="EditedSource"/>), 0 to 1; above 0 it needs the bundle's autoencoder.
    /// </param>
    public void TrainDetector(
        TrainingOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation, bool fromBundle = false, double editedShare = 0)
    {
        BertTokenizer tokenizer = BertTokenizer.Create(ToyboxStages.Vocabulary);
        using GroundingDinoNetwork network = NewDetector(tokenizer);
        if (fromBundle)
        {
            NetworkFolder.Read(Path.Combine(bundle, StageBundleWriter.DetectorFolder), "model", network);
        }

        DetectorSource plain = new(seed, ToyboxStages.DetectorCanvas);
        using AutoencoderKL? vae = editedShare > 0 ? NetworkFolder.OpenVae(bundle, device) : null;
        DetectorTraining.Train(
            network,
            tokenizer,
            vae is null ? plain : new EditedSource(plain, seed + 1, vae, editedShare),
            options with { Seed = seed },
            DetectorCheckpoint,
            progress,
            cancellation);
        StageBundleWriter.WriteDetector(bundle, network, ToyboxStages.Vocabulary, ToyboxStages.DetectorCanvas);
    }

    /// <summary>Trains and writes the segmenter.</summary>
    /// <param name="options">Steps, batch size, learning rate.</param>
    /// <param name="progress">Receives the loss.</param>
    /// <param name="cancellation">Ends the run with a checkpoint; the weights learnt so far are then written.</param>
    public void TrainSegmenter(TrainingOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        using SamModel model = NewSegmenter();
        SegmenterTraining.Train(
            model,
            new SegmenterSource(seed, ToyboxStages.Canvas),
            options with { Seed = seed },
            SegmenterCheckpoint,
            progress,
            cancellation);
        StageBundleWriter.WriteSegmenter(bundle, model);
    }

    /// <summary>Writes what the last checkpoints of unfinished runs have learnt, without training.</summary>
    /// <returns>The networks that had a checkpoint.</returns>
    public IReadOnlyList<string> Export()
    {
        List<string> written = [];
        using GroundingDinoNetwork detector = NewDetector(BertTokenizer.Create(ToyboxStages.Vocabulary));
        if (TrainingLoop.TryLoadAverage(DetectorTraining.Trained(detector), DetectorCheckpoint))
        {
            StageBundleWriter.WriteDetector(bundle, detector, ToyboxStages.Vocabulary, ToyboxStages.DetectorCanvas);
            written.Add("detector");
        }

        using SamModel segmenter = NewSegmenter();
        if (TrainingLoop.TryLoadAverage(SegmenterTraining.Trained(segmenter), SegmenterCheckpoint))
        {
            StageBundleWriter.WriteSegmenter(bundle, segmenter);
            written.Add("segmenter");
        }

        return written;
    }

    /// <summary>Measures the bundle's detector and segmenter on scenes that are not used in training; one line per measurement.</summary>
    /// <param name="scenes">The number of scenes of each family.</param>
    public IEnumerable<string> Measure(int scenes)
    {
        using ObjectDetector detector = ObjectDetector.Load(Path.Combine(bundle, StageBundleWriter.DetectorFolder), device);
        using Segmenter segmenter = Segmenter.Load(Path.Combine(bundle, StageBundleWriter.SegmenterFolder), device);
        foreach (SceneSplit split in new[] { SceneSplit.HeldOutSeeds, SceneSplit.HeldOutPairs })
        {
            yield return $"detector, {split}: {StageMeasure.Detector(detector, scenes, ToyboxStages.Canvas, split)}";
            yield return $"segmenter, {split}: {StageMeasure.Segmenter(segmenter, detector, scenes, ToyboxStages.Canvas, split)}";
        }
    }

    private string DetectorCheckpoint => Path.Combine(checkpoints, "detector");

    private string SegmenterCheckpoint => Path.Combine(checkpoints, "segmenter");

    private GroundingDinoNetwork NewDetector(BertTokenizer tokenizer) => Toybox.Build(seed + 10, device, () =>
    {
        GroundingDinoNetwork made = new(ToyboxStages.Detector(tokenizer));
        DetectorTraining.Initialize(made);
        return made;
    });

    private SamModel NewSegmenter() => Toybox.Build(seed + 11, device, () => new SamModel(ToyboxStages.Segmenter));
}
