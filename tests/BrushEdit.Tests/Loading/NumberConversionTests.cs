using System.Runtime.InteropServices;
using BrushEdit.Loading;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Loading;

/// <summary>Weights are converted on the way to the same bits that libtorch converts them to.</summary>
public sealed class NumberConversionTests
{
    [Theory]
    [InlineData(ScalarType.Float16, ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16, ScalarType.Float32)]
    [InlineData(ScalarType.Float16, ScalarType.BFloat16)]
    public void EveryNumberOfSixteenBitsBecomesWhatLibtorchMakesOfIt(ScalarType from, ScalarType to)
    {
        ushort[] all = [.. Enumerable.Range(0, 1 << 16).Select(bits => (ushort)bits)];
        Compare(MemoryMarshal.AsBytes<ushort>(all).ToArray(), from, to, all.Length);
    }

    [Fact]
    public void SinglePrecisionIsRoundedToBFloat16AsLibtorchDoes()
    {
        // Every upper half, with lower halves at and beside the ties; then an odd number of random ones, so that the last do not fill a vector.
        uint[] bits = [.. Enumerable.Range(0, 1 << 16).SelectMany(upper => (uint[])[0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF], (upper, lower) => ((uint)upper << 16) | lower)];
        Random random = new(1);
        bits = [.. bits, .. Enumerable.Range(0, 100_003).Select(_ => (uint)random.NextInt64(1L << 32))];
        Compare(MemoryMarshal.AsBytes<uint>(bits).ToArray(), ScalarType.Float32, ScalarType.BFloat16, bits.Length);
    }

    [Fact]
    public void OtherPairsAreNotConvertedHere()
    {
        Assert.False(NumberConversion.Knows(ScalarType.Float32, ScalarType.Float16));
        Assert.False(NumberConversion.Knows(ScalarType.Int64, ScalarType.Float32));
        Assert.Throws<ArgumentException>(() => NumberConversion.Convert(ScalarType.Float64, new byte[8], ScalarType.Float32, new byte[4]));
    }

    private static void Compare(byte[] stored, ScalarType from, ScalarType to, int count)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor source = empty(count, from);
        stored.CopyTo(source.bytes);
        Tensor expected = source.to(to);
        Tensor converted = empty(count, to);
        NumberConversion.Convert(from, stored, to, converted.bytes);

        // Which NaN a number that is none becomes, libtorch leaves to the processor: NaN it must be.
        Tensor isNumber = expected.isnan().logical_not();
        Assert.Equal(expected.isnan().sum().item<long>(), converted.isnan().sum().item<long>());
        Assert.Equal(expected[isNumber].bytes.ToArray(), converted[isNumber].bytes.ToArray());
    }
}
