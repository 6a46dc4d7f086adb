using System.Diagnostics;
using TorchSharp;

namespace BrushEdit.Bench;

/// <summary>Two ways to the same end, timed in turns, so that what else the machine does strikes both alike.</summary>
/// <param name="First">Median seconds of the first.</param>
/// <param name="Second">Median seconds of the second.</param>
/// <param name="Ratio">Median over the pairs of second / first.</param>
/// <param name="ProcessorRatio">The same of processor time, which other work on the machine does not lengthen; of no meaning on a GPU.</param>
internal sealed record PairedTiming(double First, double Second, double Ratio, double ProcessorRatio)
{
    /// <summary>Times both in turns, after a round that does not count.</summary>
    /// <param name="first">One way.</param>
    /// <param name="second">The other way.</param>
    /// <param name="repeats">Pairs that count.</param>
    public static PairedTiming Measure(Action first, Action second, int repeats)
    {
        Time(first);
        Time(second);
        List<(double Wall, double Processor)> one = [], other = [];
        for (int i = 0; i < repeats; i++)
        {
            // Which of the two goes first changes from pair to pair.
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

        return new PairedTiming(
            Median(one.Select(time => time.Wall)),
            Median(other.Select(time => time.Wall)),
            Median(one.Zip(other, (a, b) => b.Wall / a.Wall)),
            Median(one.Zip(other, (a, b) => b.Processor / a.Processor)));
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static (double Wall, double Processor) Time(Action action)
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
