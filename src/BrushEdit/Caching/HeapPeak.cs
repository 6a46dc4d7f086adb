using BrushEdit.Linking;

namespace BrushEdit.Caching;

/// <summary>Watches the native memory of this process, in which libtorch computes on a processor, for the most that is allocated beyond what was when it began.</summary>
internal sealed class HeapPeak : IDisposable
{
    // Feature maps of large networks live longer; the C library counts in some microseconds.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    private readonly long first;
    private readonly Timer timer;
    private long most;

    private HeapPeak(long first)
    {
        this.first = first;
        timer = new Timer(_ => Look(), null, Interval, Interval);
    }

    /// <summary>The most that was seen so far, in bytes.</summary>
    public long Bytes => Interlocked.Read(ref most);

    /// <summary>Begins.</summary>
    /// <returns>Null where the C library does not tell.</returns>
    public static HeapPeak? Begin() => NativeHeap.InUse() is long bytes ? new HeapPeak(bytes) : null;

    /// <summary>Ends.</summary>
    public void Dispose() => timer.Dispose();

    private void Look()
    {
        long now = (NativeHeap.InUse() ?? first) - first;
        for (long seen = Bytes; now > seen; seen = Bytes)
        {
            Interlocked.CompareExchange(ref most, now, seen);
        }
    }
}
