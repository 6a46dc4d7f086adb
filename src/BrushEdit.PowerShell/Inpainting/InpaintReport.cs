using System.Management.Automation;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary>Shows where a fill is: the picture with its sample, below it stage and step; previews go into a file.</summary>
/// <param name="feed">What reaches the pipeline.</param>
/// <param name="name">The picture's name.</param>
/// <param name="previewFile">A PNG file that is rewritten at each preview; null for none.</param>
internal sealed class InpaintReport(WorkFeed feed, string name, string? previewFile) : IProgress<InpaintProgress>
{
    private const int Picture = 1;
    private const int Stage = 2;
    private bool previewFailed;

    /// <inheritdoc />
    public void Report(InpaintProgress value)
    {
        ArgumentNullException.ThrowIfNull(value);
        int done = ((value.Sample * value.Steps) + value.Step) * 100 / (value.Samples * value.Steps);
        feed.Report(new ProgressRecord(Picture, $"Inpainting {name}", $"Sample {value.Sample + 1} of {value.Samples}") { PercentComplete = done });
        feed.Report(new ProgressRecord(Stage, Text(value.Stage), $"Step {value.Step} of {value.Steps}")
        {
            ParentActivityId = Picture,
            PercentComplete = value.Step * 100 / value.Steps,
        });
        if (value.Preview is { } preview && previewFile is not null && !previewFailed)
        {
            Show(preview, previewFile);
        }
    }

    private static string Text(InpaintStage stage) => stage switch
    {
        InpaintStage.Loading => "Finding the models",
        InpaintStage.Text => "Reading the caption",
        InpaintStage.Encoding => "Encoding the picture",
        InpaintStage.Denoising => "Denoising",
        InpaintStage.Decoding => "Decoding the fill",
        _ => "Blending the fill in",
    };

    private void Show(InpaintPreview preview, string file)
    {
        try
        {
            Imaging.Picture.FromRgb(preview.Rgb, preview.Width, preview.Height).Save(file, new PictureSaveOptions { Format = PictureFormat.Png });
        }
        catch (EditException fault)
        {
            // The edit itself is worth more than its previews.
            previewFailed = true;
            feed.Warn($"The preview cannot be shown: {fault.Message}");
        }
    }
}
