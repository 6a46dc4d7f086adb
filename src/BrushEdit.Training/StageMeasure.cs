using System.Globalization;
using BrushEdit.Detecting;
using BrushEdit.Imaging;
using BrushEdit.Segmenting;
using BrushEdit.Synthesizing;

namespace BrushEdit.Training;

/// <summary>How well a detector finds the objects of scenes by "colour kind" phrases.</summary>
/// <param name="Asked">The number of phrases that name an object in the picture.</param>
/// <param name="Accuracy">The share of them whose best box has an IoU of at least 0.5 with the object's.</param>
/// <param name="MeanIoU">The mean IoU of the best box, 0 if none was found.</param>
/// <param name="Absent">The number of phrases that name nothing in the picture.</param>
/// <param name="FalsePositives">The share of them for which a box passed the first threshold of the ladder, 0.3.</param>
public sealed record DetectorScore(int Asked, double Accuracy, double MeanIoU, int Absent, double FalsePositives)
{
    /// <summary>One line for a table of results.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"found {Accuracy:P1} of {Asked}, mean IoU {MeanIoU:0.000}, false positives {FalsePositives:P1} of {Absent}");
}

/// <summary>How well a segmenter outlines the objects of scenes, as mean IoU with their visible parts.</summary>
/// <param name="Things">The number of objects.</param>
/// <param name="FromTrueBoxes">Prompted with the object's own box.</param>
/// <param name="FromFoundBoxes">Prompted with the detector's best box; null without a detector. Objects it did not find count 0.</param>
/// <param name="FromOneClick">Prompted with the visible point farthest from the object's edge.</param>
public sealed record SegmenterScore(int Things, double FromTrueBoxes, double? FromFoundBoxes, double FromOneClick)
{
    /// <summary>One line for a table of results.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Things} objects, mean IoU from true boxes {FromTrueBoxes:0.000}, from found ones {FromFoundBoxes:0.000}, from one click {FromOneClick:0.000}");
}

/// <summary>Measures a detector and a segmenter on scenes that are not used in training.</summary>
public static class StageMeasure
{
    // Seeds of measurements, far from those of training and tests.
    private const ulong FirstSeed = 7_000_000;

    /// <summary>Measures a detector: with a phrase for every clearly visible object, and one per scene for an absent object.</summary>
    /// <param name="detector">The detector.</param>
    /// <param name="scenes">How many scenes.</param>
    /// <param name="size">The side in pixels.</param>
    /// <param name="split">The family of scenes; of held-out pairs, only objects that form such a pair are queried.</param>
    public static DetectorScore Detector(ObjectDetector detector, int scenes, int size, SceneSplit split)
    {
        ArgumentNullException.ThrowIfNull(detector);
        (int asked, int right, double overlap, int absent, int wrong) = (0, 0, 0, 0, 0);
        foreach ((ToyScene scene, Picture picture, Random random) in Scenes(scenes, size, split))
        {
            foreach (SceneObject thing in Clear(scene, split))
            {
                double iou = Best(detector, picture, thing)?.IoU(BoxOf(thing)) ?? 0;
                asked++;
                right += iou >= 0.5 ? 1 : 0;
                overlap += iou;
            }

            string color = SceneVocabulary.Colors[random.Next(SceneVocabulary.Colors.Count)];
            string kind = SceneVocabulary.Kinds[random.Next(SceneVocabulary.Kinds.Count)];
            if (scene.Objects.All(thing => thing.Color != color || thing.Kind != kind))
            {
                absent++;
                wrong += detector.Find(picture, [$"{color} {kind}"], new DetectionOptions { Threshold = DetectionOptions.Ladder[0] }).Detections.Count > 0 ? 1 : 0;
            }
        }

        return new DetectorScore(asked, Share(right, asked), overlap / Math.Max(1, asked), absent, Share(wrong, absent));
    }

    /// <summary>Measures a segmenter on every clearly visible object.</summary>
    /// <param name="segmenter">The segmenter.</param>
    /// <param name="detector">Finds the boxes of one of the measures; null omits that measure.</param>
    /// <param name="scenes">How many scenes.</param>
    /// <param name="size">The side in pixels.</param>
    /// <param name="split">The family of scenes.</param>
    public static SegmenterScore Segmenter(Segmenter segmenter, ObjectDetector? detector, int scenes, int size, SceneSplit split)
    {
        ArgumentNullException.ThrowIfNull(segmenter);
        (int things, double fromTrue, double fromFound, double fromClick) = (0, 0, 0, 0);
        foreach ((ToyScene scene, Picture picture, _) in Scenes(scenes, size, split))
        {
            foreach (SceneObject thing in Clear(scene, split))
            {
                Mask truth = Mask.FromValues(thing.VisibleMask, size, size).Binarize();
                double Overlap(SegmentPrompt prompt) => IoU(segmenter.Segment(picture, prompt).Masks[0].Mask, truth);
                things++;
                fromTrue += Overlap(SegmentPrompt.FromBoxes(BoxOf(thing)));
                fromClick += Overlap(SegmentPrompt.FromPoints(Middle(truth)));
                if (detector is not null && Best(detector, picture, thing) is { } found)
                {
                    fromFound += Overlap(SegmentPrompt.FromBoxes(found));
                }
            }
        }

        int count = Math.Max(1, things);
        return new SegmenterScore(things, fromTrue / count, detector is null ? null : fromFound / count, fromClick / count);
    }

    /// <summary>The point of a mask that is farthest from its edge: where a user would click.</summary>
    /// <param name="mask">A mask that is not empty.</param>
    internal static SegmentPoint Middle(Mask mask)
    {
        // The last remaining pixel when the mask is eroded step by step; the mask picture's border counts as its edge.
        Mask kept = mask.Binarize();
        Mask padded = kept.Extend(1, 1, 1, 1, 0);
        for (Mask smaller = padded.Shrink(1); !smaller.IsEmpty; smaller = padded.Shrink(1))
        {
            padded = smaller;
        }

        int at = padded.Values.IndexOfAnyExcept((byte)0);
        return new SegmentPoint((at % padded.Width) - 1, (at / padded.Width) - 1);
    }

    private static IEnumerable<(ToyScene Scene, Picture Picture, Random Random)> Scenes(int count, int size, SceneSplit split)
    {
        for (ulong at = 0; at < (ulong)count; at++)
        {
            ToyScene scene = ToyScene.Draw(FirstSeed + at, new ToySceneOptions { Width = size, Height = size, Split = split });
            yield return (scene, Picture.FromRgb(scene.Rgb, size, size), new Random(SampleSeed.Of(FirstSeed + at)));
        }
    }

    private static IEnumerable<SceneObject> Clear(ToyScene scene, SceneSplit split) => scene.Objects.Where(thing =>
        thing.VisibleShare >= DetectorSource.LeastVisible && thing.VisibleBox.Width > 0
        && (split != SceneSplit.HeldOutPairs || SceneVocabulary.IsHeldOut(thing.Color, thing.Kind)));

    private static Box? Best(ObjectDetector detector, Picture picture, SceneObject thing) =>
        detector.Find(picture, [thing.Phrase]).Detections is [var first, ..] ? first.Box : null;

    private static Box BoxOf(SceneObject thing) => new(thing.VisibleBox.X, thing.VisibleBox.Y, thing.VisibleBox.Width, thing.VisibleBox.Height);

    private static double IoU(Mask a, Mask b)
    {
        (int both, int either) = (0, 0);
        for (int at = 0; at < a.Values.Length; at++)
        {
            both += a.Values[at] >= Mask.Threshold && b.Values[at] >= Mask.Threshold ? 1 : 0;
            either += a.Values[at] >= Mask.Threshold || b.Values[at] >= Mask.Threshold ? 1 : 0;
        }

        return either == 0 ? 0 : (double)both / either;
    }

    private static double Share(int part, int all) => all == 0 ? 0 : (double)part / all;
}
