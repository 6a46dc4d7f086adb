using TorchSharp;

namespace BrushEdit.Modeling;

/// <summary>
/// Uploads host values to a network's device. Loops over steps upload before they begin; <see cref="Uploads"/> lets a test verify this.
/// </summary>
internal static class HostValues
{
    [ThreadStatic]
    private static long uploads;

    /// <summary>The number of uploads by the calling thread.</summary>
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
    /// Moves a CPU tensor to a device. For a GPU it goes through pinned memory, from which the GPU copies asynchronously while this thread continues;
    /// libtorch keeps that memory until the copy ends. These transfers are not counted, because a sampler draws and sends its noise at each step.
    /// </summary>
    /// <param name="values">The tensor; freed if another replaces it.</param>
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
