using TorchSharp;

namespace BrushEdit.Sampling;

/// <summary>
/// One run of a sampler, from noise to a clean latent. The caller owns the loop, and with it progress, previews, cancellation
/// and memory:
/// <code>
/// x = noise * sampler.InitialNoiseSigma;
/// for (int i = 0; i &lt; sampler.Timesteps.Count; i++)
/// {
///     output = network(sampler.Scale(x, i), sampler.Timesteps[i]);
///     x = sampler.Step(output, i, x, drawNoise);
/// }
/// </code>
/// </summary>
/// <remarks>
/// An object serves one run, steps in order. What a solver remembers of earlier steps it owns, outside the caller's dispose
/// scopes, and frees in <see cref="IDisposable.Dispose"/>. Gradients do not flow through a step. Not for several threads at once.
/// </remarks>
public interface ISampler : IDisposable
{
    /// <summary>Which sampler it is.</summary>
    SamplerKind Kind { get; }

    /// <summary>
    /// The timestep of each step, first to last: one call of the network each. PNDM visits its second one twice, so that it has
    /// one more than was asked for; Heun visits all but its first twice. They may be fractional (Euler), and repeat where Karras spacing rounds them.
    /// </summary>
    IReadOnlyList<double> Timesteps { get; }

    /// <summary>The factor on unit normal noise that makes the first sample.</summary>
    double InitialNoiseSigma { get; }

    /// <summary>Whether <see cref="Step"/> draws noise.</summary>
    bool NeedsNoise { get; }

    /// <summary>Makes a later step the first: of a run that starts from a picture with some noise, not from noise alone.</summary>
    /// <param name="step">The step that comes first; before any was taken.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    /// <exception cref="InvalidOperationException">A step was taken already.</exception>
    void Begin(int step);

    /// <summary>What the network is shown at a step.</summary>
    /// <param name="sample">The sample (B, C, H, W) before the step.</param>
    /// <param name="step">The step, counted from 0.</param>
    /// <returns>A handle of its own, which the caller owns; it may share the sample's memory.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    torch.Tensor Scale(torch.Tensor sample, int step);

    /// <summary>Goes one step on.</summary>
    /// <param name="modelOutput">What the network answered, guidance applied; of the sample's shape.</param>
    /// <param name="step">The step, counted from 0: the one after the last call's.</param>
    /// <param name="sample">The sample (B, C, H, W) before the step, as the last call gave it.</param>
    /// <param name="noise">
    /// Draws unit normals of the sample's shape on its device; called at most once, and not at a step that takes no noise. What
    /// it creates is freed by the sampler. Needed where <see cref="NeedsNoise"/>.
    /// </param>
    /// <returns>The sample after the step, of the given sample's type (half precision is computed in single); the caller owns it.</returns>
    /// <exception cref="ArgumentException">Shapes differ, or noise is needed and not given.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    /// <exception cref="InvalidOperationException">The step is not the next.</exception>
    torch.Tensor Step(torch.Tensor modelOutput, int step, torch.Tensor sample, Func<torch.Tensor>? noise = null);
}
