using TorchSharp;

namespace BrushEdit.Sampling;

/// <summary>What all samplers share: the order of steps, dispose scopes, precision, and what a network's output means.</summary>
internal abstract class SamplerBase : ISampler
{
    private readonly List<torch.Tensor> kept = [];
    private int next;
    private bool begun;
    private bool disposed;

    /// <summary>Sets the run.</summary>
    /// <param name="kind">Which sampler it is.</param>
    /// <param name="prediction">What the network's output means.</param>
    /// <param name="timesteps">The timestep of each step.</param>
    protected SamplerBase(SamplerKind kind, PredictionType prediction, IReadOnlyList<double> timesteps)
    {
        Kind = kind;
        Prediction = prediction;
        Timesteps = timesteps;
    }

    /// <inheritdoc/>
    public SamplerKind Kind { get; }

    /// <inheritdoc/>
    public IReadOnlyList<double> Timesteps { get; }

    /// <inheritdoc/>
    public virtual double InitialNoiseSigma => 1;

    /// <inheritdoc/>
    public virtual bool NeedsNoise => false;

    /// <summary>What the network's output means.</summary>
    protected PredictionType Prediction { get; }

    /// <inheritdoc/>
    public void Begin(int step)
    {
        Check(step);
        next = begun ? throw new InvalidOperationException("A run that has started cannot start again.") : step;
    }

    /// <inheritdoc/>
    public torch.Tensor Scale(torch.Tensor sample, int step)
    {
        Check(step);
        double scale = InputScale(step);
        if (scale == 1)
        {
            return sample.alias();
        }

        using Scalar factor = scale.ToScalar();
        return sample.mul(factor);
    }

    /// <inheritdoc/>
    public torch.Tensor Step(torch.Tensor modelOutput, int step, torch.Tensor sample, Func<torch.Tensor>? noise = null)
    {
        Check(step);
        if (step != next)
        {
            throw new InvalidOperationException($"Step {step} was requested, but step {next} is next; a sampler serves one run.");
        }

        if (!modelOutput.shape.SequenceEqual(sample.shape))
        {
            throw new ArgumentException($"The output's shape [{string.Join(", ", modelOutput.shape)}] is not the sample's [{string.Join(", ", sample.shape)}].", nameof(modelOutput));
        }

        if (NeedsNoise && noise is null)
        {
            throw new ArgumentException($"{SamplerFactory.NameOf(Kind)} draws noise, but no noise source is given.", nameof(noise));
        }

        using IDisposable gradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor result = Advance(Wide(modelOutput), step, Wide(sample), () => Draw(noise!, sample));
        next = step + 1;
        begun = true;
        return result.to(sample.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>Frees what was remembered of earlier steps.</summary>
    public void Dispose()
    {
        disposed = true;
        kept.ForEach(tensor => tensor.Dispose());
        kept.Clear();
    }

    /// <summary>The factor applied to the sample before it enters the network.</summary>
    /// <param name="step">The step.</param>
    protected virtual double InputScale(int step) => 1;

    /// <summary>Computes a step, inside a dispose scope and without gradients.</summary>
    /// <param name="output">The network's output, at least single precision.</param>
    /// <param name="step">The step.</param>
    /// <param name="sample">The sample, at least single precision.</param>
    /// <param name="noise">Draws noise.</param>
    /// <returns>A new tensor.</returns>
    protected abstract torch.Tensor Advance(torch.Tensor output, int step, torch.Tensor sample, Func<torch.Tensor> noise);

    /// <summary>Detaches a tensor from the dispose scopes until it is released or the sampler is disposed.</summary>
    /// <param name="tensor">A tensor made by the sampler.</param>
    protected torch.Tensor Keep(torch.Tensor tensor)
    {
        kept.Add(tensor.DetachFromDisposeScope());
        return tensor;
    }

    /// <summary>Frees a tensor that was kept; null is skipped.</summary>
    /// <param name="tensor">The tensor.</param>
    protected void LetGo(torch.Tensor? tensor)
    {
        // Equality of tensors compares their values.
        if (tensor is not null && kept.RemoveAll(other => ReferenceEquals(other, tensor)) > 0)
        {
            tensor.Dispose();
        }
    }

    /// <summary>Puts a tensor at the front of a memory of limited length.</summary>
    /// <param name="memory">The memory, newest first.</param>
    /// <param name="tensor">A tensor made by the sampler.</param>
    /// <param name="length">How many are remembered, at least 1.</param>
    protected void Remember(List<torch.Tensor> memory, torch.Tensor tensor, int length)
    {
        memory.Insert(0, Keep(tensor));
        while (memory.Count > length)
        {
            LetGo(memory[^1]);
            memory.RemoveAt(memory.Count - 1);
        }
    }

    /// <summary>The clean sample implied by the network's output.</summary>
    /// <param name="output">The output.</param>
    /// <param name="sample">The noisy sample, alpha * clean + sigma * noise.</param>
    /// <param name="alpha">The factor on the clean sample.</param>
    /// <param name="sigma">The factor on the noise; alpha^2 + sigma^2 = 1.</param>
    protected torch.Tensor Clean(torch.Tensor output, torch.Tensor sample, double alpha, double sigma) => Prediction switch
    {
        PredictionType.Epsilon => Sum((1 / alpha, sample), (-sigma / alpha, output)),
        PredictionType.VPrediction => Sum((alpha, sample), (-sigma, output)),
        _ => output.clone(),
    };

    /// <summary>The noise implied by the network's output.</summary>
    /// <param name="output">The output.</param>
    /// <param name="sample">The noisy sample, alpha * clean + sigma * noise.</param>
    /// <param name="alpha">The factor on the clean sample.</param>
    /// <param name="sigma">The factor on the noise; alpha^2 + sigma^2 = 1.</param>
    protected torch.Tensor Noise(torch.Tensor output, torch.Tensor sample, double alpha, double sigma) => Prediction switch
    {
        PredictionType.Epsilon => output.clone(),
        PredictionType.VPrediction => Sum((alpha, output), (sigma, sample)),
        _ => Sum((1 / sigma, sample), (-alpha / sigma, output)),
    };

    /// <summary>A weighted sum of tensors, as a new tensor; a term of weight 0 is left out.</summary>
    /// <param name="terms">Weights and tensors, at least one.</param>
    protected static torch.Tensor Sum(params ReadOnlySpan<(double Weight, torch.Tensor Value)> terms)
    {
        torch.Tensor? sum = null;
        foreach ((double weight, torch.Tensor value) in terms)
        {
            if (weight != 0)
            {
                using Scalar factor = weight.ToScalar();
                sum = sum is null ? value.mul(factor) : sum.add_(value, factor);
            }
        }

        return sum ?? terms[0].Value.new_zeros(terms[0].Value.shape);
    }

    private void Check(int step)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(step, Timesteps.Count);
    }

    private static torch.Tensor Draw(Func<torch.Tensor> source, torch.Tensor sample)
    {
        torch.Tensor drawn = source();
        return drawn.shape.SequenceEqual(sample.shape)
            ? Wide(drawn)
            : throw new ArgumentException($"The noise's shape [{string.Join(", ", drawn.shape)}] is not the sample's [{string.Join(", ", sample.shape)}].", nameof(source));
    }

    private static torch.Tensor Wide(torch.Tensor tensor) =>
        tensor.dtype is torch.ScalarType.Float16 or torch.ScalarType.BFloat16 ? tensor.to(torch.ScalarType.Float32) : tensor;
}
