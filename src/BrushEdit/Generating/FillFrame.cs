using BrushEdit.Editing;
using BrushEdit.Inpainting;
using BrushEdit.Modeling;
using BrushEdit.Sampling;
using TorchSharp;

namespace BrushEdit.Generating;

/// <summary>The common frame of every local engine: cuts out the region, encodes the captions, and blends the result into the picture.</summary>
internal sealed class FillFrame
{
    private readonly InpaintModel model;
    private readonly List<string> warnings;

    private FillFrame(InpaintModel model, FillJob job)
    {
        this.model = model;
        Job = job;
        Codec = new RegionCodec(model);
        warnings = [.. model.Warnings];
    }

    /// <summary>Encodes and decodes the region.</summary>
    public RegionCodec Codec { get; }

    /// <summary>The validated request with its region cut out.</summary>
    public FillJob Job { get; }

    /// <summary>The settings, with the engine's defaults filled in.</summary>
    public InpaintSettings Settings => Job.Settings;

    /// <summary>Validates the request and cuts out the region for the networks.</summary>
    /// <param name="traits">The engine's capabilities.</param>
    /// <param name="model">The networks.</param>
    /// <param name="request">The request.</param>
    /// <exception cref="EditException">The engine has no use for something, a setting is out of range, or the mask does not fit or is empty.</exception>
    public static FillFrame Begin(EngineTraits traits, InpaintModel model, FillRequest request)
    {
        ArgumentNullException.ThrowIfNull(request.Settings);
        ArgumentNullException.ThrowIfNull(request.Mask);
        InpaintSettings taken = traits.Require(request.Settings);
        traits.Refuse(!traits.TakesMask && !request.Mask.IsFull, "Mask", request.Mask);
        InpaintSettings settings = taken with
        {
            Strength = traits.TakesStrength ? taken.Strength ?? traits.UsualStrength : null,
            ImageGuidanceScale = traits.TakesImageGuidance ? taken.ImageGuidanceScale ?? EngineTraits.UsualImageGuidance : null,
            NegativePrompt = traits.TakesNegativePrompt ? taken.NegativePrompt : string.Empty,
            Sampler = traits.IsDdim ? SamplerFactory.NameOf(SamplerKind.Ddim) : taken.Sampler,
        };
        return new FillFrame(model, FillJob.Plan(model, request with { Settings = settings }));
    }

    /// <summary>The captions, as the U-Net reads them.</summary>
    /// <param name="texts">Settings with the texts of each; the negative prompt is encoded if the guidance is above 1.</param>
    /// <returns>For each, two rows, the negative prompt first, or one row without guidance; the caller owns them.</returns>
    public TextConditioning[] Texts(params InpaintSettings[] texts)
    {
        Job.Report(InpaintStage.Text, 0, 0);
        return model.WithText(encoders =>
        {
            TextContext reader = new(encoders, model.Inversions);
            return texts.Select(one => reader.Encode(one, one.GuidanceScale > 1 && !model.EmbedsGuidance, model.ZerosForNoPrompt, warnings)
                .WithSizes(PictureSizes.Whole(Job.Pixels.Height, Job.Pixels.Width))).ToArray();
        });
    }

    /// <summary>Creates a step's report, with a preview when one is due.</summary>
    /// <param name="sample">The sample, from 0.</param>
    public Action<DenoisingStep> OnStep(int sample) => step => Job.ReportStep(step, sample, Codec, 0);

    /// <summary>Decodes a latent and blends it into the picture.</summary>
    /// <param name="latent">(1, C, h, w), scaled.</param>
    /// <param name="sample">The sample, from 0.</param>
    public EditSample Finish(torch.Tensor latent, int sample)
    {
        Job.Report(InpaintStage.Decoding, Settings.Steps, sample);
        return Job.Blend(model.WithVae(vae => Codec.Decode(vae, latent)), sample, model.NativeSide);
    }

    /// <summary>Returns the outcome of the fill.</summary>
    /// <param name="samples">The samples, in the order of their seeds.</param>
    public InpaintOutcome Outcome(IReadOnlyList<EditSample> samples) => new(Settings, samples, Job.Pixels.Region, warnings);
}
