using BrushEdit.Editing;
using BrushEdit.Modeling;
using BrushEdit.Sampling;
using TorchSharp;

namespace BrushEdit.Inpainting;

/// <summary>The base U-Net with its BrushNet branch, which together fill a hole step by step in latent space.</summary>
/// <param name="unet">The base.</param>
/// <param name="brushnet">The branch.</param>
/// <remarks>
/// Four optimisations do not change the result: the branch of Stable Diffusion 1.5 does not see the text, so it runs once for both
/// halves of a guided step (XL's branch receives the pooled text, and a variant with attention receives the text; these run for both); it does not
/// run at all where its scale is 0; the text's keys and values are computed once per edit; and so are the timestep embeddings of every
/// layer. Other optimisations, which cost quality, are requested in <see cref="DenoisingRun.Savings"/>.
/// </remarks>
public sealed class Denoiser(UNet2DConditionModel unet, BrushNetModel brushnet) : IDisposable
{
    /// <summary>The base.</summary>
    public UNet2DConditionModel UNet => unet;

    /// <summary>The branch.</summary>
    public BrushNetModel BrushNet => brushnet;

    /// <summary>Turns noise into a latent.</summary>
    /// <param name="run">The run's inputs.</param>
    /// <param name="sampler">A fresh sampler.</param>
    /// <param name="noise">Draws unit normals of the latent's shape on its device, in single precision.</param>
    /// <param name="onStep">Called after every step, on the same thread; null for none.</param>
    /// <param name="cancellation">Stops the run within one step.</param>
    /// <returns>The clean latents (B, C, h, w) in single precision; the caller owns them.</returns>
    /// <exception cref="ArgumentException">The number of texts is neither the number of pictures nor twice that.</exception>
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

/// <summary>The inputs of one run of the denoiser.</summary>
/// <param name="Text">The encoded texts: B rows for the captions alone, or 2 B, the negative prompts first; with the pictures' sizes where the networks take them.</param>
/// <param name="Condition">The masked pictures' latents and the masks, 1 = keep: (B, C + 1, h, w). Several pictures of one size go through in one batch.</param>
/// <param name="GuidanceScale">Classifier-free guidance; effective if there are two texts, or if the network receives the scale as an input.</param>
/// <param name="ConditioningScale">How strongly the branch steers.</param>
/// <param name="ConditioningStart">The fraction of the steps at which the branch starts to steer.</param>
/// <param name="ConditioningEnd">The fraction of the steps at which the branch stops steering.</param>
/// <param name="GuessMode">Whether the branch's outputs fade from the last to the first.</param>
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

    /// <summary>The computations that are skipped for speed.</summary>
    public StepSavings Savings { get; init; } = StepSavings.None;

    /// <summary>The noise schedule, which extrapolated steps need; null if no step is extrapolated.</summary>
    public NoiseSchedule? Schedule { get; init; }

    /// <summary>Whether the batch has a half without the caption.</summary>
    public bool IsGuided => Text.Batch == 2 * Condition.shape[0];

    /// <summary>The branch's scale at a step: 0 outside of its fraction of the run, as in diffusers' control guidance.</summary>
    /// <param name="step">The step, from 0.</param>
    /// <param name="count">The number of steps.</param>
    public double BranchScale(int step, int count) =>
        (double)step / count < ConditioningStart || (step + 1.0) / count > ConditioningEnd ? 0 : ConditioningScale;
}

/// <summary>The last step. Its tensors are valid only during the call.</summary>
/// <param name="Step">The step, from 0.</param>
/// <param name="Count">The number of steps.</param>
/// <param name="Timestep">The timestep at which the step began.</param>
/// <param name="Latent">The latent after the step.</param>
/// <param name="Shown">The network's input, scaled to the variance of the training.</param>
/// <param name="Predicted">The network's prediction, computed or extrapolated.</param>
public readonly record struct DenoisingStep(
    int Step, int Count, double Timestep, torch.Tensor Latent, torch.Tensor Shown, torch.Tensor Predicted);
