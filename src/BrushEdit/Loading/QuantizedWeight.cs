using System.Numerics;
using System.Runtime.InteropServices;
using TorchSharp;

namespace BrushEdit.Loading;

/// <summary>
/// Weights in 8 bits: whole numbers from -127 to 127, and for each output channel the scale that they are multiplied by. A scale is a
/// number of the type that is computed in, so that a whole number times its scale is rounded once; what is read back lies within half a
/// scale of what was stored, and that rounding.
/// </summary>
internal static class QuantizedWeight
{
    /// <summary>The name of a layer's scales, beside its <c>weight</c>.</summary>
    public const string ScaleName = "weight_scale";

    private const string WeightEnding = ".weight";
    private const float Most = sbyte.MaxValue;

    // Added to a number below 2^22 and taken off again, this leaves the nearest whole number.
    private const float Rounder = 3 << 22;

    /// <summary>
    /// Whether a network's tensor is held in 8 bits where that is asked for: the weights of convolutions and linear layers, but for the
    /// network's own first and last ones and for what embeds, which are small and count most.
    /// </summary>
    /// <param name="name">The tensor's full name.</param>
    /// <param name="shape">Its shape.</param>
    public static bool Takes(string name, IReadOnlyList<long> shape) =>
        shape.Count >= 2 && name.EndsWith(WeightEnding, StringComparison.Ordinal) && name.Count('.') > 1 && !name.Contains("_emb", StringComparison.Ordinal);

    /// <summary>The name of a weight's scales.</summary>
    /// <param name="weight">The weight's full name.</param>
    public static string ScaleOf(string weight) => weight[..^(WeightEnding.Length - 1)] + ScaleName;

    /// <summary>The name that a checkpoint has for a tensor: of scales, that of their weight.</summary>
    /// <param name="tensor">The tensor's full name in its network.</param>
    public static string StoredName(string tensor) =>
        tensor.EndsWith("." + ScaleName, StringComparison.Ordinal) ? tensor[..^(ScaleName.Length + 1)] + WeightEnding : tensor;

    /// <summary>Bytes that a tensor takes in a network whose weights are held in 8 bits.</summary>
    /// <param name="info">The tensor as it is stored.</param>
    /// <param name="size">Bytes of a number of the type that is computed in.</param>
    public static long Bytes(TensorInfo info, int size) => Takes(info.Name, info.Shape) ? info.Count + (info.Shape[0] * size) : info.Count * size;

    /// <summary>The weight that a layer computes with.</summary>
    /// <param name="numbers">(out, ...), 8-bit.</param>
    /// <param name="scales">(out, 1, ...).</param>
    /// <returns>Of the numbers' shape, in the scales' type; the caller owns it.</returns>
    public static torch.Tensor Expand(torch.Tensor numbers, torch.Tensor scales) => numbers.to(scales.dtype).mul_(scales);

    /// <summary>Memory for the numbers and the scales of a weight, on the CPU.</summary>
    /// <param name="shape">The weight's shape.</param>
    /// <param name="type">The type that is computed in.</param>
    public static (torch.Tensor Numbers, torch.Tensor Scales) Empty(IReadOnlyList<long> shape, torch.ScalarType type)
    {
        long[] sides = [.. shape];
        long[] rows = [sides[0], .. Enumerable.Repeat(1L, sides.Length - 1)];
        return (torch.empty(sides, torch.ScalarType.Int8, torch.CPU), torch.empty(rows, type, torch.CPU));
    }

    /// <summary>Quantises a weight.</summary>
    /// <param name="weight">(out, ...), of any floating-point type, on any device.</param>
    /// <param name="type">The type that is computed in: single, half or bfloat16.</param>
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

    /// <summary>Quantises one row. A row that holds NaN or infinity gets a scale that is NaN, and so is all that is computed with it.</summary>
    /// <param name="row">The numbers of one output channel.</param>
    /// <param name="wanted">Takes as many whole numbers.</param>
    /// <param name="type">The scale's type.</param>
    /// <param name="scale">Takes the scale, in that type.</param>
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

    // NaN where one of them is.
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

    // Up to the next number of the type: the largest of a row is then 127 steps at most. A row of zeros alone has the step 0.
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
