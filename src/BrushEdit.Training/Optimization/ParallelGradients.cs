using System.Runtime.ExceptionServices;
using BrushEdit.Modeling;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Training;

/// <summary>Computes the gradients of a step's batches in parallel, one thread per batch.</summary>
internal static class ParallelGradients
{
    /// <summary>Adds the gradients of all batches to those of the weights, in batch order; adds nothing if a loss is not finite.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="loss">Computes the scalar loss of a batch, numbered from 0; called from several threads.</param>
    /// <param name="options">The number of batches, how many run at once, and their precision.</param>
    /// <returns>The mean loss.</returns>
    public static double Add(IReadOnlyList<Parameter> weights, Func<int, Tensor> loss, TrainingOptions options)
    {
        double[] values = new double[options.Accumulate];
        IReadOnlyList<Tensor?>[] parts = [.. values.Select(_ => (IReadOnlyList<Tensor?>)[])];
        try
        {
            Parallel.For(0, options.Accumulate, new ParallelOptions { MaxDegreeOfParallelism = options.SideBySide }, batch =>
            {
                using DisposeScope scope = NewDisposeScope();
                using ReducedPrecision reduced = new(options.BFloat16);
                Tensor one = loss(batch);
                values[batch] = one.item<float>();
                if (double.IsFinite(values[batch]))
                {
                    parts[batch] = Of(one.Over(options.Accumulate), weights);
                }
            });
            if (double.IsFinite(values.Sum()))
            {
                Array.ForEach(parts, part => Add(weights, part));
            }
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
        }
        finally
        {
            foreach (Tensor gradient in parts.SelectMany(part => part).OfType<Tensor>())
            {
                gradient.Dispose();
            }
        }

        return values.Sum() / options.Accumulate;
    }

    // Each thread gets its gradients as new tensors, since threads that add to the same tensor would lose updates. A weight that the
    // loss does not depend on has no gradient.
    private static IReadOnlyList<Tensor?> Of(Tensor loss, IReadOnlyList<Parameter> weights) =>
        [.. autograd.grad([loss], [.. weights], allow_unused: true).Select(gradient => gradient is null or { IsInvalid: true } ? null : gradient.DetachFromDisposeScope())];

    private static void Add(IReadOnlyList<Parameter> weights, IReadOnlyList<Tensor?> gradients)
    {
        using IDisposable noGradients = no_grad();
        foreach ((Parameter weight, Tensor gradient) in weights.Zip(gradients).Where(pair => pair.Second is not null).Select(pair => (pair.First, pair.Second!)))
        {
            using Tensor? sum = weight.grad;
            if (sum is null)
            {
                weight.grad = gradient;
            }
            else
            {
                sum.add_(gradient);
            }
        }
    }
}
