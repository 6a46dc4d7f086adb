using BrushEdit.Editing;
using BrushEdit.Inpainting;
using BrushEdit.Modeling;
using BrushEdit.Sampling;
using TorchSharp;

namespace BrushEdit.Generating;

/// <summary>What surrounds every local engine's work: the region that goes through the networks, its captions, its pixels back into the picture.</summary>
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

    /// <summary>Takes the region to latents and back.</summary>
    public RegionCodec Codec { get; }

    /// <summary>What is asked for, checked, and the region cut out.</summary>
    public FillJob Job { get; }

    /// <summary>The settings, with all that the engine's own default decides.</summary>
    public InpaintSettings Settings => Job.Settings;

    /// <summary>Checks what is asked for and cuts out what goes through the networks.</summary>
    /// <param name="traits">What the engine can do.</param>
    /// <param name="model">The networks.</param>
    /// <param name="request">What is asked for.</param>
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
    /// <param name="texts">Settings with the texts of each; the negative prompt is encoded where the guidance is above 1.</param>
    /// <returns>For each two rows, the negative prompt first, or without guidance one; the caller owns them.</returns>
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

    /// <summary>A step's report, with a preview where one is due.</summary>
    /// <param name="sample">The sample, from 0.</param>
    public Action<DenoisingStep> OnStep(int sample) => step => Job.ReportStep(step, sample, Codec, 0);

    /// <summary>Decodes a latent and blends it in.</summary>
    /// <param name="latent">(1, C, h, w), scaled.</param>
    /// <param name="sample">The sample, from 0.</param>
    public EditSample Finish(torch.Tensor latent, int sample)
    {
        Job.Report(InpaintStage.Decoding, Settings.Steps, sample);
        return Job.Blend(model.WithVae(vae => Codec.Decode(vae, latent)), sample, model.NativeSide);
    }

    /// <summary>What the fill gave.</summary>
    /// <param name="samples">The samples, in the order of their seeds.</param>
    public InpaintOutcome Outcome(IReadOnlyList<EditSample> samples) => new(Settings, samples, Job.Pixels.Region, warnings);
}
