using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Generating;

/// <summary>Runs an original and its edit from one noise to two latents.</summary>
/// <param name="unet">The U-Net.</param>
/// <param name="path">The sampler's steps.</param>
internal sealed class PromptRun(UNet2DConditionModel unet, DdimPath path)
{
    /// <summary>The captions (2, L, D), the original's first.</summary>
    public required torch.Tensor Context { get; init; }

    /// <summary>The empty prompt (1, L, D) of each step; the last one is used for all later steps.</summary>
    public required IReadOnlyList<torch.Tensor> Uncond { get; init; }

    /// <summary>Classifier-free guidance.</summary>
    public double Guidance { get; init; } = 7.5;

    /// <summary>What is added to the original's latent after each step (1, C, h, w); null for nothing.</summary>
    public IReadOnlyList<torch.Tensor>? Offsets { get; init; }

    /// <summary>Restricts the edit to some words; null for everywhere.</summary>
    public WordBlend? Blend { get; init; }

    /// <summary>Runs both pictures.</summary>
    /// <param name="start">The noise (1, C, h, w) that both start from.</param>
    /// <param name="control">The attention control, at its first step.</param>
    /// <param name="onStep">Called with the step and its latents (2, C, h, w), which are valid during the call only; null for nothing.</param>
    /// <returns>(2, C, h, w), the original's first; the caller owns them.</returns>
    public torch.Tensor Run(torch.Tensor start, PromptControl control, Action<int, torch.Tensor>? onStep = null)
    {
        using IDisposable inference = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor latents = start.to(torch.ScalarType.Float32, unet.WeightDevice).repeat(2, 1, 1, 1);
        torch.Tensor times = path.Upload(unet.WeightDevice);
        TextKeyValues? text = null;
        try
        {
            for (int step = 0; step < path.Timesteps.Count; step++)
            {
                using DisposeScope stepScope = torch.NewDisposeScope();
                if (step < Uncond.Count)
                {
                    text?.Dispose();
                    text = Prepare(Uncond[step]);
                }

                torch.Tensor next = path.Forth(Predict(latents, step, times[step], text!, control), latents, step);
                if (Offsets is not null)
                {
                    next = torch.cat([next.narrow(0, 0, 1).Plus(Offsets[step].narrow(0, 0, 1)), next.narrow(0, 1, 1)], 0);
                }

                control.Next();
                next = Blend?.Apply(next, control) ?? next;
                onStep?.Invoke(step, next);
                latents.Dispose();
                latents = next.MoveToOuterDisposeScope();
            }

            return latents.MoveToOuterDisposeScope();
        }
        finally
        {
            text?.Dispose();
        }
    }

    private TextKeyValues Prepare(torch.Tensor uncond)
    {
        torch.Tensor empty = uncond.to(Context.dtype, Context.device);
        return unet.TextKeysAndValues(torch.cat([empty, empty, Context], 0).to(unet.WeightType, unet.WeightDevice));
    }

    private torch.Tensor Predict(torch.Tensor latents, int step, torch.Tensor time, TextKeyValues text, PromptControl control)
    {
        torch.Tensor answer = unet.Steered(latents.to(unet.WeightType).repeat(2, 1, 1, 1), time, text, null, new UNetSteering(Attention: control)).to(torch.ScalarType.Float32);
        Finite.Require(answer, "U-Net", $"at step {step + 1} of {path.Timesteps.Count}", unet);
        torch.Tensor[] halves = answer.chunk(2, 0);
        return Inversion.Guided(halves[0], halves[1], Guidance);
    }
}
