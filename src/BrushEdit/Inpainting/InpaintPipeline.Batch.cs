using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Samplers;
using TorchSharp;

namespace BrushEdit.Inpainting;

/// <summary>Several pictures at once: those that work at one size share the passes through U-Net and branch.</summary>
public sealed partial class InpaintPipeline
{
    // Halved where a batch does not fit into memory.
    private int mostTogether = int.MaxValue;

    /// <summary>Fills the masks of several pictures.</summary>
    /// <param name="requests">What is to be filled; each has a caption, a seed and noise of its own.</param>
    /// <param name="cancellation">Ends the work within one step.</param>
    /// <returns>For each request its outcome, or why it failed; the others are filled all the same.</returns>
    /// <remarks>
    /// Requests share a batch where they ask for one sample and agree in work size, steps, sampler, guidance and conditioning. A batch of
    /// one is <see cref="Fill"/>, bit for bit. In a larger one a picture's result does not hang on its neighbours but for rounding: the
    /// kernels may add in another order at another batch size. Text and autoencoder run picture by picture in any case.
    /// </remarks>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public IReadOnlyList<FillAnswer> FillAll(IReadOnlyList<FillRequest> requests, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        FillAnswer[] answers = new FillAnswer[requests.Count];
        List<Job> jobs = [];
        for (int index = 0; index < requests.Count; index++)
        {
            int place = index;
            answers[place] = FillAnswer.Of(() =>
            {
                jobs.Add(Plan(requests[place], place));
                return null;
            });
        }

        foreach (IGrouping<(int, int, InpaintSettings), Job> group in jobs.GroupBy(job => (job.Pixels.Width, job.Pixels.Height, Shared(job.Settings))))
        {
            foreach (Job[] members in group.Key.Item3.Samples == 1 ? group.Chunk(mostTogether) : group.Chunk(1))
            {
                FillInto(answers, members, cancellation);
            }
        }

        return answers;
    }

    // What must be alike in one batch; captions, seeds and the way the fill is blended in are each picture's own.
    private static InpaintSettings Shared(InpaintSettings settings) => settings with
    {
        Caption = string.Empty,
        NegativePrompt = string.Empty,
        Seed = null,
        WholePicture = false,
        ContextMargin = 0,
        Feather = Feather.None,
        FeatherWidth = null,
        PreviewEvery = 0,
    };

    private Job Plan(FillRequest request, int place)
    {
        (InpaintSettings settings, SamplerKind sampler, RegionPixels pixels) = Begin(request.Picture, request.Mask, request.Settings);
        return new Job(request with { Settings = settings }, place, settings, sampler, pixels, new Report(request.Progress, settings));
    }

    /// <summary>Fills jobs in one batch; where that fails, in two halves, so that a fault is told as the one picture's that has it.</summary>
    private void FillInto(FillAnswer[] answers, Job[] jobs, CancellationToken cancellation)
    {
        if (jobs.Length == 1)
        {
            FillRequest request = jobs[0].Request;
            answers[jobs[0].Place] = FillAnswer.Of(() => Fill(request.Picture, request.Mask, request.Settings, request.Progress, cancellation));
            return;
        }

        try
        {
            IReadOnlyList<InpaintOutcome> outcomes = FillGroup(jobs, cancellation);
            for (int i = 0; i < jobs.Length; i++)
            {
                answers[jobs[i].Place] = new FillAnswer(outcomes[i], null);
            }
        }
#pragma warning disable CA1031 // In smaller batches they may succeed.
        catch (Exception fault) when (fault is not OperationCanceledException)
#pragma warning restore CA1031
        {
            int half = (jobs.Length + 1) / 2;
            mostTogether = IsOutOfMemory(fault) ? Math.Min(mostTogether, half) : mostTogether;
            FillInto(answers, jobs[..half], cancellation);
            FillInto(answers, jobs[half..], cancellation);
        }
    }

    // libtorch tells it in words alone.
    private static bool IsOutOfMemory(Exception fault) =>
        fault is OutOfMemoryException || fault.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase)
        || fault.Message.Contains("can't allocate memory", StringComparison.OrdinalIgnoreCase);

    private IReadOnlyList<InpaintOutcome> FillGroup(Job[] jobs, CancellationToken cancellation)
    {
        List<string>[] warnings = [.. jobs.Select(_ => new List<string>())];
        List<SeededNoise> noises = [];
        try
        {
            using torch.Tensor context = Contexts(jobs, warnings);
            cancellation.ThrowIfCancellationRequested();
            noises.AddRange(jobs.Select(job => new SeededNoise(job.Settings.Seed!.Value)));
            using torch.Tensor condition = Conditions(jobs, noises);
            using torch.Tensor latents = Denoise(jobs, context, condition, noises, cancellation);
            cancellation.ThrowIfCancellationRequested();
            byte[][] fills = Decoded(jobs, latents);
            return [.. jobs.Select((job, i) => Outcome(job, fills[i], warnings[i]))];
        }
        finally
        {
            noises.ForEach(noise => noise.Dispose());
        }
    }

    // (B, L, D), or with guidance (2 B, L, D): first the negative prompts, then the captions.
    private torch.Tensor Contexts(Job[] jobs, List<string>[] warnings) => model.WithText((tokenizer, encoder) =>
    {
        using IDisposable inference = torch.inference_mode();
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor[] texts = [.. jobs.Select((job, i) =>
        {
            job.Report.At(InpaintStage.Text, 0, 0);
            return TextContext.Encode(tokenizer, encoder, job.Settings, warnings[i]);
        })];
        IEnumerable<torch.Tensor> ordered = Enumerable.Range(0, (int)texts[0].shape[0]).SelectMany(half => texts.Select(text => text.narrow(0, half, 1)));
        return torch.cat([.. ordered], 0).MoveToOuterDisposeScope();
    });

    private torch.Tensor Conditions(Job[] jobs, List<SeededNoise> noises) => model.WithVae(vae =>
    {
        using IDisposable inference = torch.inference_mode();
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor[] conditions = [.. jobs.Select((job, i) =>
        {
            job.Report.At(InpaintStage.Encoding, 0, 0);
            using ShownPicture shown = Encode(vae, job.Pixels);
            return Condition(shown, noises[i]);
        })];
        return torch.cat(conditions, 0).MoveToOuterDisposeScope();
    });

    private torch.Tensor Denoise(Job[] jobs, torch.Tensor context, torch.Tensor condition, List<SeededNoise> noises, CancellationToken cancellation)
    {
        InpaintSettings settings = jobs[0].Settings;
        long[] shape = [1, condition.shape[1] - 1, condition.shape[2], condition.shape[3]];
        DenoisingRun run = new(
            context, condition, settings.GuidanceScale!.Value, settings.ConditioningScale, settings.ConditioningStart, settings.ConditioningEnd);
        using ISampler sampler = SamplerFactory.Create(model.Scheduler, settings.Steps, jobs[0].Sampler, settings.Karras ? true : null);
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
                foreach (Job job in jobs)
                {
                    job.Report.At(InpaintStage.Denoising, step.Step + 1, 0);
                }
            },
            cancellation));
    }

    private byte[][] Decoded(Job[] jobs, torch.Tensor latents) => model.WithVae(vae => jobs.Select((job, i) =>
    {
        job.Report.At(InpaintStage.Decoding, job.Settings.Steps, 0);
        using torch.Tensor latent = latents.narrow(0, i, 1);
        return Decode(vae, latent);
    }).ToArray());

    private InpaintOutcome Outcome(Job job, byte[] fill, List<string> warnings)
    {
        job.Report.At(InpaintStage.Blending, job.Settings.Steps, 0);
        FillRequest request = job.Request;
        Picture filled = RegionBlend.Blend(request.Picture, request.Mask, job.Pixels, fill, job.Settings, model.NativeSide);
        return new InpaintOutcome(job.Settings, [new EditSample(filled, job.Settings.Seed!.Value)], job.Pixels.Region, warnings);
    }

    private sealed record Job(FillRequest Request, int Place, InpaintSettings Settings, SamplerKind Sampler, RegionPixels Pixels, Report Report);
}

/// <summary>A fill that is asked for.</summary>
/// <param name="Picture">The picture; it is not changed.</param>
/// <param name="Mask">White = edit; of the picture's size, not empty.</param>
/// <param name="Settings">Everything else.</param>
/// <param name="Progress">Gets stage and step; null for none. Previews are made only of a fill that runs alone.</param>
public sealed record FillRequest(Picture Picture, Mask Mask, InpaintSettings Settings, IProgress<InpaintProgress>? Progress = null);

/// <summary>What became of a fill that was asked for: an outcome or a fault.</summary>
/// <param name="Outcome">What it gave; null where it failed.</param>
/// <param name="Fault">Why it failed; null where it did not.</param>
public sealed record FillAnswer(InpaintOutcome? Outcome, Exception? Fault)
{
    internal static FillAnswer Of(Func<InpaintOutcome?> fill)
    {
        try
        {
            return new FillAnswer(fill(), null);
        }
#pragma warning disable CA1031 // One picture's fault is not the others'.
        catch (Exception fault) when (fault is not OperationCanceledException)
#pragma warning restore CA1031
        {
            return new FillAnswer(null, fault);
        }
    }
}
