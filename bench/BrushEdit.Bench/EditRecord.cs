using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Orchestrating;
using BrushEdit.Synthesizing;

namespace BrushEdit.Bench;

/// <summary>One edit by instruction, and its outcome.</summary>
/// <param name="Right">Whether the result is as requested, by the scene's ground truth, and the plan has the right kind of edit.</param>
/// <param name="Planned">Whether the plan has the right kind of edit.</param>
/// <param name="MaskIoU">The IoU of the edited mask with the true one; 0 without one.</param>
/// <param name="Verdict">The verdict by ground truth; null if there is no result.</param>
/// <param name="Result">The result, or the scene itself if there is none: interleaved RGB.</param>
/// <param name="Mask">The edited mask; null if there is none.</param>
/// <param name="Judgement">The verdict of verification, which does not know the ground truth; null if it was not run.</param>
/// <param name="Seconds">Seconds by stage.</param>
/// <param name="Note">The caption, or why there is no result.</param>
/// <param name="Edit">The edit with the results of its stages; null if there is no result.</param>
/// <param name="Fault">The kind of fault that ended the edit; null if there was none.</param>
internal sealed record EditRecord(
    bool Right, bool Planned, double MaskIoU, SceneVerdict? Verdict, byte[] Result, byte[]? Mask, EditVerdict? Judgement, IReadOnlyDictionary<string, TimeSpan> Seconds, string Note, ImageEdit? Edit, EditFault? Fault)
{
    private static readonly string[] Stages = ["Plan", "FindObject", "GetSegmentMask", "Inpaint", "Verify", "Retries"];

    /// <summary>Edits a scene.</summary>
    /// <param name="runner">Runs the edit.</param>
    /// <param name="scene">The scene.</param>
    /// <param name="truth">The requested edit.</param>
    /// <param name="options">The options of the edit.</param>
    public static EditRecord Make(EditRunner runner, ToyScene scene, SceneEdit truth, EditOptions options)
    {
        Picture picture = Picture.FromRgb(scene.Rgb, scene.Width, scene.Height);
        try
        {
            ImageEdit edit = runner.Run(new ImageEdit(picture), truth.Instruction, options, new StageContext());
            byte[] result = edit.Result!.ToRgb();
            byte[] mask = edit.Mask!.Values.ToArray();
            SceneVerdict verdict = SceneTruth.Judge(scene, truth, result, mask);
            bool planned = edit.Plan!.EditType == truth.Type;
            return new EditRecord(verdict.Success && planned, planned, Overlap(mask, truth.Mask), verdict, result, mask, edit.Verdict, edit.Timings, $"'{edit.Plan.Caption}'{(edit.Verdict is { } judged ? $"; {judged} {string.Join(' ', judged.Checks.Select(check => $"{check.Name} {check.Score:0.00}"))}" : string.Empty)}", edit, null);
        }
        catch (EditException fault)
        {
            return new EditRecord(false, false, 0, null, scene.Rgb, null, null, new Dictionary<string, TimeSpan>(), fault.Message, null, fault.Kind);
        }
    }

    /// <summary>The cells of a table row that summarizes records.</summary>
    public static string Row(IReadOnlyList<EditRecord> records)
    {
        List<SceneVerdict> looked = [.. records.Where(record => record.Verdict?.Finding is not null).Select(record => record.Verdict!)];
        List<EditRecord> done = [.. records.Where(record => record.Verdict is not null)];
        return string.Join(
            " | ",
            [
                Share(records, record => record.Right),
                Share(records, record => record.Planned),
                done.Count == 0 ? "-" : $"{done.Average(record => record.MaskIoU):0.00}",
                Share(looked, verdict => verdict.ColorFound),
                Share(looked, verdict => verdict.KindFound),
                Share(records, record => record.Verdict is null),
                Share(Judged(records, _ => true), record => record.Judgement!.Passed == record.Right),
                Share(Judged(records, passed => passed), record => record.Right),
                Share(Judged(records, passed => !passed), record => !record.Right),
                Time(done, record => record.Seconds.Values.Sum(time => time.TotalSeconds)),
                .. Stages.Select(stage => Time(done, record => record.Seconds.GetValueOrDefault(stage).TotalSeconds)),
            ]);
    }

    private static List<EditRecord> Judged(IReadOnlyList<EditRecord> records, Func<bool, bool> which) =>
        [.. records.Where(record => record.Judgement is { } verdict && which(verdict.Passed))];

    private static string Share<T>(IReadOnlyList<T> all, Func<T, bool> holds) => all.Count == 0 ? "-" : $"{(double)all.Count(holds) / all.Count:p0}";

    private static string Time(List<EditRecord> done, Func<EditRecord, double> seconds) => done.Count == 0 ? "-" : $"{done.Average(seconds):0.00}";

    private static double Overlap(byte[] a, byte[] b)
    {
        int both = a.Zip(b).Count(pair => pair.First >= 128 && pair.Second >= 128);
        int either = a.Zip(b).Count(pair => pair.First >= 128 || pair.Second >= 128);
        return either == 0 ? 0 : (double)both / either;
    }
}
