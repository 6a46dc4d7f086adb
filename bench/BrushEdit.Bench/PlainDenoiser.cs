using BrushEdit.Inpainting;
using BrushEdit.Modeling;
using BrushEdit.Sampling;
using TorchSharp;

namespace BrushEdit.Bench;

/// <summary>The denoiser's exact savings: they do not change the result.</summary>
[Flags]
internal enum Savings
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The branch runs once for both halves of a guided step.</summary>
    BranchOnce = 1,

    /// <summary>The branch does not run while its scale is 0.</summary>
    BranchOff = 2,

    /// <summary>The text's keys and values are computed once.</summary>
    TextOnce = 4,
}

/// <summary>A <see cref="Denoiser"/> without some of its savings: the same result, but slower.</summary>
/// <param name="unet">The base.</param>
/// <param name="brushnet">The branch.</param>
/// <param name="kept">The savings that remain active.</param>
internal sealed class PlainDenoiser(UNet2DConditionModel unet, BrushNetModel brushnet, Savings kept)
{
    /// <summary>Turns noise into a latent.</summary>
    /// <param name="run">The settings of the run; with two texts, both halves are run, even at guidance scale 1.</param>
    /// <param name="sampler">A fresh sampler.</param>
    /// <param name="noise">Draws unit normals of the latent's shape.</param>
    /// <returns>The clean latent; the caller owns it.</returns>
    public torch.Tensor Run(DenoisingRun run, ISampler sampler, Func<torch.Tensor> noise)
    {
        using IDisposable inference = torch.inference_mode();
        using DisposeScope scope = torch.NewDisposeScope();
        TextConditioning context = run.Text.To(unet.WeightType, unet.WeightDevice);
        using TextKeyValues? text = kept.HasFlag(Savings.TextOnce) ? unet.TextKeysAndValues(context) : null;
        torch.Tensor condition = run.Condition.to(unet.WeightType, unet.WeightDevice);
        torch.Tensor latent = (noise() * sampler.InitialNoiseSigma).to(unet.WeightDevice);
        for (int step = 0; step < sampler.Timesteps.Count; step++)
        {
            using DisposeScope stepScope = torch.NewDisposeScope();
            torch.Tensor time = torch.tensor(sampler.Timesteps[step], dtype: torch.ScalarType.Float32, device: unet.WeightDevice);
            torch.Tensor single = sampler.Scale(latent, step).to(unet.WeightType);
            torch.Tensor batch = run.IsGuided ? single.expand(2, -1, -1, -1) : single;
            BrushNetResiduals? residuals = Branch(single, batch, time, condition, context, run.BranchScale(step, sampler.Timesteps.Count));
            torch.Tensor predicted = text is null ? unet.forward(batch, time, context, residuals) : unet.forward(batch, time, text, residuals);
            predicted = predicted.to(torch.ScalarType.Float32);
            if (run.IsGuided)
            {
                torch.Tensor[] halves = predicted.chunk(2, 0);
                predicted = halves[0] + ((halves[1] - halves[0]) * run.GuidanceScale);
            }

            torch.Tensor next = sampler.Step(predicted, step, latent, noise);
            latent.Dispose();
            latent = next.MoveToOuterDisposeScope();
        }

        return latent.MoveToOuterDisposeScope();
    }

    private BrushNetResiduals? Branch(torch.Tensor single, torch.Tensor batch, torch.Tensor time, torch.Tensor condition, TextConditioning text, double scale)
    {
        if (scale == 0 && kept.HasFlag(Savings.BranchOff))
        {
            return null;
        }

        return kept.HasFlag(Savings.BranchOnce) && !brushnet.TakesText
            ? brushnet.forward(single, time, condition, scale)
            : brushnet.forward(batch, time, condition.expand(batch.shape[0], -1, -1, -1), scale, text: text);
    }
}
