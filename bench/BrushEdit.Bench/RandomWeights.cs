using TorchSharp;

namespace BrushEdit.Bench;

/// <summary>Random weights of a network that nothing is known of: every layer keeps the variance of what it is given, so that nothing overflows in half precision.</summary>
internal static class RandomWeights
{
    /// <summary>Draws a tensor.</summary>
    /// <param name="name">Its name: a vector is a norm's weight, 1, or a bias, 0.</param>
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
        // Drawn in single precision, so that they are the same numbers in every type.
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
