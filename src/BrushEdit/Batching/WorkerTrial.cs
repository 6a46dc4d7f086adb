using System.Globalization;

namespace BrushEdit.Batching;

/// <summary>How a batch divides a processor: the number of workers, each with its own models, and of libtorch threads for each.</summary>
/// <param name="Workers">Pictures that are computed side by side, from 1.</param>
/// <param name="Threads">Threads of each worker, from 1.</param>
/// <param name="Reason">Why, in words.</param>
public sealed record WorkerPlan(int Workers, int Threads, string Reason)
{
    /// <summary>The plan for a number of workers that was asked for: the threads are shared out evenly, and nobody gets less than one.</summary>
    /// <param name="wanted">The number asked for, from 1.</param>
    /// <param name="threads">Threads there are, from 1.</param>
    public static WorkerPlan Typed(int wanted, int threads)
    {
        int workers = Math.Clamp(wanted, 1, threads);
        return new WorkerPlan(workers, threads / workers, $"-Throttle {wanted} was given, of {threads} thread(s)");
    }

    /// <summary>The plan in words.</summary>
    public override string ToString() => $"{Workers} worker(s), each with {Threads} thread(s): {Reason}.";
}

/// <summary>
/// Measures whether a batch is faster with one picture at a time on all threads, or with several in parallel on fewer threads each: small
/// networks gain little from threads. The batch's own pictures are the measurement: after the first, which loads the models, two are computed
/// on all threads and two on one, in turns, and the quicker of each kind counts, since other programs only ever lengthen a time.
/// </summary>
/// <param name="threads">Threads there are, from 1.</param>
public sealed class WorkerTrial(int threads)
{
    /// <summary>Several workers must be predicted this many times faster: they share caches and memory, which the prediction does not know.</summary>
    public const double LeastGain = 1.25;

    /// <summary>Models from this many bytes on are not tried on one thread: their layers are large enough for all, and one picture takes minutes.</summary>
    public const long LargeBytes = 1L << 30;

    // What a worker needs beside the weights (activations, pictures) as a multiple of them, and at least.
    private const double Activations = 1.0;
    private const long LeastActivations = 256L << 20;

    private readonly TimeSpan[] best = [TimeSpan.MaxValue, TimeSpan.MaxValue];
    private int seen;

    /// <summary>What was decided; null as long as nothing is.</summary>
    public WorkerPlan? Plan { get; private set; } = threads == 1 ? new WorkerPlan(1, 1, "there is one thread") : null;

    /// <summary>Threads for the first worker's next picture.</summary>
    public int Threads => Plan?.Threads ?? (IsOnOne(seen) ? 1 : threads);

    /// <summary>Takes note of a picture that was computed with <see cref="Threads"/>.</summary>
    /// <param name="took">How long its networks took.</param>
    /// <param name="weights">Bytes of the weights that are loaded; 0 if no network runs here.</param>
    /// <param name="free">Bytes of memory that are free.</param>
    public void Record(TimeSpan took, long weights, long free)
    {
        if (Plan is not null)
        {
            return;
        }

        long need = (long)(weights * Activations) + LeastActivations + weights;
        int fitting = 1 + (int)Math.Clamp(free / need, 0, threads - 1);
        int at = seen++;
        if (at == 0)
        {
            Plan = weights == 0 ? Alone("no network runs on this machine")
                : weights >= LargeBytes ? Alone($"networks of {Gigabytes(weights)} GB use all threads by themselves")
                : fitting == 1 ? Alone($"one more worker needs {Gigabytes(need)} GB of memory, but only {Gigabytes(free)} GB are free")
                : null;
            return;
        }

        int kind = IsOnOne(at) ? 1 : 0;
        best[kind] = took < best[kind] ? took : best[kind];
        if (at == 4)
        {
            Plan = Decide(fitting);
        }
    }

    // The first loads; then in turns.
    private static bool IsOnOne(int picture) => picture is 2 or 4;

    private static string Gigabytes(long bytes) => (bytes / 1e9).ToString("0.0", CultureInfo.InvariantCulture);

    private WorkerPlan Alone(string reason) => new(1, threads, reason);

    private WorkerPlan Decide(int fitting)
    {
        // A picture's time on k threads by Amdahl's law: a part that threads share, and a part that they do not.
        double shared = Math.Max(0, best[1].TotalSeconds - best[0].TotalSeconds) * threads / (threads - 1);
        double each = best[1].TotalSeconds - shared + (shared / (threads / fitting));
        double gain = fitting * best[0].TotalSeconds / each;
        string measured = string.Create(CultureInfo.InvariantCulture, $"a picture took {best[0].TotalSeconds:0.00} s on {threads} threads and {best[1].TotalSeconds:0.00} s on one");
        return gain < LeastGain
            ? Alone(measured)
            : new WorkerPlan(fitting, threads / fitting, fitting < threads ? $"{measured}, and the free memory is enough for {fitting}" : measured);
    }
}
