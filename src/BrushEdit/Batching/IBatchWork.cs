namespace BrushEdit.Batching;

/// <summary>The work on the items of a batch. Each stage stores its output in the item, for the next stage.</summary>
/// <typeparam name="T">An item; it should release its pictures once they are written.</typeparam>
public interface IBatchWork<in T>
{
    /// <summary>Reads an item's picture. On threads of the pool, several at once.</summary>
    /// <param name="item">The item.</param>
    /// <param name="cancellation">Cancels the work.</param>
    void Open(T item, CancellationToken cancellation);

    /// <summary>Runs the networks. On the worker's own thread, one call at a time for each worker.</summary>
    /// <param name="items">As many neighbours of the batch as can share a forward pass; at least one.</param>
    /// <param name="worker">The worker's index, from 0; each worker has separate models.</param>
    /// <param name="cancellation">Cancels the work within one step.</param>
    /// <returns>The fault of each item; null if it has none.</returns>
    IReadOnlyList<Exception?> Compute(IReadOnlyList<T> items, int worker, CancellationToken cancellation);

    /// <summary>Writes an item's results. On threads of the pool, several at once; not interrupted.</summary>
    /// <param name="item">The item.</param>
    void Write(T item);

    /// <summary>Whether the other items would have the same fault, so that the batch ends.</summary>
    /// <param name="fault">An item's fault.</param>
    bool EndsBatch(Exception fault);

    /// <summary>Called once for each item when it is finished; never for two at once.</summary>
    /// <param name="item">The item.</param>
    /// <param name="fault">Why it failed; null if it is done.</param>
    void Finished(T item, Exception? fault);
}
