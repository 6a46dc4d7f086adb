using System.Globalization;
using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Synthesizing;

namespace BrushEdit.Bench;

/// <summary>
/// The distribution of the detector's best scores in held-out scenes: for objects that are present, present in another colour, and absent.
/// It shows how a threshold for "not found" would affect them.
/// </summary>
internal static class FindsCommand
{
    private const double SamePlace = 0.5;

    private static readonly double[] Limits = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5];

    /// <summary>Measures and prints.</summary>
    /// <param name="options">The command's options.</param>
    public static void Run(BenchOptions options)
    {
        int side = options.Count("size");
        using ObjectDetector detector = ObjectDetector.Load(Path.Combine(options.Model, "grounding-dino"));
        Dictionary<string, List<double>> scores = new(StringComparer.Ordinal);
        void Note(string what, DetectionResult found)
        {
            foreach ((string kind, double score) in (IEnumerable<(string, double)>)[("best word", Best(found, one => one.Score)), ("all words", Best(found, one => one.Fit))])
            {
                scores.TryAdd($"{what}, {kind}", []);
                scores[$"{what}, {kind}"].Add(score);
            }
        }

        for (int i = 0; i < options.Count("count"); i++)
        {
            SceneSplit split = i % 2 == 0 ? SceneSplit.HeldOutSeeds : SceneSplit.HeldOutPairs;
            ToyScene scene = ToyScene.Draw((ulong)i, new ToySceneOptions { Width = side, Height = side, Split = split });
            Picture picture = Picture.FromRgb(scene.Rgb, side, side);
            foreach (SceneObject thing in scene.Objects)
            {
                foreach ((string what, string phrase) in (IEnumerable<(string, string)>)[("there, by colour and kind", $"{thing.Color} {thing.Kind}"), ("there, by kind", thing.Kind)])
                {
                    DetectionResult found = Find(detector, picture, phrase);
                    bool right = found.Detections.Count > 0
                        && scene.Objects.Any(one => one.Kind == thing.Kind && (phrase == one.Kind || one.Color == thing.Color) && BoxOf(one).IoU(found.Detections[0].Box) >= SamePlace);
                    Note($"{what}, {(right ? "right" : "wrong")} place", found);
                }

                string other = SceneVocabulary.Colors.First(color => scene.Objects.All(one => one.Kind != thing.Kind || one.Color != color));
                Note("there in another colour", Find(detector, picture, $"{other} {thing.Kind}"));
            }

            string[] absent = [.. SceneVocabulary.Kinds.Where(kind => scene.Objects.All(one => one.Kind != kind))];
            string kind = absent[i % absent.Length], color = SceneVocabulary.Colors[i % SceneVocabulary.Colors.Count];
            Note("not there, by kind", Find(detector, picture, kind));
            Note("not there, by colour and kind", Find(detector, picture, $"{color} {kind}"));
        }

        Console.WriteLine($"| asked for, in {options["count"]} scenes of {side} x {side} | finds | {string.Join(" | ", Limits.Select(limit => string.Create(CultureInfo.InvariantCulture, $"up to {limit:0.00}")))} | median |");
        Console.WriteLine($"|---|---|{string.Concat(Enumerable.Repeat("---|", Limits.Length + 1))}");
        foreach ((string what, List<double> list) in scores.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            list.Sort();
            string shares = string.Join(" | ", Limits.Select(limit => string.Create(CultureInfo.InvariantCulture, $"{100.0 * list.Count(score => score <= limit) / list.Count:0.0} %")));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {list.Count} | {shares} | {list[list.Count / 2]:0.00} |"));
        }
    }

    private static DetectionResult Find(ObjectDetector detector, Picture picture, string phrase) =>
        detector.Find(picture, [phrase], new DetectionOptions { Threshold = 0, Top = 1 });

    private static double Best(DetectionResult found, Func<Detection, double> score) => found.Detections.Count == 0 ? 0 : score(found.Detections[0]);

    private static Box BoxOf(SceneObject thing) => new(thing.Box.X, thing.Box.Y, thing.Box.Width, thing.Box.Height);
}
