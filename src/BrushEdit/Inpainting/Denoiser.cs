using BrushEdit.Editing;
using BrushEdit.Modeling;
using BrushEdit.Sampling;
using TorchSharp;

namespace BrushEdit.Inpainting;

/// <summary>The base U-Net with its BrushNet branch, which fill a hole step by step in latent space.</summary>
/// <param name="unet">The base.</param>
/// <param name="brushnet">The branch.</param>
/// <remarks>
/// Four savings that change nothing in the result: the branch of Stable Diffusion 1.5 does not see the text, so it runs once for both
/// halves of a guided step (that of XL is given the pooled text, and a variant with attention the text, and they run for both); it does not
/// run at all where it is scaled to 0; the text's keys and values are computed once an edit; and so is what the timesteps add in every
/// layer. Others, which have their price, are asked for in <see cref="DenoisingRun.Savings"/>.
/// </remarks>
public sealed class Denoiser(UNet2DConditionModel unet, BrushNetModel brushnet) : IDisposable
{
    /// <summary>The base.</summary>
    public UNet2DConditionModel UNet => unet;

    /// <summary>The branch.</summary>
    public BrushNetModel BrushNet => brushnet;

    /// <summary>Turns noise into a latent.</summary>
    /// <param name="run">What decides the run.</param>
    /// <param name="sampler">A fresh sampler.</param>
    /// <param name="noise">Draws unit normals of the latent's shape on its device, in single precision.</param>
    /// <param name="onStep">Called after every step, on the same thread; null for none.</param>
    /// <param name="cancellation">Ends the run within one step.</param>
    /// <returns>The clean latents (B, C, h, w) in single precision; the caller owns them.</returns>
    /// <exception cref="ArgumentException">There are neither as many texts as pictures nor twice as many.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public torch.Tensor Run(DenoisingRun run, ISampler sampler, Func<torch.Tensor> noise, Action<DenoisingStep>? onStep, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(sampler);
        ArgumentNullException.ThrowIfNull(noise);
        long pictures = run.Condition.shape[0];
        if (run.Text.Batch != pictures && !run.IsGuided)
        {
            throw new ArgumentException($"There are {run.Text.Batch} texts for {pictures} pictures; each takes one, or two with guidance.", nameof(run));
        }

        using IDisposable inference = torch.inference_mode();
        using DisposeScope scope = torch.NewDisposeScope();
        run = run with { Text = run.Text.To(unet.WeightType, unet.WeightDevice), Condition = run.Condition.to(unet.WeightType, unet.WeightDevice) };
        torch.Tensor latent = noise().Times(sampler.InitialNoiseSigma).to(unet.WeightDevice);
        int count = sampler.Timesteps.Count;
        using DenoisingPass pass = new(unet, brushnet, run, sampler.Timesteps);
        for (int step = 0; step < count; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using DisposeScope stepScope = torch.NewDisposeScope();
            torch.Tensor shown = sampler.Scale(latent, step);
            torch.Tensor predicted = pass.Predict(shown, step);
            torch.Tensor next = sampler.Step(predicted, step, latent, noise);
            onStep?.Invoke(new DenoisingStep(step, count, sampler.Timesteps[step], next, shown, predicted));
            latent.Dispose();
            latent = next.MoveToOuterDisposeScope();
        }

        return latent.MoveToOuterDisposeScope();
    }

    /// <summary>Frees both networks.</summary>
    public void Dispose()
    {
        unet.Dispose();
        brushnet.Dispose();
    }
}

/// <summary>What decides one run of the denoiser.</summary>
/// <param name="Text">The encoded texts: B rows for the captions alone, or 2 B, the negative prompts first; with the pictures' sizes where the networks take them.</param>
/// <param name="Condition">The masked pictures' latents and the masks, 1 = keep: (B, C + 1, h, w). Several pictures of one size go through in one batch.</param>
/// <param name="GuidanceScale">Classifier-free guidance; of effect where there are two texts, or where the network is given the scale itself.</param>
/// <param name="ConditioningScale">How strongly the branch steers.</param>
/// <param name="ConditioningStart">The fraction of the steps from which on it does.</param>
/// <param name="ConditioningEnd">The fraction of the steps up to which it does.</param>
/// <param name="GuessMode">Whether its outputs fade from the last to the first.</param>
public sealed record DenoisingRun(
    TextConditioning Text,
    torch.Tensor Condition,
    double GuidanceScale = 7.5,
    double ConditioningScale = 1,
    double ConditioningStart = 0,
    double ConditioningEnd = 1,
    bool GuessMode = false)
{
    /// <summary>How the hole's positions are kept from attending to one another, so that what is removed does not come back; null for not at all.</summary>
    public EraseMode? Erase { get; init; }

    /// <summary>What is left out for speed.</summary>
    public StepSavings Savings { get; init; } = StepSavings.None;

    /// <summary>The noise schedule, which extrapolated steps need; null if there are none.</summary>
    public NoiseSchedule? Schedule { get; init; }

    /// <summary>Whether there is a half without the caption.</summary>
    public bool IsGuided => Text.Batch == 2 * Condition.shape[0];

    /// <summary>The branch's scale at a step: 0 outside of its fraction of the run, as diffusers' control guidance has it.</summary>
    /// <param name="step">The step, from 0.</param>
    /// <param name="count">The number of steps.</param>
    public double BranchScale(int step, int count) =>
        (double)step / count < ConditioningStart || (step + 1.0) / count > ConditioningEnd ? 0 : ConditioningScale;
}

/// <summary>The last step. Its tensors are valid only during the call.</summary>
/// <param name="Step">The step, from 0.</param>
/// <param name="Count">The number of steps.</param>
/// <param name="Timestep">The timestep it began at.</param>
/// <param name="Latent">The latent after it.</param>
/// <param name="Shown">What the network saw, scaled to the variance of the training.</param>
/// <param name="Predicted">What it answered, or would have by extrapolation.</param>
public readonly record struct DenoisingStep(
    int Step, int Count, double Timestep, torch.Tensor Latent, torch.Tensor Shown, torch.Tensor Predicted);
