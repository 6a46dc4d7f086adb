using BrushEdit.Caching;
using BrushEdit.Detecting;
using BrushEdit.Inpainting;
using BrushEdit.Measuring;
using BrushEdit.Orchestrating;
using BrushEdit.Planning;
using BrushEdit.Segmenting;
using BrushEdit.Synthesizing;
using BrushEdit.Training;
using TorchSharp;

namespace BrushEdit.Bench;

/// <summary>
/// Edits held-out scenes by their instructions alone, from the plan to the fill, and judges the results by the scenes' ground truth.
/// The same options give the same figures.
/// </summary>
internal static class EditsCommand
{
    /// <summary>Measures and prints.</summary>
    /// <param name="options">The command's options.</param>
    public static void Run(BenchOptions options)
    {
        SceneEditForm[] forms = options.Forms();
        int side = options.Count("size");
        using ModelPool pool = new();
        InpaintModel inpainter = options.Open(pool);
        using BundleModels models = new(
            ObjectDetector.Load(Path.Combine(options.Model, "grounding-dino")), Segmenter.Load(Path.Combine(options.Model, "sam")), inpainter);
        using RulesPlanner planner = new();
        int attempts = options.Count("attempts");
        bool verify = attempts > 1 || options.Has("judged");
        string judge = Path.Combine(options.Model, StageBundleWriter.JudgeFolder);
        using ClipMeasure? clip = verify && Directory.Exists(judge) && !options.Has("unjudged") ? ClipMeasure.Open(judge, torch.CPU) : null;
        EditRunner runner = new(planner, models, models, models, clip is null ? null : new ClipMatcher(clip, "clip"));
        EditOptions edits = new() { Fill = options.Settings(), Verify = verify, MaxAttempts = attempts };
        Console.WriteLine($"scenes of {side} x {side}, {edits.Fill.Steps} steps, guidance {options["guidance"]}, {attempts} {(attempts > 1 ? "attempts at most, verified" : verify ? "attempt, verified" : "attempt, not verified")}, {options["count"]} edits a row");
        Console.WriteLine();
        Console.WriteLine("| scenes | edit | right | planned as | mask IoU | colour | kind | not done | verdict agrees | passed, right | failed, wrong | s an edit | plan | find | outline | fill | verify | retries |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
        ContactSheet sheet = new(side);
        List<string> legend = [];
        List<EditRecord> all = [];
        FailureCause? causes = options.Has("failures") ? new FailureCause(inpainter) : null;
        List<(SceneEditForm Form, string Cause)> failures = [];
        foreach (SceneSplit split in new[] { SceneSplit.HeldOutSeeds, SceneSplit.HeldOutPairs })
        {
            foreach (SceneEditForm form in forms)
            {
                List<EditRecord> records = [];
                for (int i = 0; i < options.Count("count"); i++)
                {
                    ToyScene scene = ToyScene.Draw((ulong)i, new ToySceneOptions { Width = side, Height = side, MaxObjects = 3, Split = split });
                    SceneEdit truth = scene.Edit(form, (ulong)i);
                    EditRecord record = EditRecord.Make(runner, scene, truth, edits with { Fill = edits.Fill with { Seed = i }, Plan = new PlanRequest { CaptionBefore = options.Has("told") ? scene.Caption : null } });
                    records.Add(record);
                    string? cause = record.Right ? null : causes?.Of(scene, truth, record);
                    if (cause is not null)
                    {
                        failures.Add((form, cause));
                    }

                    bool isShown = causes is null ? i < options.Count("rows") : cause is not null;
                    if (options["sheet"].Length > 0 && isShown && legend.Count < options.Count("most"))
                    {
                        byte[] masked = record.Mask is null ? scene.Rgb : ContactSheet.Tint(scene.Rgb, record.Mask);
                        sheet.Add(scene.Rgb, masked, record.Result, truth.Rgb);
                        legend.Add($"{legend.Count + 1,3}. {split} {form}: {(record.Right ? "right" : cause ?? "wrong")}; {truth.Instruction}; {record.Note}");
                    }
                }

                Console.WriteLine($"| {split} | {form} | {EditRecord.Row(records)} |");
                all.AddRange(records);
            }
        }

        Console.WriteLine($"| both | all | {EditRecord.Row(all)} |");
        if (causes is not null)
        {
            Console.WriteLine();
            Console.WriteLine("| edit | failed because of |");
            Console.WriteLine("|---|---|");
            foreach (IGrouping<SceneEditForm, (SceneEditForm Form, string Cause)> form in failures.GroupBy(one => one.Form))
            {
                Console.WriteLine($"| {form.Key} | {string.Join(", ", form.CountBy(one => one.Cause).OrderByDescending(pair => pair.Value).Select(pair => $"{pair.Key} {pair.Value}"))} |");
            }
        }

        if (options["sheet"].Length > 0 && legend.Count > 0)
        {
            sheet.Save(options["sheet"]);
            Console.WriteLine();
            Console.WriteLine($"{options["sheet"]}: source, mask, result, truth; rows down, twelve a block");
            legend.ForEach(Console.WriteLine);
        }
    }
}
