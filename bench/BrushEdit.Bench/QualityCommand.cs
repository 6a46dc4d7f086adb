using BrushEdit.Caching;
using BrushEdit.Editing;
using BrushEdit.Generating;
using BrushEdit.Imaging;
using BrushEdit.Synthesizing;

namespace BrushEdit.Bench;

/// <summary>
/// Edits held-out scenes through the whole pipeline, with the true masks, and judges the results against the true scenes. The same
/// options give the same figures.
/// </summary>
internal static class QualityCommand
{
    // A fill that equals the truth has no finite PSNR; it counts as this.
    private const double MostPsnr = 60;

    /// <summary>Measures and prints.</summary>
    /// <param name="options">The command's options.</param>
    public static void Run(BenchOptions options)
    {
        SceneEditForm[] forms = options.Forms();
        Func<SceneEdit, string> captionOf = options["captions"] switch
        {
            "short" => edit => Caption(edit, edit.NewThing),
            "wrong" => edit => Caption(edit, edit.OldThing),
            "full" => edit => edit.CaptionAfter,
            "none" => _ => string.Empty,
            _ => throw options.Wrong("captions", "full, short, wrong or none"),
        };
        EraseMode? erase = options["erase"] == "none" ? null
            : Enum.TryParse(options["erase"], ignoreCase: true, out EraseMode mode) ? mode
            : throw options.Wrong("erase", "full, graded or none");
        using ModelPool pool = new();
        IEditEngine engine = options.OpenEngine(pool);
        InpaintSettings settings = options.Settings() with { Erase = erase, Strength = options["strength"] == "engine" ? null : options.Number("strength") };
        double? guidance = options.Open(pool).GuidanceScale;
        int side = options.Count("size");
        ContactSheet sheet = new(side);
        Console.WriteLine(
            $"{engine.Name}{(erase is null ? string.Empty : $", erase {options["erase"]}")}, scenes of {side} x {side}; {settings.Sampler}, {settings.Steps} steps, guidance {settings.GuidanceScale ?? guidance ?? InpaintSettings.UsualGuidanceScale:0.##}, "
            + $"conditioning {settings.ConditioningScale:0.##}, {options["captions"]} captions, {options["count"]} edits a row");
        Console.WriteLine();
        Console.WriteLine("| scenes | edit | right | colour | kind | hole PSNR, dB | blurred fill, dB | better than blur | blur judged right | kept equal | kept PSNR, dB | s of processor an edit |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|---|");
        List<string> legend = [];
        foreach (SceneSplit split in new[] { SceneSplit.HeldOutSeeds, SceneSplit.HeldOutPairs })
        {
            foreach (SceneEditForm form in forms)
            {
                Tally tally = new();
                double kept = 0;
                TimeSpan filling = TimeSpan.Zero;
                for (int i = 0; i < options.Count("count"); i++)
                {
                    ToyScene scene = ToyScene.Draw(
                        (ulong)i, new ToySceneOptions { Width = side, Height = side, MaxObjects = 3, Split = split });
                    SceneEdit edit = scene.Edit(form, (ulong)i);
                    string caption = captionOf(edit);
                    TimeSpan before = Environment.CpuUsage.TotalTime;
                    byte[] result = Fill(engine, scene, edit, settings with { Caption = caption, CaptionBefore = scene.Caption, Seed = i });
                    filling += Environment.CpuUsage.TotalTime - before;
                    kept += Math.Min(MostPsnr, ImageMetrics.Psnr(KeptOf(scene.Rgb, edit.Mask), KeptOf(result, edit.Mask)));
                    byte[]? blurred = BlurredFill.Fill(scene.Rgb, edit.Mask, scene.Width, scene.Height);
                    SceneVerdict verdict = SceneTruth.Judge(scene, edit, result);
                    tally.Add(verdict, blurred is null ? null : SceneTruth.Judge(scene, edit, blurred));
                    if (options["sheet"].Length > 0 && i < options.Count("rows"))
                    {
                        sheet.Add(scene.Rgb, ContactSheet.Tint(scene.Rgb, edit.Mask), blurred ?? new byte[result.Length], result, edit.Rgb);
                        legend.Add($"{legend.Count + 1,3}. {split} {form}: {(verdict.Success ? "right" : "wrong")}, {verdict.HolePsnr:0.0} dB; {edit.Instruction}; '{caption}'");
                    }
                }

                Console.WriteLine($"| {split} | {form} | {tally} | {kept / options.Count("count"):0.0} | {filling.TotalSeconds / options.Count("count"):0.00} |");
            }
        }

        if (options["sheet"].Length > 0)
        {
            sheet.Save(options["sheet"]);
            Console.WriteLine();
            Console.WriteLine($"{options["sheet"]}: source, mask, blurred fill, result, truth; rows down, twelve a block");
            legend.ForEach(Console.WriteLine);
        }
    }

    private static byte[] Fill(IEditEngine engine, ToyScene scene, SceneEdit edit, InpaintSettings settings)
    {
        Picture picture = Picture.FromRgb(scene.Rgb, scene.Width, scene.Height);
        Mask mask = engine.Traits.TakesMask ? Mask.FromValues(edit.Mask, scene.Width, scene.Height) : Mask.FromBox(scene.Width, scene.Height, new Box(0, 0, scene.Width, scene.Height));
        return engine.Fill(picture, mask, settings).Samples[0].Picture.ToRgb();
    }

    // The colour values outside the hole.
    private static byte[] KeptOf(byte[] rgb, byte[] mask) => [.. rgb.Where((_, at) => mask[at / 3] == 0)];

    /// <summary>The caption of a fill that shows an object, or none, on the scene's background; edits of whole pictures have the whole scene's.</summary>
    /// <param name="edit">The edit.</param>
    /// <param name="thing">The object; null for none.</param>
    internal static string Caption(SceneEdit edit, SceneThing? thing) => edit.Form is SceneEditForm.Background or SceneEditForm.Light
        ? edit.CaptionAfter
        : (edit.After.Description with { Things = thing is null ? [] : [thing] }).Caption;

    /// <summary>Counts verdicts.</summary>
    private sealed class Tally
    {
        private readonly List<SceneVerdict> verdicts = [];
        private readonly List<SceneVerdict> blurred = [];
        private int better;

        public void Add(SceneVerdict verdict, SceneVerdict? blur)
        {
            verdicts.Add(verdict);
            if (blur is not null)
            {
                blurred.Add(blur);
                better += verdict.HolePsnr > blur.HolePsnr ? 1 : 0;
            }
        }

        public override string ToString()
        {
            List<SceneVerdict> looked = [.. verdicts.Where(verdict => verdict.Finding is not null)];
            return string.Join(
                " | ",
                Share(verdicts, verdict => verdict.Success),
                Share(looked, verdict => verdict.ColorFound),
                Share(looked, verdict => verdict.KindFound),
                Psnr(verdicts),
                Psnr(blurred),
                blurred.Count == 0 ? "-" : $"{(double)better / blurred.Count:p0}",
                Share(blurred, verdict => verdict.Success),
                Share(verdicts, verdict => verdict.KeptEqual));
        }

        private static string Share(List<SceneVerdict> all, Func<SceneVerdict, bool> holds) =>
            all.Count == 0 ? "-" : $"{(double)all.Count(holds) / all.Count:p0}";

        private static string Psnr(List<SceneVerdict> all) =>
            all.Count == 0 ? "-" : $"{all.Average(verdict => Math.Min(MostPsnr, verdict.HolePsnr)):0.0}";
    }
}
