using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Generating;

/// <summary>Inverts pictures to the noise that generates them: DDIM inversion, and two ways to make it hold under guidance.</summary>
/// <param name="unet">The U-Net.</param>
/// <param name="path">The sampler's steps.</param>
/// <param name="onStep">Called before every step of the work; null for nothing. An exception from it ends the work.</param>
internal sealed class Inversion(UNet2DConditionModel unet, DdimPath path, Action? onStep = null)
{
    /// <summary>DDIM inversion under the caption alone, without guidance.</summary>
    /// <param name="clean">The picture's scaled latent (1, C, h, w).</param>
    /// <param name="context">Its caption (1, L, D).</param>
    /// <returns>The latents, the clean one first; the caller owns them.</returns>
    public IReadOnlyList<torch.Tensor> Invert(torch.Tensor clean, torch.Tensor context)
    {
        using IDisposable inference = torch.no_grad();
        using TextKeyValues text = unet.TextKeysAndValues(context.to(unet.WeightType, unet.WeightDevice));
        using torch.Tensor times = path.Upload(unet.WeightDevice);
        List<torch.Tensor> latents = [clean.to(torch.ScalarType.Float32, unet.WeightDevice).clone().DetachFromDisposeScope()];
        for (int step = path.Timesteps.Count - 1; step >= 0; step--)
        {
            onStep?.Invoke();
            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor noise = Predict(latents[^1], times[step], text);
            latents.Add(path.Back(noise, latents[^1], step).DetachFromDisposeScope());
        }

        return latents;
    }

    /// <summary>What a guided step misses of the inverted latents, from step to step, where each begins at the inverted one (PnP inversion, arXiv 2310.01506).</summary>
    /// <param name="inverted">The result of <see cref="Invert"/>.</param>
    /// <param name="uncond">The empty prompt for each caption (B, L, D).</param>
    /// <param name="context">The captions (B, L, D), the picture's own first.</param>
    /// <param name="guidance">Classifier-free guidance.</param>
    /// <returns>For each step (B, C, h, w); the caller owns them.</returns>
    public IReadOnlyList<torch.Tensor> Offsets(IReadOnlyList<torch.Tensor> inverted, torch.Tensor uncond, torch.Tensor context, double guidance)
    {
        using IDisposable inference = torch.no_grad();
        using DisposeScope whole = torch.NewDisposeScope();
        using TextKeyValues text = unet.TextKeysAndValues(torch.cat([uncond, context], 0).to(unet.WeightType, unet.WeightDevice));
        torch.Tensor times = path.Upload(unet.WeightDevice);
        List<torch.Tensor> offsets = [];
        for (int step = 0; step < path.Timesteps.Count; step++)
        {
            onStep?.Invoke();
            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor latents = inverted[^(step + 1)].expand(context.shape[0], -1, -1, -1);
            torch.Tensor[] halves = Predict(latents.repeat(2, 1, 1, 1), times[step], text).chunk(2, 0);
            torch.Tensor next = path.Forth(Guided(halves[0], halves[1], guidance), latents, step);
            offsets.Add(inverted[^(step + 2)].expand_as(next).Minus(next).DetachFromDisposeScope());
        }

        return offsets;
    }

    /// <summary>
    /// Null-text optimisation (arXiv 2211.09794): an empty prompt for each step that makes the guided step reach the inverted latent. Each
    /// begins with that of the step before.
    /// </summary>
    /// <param name="inverted">The result of <see cref="Invert"/>.</param>
    /// <param name="uncond">The empty prompt (1, L, D).</param>
    /// <param name="context">The picture's caption (1, L, D).</param>
    /// <param name="guidance">Classifier-free guidance.</param>
    /// <param name="options">How long it is optimised.</param>
    /// <returns>A prompt (1, L, D) for each step; the caller owns them.</returns>
    /// <remarks>In single precision only: in half precision the gradients vanish.</remarks>
    public IReadOnlyList<torch.Tensor> OptimizeNullText(
        IReadOnlyList<torch.Tensor> inverted, torch.Tensor uncond, torch.Tensor context, double guidance, NullTextOptions options)
    {
        foreach (TorchSharp.Modules.Parameter parameter in unet.parameters())
        {
            parameter.requires_grad_(false);
        }

        using IDisposable gradients = torch.enable_grad();
        List<torch.Tensor> prompts = [];
        using torch.Tensor caption = context.to(unet.WeightType, unet.WeightDevice).clone();
        torch.Tensor prompt = uncond.to(unet.WeightType, unet.WeightDevice).clone().detach();
        torch.Tensor latent = inverted[^1].clone().DetachFromDisposeScope();
        using torch.Tensor times = path.Upload(unet.WeightDevice);
        for (int step = 0; step < path.Timesteps.Count; step++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor time = times[step];
            torch.Tensor with;
            using (torch.no_grad())
            {
                with = Predict(latent, time, caption);
            }

            torch.Tensor learnt = Learn(prompt, with, latent, inverted[^(step + 2)], time, step, guidance, options);
            using (torch.no_grad())
            {
                torch.Tensor next = path.Forth(Guided(Predict(latent, time, learnt), with, guidance), latent, step);
                latent.Dispose();
                latent = next.DetachFromDisposeScope();
            }

            prompt.Dispose();
            prompt = learnt.clone().DetachFromDisposeScope();
            prompts.Add(learnt.DetachFromDisposeScope());
        }

        prompt.Dispose();
        latent.Dispose();
        return prompts;
    }

    /// <summary>Classifier-free guidance.</summary>
    internal static torch.Tensor Guided(torch.Tensor without, torch.Tensor with, double guidance) => without.Plus(with.Minus(without).Times(guidance));

    private torch.Tensor Learn(
        torch.Tensor start, torch.Tensor with, torch.Tensor latent, torch.Tensor wanted, torch.Tensor time, int step, double guidance, NullTextOptions options)
    {
        TorchSharp.Modules.Parameter prompt = new(start.clone().detach(), requires_grad: true);
        using torch.optim.Optimizer adam = torch.optim.Adam([prompt], options.LearningRate * (1 - (step / 100.0)), beta1: 0.9, beta2: 0.999);
        for (int update = 0; update < options.InnerSteps; update++)
        {
            onStep?.Invoke();
            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor without = Predict(latent, time, prompt);
            torch.Tensor next = path.Forth(Guided(without, with, guidance), latent, step);
            torch.Tensor loss = torch.nn.functional.mse_loss(next, wanted);
            adam.zero_grad();
            loss.backward();
            adam.step();
            double missed = loss.ToDouble();
            options.OnLoss?.Invoke(missed);
            if (missed < options.Epsilon + (step * options.EpsilonGrowth))
            {
                break;
            }
        }

        return prompt.detach();
    }

    private torch.Tensor Predict(torch.Tensor latents, torch.Tensor time, TextKeyValues text) =>
        Checked(unet.forward(latents.to(unet.WeightType), time, text));

    private torch.Tensor Predict(torch.Tensor latents, torch.Tensor time, torch.Tensor context) =>
        Checked(unet.forward(latents.to(unet.WeightType), time, context));

    private torch.Tensor Checked(torch.Tensor answer)
    {
        torch.Tensor single = answer.to(torch.ScalarType.Float32);
        Finite.Require(single, "U-Net", "while it inverted the picture to noise", unet);
        return single;
    }
}

/// <summary>How long the empty prompt is optimised. The defaults are those of the paper.</summary>
internal sealed record NullTextOptions
{
    /// <summary>The maximum number of updates per step.</summary>
    public int InnerSteps { get; init; } = 10;

    /// <summary>Adam's learning rate at the first step; it falls by a hundredth of it from step to step, as far as there are a hundred.</summary>
    public double LearningRate { get; init; } = 0.01;

    /// <summary>The mean squared error below which a step ends early.</summary>
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>The increase of that threshold from step to step.</summary>
    public double EpsilonGrowth { get; init; } = 2e-5;

    /// <summary>Called with every error; null for nothing.</summary>
    public Action<double>? OnLoss { get; init; }
}
