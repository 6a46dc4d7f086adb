using BrushEdit.Modeling;
using BrushEdit.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Training;

/// <summary>
/// The objective of a branch (BrushNet, arXiv 2403.06976): the branch sees a picture except for the hole, and must make a frozen U-Net
/// predict the noise that was added to the picture. The error is taken over the whole latent.
/// </summary>
public static class BranchObjective
{
    /// <summary>The loss of a batch: the forward pass of a training step.</summary>
    /// <param name="unet">The frozen base.</param>
    /// <param name="branch">The branch that learns.</param>
    /// <param name="schedule">The base's noise schedule, which determines whether noise or velocity is predicted.</param>
    /// <param name="batch">The examples.</param>
    /// <param name="snrGamma">The signal-to-noise ratio above which a timestep's weight is clamped; null weights all timesteps equally.</param>
    /// <returns>A scalar in single precision.</returns>
    public static Tensor Loss(UNet2DConditionModel unet, BrushNetModel branch, NoiseSchedule schedule, BranchBatch batch, double? snrGamma = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor noisy = schedule.AddNoise(batch.Latents, batch.Noise, batch.Timesteps);
        Tensor predicted = Predict(unet, branch, noisy, batch);
        Tensor error = PerSample(schedule, predicted, batch);
        return (snrGamma is { } gamma ? error * SnrWeights(schedule, batch.Timesteps, gamma) : error).mean().MoveToOuterDisposeScope();
    }

    /// <summary>The joint prediction of base and branch.</summary>
    /// <param name="unet">The base.</param>
    /// <param name="branch">The branch.</param>
    /// <param name="noisy">The noisy latents, (B, C, h, w).</param>
    /// <param name="batch">Masks, texts and timesteps.</param>
    /// <returns>(B, C, h, w).</returns>
    public static Tensor Predict(UNet2DConditionModel unet, BrushNetModel branch, Tensor noisy, BranchBatch batch)
    {
        ArgumentNullException.ThrowIfNull(unet);
        ArgumentNullException.ThrowIfNull(branch);
        ArgumentNullException.ThrowIfNull(batch);
        using DisposeScope scope = NewDisposeScope();
        Tensor condition = cat([batch.Masked, batch.Keep], 1);
        BrushNetResiduals residuals = branch.forward(noisy, batch.Timesteps, condition, text: new TextConditioning(batch.Context));
        return unet.forward(noisy, batch.Timesteps, batch.Context, residuals).MoveToOuterDisposeScope();
    }

    /// <summary>The mean squared error of each example, over the whole latent.</summary>
    /// <param name="schedule">The noise schedule, which determines the target.</param>
    /// <param name="predicted">The prediction.</param>
    /// <param name="batch">Latents, noise and timesteps.</param>
    /// <returns>(B) in single precision.</returns>
    public static Tensor PerSample(NoiseSchedule schedule, Tensor predicted, BranchBatch batch)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(predicted);
        ArgumentNullException.ThrowIfNull(batch);
        using DisposeScope scope = NewDisposeScope();
        Tensor target = schedule.Target(batch.Latents, batch.Noise, batch.Timesteps).to(ScalarType.Float32);
        return predicted.to(ScalarType.Float32).Minus(target).square().mean([1, 2, 3]).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The Min-SNR weights (Hang et al., arXiv 2303.09556): the signal-to-noise ratio clamped at gamma, divided by the ratio if noise is predicted,
    /// or by the ratio plus 1 if velocity is predicted.
    /// </summary>
    /// <param name="schedule">The noise schedule.</param>
    /// <param name="timesteps">Whole timesteps, (B).</param>
    /// <param name="gamma">The ratio's upper limit; 5 in the paper.</param>
    /// <returns>(B) in single precision.</returns>
    public static Tensor SnrWeights(NoiseSchedule schedule, Tensor timesteps, double gamma)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(timesteps);
        using Tensor steps = timesteps.cpu().to(ScalarType.Int64);
        float[] weights = Array.ConvertAll(steps.data<long>().ToArray(), step =>
        {
            double signal = schedule.AlphasCumprod[(int)step];
            double ratio = signal / (1 - signal);
            double cut = Math.Min(ratio, gamma);
            return (float)(schedule.Prediction switch
            {
                PredictionType.Epsilon => ratio > 0 ? cut / ratio : 1,
                PredictionType.VPrediction => cut / (ratio + 1),
                _ => cut,
            });
        });
        return tensor(weights, device: timesteps.device);
    }
}
