using System.Management.Automation;
using BrushEdit.Inpainting;
using BrushEdit.Orchestrating;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>Shows an edit's progress: the picture with its stage, and below it the steps of a fill; previews go to a file and the screen.</summary>
/// <param name="feed">The feed to the pipeline.</param>
/// <param name="activity">What is done to the picture, such as <c>Inpainting</c>; null for the stage's own name.</param>
/// <param name="file">Writes a preview of the fill; null for none.</param>
/// <param name="screen">Draws a preview of the fill; null for none.</param>
internal sealed class StageReport(WorkFeed feed, string? activity = null, Action<InpaintPreview>? file = null, PreviewScreen? screen = null) : IProgress<EditProgress>
{
    private const int PictureId = 1;
    private const int StepId = 2;
    private bool previewFailed;

    /// <inheritdoc />
    public void Report(EditProgress value)
    {
        ArgumentNullException.ThrowIfNull(value);
        string status = value.Rounds > 1 ? $"Round {value.Round} of {value.Rounds}: {value.Status}" : value.Status;
        ProgressRecord picture = new(PictureId, $"{activity ?? Text(value.Stage)} {value.Name}", status);
        if (value.Fill is { } fill)
        {
            picture.PercentComplete = ((fill.Sample * fill.Steps) + fill.Step) * 100 / (fill.Samples * fill.Steps);
            feed.Report(picture);
            feed.Report(new ProgressRecord(StepId, fill.Stage.Text(), $"Step {fill.Step} of {fill.Steps}")
            {
                ParentActivityId = PictureId,
                PercentComplete = fill.Step * 100 / fill.Steps,
            });
            if (fill.Preview is { } shown)
            {
                screen?.Show(feed, shown, PreviewText(value.Name, fill));
                if (file is not null && !previewFailed)
                {
                    Write(shown, file);
                }
            }

            return;
        }

        feed.Report(picture);
    }

    private static string Text(EditStage stage) => stage switch
    {
        EditStage.Plan => "Planning",
        EditStage.Find => "Finding objects in",
        EditStage.Outline => "Outlining in",
        EditStage.Shape => "Shaping the mask of",
        EditStage.Fill => "Inpainting",
        _ => "Verifying",
    };

    /// <summary>The line below a preview.</summary>
    /// <param name="name">The picture's name.</param>
    /// <param name="fill">The progress of its fill.</param>
    public static string PreviewText(string name, InpaintProgress fill)
    {
        string sample = fill.Samples > 1 ? $"sample {fill.Sample + 1} of {fill.Samples}, " : string.Empty;
        return $"{name}: {sample}step {fill.Step} of {fill.Steps}";
    }

    private void Write(InpaintPreview shown, Action<InpaintPreview> write)
    {
        try
        {
            write(shown);
        }
        catch (EditException fault)
        {
            // A failed preview must not end the edit.
            previewFailed = true;
            feed.Warn($"The preview cannot be shown: {fault.Message}");
        }
    }
}
