using TorchSharp;

namespace BrushEdit.Modeling;

/// <summary>
/// Puts numbers of this program on a network's device: a transfer that a GPU's queue waits for. Loops over steps do so before they begin, and
/// <see cref="Uploads"/> lets a test see that they do.
/// </summary>
internal static class HostValues
{
    [ThreadStatic]
    private static long uploads;

    /// <summary>How often the calling thread has uploaded.</summary>
    public static long Uploads => uploads;

    /// <summary>Numbers as a tensor.</summary>
    /// <param name="values">The numbers.</param>
    /// <param name="device">Where.</param>
    /// <returns>(n), single precision; the caller owns it.</returns>
    public static torch.Tensor Upload(float[] values, torch.Device device)
    {
        uploads++;
        return torch.tensor(values, device: device);
    }

    /// <summary>Whole numbers as a tensor.</summary>
    /// <param name="values">The numbers.</param>
    /// <param name="device">Where.</param>
    /// <returns>(n), 64-bit; the caller owns it.</returns>
    public static torch.Tensor Upload(long[] values, torch.Device device)
    {
        uploads++;
        return torch.tensor(values, device: device);
    }
}
