namespace BrushEdit.Batching;

/// <summary>The progress of a batch.</summary>
/// <param name="Done">Items done in this run.</param>
/// <param name="Failed">Items that failed in this run.</param>
/// <param name="Skipped">Items that were done before.</param>
/// <param name="Total">Known items, including those; it can still grow while items arrive through a pipeline.</param>
/// <param name="Elapsed">Time since the first item began.</param>
public readonly record struct BatchProgress(int Done, int Failed, int Skipped, int Total, TimeSpan Elapsed)
{
    /// <summary>Items in which nothing was found to edit, in this run; they are neither done nor failed.</summary>
    public int NotFound { get; init; }

    /// <summary>The number of finished items.</summary>
    public int Finished => Done + Failed + NotFound + Skipped;

    /// <summary>The percentage done, from 0 to 100.</summary>
    public int Percent => Total == 0 ? 0 : (int)(100L * Finished / Total);

    /// <summary>
    /// The time left, by the rate of the items that this run has finished; null before the first. Items that were done before took no time and do not
    /// count.
    /// </summary>
    public TimeSpan? Remaining => Done + Failed + NotFound == 0 ? null : Elapsed * ((double)(Total - Finished) / (Done + Failed + NotFound));
}
