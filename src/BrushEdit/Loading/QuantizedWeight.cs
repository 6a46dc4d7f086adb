using System.Numerics;
using System.Runtime.InteropServices;
using TorchSharp;

namespace BrushEdit.Loading;

/// <summary>
/// Weights in 8 bits: integers from -127 to 127, and for each output channel the scale by which they are multiplied. A scale has the
/// compute type, so that the product of an integer and its scale is rounded once; a restored weight differs from the stored one by at
/// most half a scale and that rounding.
/// </summary>
internal static class QuantizedWeight
{
    /// <summary>The name of the scales in a layer, next to its <c>weight</c>.</summary>
    public const string ScaleName = "weight_scale";

    private const string WeightEnding = ".weight";
    private const float Most = sbyte.MaxValue;

    // Adding this to a number below 2^22 and subtracting it again leaves the nearest integer.
    private const float Rounder = 3 << 22;

    /// <summary>
    /// Whether a network's tensor is held in 8 bits if that is requested: the weights of convolutions and linear layers, except for the
    /// network's first and last layers and its embeddings, which are small and affect the result most.
    /// </summary>
    /// <param name="name">The tensor's full name.</param>
    /// <param name="shape">Its shape.</param>
    public static bool Takes(string name, IReadOnlyList<long> shape) =>
        shape.Count >= 2 && name.EndsWith(WeightEnding, StringComparison.Ordinal) && name.Count('.') > 1 && !name.Contains("_emb", StringComparison.Ordinal);

    /// <summary>The name of a weight's scales.</summary>
    /// <param name="weight">The weight's full name.</param>
    public static string ScaleOf(string weight) => weight[..^(WeightEnding.Length - 1)] + ScaleName;

    /// <summary>The name of a tensor in a checkpoint; for scales, the name of their weight.</summary>
    /// <param name="tensor">The tensor's full name in its network.</param>
    public static string StoredName(string tensor) =>
        tensor.EndsWith("." + ScaleName, StringComparison.Ordinal) ? tensor[..^(ScaleName.Length + 1)] + WeightEnding : tensor;

    /// <summary>Bytes that a tensor takes in a network whose weights are held in 8 bits.</summary>
    /// <param name="info">The tensor as it is stored.</param>
    /// <param name="size">Bytes per number of the compute type.</param>
    public static long Bytes(TensorInfo info, int size) => Takes(info.Name, info.Shape) ? info.Count + (info.Shape[0] * size) : info.Count * size;

    /// <summary>Restores the weight that a layer computes with.</summary>
    /// <param name="numbers">(out, ...), 8-bit.</param>
    /// <param name="scales">(out, 1, ...).</param>
    /// <returns>(out, ...), in the type of the scales; the caller owns it.</returns>
    public static torch.Tensor Expand(torch.Tensor numbers, torch.Tensor scales) => numbers.to(scales.dtype).mul_(scales);

    /// <summary>Allocates the numbers and the scales of a weight on the CPU, without values.</summary>
    /// <param name="shape">The weight's shape.</param>
    /// <param name="type">The compute type.</param>
    public static (torch.Tensor Numbers, torch.Tensor Scales) Empty(IReadOnlyList<long> shape, torch.ScalarType type)
    {
        long[] sides = [.. shape];
        long[] rows = [sides[0], .. Enumerable.Repeat(1L, sides.Length - 1)];
        return (torch.empty(sides, torch.ScalarType.Int8, torch.CPU), torch.empty(rows, type, torch.CPU));
    }

    /// <summary>Quantises a weight.</summary>
    /// <param name="weight">(out, ...), of any floating-point type, on any device.</param>
    /// <param name="type">The compute type: single, half or bfloat16.</param>
    /// <returns>Numbers and scales on the CPU; the caller owns them.</returns>
    public static (torch.Tensor Numbers, torch.Tensor Scales) Of(torch.Tensor weight, torch.ScalarType type)
    {
        (torch.Tensor numbers, torch.Tensor scales) = Empty(weight.shape, type);
        using torch.Tensor single = weight.to(torch.ScalarType.Float32, torch.CPU);
        using torch.Tensor rows = single.contiguous();
        for (int row = 0; row < weight.shape[0]; row++)
        {
            using torch.Tensor stored = rows[row], wanted = numbers[row], scale = scales[row];
            Quantize(MemoryMarshal.Cast<byte, float>(stored.bytes), MemoryMarshal.Cast<byte, sbyte>(wanted.bytes), type, scale.bytes);
        }

        return (numbers, scales);
    }

    /// <summary>Quantises one row. A row with NaN or infinity gets the scale NaN, and so does every result computed with it.</summary>
    /// <param name="row">The numbers of one output channel.</param>
    /// <param name="wanted">Receives as many integers, -127 to 127.</param>
    /// <param name="type">The scale's type.</param>
    /// <param name="scale">Receives the scale, in that type.</param>
    public static void Quantize(ReadOnlySpan<float> row, Span<sbyte> wanted, torch.ScalarType type, Span<byte> scale)
    {
        float most = Largest(row);
        float factor = 1 / Store(float.IsFinite(most) ? most / Most : float.NaN, type, scale);
        if (float.IsFinite(factor))
        {
            Round(row, factor, wanted);
        }
        else
        {
            wanted.Clear();
        }
    }

    // NaN if any number is NaN.
    private static float Largest(ReadOnlySpan<float> row)
    {
        ReadOnlySpan<Vector<float>> wide = MemoryMarshal.Cast<float, Vector<float>>(row);
        Vector<float> most = Vector<float>.Zero;
        foreach (Vector<float> numbers in wide)
        {
            most = Vector.Max(most, Vector.Abs(numbers));
        }

        float largest = 0;
        for (int lane = 0; lane < Vector<float>.Count; lane++)
        {
            largest = MathF.Max(largest, most[lane]);
        }

        foreach (float number in row[(wide.Length * Vector<float>.Count)..])
        {
            largest = MathF.Max(largest, MathF.Abs(number));
        }

        return largest;
    }

    private static void Round(ReadOnlySpan<float> row, float factor, Span<sbyte> wanted)
    {
        int width = Vector<float>.Count, at = 0;
        Vector<float> rounder = new(Rounder), least = new(-Most), most = new(Most);
        for (; at + (4 * width) <= row.Length; at += 4 * width)
        {
            ReadOnlySpan<float> four = row.Slice(at, 4 * width);
            Vector<short> first = Vector.Narrow(Whole(four), Whole(four[width..]));
            Vector<short> second = Vector.Narrow(Whole(four[(2 * width)..]), Whole(four[(3 * width)..]));
            Vector.Narrow(first, second).CopyTo(wanted[at..]);
        }

        for (; at < row.Length; at++)
        {
            wanted[at] = (sbyte)Math.Clamp((row[at] * factor) + Rounder - Rounder, -Most, Most);
        }

        Vector<int> Whole(ReadOnlySpan<float> numbers) =>
            Vector.ConvertToInt32(Vector.Min(Vector.Max((new Vector<float>(numbers) * factor) + rounder - rounder, least), most));
    }

    // Rounds up to the next number of the type, so that the largest number of a row is at most 127 steps. A row of zeros has the step 0.
    private static float Store(float step, torch.ScalarType type, Span<byte> place)
    {
        switch (type)
        {
            case torch.ScalarType.Float16:
                Half half = (Half)step;
                half = (float)half < step ? Half.BitIncrement(half) : half;
                MemoryMarshal.Write(place, half);
                return (float)half;
            case torch.ScalarType.BFloat16:
                uint bits = BitConverter.SingleToUInt32Bits(step);
                ushort upper = (ushort)((bits >> 16) + ((ushort)bits == 0 || float.IsNaN(step) ? 0u : 1u));
                MemoryMarshal.Write(place, upper);
                return BitConverter.UInt32BitsToSingle((uint)upper << 16);
            default:
                MemoryMarshal.Write(place, step);
                return step;
        }
    }
}
