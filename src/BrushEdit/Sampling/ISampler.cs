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
/// An object serves one run, steps in order. A solver owns what it remembers of earlier steps, outside the caller's dispose scopes, and frees it in
/// <see cref="IDisposable.Dispose"/>. Gradients do not flow through a step. Not safe for concurrent use.
/// </remarks>
public interface ISampler : IDisposable
{
    /// <summary>Which sampler it is.</summary>
    SamplerKind Kind { get; }

    /// <summary>
    /// The timestep of each step, first to last, each with one call of the network. PNDM visits its second one twice, so it has one more than
    /// requested; Heun visits all but its first twice. They may be fractional (Euler), and may repeat if Karras spacing rounds them.
    /// </summary>
    IReadOnlyList<double> Timesteps { get; }

    /// <summary>The factor that turns unit normal noise into the first sample.</summary>
    double InitialNoiseSigma { get; }

    /// <summary>Whether <see cref="Step"/> draws noise.</summary>
    bool NeedsNoise { get; }

    /// <summary>Starts at a later step, for a run that begins with a noised picture instead of pure noise.</summary>
    /// <param name="step">The first step; to be set before any step is taken.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step does not exist.</exception>
    /// <exception cref="InvalidOperationException">A step has already been taken.</exception>
    void Begin(int step);

    /// <summary>The network's input at a step.</summary>
    /// <param name="sample">The sample (B, C, H, W) before the step.</param>
    /// <param name="step">The step, counted from 0.</param>
    /// <returns>A separate handle, which the caller owns; it may share the sample's memory.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The step does not exist.</exception>
    torch.Tensor Scale(torch.Tensor sample, int step);

    /// <summary>Takes one step.</summary>
    /// <param name="modelOutput">The network's output with guidance applied; of the sample's shape.</param>
    /// <param name="step">The step, counted from 0: the one after the last call's.</param>
    /// <param name="sample">The sample (B, C, H, W) before the step, as returned by the last call.</param>
    /// <param name="noise">
    /// Draws unit normals of the sample's shape on its device; called at most once, and not at a step that uses no noise. The sampler frees what it
    /// creates. Required if <see cref="NeedsNoise"/>.
    /// </param>
    /// <returns>The sample after the step, of the given sample's type (half precision is computed in single); the caller owns it.</returns>
    /// <exception cref="ArgumentException">Shapes differ, or noise is required and not given.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The step does not exist.</exception>
    /// <exception cref="InvalidOperationException">The step is not the next.</exception>
    torch.Tensor Step(torch.Tensor modelOutput, int step, torch.Tensor sample, Func<torch.Tensor>? noise = null);
}
