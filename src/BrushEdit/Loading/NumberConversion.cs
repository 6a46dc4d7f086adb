using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;

namespace BrushEdit.Loading;

/// <summary>
/// Converts the numbers of weights while they are read: half precision and bfloat16 to single precision, which represents each of them
/// exactly, and half and single precision to bfloat16, rounded to nearest, ties to even. The results equal libtorch's bit for bit; every NaN
/// becomes the same quiet NaN in bfloat16.
/// </summary>
internal static class NumberConversion
{
    // A half's exponent has a bias of 15, a single's of 127.
    private const uint ScaleBits = (127 + 127 - 15) << 23;
    private const uint HalfInfinity = 0x7C00u << 13;
    private const uint Infinity = 0xFFu << 23;
    private const uint Quiet = 1u << 22;
    private const ushort NotANumber = 0x7FC0;

    /// <summary>Whether numbers of one type can be converted to another here; equal types need no conversion.</summary>
    /// <param name="from">The stored type.</param>
    /// <param name="to">The wanted type.</param>
    public static bool Knows(torch.ScalarType from, torch.ScalarType to) => (from, to) is
        (torch.ScalarType.Float16 or torch.ScalarType.BFloat16, torch.ScalarType.Float32)
        or (torch.ScalarType.Float16 or torch.ScalarType.Float32, torch.ScalarType.BFloat16);

    /// <summary>Converts numbers.</summary>
    /// <param name="from">The stored type.</param>
    /// <param name="stored">The stored numbers, little-endian.</param>
    /// <param name="to">The wanted type; <see cref="Knows"/> must be true for the pair.</param>
    /// <param name="wanted">Receives as many numbers of the wanted type.</param>
    public static void Convert(torch.ScalarType from, ReadOnlySpan<byte> stored, torch.ScalarType to, Span<byte> wanted)
    {
        switch (from, to)
        {
            case (torch.ScalarType.Float16, torch.ScalarType.Float32):
                HalvesToSingle(MemoryMarshal.Cast<byte, ushort>(stored), MemoryMarshal.Cast<byte, uint>(wanted));
                break;
            case (torch.ScalarType.BFloat16, torch.ScalarType.Float32):
                BFloatsToSingle(MemoryMarshal.Cast<byte, ushort>(stored), MemoryMarshal.Cast<byte, uint>(wanted));
                break;
            case (torch.ScalarType.Float32, torch.ScalarType.BFloat16):
                SinglesToBFloat(MemoryMarshal.Cast<byte, uint>(stored), MemoryMarshal.Cast<byte, ushort>(wanted));
                break;
            case (torch.ScalarType.Float16, torch.ScalarType.BFloat16):
                HalvesToBFloat(MemoryMarshal.Cast<byte, ushort>(stored), MemoryMarshal.Cast<byte, ushort>(wanted));
                break;
            default:
                throw new ArgumentException($"Converting {from} to {to} is not supported.", nameof(to));
        }
    }

    // Optimised at the first call, since the weights of a network need only a few calls.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void HalvesToSingle(ReadOnlySpan<ushort> stored, Span<uint> wanted)
    {
        int i = 0;
        for (; i <= stored.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
        {
            (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(Vector256.Create(stored[i..]));
            Single(low).CopyTo(wanted[i..]);
            Single(high).CopyTo(wanted[(i + Vector256<uint>.Count)..]);
        }

        for (; i < stored.Length; i++)
        {
            wanted[i] = Single(Vector256.Create((uint)stored[i]))[0];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BFloatsToSingle(ReadOnlySpan<ushort> stored, Span<uint> wanted)
    {
        int i = 0;
        for (; i <= stored.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
        {
            (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(Vector256.Create(stored[i..]));
            (low << 16).CopyTo(wanted[i..]);
            (high << 16).CopyTo(wanted[(i + Vector256<uint>.Count)..]);
        }

        for (; i < stored.Length; i++)
        {
            wanted[i] = (uint)stored[i] << 16;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SinglesToBFloat(ReadOnlySpan<uint> stored, Span<ushort> wanted)
    {
        int i = 0;
        for (; i <= stored.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
        {
            Vector256<uint> low = BFloat(Vector256.Create(stored[i..])), high = BFloat(Vector256.Create(stored[(i + Vector256<uint>.Count)..]));
            Vector256.Narrow(low, high).CopyTo(wanted[i..]);
        }

        for (; i < stored.Length; i++)
        {
            wanted[i] = (ushort)BFloat(Vector256.Create(stored[i]))[0];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void HalvesToBFloat(ReadOnlySpan<ushort> stored, Span<ushort> wanted)
    {
        int i = 0;
        for (; i <= stored.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
        {
            (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(Vector256.Create(stored[i..]));
            Vector256.Narrow(BFloat(Single(low)), BFloat(Single(high))).CopyTo(wanted[i..]);
        }

        for (; i < stored.Length; i++)
        {
            wanted[i] = (ushort)BFloat(Single(Vector256.Create((uint)stored[i])))[0];
        }
    }

    // Moves the exponent and fraction of a half to those of a single; the product corrects the bias, also for subnormal numbers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Single(Vector256<uint> half)
    {
        Vector256<uint> size = (half & Vector256.Create(0x7FFFu)) << 13;
        Vector256<uint> scaled = (size.AsSingle() * Vector256.Create(ScaleBits).AsSingle()).AsUInt32();
        Vector256<uint> unbounded = Vector256.GreaterThanOrEqual(size, Vector256.Create(HalfInfinity)) & Vector256.Create(Infinity);
        Vector256<uint> quiet = Vector256.GreaterThan(size, Vector256.Create(HalfInfinity)) & Vector256.Create(Quiet);
        return scaled | unbounded | quiet | ((half & Vector256.Create(0x8000u)) << 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> BFloat(Vector256<uint> single)
    {
        Vector256<uint> even = (single >> 16) & Vector256.Create(1u);
        Vector256<uint> rounded = (single + Vector256.Create(0x7FFFu) + even) >> 16;
        Vector256<uint> isNumber = Vector256.LessThanOrEqual(single & Vector256.Create(0x7FFFFFFFu), Vector256.Create(Infinity));
        return Vector256.ConditionalSelect(isNumber, rounded, Vector256.Create((uint)NotANumber));
    }
}
