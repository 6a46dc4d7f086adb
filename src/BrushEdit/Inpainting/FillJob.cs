using BrushEdit.Editing;
using BrushEdit.Samplers;

namespace BrushEdit.Inpainting;

/// <summary>A fill that has been checked: its settings have a seed, a guidance and a feather, and its pixels are cut out.</summary>
/// <param name="Request">What is asked for.</param>
/// <param name="Sampler">The sampler.</param>
/// <param name="Pixels">What goes through the networks.</param>
internal sealed record FillJob(FillRequest Request, SamplerKind Sampler, RegionPixels Pixels)
{
    private const int UsualPreviewEvery = 5;

    /// <summary>Everything else that decides the fill.</summary>
    public InpaintSettings Settings => Request.Settings;

    /// <summary>What must be alike in one group; captions, seeds and the way the fill is blended in are each picture's own.</summary>
    public (int Width, int Height, InpaintSettings Settings) Shared => (Pixels.Width, Pixels.Height, Settings with
    {
        Caption = string.Empty,
        NegativePrompt = string.Empty,
        CaptionSyntax = null,
        Seed = null,
        WholePicture = false,
        ContextMargin = 0,
        Feather = Feather.None,
        FeatherWidth = null,
        PreviewEvery = 0,
    });

    /// <summary>Tells the listener where the work is.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="step">Steps done of this sample.</param>
    /// <param name="sample">The sample, from 0.</param>
    public void Report(InpaintStage stage, int step, int sample) =>
        Request.Progress?.Report(new InpaintProgress(stage, step, Settings.Steps, sample, Settings.Samples));

    /// <summary>Tells the listener of a step; a preview is made only at the steps asked for.</summary>
    /// <param name="step">The step that was just taken.</param>
    /// <param name="sample">The sample, from 0.</param>
    /// <param name="isCheap">Whether a preview costs little, so that one is made at every step unless a number is given.</param>
    /// <param name="preview">Makes a preview.</param>
    public void ReportStep(DenoisingStep step, int sample, bool isCheap, Func<InpaintPreview> preview)
    {
        if (Request.Progress is { } progress)
        {
            int every = Settings.PreviewEvery ?? (isCheap ? 1 : UsualPreviewEvery);
            bool look = every > 0 && (step.Step + 1) % every == 0;
            progress.Report(new InpaintProgress(InpaintStage.Denoising, step.Step + 1, step.Count, sample, Settings.Samples, look ? preview() : null));
        }
    }
}
