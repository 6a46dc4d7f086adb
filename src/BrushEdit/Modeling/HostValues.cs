using TorchSharp;

namespace BrushEdit.Modeling;

/// <summary>
/// Puts numbers of this program on a network's device. Loops over steps do so before they begin, and <see cref="Uploads"/> lets a test see that
/// they do.
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
        return Send(torch.tensor(values), device);
    }

    /// <summary>Whole numbers as a tensor.</summary>
    /// <param name="values">The numbers.</param>
    /// <param name="device">Where.</param>
    /// <returns>(n), 64-bit; the caller owns it.</returns>
    public static torch.Tensor Upload(long[] values, torch.Device device)
    {
        uploads++;
        return Send(torch.tensor(values), device);
    }

    /// <summary>
    /// Takes a tensor of the CPU to a device. To a GPU it goes by way of pinned memory, from which the GPU copies by itself while this thread goes
    /// on; libtorch keeps that memory until it has. Not counted: a sampler's noise is drawn, and so sent, at its step.
    /// </summary>
    /// <param name="values">The tensor, which is freed where another takes its place.</param>
    /// <param name="device">Where to.</param>
    /// <returns>The tensor there; the caller owns it.</returns>
    public static torch.Tensor Send(torch.Tensor values, torch.Device device)
    {
        if (device.type == DeviceType.CPU)
        {
            return values;
        }

        using (values)
        {
            if (device.type != DeviceType.CUDA)
            {
                return values.to(device);
            }

            using torch.Tensor pinned = values.pin_memory();
            return pinned.to(device, non_blocking: true);
        }
    }
}
