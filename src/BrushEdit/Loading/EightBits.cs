using System.Runtime.InteropServices;

namespace BrushEdit.Loading;

/// <summary>
/// The 8-bit floating-point numbers that weights are stored in, widened to half precision, which represents every one of them exactly. Format: "FP8
/// Formats for Deep Learning" (arXiv 2209.05433).
/// </summary>
internal static class EightBits
{
    /// <summary>Sign, 4 bits of exponent (bias 7), 3 of fraction; no infinity, all ones is NaN.</summary>
    public const string E4M3 = "F8_E4M3";

    /// <summary>Sign, 5 bits of exponent (bias 15), 2 of fraction: the upper half of a half-precision number.</summary>
    public const string E5M2 = "F8_E5M2";

    private static readonly Half[] E4M3Values = [.. Enumerable.Range(0, 256).Select(bits => (Half)ValueE4M3(bits))];
    private static readonly Half[] E5M2Values = [.. Enumerable.Range(0, 256).Select(bits => BitConverter.UInt16BitsToHalf((ushort)(bits << 8)))];

    /// <summary>Whether a safetensors type is one of the two 8-bit types.</summary>
    /// <param name="type">The type's name.</param>
    public static bool IsKnown(string type) => type is E4M3 or E5M2;

    /// <summary>Converts 8-bit numbers to half precision.</summary>
    /// <param name="type">The stored type.</param>
    /// <param name="stored">One byte per number; may be the second half of <paramref name="widened"/>.</param>
    /// <param name="widened">Receives two bytes per number.</param>
    public static void Widen(string type, ReadOnlySpan<byte> stored, Span<byte> widened)
    {
        Half[] values = type == E4M3 ? E4M3Values : E5M2Values;
        Span<Half> numbers = MemoryMarshal.Cast<byte, Half>(widened);

        // In ascending order: the two bytes written for a number never overwrite a stored one that is still to be read.
        for (int i = 0; i < stored.Length; i++)
        {
            numbers[i] = values[stored[i]];
        }
    }

    private static double ValueE4M3(int bits)
    {
        int exponent = (bits >> 3) & 0xF;
        int fraction = bits & 7;
        double size = exponent == 0xF && fraction == 7 ? double.NaN
            : exponent == 0 ? fraction * Math.Pow(2, -9)
            : (8 + fraction) * Math.Pow(2, exponent - 10);
        return bits >= 128 ? -size : size;
    }
}
