using BrushEdit.Editing;
using BrushEdit.Modeling;
using BrushEdit.Sampling;
using TorchSharp;

namespace BrushEdit.Inpainting;

/// <summary>Fills one group: pictures that share the passes through U-Net and branch, each with its own samples and noise.</summary>
/// <param name="model">The networks.</param>
/// <param name="jobs">At least one; equal in everything that <see cref="FillJob.Shared"/> names.</param>
internal sealed class FillGroup(IInpaintModel model, IReadOnlyList<FillJob> jobs)
{
    private readonly InpaintSettings settings = jobs[0].Settings;
    private readonly RegionCodec codec = new(model);

    /// <summary>The maximum number of samples that share a pass; fewer if memory does not suffice.</summary>
    public required int SamplesTogether { get; init; }

    /// <summary>
    /// On a GPU all samples share the passes. On a CPU they run one after the other: each result is bit for bit the one that its seed produces alone,
    /// whatever the CPU's kernels do with a larger batch, and none needs memory that cannot be checked beforehand. A shared pass
    /// gains little there (RESULTS.md, "Fewer passes").
    /// </summary>
    /// <param name="model">The networks.</param>
    public static int UsualSamplesTogether(IInpaintModel model) => model.Device.Device.type == DeviceType.CPU ? 1 : int.MaxValue;

    /// <summary>Fills every picture, sample by sample.</summary>
    /// <param name="cancellation">Stops the work within one step.</param>
    /// <returns>An outcome for each job, in the same order.</returns>
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
            AddSamples(samples, text, shown, cancellation);

            return [.. jobs.Select((job, i) => new InpaintOutcome(job.Settings, samples[i], job.Pixels.Region, warnings[i]))];
        }
        finally
        {
            shown.ForEach(one => one.Dispose());
        }
    }

    private void AddSamples(List<EditSample>[] samples, TextConditioning text, List<ShownPicture> shown, CancellationToken cancellation)
    {
        int together = SamplesTogether;
        int made = 0;
        while (made < settings.Samples)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(together, settings.Samples - made);
            try
            {
                AddSamples(samples, new SampleRange(made, count), text, shown, cancellation);
                made += count;
            }
            catch (Exception fault) when (count > 1 && DeviceMemory.IsExhausted(fault))
            {
                together = (count + 1) / 2;
            }
        }
    }

    private void AddSamples(List<EditSample>[] samples, SampleRange range, TextConditioning text, List<ShownPicture> shown, CancellationToken cancellation)
    {
        List<SeededNoise> noises = [];
        try
        {
            // The rows of the batch are ordered by sample, and within each sample by picture.
            noises.AddRange(range.All.SelectMany(sample => jobs.Select(job => new SeededNoise(job.Settings.Seed!.Value + sample))));
            using torch.Tensor condition = Conditions(shown, noises);
            using TextConditioning? repeated = range.Count == 1 ? null : text.Repeated(range.Count, jobs.Count);
            using torch.Tensor latents = Denoise(repeated ?? text, condition, noises, range, cancellation);
            cancellation.ThrowIfCancellationRequested();
            byte[][] fills = Decode(latents, range);
            for (int row = 0; row < fills.Length; row++)
            {
                int job = row % jobs.Count;
                samples[job].Add(jobs[job].Blend(fills[row], range.First + (row / jobs.Count), model.NativeSide));
            }
        }
        finally
        {
            noises.ForEach(noise => noise.Dispose());
        }
    }

    // Networks with size inputs receive those of an uncropped picture: the region is cut and scaled here, not by a photographer.
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

    // Once for all samples: they differ only in their noise.
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
        IEnumerable<torch.Tensor> conditions = noises.Select((noise, row) => (Noise: noise, Shown: shown[row % shown.Count])).Select(one =>
            HoleCondition.Join(one.Shown.Posterior, one.Noise.Draw(one.Shown.Posterior.Mean.shape), model.ScalingFactor, one.Shown.Keep));
        return torch.cat([.. conditions], 0).MoveToOuterDisposeScope();
    }

    private torch.Tensor Denoise(TextConditioning text, torch.Tensor condition, List<SeededNoise> noises, SampleRange range, CancellationToken cancellation)
    {
        long[] shape = [1, condition.shape[1] - 1, condition.shape[2], condition.shape[3]];
        DenoisingRun run = new(
            text, condition, settings.GuidanceScale!.Value, settings.ConditioningScale, settings.ConditioningStart, settings.ConditioningEnd)
        {
            Erase = settings.Erase,
            Savings = StepSavings.Of(settings),
            Schedule = new NoiseSchedule(model.Scheduler),
        };
        using ISampler sampler = SamplerFactory.Create(
            model.Scheduler with { Timesteps = settings.Timesteps, Sigmas = settings.Sigmas }, settings.Steps, jobs[0].Sampler, settings.Karras ? true : null, settings.Eta);
        return model.WithDenoiser(denoiser => denoiser.Run(
            run,
            sampler,
            () =>
            {
                using DisposeScope scope = torch.NewDisposeScope();
                return HostValues.Send(torch.cat([.. noises.Select(noise => noise.Draw(shape))], 0), denoiser.UNet.WeightDevice).MoveToOuterDisposeScope();
            },
            step =>
            {
                for (int row = 0; row < noises.Count; row++)
                {
                    jobs[row % jobs.Count].ReportStep(step, range.First + (row / jobs.Count), codec, row);
                }
            },
            cancellation));
    }

    private byte[][] Decode(torch.Tensor latents, SampleRange range) => model.WithVae(vae => Enumerable.Range(0, range.Count * jobs.Count).Select(row =>
    {
        jobs[row % jobs.Count].Report(InpaintStage.Decoding, settings.Steps, range.First + (row / jobs.Count));
        using torch.Tensor latent = latents.narrow(0, row, 1);
        return codec.Decode(vae, latent);
    }).ToArray());

    /// <summary>The samples that share the passes.</summary>
    private readonly record struct SampleRange(int First, int Count)
    {
        public IEnumerable<int> All => Enumerable.Range(First, Count);
    }

    /// <summary>The branch's input, encoded: the posterior of the pixels, and the mask at latent size, 1 = keep.</summary>
    private sealed record ShownPicture(VaePosterior Posterior, torch.Tensor Keep) : IDisposable
    {
        public void Dispose()
        {
            Posterior.Dispose();
            Keep.Dispose();
        }
    }
}
