using BrushEdit.Modeling;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Training;

/// <summary>A trained weight with its single-precision master, its moments and its running average.</summary>
internal sealed class Learner : IDisposable
{
    private readonly bool hasOwnMaster;
    private readonly Tensor? average;
    private Tensor? aside;

    public Learner(Parameter weight, bool averaged)
    {
        Weight = weight;
        hasOwnMaster = weight.dtype != ScalarType.Float32;
        using IDisposable noGradients = no_grad();
        Master = hasOwnMaster ? weight.detach().to(ScalarType.Float32).DetachFromDisposeScope() : weight;
        average = averaged ? Master.detach().clone().DetachFromDisposeScope() : null;
        Moments = Moments.Of(Master);
    }

    public Parameter Weight { get; }

    public Tensor Master { get; }

    public Moments Moments { get; }

    public Tensor Final => average ?? Master;

    public IEnumerable<KeyValuePair<string, Tensor>> Tensors
    {
        get
        {
            yield return KeyValuePair.Create("weights", Master);
            yield return KeyValuePair.Create("first", Moments.First);
            yield return KeyValuePair.Create("second", Moments.Second);
            if (average is not null)
            {
                yield return KeyValuePair.Create("average", average);
            }
        }
    }

    // Restores the weight from its master. A single-precision weight is its own master and changes only if ShowAverage replaced it.
    public void ShowMaster()
    {
        if (hasOwnMaster)
        {
            Weight.copy_(Master);
        }
        else if (aside is not null)
        {
            Weight.copy_(aside);
            aside.Dispose();
            aside = null;
        }
    }

    public void ShowAverage()
    {
        if (average is null)
        {
            return;
        }

        if (!hasOwnMaster)
        {
            aside ??= Weight.detach().clone().DetachFromDisposeScope();
        }

        Weight.copy_(average);
    }

    public void MoveAverage(double decay)
    {
        if (average is null)
        {
            return;
        }

        using Tensor distance = average.Minus(Master);
        using Scalar share = (1 - decay).ToScalar();
        using Tensor part = distance.mul(share);
        average.sub_(part);
    }

    public void Dispose()
    {
        Moments.Dispose();
        average?.Dispose();
        aside?.Dispose();
        if (hasOwnMaster)
        {
            Master.Dispose();
        }
    }
}
