namespace BrushEdit;

/// <summary>
/// A scheduler with one dedicated thread, which ends with the process. Work that is cancelled while it waits leaves the queue, so that
/// whoever waits for it continues at once.
/// </summary>
internal sealed class SingleThread : TaskScheduler
{
    // Deeply nested networks run on this thread: they need more stack than a thread-pool thread has on some platforms.
    private const int StackSize = 16 << 20;

    private readonly LinkedList<Task> queue = [];
    private readonly Thread thread;

    /// <summary>Starts the thread.</summary>
    /// <param name="name">The thread's name.</param>
    public SingleThread(string name)
    {
        thread = new Thread(Run, StackSize) { IsBackground = true, Name = name };
        thread.Start();
    }

    /// <inheritdoc />
    public override int MaximumConcurrencyLevel => 1;

    /// <inheritdoc />
    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (queue)
        {
            return [.. queue];
        }
    }

    /// <inheritdoc />
    protected override void QueueTask(Task task)
    {
        lock (queue)
        {
            queue.AddLast(task);
            Monitor.Pulse(queue);
        }
    }

    /// <inheritdoc />
    // Called when a task's token is cancelled before the task has begun.
    protected override bool TryDequeue(Task task)
    {
        lock (queue)
        {
            return queue.Remove(task);
        }
    }

    /// <inheritdoc />
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        Thread.CurrentThread == thread && !taskWasPreviouslyQueued && TryExecuteTask(task);

    private void Run()
    {
        while (true)
        {
            TryExecuteTask(Next());
        }
    }

    private Task Next()
    {
        lock (queue)
        {
            while (queue.First is null)
            {
                Monitor.Wait(queue);
            }

            Task first = queue.First.Value;
            queue.RemoveFirst();
            return first;
        }
    }
}
