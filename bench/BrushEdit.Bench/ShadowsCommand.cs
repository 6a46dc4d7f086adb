using System.Globalization;
using BrushEdit.Caching;
using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Orchestrating;
using BrushEdit.Planning;
using BrushEdit.Segmenting;
using BrushEdit.Synthesizing;
using BrushEdit.Training;

namespace BrushEdit.Bench;

/// <summary>
/// Measures the effect of removing an object's shadow with it, on held-out scenes with known true shadows: how much of the shadow the mask
/// covers, how much background it covers needlessly, and how good the removal is.
/// </summary>
internal static class ShadowsCommand
{
    // A shadow that darkens by less than this, of 255, is invisible.
    private const byte Visible = 13;

    /// <summary>Measures and prints.</summary>
    /// <param name="options">The command's options.</param>
    public static void Run(BenchOptions options)
    {
        int side = options.Count("size");
        using ModelPool pool = new();
        using BundleModels models = new(
            ObjectDetector.Load(Path.Combine(options.Model, "grounding-dino")), Segmenter.Load(Path.Combine(options.Model, "sam")), options.Open(pool));
        using RulesPlanner planner = new();
        EditRunner runner = new(planner, models, models, models);
        Console.WriteLine($"scenes of {side} x {side}, {options["count"]} removals of each family");
        Console.WriteLine();
        Console.WriteLine("| mask | shadow covered | needless ground, of the thing's area | removal right | PSNR where the truth changes, dB |");
        Console.WriteLine("|---|---|---|---|---|");
        int usual = MaskForType.DefaultGrow(side, side);
        int[] grows = options["grows"].Length == 0 ? [usual, Math.Max(1, usual * 2 / 5)] : [.. options["grows"].Split(',').Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
        foreach (int grow in grows)
        {
            foreach (bool shadow in new[] { false, true })
            {
                List<ShadowRecord> records = [];
                ContactSheet sheet = new(side);
                foreach (SceneSplit split in new[] { SceneSplit.HeldOutSeeds, SceneSplit.HeldOutPairs })
                {
                    for (int i = 0; i < options.Count("count"); i++)
                    {
                        ToyScene scene = ToyScene.Draw((ulong)i, new ToySceneOptions { Width = side, Height = side, MaxObjects = 3, Split = split });
                        EditOptions edits = new() { Fill = options.Settings() with { Seed = i }, Shape = new MaskShapeOptions { Grow = grow, WithShadow = shadow } };
                        records.Add(ShadowRecord.Make(runner, scene, scene.Edit(SceneEditForm.Remove, (ulong)i), edits, options.Has("fill")));
                        if (i < options.Count("rows"))
                        {
                            sheet.Add(scene.Rgb, ContactSheet.Tint(scene.Rgb, records[^1].Mask), records[^1].Result);
                        }
                    }
                }

                Console.WriteLine($"| grown by {grow}{(shadow ? ", with its shadow" : string.Empty)} | {ShadowRecord.Row(records)} |");
                if (options["sheet"].Length > 0)
                {
                    sheet.Save($"{Path.ChangeExtension(options["sheet"], null)}-{grow}-{(shadow ? "with" : "without")}.png");
                }
            }
        }
    }

    /// <summary>One removal.</summary>
    /// <param name="Covered">The share of the visible shadow that the mask covers; null if there is none.</param>
    /// <param name="Needless">Masked pixels that show neither the object nor its shadow, relative to the object's pixels.</param>
    /// <param name="Right">Whether the object is gone, by the scene's ground truth; null if nothing was filled.</param>
    /// <param name="Psnr">The PSNR in dB where the true result differs from the source; null if nothing was filled.</param>
    /// <param name="Mask">The mask.</param>
    /// <param name="Result">The result; the scene itself if nothing was filled.</param>
    private sealed record ShadowRecord(double? Covered, double Needless, bool? Right, double? Psnr, byte[] Mask, byte[] Result)
    {
        public static ShadowRecord Make(EditRunner runner, ToyScene scene, SceneEdit truth, EditOptions options, bool fill)
        {
            ImageEdit edit = new(Picture.FromRgb(scene.Rgb, scene.Width, scene.Height));
            edit = fill ? runner.Run(edit, truth.Instruction, options, new StageContext()) : runner.Prepare(edit, truth.Instruction, options, new StageContext());
            byte[] mask = edit.Mask!.Values.ToArray(), result = edit.Result?.ToRgb() ?? scene.Rgb;
            SceneObject old = scene.Objects.First(thing => thing.Phrase == truth.OldThing!.Phrase);
            (int shaded, int covered, int needless, int own) = (0, 0, 0, 0);
            for (int i = 0; i < mask.Length; i++)
            {
                bool shows = old.VisibleMask[i] > 0, shade = !shows && old.ShadowMask[i] >= Visible;
                own += shows ? 1 : 0;
                shaded += shade ? 1 : 0;
                covered += shade && mask[i] != 0 ? 1 : 0;
                needless += !shows && !shade && mask[i] != 0 ? 1 : 0;
            }

            return new ShadowRecord(
                shaded == 0 ? null : (double)covered / shaded,
                (double)needless / Math.Max(1, own),
                fill ? SceneTruth.Judge(scene, truth, result, mask).Success : null,
                fill ? Math.Min(60, SceneTruth.Psnr(result, truth.Rgb, truth.Mask)) : null,
                mask,
                result);
        }

        public static string Row(List<ShadowRecord> records) => string.Join(
            " | ",
            $"{records.Where(record => record.Covered is not null).Average(record => record.Covered!.Value):p0}",
            $"{records.Average(record => record.Needless):p0}",
            records[0].Right is null ? "-" : $"{records.Average(record => record.Right!.Value ? 1 : 0):p0}",
            records[0].Psnr is null ? "-" : $"{records.Average(record => record.Psnr!.Value):0.0}");
    }
}
