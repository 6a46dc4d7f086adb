using BrushEdit.Modeling;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Training;

/// <summary>
/// AdamW (Loshchilov and Hutter, arXiv 1711.05101). Implemented here because TorchSharp's version creates scalars that the garbage
/// collector can free during a call, and stores its moments where a checkpoint of tensors cannot reach them.
/// </summary>
/// <param name="beta1">The share of the first moment that is kept at each update.</param>
/// <param name="beta2">The share of the second moment that is kept.</param>
/// <param name="epsilon">The constant added to the root of the second moment.</param>
/// <param name="weightDecay">The share of a weight, times the learning rate, that is subtracted at each update.</param>
internal sealed class AdamW(double beta1, double beta2, double epsilon, double weightDecay)
{
    /// <summary>Updates a weight.</summary>
    /// <param name="weight">The weight, in single precision; changed in place.</param>
    /// <param name="gradient">Its gradient, of the same shape and type.</param>
    /// <param name="moments">Its moments; changed in place.</param>
    /// <param name="rate">The learning rate.</param>
    /// <param name="update">The number of this update, from 1.</param>
    public void Move(Tensor weight, Tensor gradient, Moments moments, double rate, int update)
    {
        using DisposeScope scope = NewDisposeScope();
        using Scalar kept = (1 - (rate * weightDecay)).ToScalar();
        using Scalar stays1 = beta1.ToScalar();
        using Scalar fresh1 = (1 - beta1).ToScalar();
        using Scalar stays2 = beta2.ToScalar();
        using Scalar fresh2 = (1 - beta2).ToScalar();
        using Scalar least = epsilon.ToScalar();
        using Scalar correction2 = Math.Sqrt(1 - Math.Pow(beta2, update)).ToScalar();
        using Scalar stride = (-rate / (1 - Math.Pow(beta1, update))).ToScalar();
        weight.mul_(kept);
        moments.First.mul_(stays1).add_(gradient, fresh1);
        moments.Second.mul_(stays2).addcmul_(gradient, gradient, fresh2);
        Tensor deviation = moments.Second.sqrt().div_(correction2).add_(least, Scalars.One);
        weight.addcdiv_(moments.First, deviation, stride);
    }
}

/// <summary>AdamW's moments of a weight.</summary>
/// <param name="First">The running mean of its gradient.</param>
/// <param name="Second">The running mean of its squared gradient.</param>
internal sealed record Moments(Tensor First, Tensor Second) : IDisposable
{
    /// <summary>Creates the moments of a weight, all 0.</summary>
    /// <param name="weight">The weight.</param>
    public static Moments Of(Tensor weight)
    {
        using IDisposable noGradients = no_grad();
        return new Moments(zeros_like(weight).DetachFromDisposeScope(), zeros_like(weight).DetachFromDisposeScope());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        First.Dispose();
        Second.Dispose();
    }
}
