using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.Intrinsics.X86;
using BrushEdit.Linking;
using static TorchSharp.torch;

namespace BrushEdit.Caching;

/// <summary>
/// Whether networks of a size run clearly faster in bfloat16 than in single precision on this processor. The instruction set alone does not decide
/// this: on some processors AVX512-BF16 is no faster than single precision, while AMX is many times faster. The probe therefore times a convolution
/// and a matrix product in both types, once per process and size.
/// </summary>
internal static class BFloat16Probe
{
    /// <summary>The least ratio of single precision's time to bfloat16's that is worth the loss of precision.</summary>
    public const double LeastGain = 1.25;

    // Narrower networks take little time and memory in either type.
    private const int LeastWidth = 512;
    private const int Rounds = 3;
    private const int Side = 24;
    private const int Rows = 512;

    // Leaf 7, part 1: EAX bit 5 is AVX512_BF16; part 0: EDX bit 22 is AMX_BF16. Intel's manual, volume 2, CPUID.
    private const int Features = 7;
    private const int Avx512BFloat16 = 1 << 5;
    private const int AmxBFloat16 = 1 << 22;

    private static readonly ConcurrentDictionary<(int Channels, int Width), Lazy<double>> Gains = new();

    /// <summary>Whether this processor has instructions that multiply bfloat16. False if that cannot be determined, as on ARM.</summary>
    public static bool HasInstructions { get; } = X86Base.IsSupported
        && X86Base.CpuId(0, 0).Eax >= Features
        && ((X86Base.CpuId(Features, 1).Eax & Avx512BFloat16) != 0 || (X86Base.CpuId(Features, 0).Edx & AmxBFloat16) != 0);

    /// <summary>Whether a network is large enough for its type to matter, and bfloat16 clearly faster for it here.</summary>
    /// <param name="widths">Channels of its levels, from the finest to the coarsest.</param>
    public static bool Favours(IReadOnlyList<int> widths) => Favours(widths, HasInstructions, Gain);

    /// <summary>As above, with the processor's properties given.</summary>
    /// <param name="widths">Channels of the levels.</param>
    /// <param name="hasInstructions">Whether the processor has the instructions.</param>
    /// <param name="gain">Returns single precision's time divided by bfloat16's; called only if needed.</param>
    internal static bool Favours(IReadOnlyList<int> widths, bool hasInstructions, Func<int, int, double> gain)
    {
        int width = widths.Max();
        return width >= LeastWidth && hasInstructions && gain(widths[0], width) >= LeastGain;
    }

    /// <summary>Single precision's time divided by bfloat16's, for a convolution and a matrix product; measured once per process.</summary>
    /// <param name="channels">Channels of the convolution.</param>
    /// <param name="width">Columns of the product.</param>
    public static double Gain(int channels, int width) =>
        Gains.GetOrAdd((channels, width), size => new Lazy<double>(() => Measure(size.Channels, size.Width))).Value;

    private static double Measure(int channels, int width)
    {
        ComputeThreads.Apply();
        using IDisposable inference = inference_mode();
        using Work single = new(channels, width, ScalarType.Float32), reduced = new(channels, width, ScalarType.BFloat16);
        single.Run();
        reduced.Run();

        // Alternating, with the minimum of each, because other load on the machine only lengthens them.
        double best = double.MaxValue, bestReduced = double.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            best = Math.Min(best, single.Run());
            bestReduced = Math.Min(bestReduced, reduced.Run());
        }

        return best / bestReduced;
    }

    /// <summary>A 3 x 3 convolution and a matrix product in one type.</summary>
    private sealed class Work(int channels, int width, ScalarType type) : IDisposable
    {
        private readonly Tensor picture = Ones(type, 1, channels, Side, Side);
        private readonly Tensor kernel = Ones(type, channels, channels, 3, 3);
        private readonly Tensor rows = Ones(type, Rows, width);
        private readonly Tensor matrix = Ones(type, width, width);

        /// <summary>Runs both.</summary>
        /// <returns>Seconds.</returns>
        public double Run()
        {
            TimeSpan begin = Now;
            using Tensor filtered = nn.functional.conv2d(picture, kernel, padding: [1, 1]);
            using Tensor product = nn.functional.linear(rows, matrix);
            return (Now - begin).TotalSeconds;
        }

        // Processor time, which other processes distort less than elapsed time; Windows measures it too coarsely.
        private static TimeSpan Now => OperatingSystem.IsLinux() ? Environment.CpuUsage.TotalTime : Stopwatch.GetElapsedTime(0);

        public void Dispose()
        {
            picture.Dispose();
            kernel.Dispose();
            rows.Dispose();
            matrix.Dispose();
        }

        // No random numbers, so the state of the user's generator does not change.
        private static Tensor Ones(ScalarType type, params long[] shape) => ones(shape, type).DetachFromDisposeScope();
    }
}
