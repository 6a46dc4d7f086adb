using TorchSharp;

namespace BrushEdit.Training;

/// <summary>Draws examples and converts them to tensors.</summary>
internal static class TrainingBatch
{
    /// <summary>Draws examples in parallel: drawing is a small part of a step, but the networks wait for it.</summary>
    public static TrainingSample[] Draw(ITrainingSource source, long start, int count) => Draw(source.Sample, start, count);

    /// <summary>Draws examples of any kind in parallel.</summary>
    /// <typeparam name="T">The kind.</typeparam>
    /// <param name="sample">Returns the example at an index; called from several threads.</param>
    /// <param name="start">The first example's index.</param>
    /// <param name="count">The number of examples.</param>
    public static T[] Draw<T>(Func<long, T> sample, long start, int count)
    {
        T[] samples = new T[count];
        Parallel.For(0, count, i => samples[i] = sample(start + i));
        return samples;
    }

    /// <summary>Pictures as (B, 3, H, W) in [-1, 1].</summary>
    public static torch.Tensor Pixels(TrainingSample[] samples, int width, int height, torch.Device device)
    {
        using torch.Tensor bytes = Stack(samples, sample => sample.Rgb, [samples.Length, height, width, 3]);
        return bytes.to(device).permute(0, 3, 1, 2).to(torch.ScalarType.Float32).div_(127.5).sub_(1).contiguous();
    }

    /// <summary>Pictures (B, 3, H, W) in [-1, 1] as 8-bit sRGB, interleaved, row-major, one after the other.</summary>
    public static byte[] Levels(torch.Tensor pixels) =>
        [.. pixels.add(1).mul_(127.5).round_().clamp_(0, 255).permute(0, 2, 3, 1).to(torch.ScalarType.Byte).contiguous().cpu().data<byte>()];

    /// <summary>Holes as (B, 1, H, W), 1 = hole.</summary>
    public static torch.Tensor Holes(TrainingSample[] samples, int width, int height, torch.Device device)
    {
        using torch.Tensor bytes = Stack(samples, sample => sample.Hole, [samples.Length, 1, height, width]);
        return bytes.to(device).ge(128).to(torch.ScalarType.Float32);
    }

    private static torch.Tensor Stack(TrainingSample[] samples, Func<TrainingSample, byte[]> part, long[] shape)
    {
        byte[] all = new byte[shape.Aggregate(1L, (product, size) => product * size)];
        int size = all.Length / samples.Length;
        for (int i = 0; i < samples.Length; i++)
        {
            part(samples[i]).CopyTo(all.AsSpan(i * size));
        }

        return torch.tensor(all, shape, torch.ScalarType.Byte);
    }
}
