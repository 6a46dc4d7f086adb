using System.Text.Json;
using BrushEdit.Caching;
using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Loading;
using BrushEdit.Orchestrating;
using BrushEdit.Planning;
using BrushEdit.Segmenting;
using BrushEdit.Synthesizing;
using BrushEdit.Verifying;

namespace BrushEdit.Training;

/// <summary>
/// Results of the fill network as the judge would see them: made by complete edits of training scenes and stored as pictures in a folder.
/// Good and bad fills alike are labelled as bad pictures, with a small weight: drawn examples outweigh fills that look like drawn objects,
/// but not fills that look like none. The rules that measure edits are not used here.
/// </summary>
public static class FilledExamples
{
    private const string Index = "fills.jsonl";

    // A good fill may equally well be a drawn object or a fill; at this weight, the judge still rates it as right with a probability well
    // above one half.
    private const double Weight = 0.3;

    private static readonly SceneEditForm[] Forms = [SceneEditForm.Add, SceneEditForm.Replace, SceneEditForm.Add, SceneEditForm.Replace, SceneEditForm.Background, SceneEditForm.Recolor];

    /// <summary>Makes fills up to the total number; continues where an earlier run ended.</summary>
    /// <param name="bundle">The bundle whose models find, outline and fill.</param>
    /// <param name="folder">The folder, created if it is missing.</param>
    /// <param name="count">The total number of fills.</param>
    /// <param name="seed">Determines the scenes.</param>
    /// <param name="steps">Sampling steps of each fill.</param>
    /// <param name="cancellation">Ends the run after the current fill.</param>
    public static void Make(string bundle, string folder, int count, ulong seed, int steps, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        string index = Path.Combine(folder, Index);
        int begin = File.Exists(index) ? File.ReadLines(index).Count() : 0;
        using ModelPool pool = new();
        using BundleModels models = new(
            ObjectDetector.Load(Path.Combine(bundle, StageBundleWriter.DetectorFolder)), Segmenter.Load(Path.Combine(bundle, StageBundleWriter.SegmenterFolder)), InpaintModel.Open(ModelCatalog.CreateDefault(), bundle, null, ComputeDevice.Choose("cpu"), pool));
        using RulesPlanner planner = new();
        EditRunner runner = new(planner, models, models, models);
        for (int i = begin; i < count && !cancellation.IsCancellationRequested; i++)
        {
            File.AppendAllText(index, JsonSerializer.Serialize(One(runner, folder, i, seed, steps)) + "\n");
        }
    }

    /// <summary>Reads the fills of a folder.</summary>
    /// <param name="folder">The folder.</param>
    public static JudgeExample[] Read(string folder) =>
    [
        .. File.ReadLines(Path.Combine(folder, Index))
            .Select(line => JsonSerializer.Deserialize<Fill>(line)!)
            .Where(fill => fill.File is not null)
            .Select(fill => new JudgeExample(Picture.Open(Path.Combine(folder, fill.File!)).Rgb.ToArray(), ShownCheck.Texts(fill.Fresh!, fill.Old), 2, Weight)),
    ];

    private static Fill One(EditRunner runner, string folder, int place, ulong seed, int steps)
    {
        ulong own = (seed << 40) + (ulong)place;
        ToyScene scene = ToyScene.Draw(own, new ToySceneOptions { Width = Toybox.WholeCanvas, Height = Toybox.WholeCanvas, MinObjects = 1, MaxObjects = 3 });
        SceneEdit truth = scene.Edit(Forms[place % Forms.Length], own);
        EditOptions options = new() { Fill = new InpaintSettings { Steps = steps, Seed = place } };
        try
        {
            ImageEdit edit = runner.Run(new ImageEdit(Picture.FromRgb(scene.Rgb, scene.Width, scene.Height)), truth.Instruction, options, new StageContext());
            string fresh = EditVerifier.Bare(edit.Plan!.NewContent ?? string.Empty);
            if (fresh.Length == 0 || edit.Mask!.IsEmpty)
            {
                return new Fill(null, null, null);
            }

            string file = $"{place:00000}.png";
            byte[] seen = JudgeSource.Cut(edit.Result!, ShownCheck.Region(edit.Mask!));
            Picture.FromRgb(seen, JudgeExample.Side, JudgeExample.Side).Save(Path.Combine(folder, file), new PictureSaveOptions { Rule = WriteRule.For(force: true) });
            return new Fill(file, fresh, truth.OldThing?.Phrase);
        }
        catch (EditException)
        {
            return new Fill(null, null, null);
        }
    }

    /// <summary>A line of the index; without a file if the edit had no result.</summary>
    private sealed record Fill(string? File, string? Fresh, string? Old);
}
