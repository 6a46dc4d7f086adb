using TorchSharp;

namespace BrushEdit.Bench;

/// <summary>Random weights for any network: every layer preserves the variance of its input, so that nothing overflows in half precision.</summary>
internal static class RandomWeights
{
    /// <summary>Draws a tensor.</summary>
    /// <param name="name">Its name; a vector is taken for the weight of a norm and set to 1, or for a bias and set to 0.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="type">Its type.</param>
    /// <param name="device">Its device.</param>
    public static torch.Tensor Draw(string name, long[] shape, torch.ScalarType type, torch.Device device)
    {
        if (shape.Length <= 1)
        {
            return name.EndsWith(".weight", StringComparison.Ordinal) ? torch.ones(shape, type, device) : torch.zeros(shape, type, device);
        }

        double inputs = shape.Skip(1).Aggregate(1.0, (product, size) => product * size);
        // Drawn in single precision, so that every type gets the same numbers.
        torch.Tensor drawn = torch.empty(shape, torch.ScalarType.Float32, device).normal_(0, 1 / Math.Sqrt(inputs));
        if (type == torch.ScalarType.Float32)
        {
            return drawn;
        }

        using (drawn)
        {
            return drawn.to(type);
        }
    }
}
