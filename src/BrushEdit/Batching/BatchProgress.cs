namespace BrushEdit.Batching;

/// <summary>How far a batch is.</summary>
/// <param name="Done">Items done in this run.</param>
/// <param name="Failed">Items that failed in this run.</param>
/// <param name="Skipped">Items that were done before.</param>
/// <param name="Total">Items known of, those included; it may still grow where they come down a pipeline.</param>
/// <param name="Elapsed">Time since the first item began.</param>
public readonly record struct BatchProgress(int Done, int Failed, int Skipped, int Total, TimeSpan Elapsed)
{
    /// <summary>Items in which nothing was found to edit, in this run; they are neither done nor failed.</summary>
    public int NotFound { get; init; }

    /// <summary>Items of which nothing is left to do.</summary>
    public int Finished => Done + Failed + NotFound + Skipped;

    /// <summary>From 0 to 100.</summary>
    public int Percent => Total == 0 ? 0 : (int)(100L * Finished / Total);

    /// <summary>
    /// Time left, by the rate of the items that this run has finished; null before the first. Those that were done before took no time
    /// and do not count.
    /// </summary>
    public TimeSpan? Remaining => Done + Failed + NotFound == 0 ? null : Elapsed * ((double)(Total - Finished) / (Done + Failed + NotFound));
}
