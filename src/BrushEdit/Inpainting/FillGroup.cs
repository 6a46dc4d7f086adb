using BrushEdit.Editing;
using BrushEdit.Modeling;
using BrushEdit.Sampling;
using TorchSharp;

namespace BrushEdit.Inpainting;

/// <summary>The one way through a fill: pictures that share the passes through U-Net and branch, each with samples and noise of its own.</summary>
/// <param name="model">The networks.</param>
/// <param name="jobs">At least one; alike in all that <see cref="FillJob.Shared"/> names.</param>
internal sealed class FillGroup(IInpaintModel model, IReadOnlyList<FillJob> jobs)
{
    private readonly InpaintSettings settings = jobs[0].Settings;
    private readonly RegionCodec codec = new(model);

    /// <summary>Fills every picture, sample by sample.</summary>
    /// <param name="cancellation">Ends the work within one step.</param>
    /// <returns>An outcome for each job, in their order.</returns>
    public IReadOnlyList<InpaintOutcome> Run(CancellationToken cancellation)
    {
        List<string>[] warnings = [.. jobs.Select(_ => new List<string>(model.Warnings))];
        using TextConditioning text = Texts(warnings);
        cancellation.ThrowIfCancellationRequested();
        List<ShownPicture> shown = [];
        try
        {
            Encode(shown);
            List<EditSample>[] samples = [.. jobs.Select(_ => new List<EditSample>())];
            for (int sample = 0; sample < settings.Samples; sample++)
            {
                cancellation.ThrowIfCancellationRequested();
                AddSample(samples, sample, text, shown, cancellation);
            }

            return [.. jobs.Select((job, i) => new InpaintOutcome(job.Settings, samples[i], job.Pixels.Region, warnings[i]))];
        }
        finally
        {
            shown.ForEach(one => one.Dispose());
        }
    }

    private void AddSample(List<EditSample>[] samples, int sample, TextConditioning text, List<ShownPicture> shown, CancellationToken cancellation)
    {
        List<SeededNoise> noises = [];
        try
        {
            noises.AddRange(jobs.Select(job => new SeededNoise(job.Settings.Seed!.Value + sample)));
            using torch.Tensor condition = Conditions(shown, noises);
            using torch.Tensor latents = Denoise(text, condition, noises, sample, cancellation);
            cancellation.ThrowIfCancellationRequested();
            byte[][] fills = Decode(latents, sample);
            for (int i = 0; i < fills.Length; i++)
            {
                samples[i].Add(jobs[i].Blend(fills[i], sample, model.NativeSide));
            }
        }
        finally
        {
            noises.ForEach(noise => noise.Dispose());
        }
    }

    // Networks that take sizes are told of a picture that is drawn whole: what they fill is cut and scaled here, not by a photographer.
    private TextConditioning Texts(List<string>[] warnings) => model.WithText(encoders =>
    {
        using IDisposable inference = torch.inference_mode();
        using DisposeScope scope = torch.NewDisposeScope();
        TextContext reader = new(encoders, model.Inversions);
        bool isGuided = settings.GuidanceScale > 1 && !model.EmbedsGuidance;
        TextConditioning[] texts = [.. jobs.Select((job, i) =>
        {
            job.Report(InpaintStage.Text, 0, 0);
            return reader.Encode(job.Settings, isGuided, model.ZerosForNoPrompt, warnings[i]);
        })];
        return TextConditioning.Batched(TextContext.Even(texts)).WithSizes(PictureSizes.Whole(jobs[0].Pixels.Height, jobs[0].Pixels.Width)).MoveToOuterDisposeScope();
    });

    // Once for all samples: they differ by their noise alone.
    private void Encode(List<ShownPicture> shown) => model.WithVae(vae =>
    {
        foreach (FillJob job in jobs.Skip(shown.Count))
        {
            job.Report(InpaintStage.Encoding, 0, 0);
            shown.Add(Encode(vae, job.Pixels));
        }

        return shown.Count;
    });

    private ShownPicture Encode(Autoencoder vae, RegionPixels pixels)
    {
        using IDisposable inference = torch.inference_mode();
        using DisposeScope scope = torch.NewDisposeScope();
        VaePosterior posterior = codec.Encode(vae, HoleCondition.ShownPixels(pixels));
        torch.Tensor keep = HoleCondition.Keep(pixels.Hole, pixels.Width, pixels.Height, posterior.Mean.shape[3], posterior.Mean.shape[2]);
        return new ShownPicture(posterior.MoveToOuterDisposeScope(), keep.MoveToOuterDisposeScope());
    }

    private torch.Tensor Conditions(List<ShownPicture> shown, List<SeededNoise> noises)
    {
        using IDisposable inference = torch.inference_mode();
        using DisposeScope scope = torch.NewDisposeScope();
        IEnumerable<torch.Tensor> conditions = shown.Zip(noises, (one, noise) =>
            HoleCondition.Join(one.Posterior, noise.Draw(one.Posterior.Mean.shape), model.ScalingFactor, one.Keep));
        return torch.cat([.. conditions], 0).MoveToOuterDisposeScope();
    }

    private torch.Tensor Denoise(TextConditioning text, torch.Tensor condition, List<SeededNoise> noises, int sample, CancellationToken cancellation)
    {
        long[] shape = [1, condition.shape[1] - 1, condition.shape[2], condition.shape[3]];
        DenoisingRun run = new(
            text, condition, settings.GuidanceScale!.Value, settings.ConditioningScale, settings.ConditioningStart, settings.ConditioningEnd)
        {
            Erases = settings.Erase,
        };
        using ISampler sampler = SamplerFactory.Create(
            model.Scheduler with { Timesteps = settings.Timesteps, Sigmas = settings.Sigmas }, settings.Steps, jobs[0].Sampler, settings.Karras ? true : null, settings.Eta);
        return model.WithDenoiser(denoiser => denoiser.Run(
            run,
            sampler,
            () =>
            {
                using DisposeScope scope = torch.NewDisposeScope();
                return torch.cat([.. noises.Select(noise => noise.Draw(shape))], 0).to(denoiser.UNet.WeightDevice).MoveToOuterDisposeScope();
            },
            step =>
            {
                for (int i = 0; i < jobs.Count; i++)
                {
                    jobs[i].ReportStep(step, sample, codec, i);
                }
            },
            cancellation));
    }

    private byte[][] Decode(torch.Tensor latents, int sample) => model.WithVae(vae => jobs.Select((job, i) =>
    {
        job.Report(InpaintStage.Decoding, settings.Steps, sample);
        using torch.Tensor latent = latents.narrow(0, i, 1);
        return codec.Decode(vae, latent);
    }).ToArray());

    /// <summary>What the branch is shown, encoded: the posterior of the pixels, and the mask at latent size, 1 = keep.</summary>
    private sealed record ShownPicture(VaePosterior Posterior, torch.Tensor Keep) : IDisposable
    {
        public void Dispose()
        {
            Posterior.Dispose();
            Keep.Dispose();
        }
    }
}
