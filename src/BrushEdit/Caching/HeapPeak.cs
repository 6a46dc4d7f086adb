using System.Diagnostics;
using BrushEdit.Linking;

namespace BrushEdit.Caching;

/// <summary>Measures the peak of this process's native memory, which libtorch uses on a CPU, relative to the amount at the start.</summary>
internal sealed class HeapPeak : IDisposable
{
    // Feature maps of large networks live longer than this interval.
    private static readonly TimeSpan LeastInterval = TimeSpan.FromMilliseconds(10);

    // The C library walks its free blocks at each query, from a tenth of a millisecond to several: at most this share of the time.
    private const double MostShare = 0.01;

    private const long Unseen = -1;

    private readonly long first;
    private readonly Timer timer;
    private long most = Unseen;

    private HeapPeak(long first)
    {
        this.first = first;
        timer = new Timer(_ => Look(), null, LeastInterval, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The largest increase seen so far, in bytes; null before the first look.</summary>
    public long? Bytes => Interlocked.Read(ref most) is long bytes and not Unseen ? bytes : null;

    /// <summary>Starts measuring.</summary>
    /// <returns>Null if the C library does not report it.</returns>
    public static HeapPeak? Begin() => NativeHeap.InUse() is long bytes ? new HeapPeak(bytes) : null;

    /// <summary>Stops measuring.</summary>
    public void Dispose() => timer.Dispose();

    private void Look()
    {
        long begun = Stopwatch.GetTimestamp();
        long now = Math.Max(0, (NativeHeap.InUse() ?? first) - first);
        for (long seen = Interlocked.Read(ref most); now > seen; seen = Interlocked.Read(ref most))
        {
            Interlocked.CompareExchange(ref most, now, seen);
        }

        TimeSpan pause = Stopwatch.GetElapsedTime(begun) / MostShare;
        timer.Change(pause > LeastInterval ? pause : LeastInterval, Timeout.InfiniteTimeSpan);
    }
}
