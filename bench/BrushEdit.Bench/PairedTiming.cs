using System.Diagnostics;
using TorchSharp;

namespace BrushEdit.Bench;

/// <summary>Timings of two methods that give the same result, run alternately, so that other load on the machine affects both equally.</summary>
/// <param name="First">The median seconds of the first.</param>
/// <param name="Second">The median seconds of the second.</param>
/// <param name="Ratio">The median of second / first over the pairs.</param>
internal sealed record PairedTiming(double First, double Second, double Ratio)
{
    /// <summary>Times both alternately. Both should have run once before, so that nothing is loaded or compiled in the first pair.</summary>
    /// <param name="first">The first method.</param>
    /// <param name="second">The second method.</param>
    /// <param name="repeats">The number of pairs.</param>
    /// <returns>By wall-clock time, and by processor time, which other load hardly affects but which does not include a GPU's work.</returns>
    public static (PairedTiming Clock, PairedTiming Processor) Measure(Action first, Action second, int repeats)
    {
        List<(double Clock, double Processor)> one = [], other = [];
        for (int i = 0; i < repeats; i++)
        {
            // The order alternates from pair to pair.
            if (i % 2 == 0)
            {
                one.Add(Time(first));
                other.Add(Time(second));
            }
            else
            {
                other.Add(Time(second));
                one.Add(Time(first));
            }
        }

        return (Of(one, other, time => time.Clock), Of(one, other, time => time.Processor));
    }

    private static PairedTiming Of(
        List<(double Clock, double Processor)> one, List<(double Clock, double Processor)> other, Func<(double Clock, double Processor), double> seconds) =>
        new(Median(one.Select(seconds)), Median(other.Select(seconds)), Median(one.Zip(other, (a, b) => seconds(b) / seconds(a))));

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static (double Clock, double Processor) Time(Action action)
    {
        TimeSpan before = Environment.CpuUsage.TotalTime;
        Stopwatch watch = Stopwatch.StartNew();
        action();
        if (torch.cuda.is_available())
        {
            torch.cuda.synchronize();
        }

        return (watch.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
    }
}
