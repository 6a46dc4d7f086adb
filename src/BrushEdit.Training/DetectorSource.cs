using BrushEdit.Synthesizing;

namespace BrushEdit.Training;

/// <summary>An object to find.</summary>
/// <param name="CenterX">The horizontal centre of its box, as a share of the picture's width.</param>
/// <param name="CenterY">The vertical centre of its box, as a share of the picture's height.</param>
/// <param name="Width">The width of its box, as a share of the picture's width.</param>
/// <param name="Height">The height of its box, as a share of the picture's height.</param>
/// <param name="Phrases">The indices of the sample's phrases that name it; at least one.</param>
public sealed record DetectorTarget(double CenterX, double CenterY, double Width, double Height, IReadOnlyList<int> Phrases);

/// <summary>A picture, the phrases, and the objects that it shows.</summary>
/// <param name="Rgb">8-bit sRGB, interleaved, row-major.</param>
/// <param name="Phrases">The phrases, including some for objects that are absent.</param>
/// <param name="Targets">The objects that a phrase names.</param>
public sealed record DetectorSample(byte[] Rgb, IReadOnlyList<string> Phrases, IReadOnlyList<DetectorTarget> Targets)
{
    /// <summary>The picture's side in pixels: it is square.</summary>
    public int Side => (int)Math.Sqrt(Rgb.Length / 3);
}

/// <summary>An endless, seeded sequence of samples for a detector.</summary>
public interface IDetectorSource
{
    /// <summary>The side in pixels that the network sees; samples of another size are scaled to it.</summary>
    int Size { get; }

    /// <summary>The sample at an index; deterministic for each index.</summary>
    /// <param name="index">From 0.</param>
    DetectorSample Sample(long index);
}

/// <summary>Scenes with phrases for a detector: "red ball", sometimes only "ball", and names of absent objects.</summary>
/// <param name="seed">Determines all samples.</param>
/// <param name="size">The side in pixels.</param>
/// <param name="split">The family of scenes.</param>
public sealed class DetectorSource(ulong seed, int size, SceneSplit split = SceneSplit.Train) : IDetectorSource
{
    /// <summary>The share of an object that must be visible for a phrase to name it.</summary>
    public const double LeastVisible = 0.3;

    private const int MostPhrases = 7;

    // Words that users and planners ask for in any picture, but these scenes never show.
    private static readonly string[] Strangers = ["person", "man", "woman", "dog", "cat", "bird", "animal", "horse", "table", "chair", "boat", "hat"];

    /// <inheritdoc/>
    public int Size => size;

    /// <inheritdoc/>
    public DetectorSample Sample(long index)
    {
        ulong own = (seed << 40) + (ulong)index;
        Random random = new(SampleSeed.Of(own));
        ToyScene scene = ToyScene.Draw(own, new ToySceneOptions { Width = size, Height = size, Split = split, MinObjects = random.NextDouble() < 0.03 ? 0 : 1 });
        List<string> phrases = Choose(scene, Clear(scene), random);
        return new DetectorSample(scene.Rgb, phrases, Targets(scene, phrases, _ => true));
    }

    /// <summary>The objects that phrases name, of those that are visible enough.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="phrases">The phrases: kinds, with or without their colours.</param>
    /// <param name="isTarget">Whether an object counts.</param>
    internal static IReadOnlyList<DetectorTarget> Targets(ToyScene scene, IReadOnlyList<string> phrases, Func<SceneObject, bool> isTarget)
    {
        List<DetectorTarget> targets = [];
        foreach (SceneObject thing in Clear(scene).Where(isTarget))
        {
            int[] named = [.. Enumerable.Range(0, phrases.Count).Where(at => phrases[at] == thing.Phrase || phrases[at] == thing.Kind)];
            if (named.Length > 0)
            {
                SceneBox box = thing.VisibleBox;
                targets.Add(new DetectorTarget(
                    (box.X + (box.Width / 2)) / scene.Width, (box.Y + (box.Height / 2)) / scene.Height, box.Width / scene.Width, box.Height / scene.Height, named));
            }
        }

        return targets;
    }

    private static SceneObject[] Clear(ToyScene scene) => [.. scene.Objects.Where(thing => thing.VisibleShare >= LeastVisible && thing.VisibleBox.Width > 0)];

    private List<string> Choose(ToyScene scene, SceneObject[] clear, Random random)
    {
        List<string> phrases = [];
        foreach (SceneObject thing in clear)
        {
            // A kind alone names all objects of that kind, so none of them may be too hidden to find.
            bool kindIsClear = scene.Objects.Where(other => other.Kind == thing.Kind).All(other => clear.Contains(other));
            double drawn = random.NextDouble();
            if (drawn < 0.25 && kindIsClear)
            {
                phrases.Add(thing.Kind);
            }
            else if (drawn < 0.85)
            {
                phrases.Add(thing.Phrase);
            }
        }

        // Phrases for absent objects: mostly near misses, an object's kind or colour with another word.
        for (int wanted = random.Next(phrases.Count == 0 ? 1 : 0, 5); wanted > 0; wanted--)
        {
            SceneObject? near = clear.Length > 0 && random.NextDouble() < 0.7 ? clear[random.Next(clear.Length)] : null;
            bool keepKind = random.Next(2) == 0;
            string kind = near is not null && keepKind ? near.Kind : SceneVocabulary.Kinds[random.Next(SceneVocabulary.Kinds.Count)];
            string color = near is not null && !keepKind ? near.Color : SceneVocabulary.Colors[random.Next(SceneVocabulary.Colors.Count)];
            string phrase = random.NextDouble() switch
            {
                < 0.1 => Strangers[random.Next(Strangers.Length)],
                < 0.25 => kind,
                _ => $"{color} {kind}",
            };

            // A held-out pair would be learnt as always absent.
            bool unknown = split == SceneSplit.Train && SceneVocabulary.IsHeldOut(color, kind);
            bool there = scene.Objects.Any(thing => thing.Phrase == phrase || thing.Kind == phrase);
            if (unknown || there)
            {
                wanted += phrases.Count == 0 ? 1 : 0;
                continue;
            }

            phrases.Add(phrase);
        }

        string[] shuffled = [.. phrases.Distinct(StringComparer.Ordinal)];
        random.Shuffle(shuffled);
        return [.. shuffled.Take(MostPhrases)];
    }
}

/// <summary>Seeds for the random numbers of one sample.</summary>
internal static class SampleSeed
{
    /// <summary>Hashes a number to a seed, which is the same on every machine.</summary>
    /// <param name="value">Seed and index in one number.</param>
    public static int Of(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return (int)((value ^ (value >> 31)) & int.MaxValue);
    }
}
