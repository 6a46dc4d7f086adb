namespace BrushEdit;

/// <summary>Starts work on a scheduler of one thread, where the networks run.</summary>
internal static class ComputeWork
{
    /// <summary>
    /// Queues work; work that is cancelled before its turn never runs. The scheduler is hidden from the work: a library that
    /// awaits without <c>ConfigureAwait(false)</c> would continue as a task of the same scheduler, and wait for the very thread that
    /// waits for it.
    /// </summary>
    /// <typeparam name="T">The result of the work.</typeparam>
    /// <param name="scheduler">The scheduler that runs the work.</param>
    /// <param name="work">The work; once it runs, it must watch the token itself.</param>
    /// <param name="cancellation">Removes the work from the queue.</param>
    public static Task<T> Start<T>(this TaskScheduler scheduler, Func<T> work, CancellationToken cancellation)
    {
        // Not through a task factory: its tasks do not observe their token before they run.
        Task<T> task = new(work, cancellation, TaskCreationOptions.DenyChildAttach | TaskCreationOptions.HideScheduler);
        try
        {
            task.Start(scheduler);
        }
        catch (InvalidOperationException) when (task.IsCanceled)
        {
            // Already cancelled: the task is returned as it is.
        }

        return task;
    }
}
