using System.Security.Cryptography;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Sampling;

namespace BrushEdit.Inpainting;

/// <summary>A validated fill: its settings have a seed, a guidance and a feather, and its pixels are cut out.</summary>
/// <param name="Request">The request.</param>
/// <param name="Sampler">The sampler.</param>
/// <param name="Pixels">The pixels that go through the networks.</param>
internal sealed record FillJob(FillRequest Request, SamplerKind Sampler, RegionPixels Pixels)
{
    private const int UsualPreviewEvery = 5;

    /// <summary>Validates a request and cuts out the region for the networks; from here on the settings have a seed and a guidance.</summary>
    /// <param name="model">The networks that will fill.</param>
    /// <param name="request">The request.</param>
    /// <exception cref="EditException">A setting is out of range or not supported by the model, or the mask does not fit or is empty.</exception>
    public static FillJob Plan(IInpaintModel model, FillRequest request)
    {
        FillJob job = Plan(request, model.NativeSide, model.Factor, model.GuidanceScale, model.LargestSide);
        return model.EmbedsGuidance && (job.Settings.GuidanceStart > 0 || job.Settings.GuidanceEnd < 1)
            ? throw new EditException(
                EditFault.BadArgument,
                $"'{model.Name}' is guidance-distilled: it has no unconditional pass that an interval could skip.",
                "Omit GuidanceStart and GuidanceEnd.",
                job.Settings)
            : job;
    }

    /// <summary>Validates a request and cuts out the region for an engine outside the local networks.</summary>
    /// <param name="request">The request.</param>
    /// <param name="nativeSide">The side of the pictures that the engine works on.</param>
    /// <param name="factor">The number that its sizes are multiples of.</param>
    /// <param name="guidance">The guidance that its authors recommend; null if they state none.</param>
    /// <param name="largestSide">The side up to which whole pictures are filled at their own size; 0 for the native side.</param>
    /// <exception cref="EditException">A setting is out of range, or the mask does not fit or is empty.</exception>
    public static FillJob Plan(FillRequest request, int nativeSide, int factor, double? guidance, int largestSide = 0)
    {
        (Picture picture, Mask mask, InpaintSettings settings, _) = request;
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate();
        mask.RequireSize(picture);
        Box bounds = mask.Bounds ?? throw new EditException(
            EditFault.BadMask, "The mask is empty, so nothing would be edited.", "Paint the part to edit in white, or invert the mask.", mask);
        SamplerKind sampler = SamplerFactory.Parse(settings.Sampler);
        WorkRegion region = WorkRegion.Choose(
            picture.Width, picture.Height, bounds, Side(picture, bounds, nativeSide, largestSide), factor, settings.ContextMargin, settings.WholePicture);
        InpaintSettings whole = settings with
        {
            Seed = settings.Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue),
            GuidanceScale = settings.GuidanceScale ?? guidance ?? InpaintSettings.UsualGuidanceScale,
            Feather = settings.Feather ?? Feather.Inside,
        };
        RegionPixels pixels = RegionPixels.Cut(picture, mask, region, whole.Feather == Feather.Matte ? (byte)1 : Mask.Threshold);
        return new FillJob(request with { Settings = whole }, sampler, pixels);
    }

    // A new background or light reaches from edge to edge: enlarging it gains nothing, and shrinking it loses much.
    private static int Side(Picture picture, Box bounds, int nativeSide, int largestSide) => bounds.Width == picture.Width && bounds.Height == picture.Height
        ? Math.Clamp(Math.Max(picture.Width, picture.Height), nativeSide, Math.Max(nativeSide, largestSide))
        : nativeSide;

    /// <summary>The settings of the fill.</summary>
    public InpaintSettings Settings => Request.Settings;

    /// <summary>The values that must be equal within a group; captions, seeds and blending may differ for each picture.</summary>
    public (int Width, int Height, InpaintSettings Settings) Shared => (Pixels.Width, Pixels.Height, Settings with
    {
        Caption = string.Empty,
        CaptionBefore = null,
        Instruction = null,
        NegativePrompt = string.Empty,
        CaptionSyntax = null,
        Seed = null,
        WholePicture = false,
        ContextMargin = 0,
        Feather = Feather.None,
        FeatherWidth = null,
        PreviewEvery = 0,
        SketchPreviews = false,
    });

    /// <summary>Reports the current stage to the listener.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="step">Completed steps of this sample.</param>
    /// <param name="sample">The sample, from 0.</param>
    public void Report(InpaintStage stage, int step, int sample) =>
        Request.Progress?.Report(new InpaintProgress(stage, step, Settings.Steps, sample, Settings.Samples));

    /// <summary>Reports a step to the listener; a preview is made only at the requested steps.</summary>
    /// <param name="step">The step that was just taken.</param>
    /// <param name="sample">The sample, from 0.</param>
    /// <param name="codec">Makes a preview.</param>
    /// <param name="picture">The index of the picture among those that share the step, from 0.</param>
    public void ReportStep(DenoisingStep step, int sample, RegionCodec codec, int picture)
    {
        if (Request.Progress is { } progress)
        {
            int every = Settings.PreviewEvery ?? (codec.HasCheapPreviews(Settings) ? 1 : UsualPreviewEvery);
            bool look = every > 0 && (step.Step + 1) % every == 0;
            progress.Report(new InpaintProgress(InpaintStage.Denoising, step.Step + 1, step.Count, sample, Settings.Samples, look ? codec.Preview(step, picture, Settings) : null));
        }
    }

    /// <summary>Blends a fill into the picture.</summary>
    /// <param name="fill">8-bit sRGB of the region's work size.</param>
    /// <param name="sample">The sample, from 0.</param>
    /// <param name="nativeSide">The model's native side, which the feather's default width follows.</param>
    public EditSample Blend(byte[] fill, int sample, int nativeSide)
    {
        Report(InpaintStage.Blending, Settings.Steps, sample);
        return new EditSample(RegionBlend.Blend(Request.Picture, Request.Mask, Pixels, fill, Settings, nativeSide), Settings.Seed!.Value + sample);
    }
}
