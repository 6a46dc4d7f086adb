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
/// Measures how much of the old background remains along the edges of kept objects when the background is replaced, on held-out scenes with
/// known true edges: with a hard mask, whose fill fades in, and with the matte made from it; with true outlines and with the segmenter's; over
/// the true new background, so that only the edge is measured, and over the network's.
/// </summary>
internal static class EdgesCommand
{
    // Pixels on either side of the true edge, for scenes of 128 x 128.
    private const int Rim = 3;

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
        Console.WriteLine($"scenes of {side} x {side}, {options["count"]} new backgrounds of each family; the rim is all within {Rim * side / 128} pixels of a true edge, shadows left out");
        Console.WriteLine();
        Console.WriteLine("| outline | ground | edge | error in the rim, levels | old ground left in the rim | rim PSNR, dB |");
        Console.WriteLine("|---|---|---|---|---|---|");
        ContactSheet sheet = new(side);
        Dictionary<(string, string, string), List<RimError>> all = [];
        foreach (SceneSplit split in new[] { SceneSplit.HeldOutSeeds, SceneSplit.HeldOutPairs })
        {
            for (int i = 0; i < options.Count("count"); i++)
            {
                ToyScene scene = ToyScene.Draw((ulong)i, new ToySceneOptions { Width = side, Height = side, MaxObjects = 3, Split = split });
                SceneEdit truth = scene.Edit(SceneEditForm.Background, (ulong)i);
                Picture picture = Picture.FromRgb(scene.Rgb, side, side);
                Mask seen = TrueOutline(scene);
                Mask found = runner.Prepare(new ImageEdit(picture), truth.Instruction, new EditOptions { Shape = new MaskShapeOptions { EdgeReach = 0 } }, new StageContext()).Mask!.Invert();
                bool[] rim = RimOf(scene, truth.After, seen, Rim * side / 128);
                InpaintSettings settings = options.Settings() with { Caption = truth.NewContent, Seed = i };
                List<byte[]> row = [scene.Rgb];
                foreach ((string outline, Mask target) in new[] { ("true", seen), ("segmenter's", found) })
                {
                    Mask hard = target.Invert(), matte = AlphaMatte.Refine(picture, target, AlphaMatte.DefaultReach(side, side)).Invert();
                    byte[] ground = truth.After.RenderBackground();
                    Add(outline, "true", "hard", Blend.Round(Blend.Mix(scene.Rgb, ground, Blend.InsideAlpha(hard, 1))));
                    Add(outline, "true", "matte", Blend.OverMatte(scene.Rgb, ground, matte, AlphaMatte.DefaultReach(side, side)));
                    if (options.Has("fill"))
                    {
                        Add(outline, "network's", "hard", models.Fill(picture, hard, settings with { Feather = Feather.Inside }).Samples[0].Picture.ToRgb());
                        Add(outline, "network's", "matte", models.Fill(picture, matte, settings with { Feather = Feather.Matte }).Samples[0].Picture.ToRgb());
                    }
                }

                if (options["sheet"].Length > 0 && i < options.Count("rows"))
                {
                    sheet.Add([.. row, truth.Rgb]);
                }

                void Add(string outline, string ground, string edge, byte[] result)
                {
                    if (!all.TryGetValue((outline, ground, edge), out List<RimError>? errors))
                    {
                        all[(outline, ground, edge)] = errors = [];
                    }

                    errors.Add(RimError.Of(result, truth.Rgb, scene.Rgb, rim));
                    row.Add(result);
                }
            }
        }

        foreach (((string outline, string ground, string edge), List<RimError> errors) in all)
        {
            Console.WriteLine($"| {outline} | {ground} | {edge} | {errors.Average(error => error.Levels):0.0} | {errors.Average(error => error.OldShare):p1} | {errors.Average(error => error.Psnr):0.0} |");
        }

        if (options["sheet"].Length > 0)
        {
            sheet.Save(options["sheet"]);
        }
    }

    private static Mask TrueOutline(ToyScene scene)
    {
        byte[] seen = new byte[scene.Width * scene.Height];
        foreach (SceneObject thing in scene.Objects)
        {
            byte[] visible = thing.VisibleMask;
            for (int i = 0; i < seen.Length; i++)
            {
                seen[i] = (byte)Math.Min(255, seen[i] + visible[i]);
            }
        }

        return Mask.FromValues(seen, scene.Width, scene.Height).Binarize();
    }

    private static bool[] RimOf(ToyScene before, ToyScene after, Mask seen, int width)
    {
        Mask rim = seen.Grow(width).Subtract(seen.Shrink(width));
        bool[] counts = [.. rim.Values.ToArray().Select(value => value != 0)];
        foreach (SceneObject thing in before.Objects.Concat(after.Objects))
        {
            byte[] shadow = thing.ShadowMask;
            for (int i = 0; i < counts.Length; i++)
            {
                counts[i] &= shadow[i] == 0;
            }
        }

        return counts;
    }

    /// <summary>How far a result is from the truth in a rim.</summary>
    /// <param name="Levels">The mean absolute difference, in levels of 255.</param>
    /// <param name="OldShare">The share of the old background in the result, the rest being the new one, by least squares over the rim.</param>
    /// <param name="Psnr">The peak signal-to-noise ratio in dB.</param>
    private sealed record RimError(double Levels, double OldShare, double Psnr)
    {
        public static RimError Of(byte[] result, byte[] truth, byte[] before, bool[] rim)
        {
            double sum = 0, squares = 0, along = 0, length = 0;
            int count = 0;
            for (int i = 0; i < truth.Length; i++)
            {
                if (!rim[i / 3])
                {
                    continue;
                }

                double off = result[i] - truth[i], old = before[i] - truth[i];
                sum += Math.Abs(off);
                squares += off * off;
                along += off * old;
                length += old * old;
                count++;
            }

            return new RimError(sum / count, length == 0 ? 0 : along / length, Math.Min(60, 10 * Math.Log10(255.0 * 255 * count / Math.Max(1, squares))));
        }
    }
}
