using System.Collections.Concurrent;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>
/// The one thread of the process on which networks run. Work of all runspaces queues here: TorchSharp's dispose scopes belong
/// to a thread, libtorch keeps caches and a pool of helpers for each thread that calls it, and two edits at once would need
/// twice the memory for no gain in speed.
/// </summary>
internal sealed class ComputeThread : TaskScheduler
{
    // Deeply nested networks run on it: more than a thread pool's stack on some platforms.
    private const int StackSize = 16 << 20;

    private readonly BlockingCollection<Task> queue = [];
    private readonly Thread thread;

    private ComputeThread()
    {
        thread = new Thread(Run, StackSize) { IsBackground = true, Name = "BrushEdit compute" };
        thread.Start();
    }

    /// <summary>The scheduler; its thread starts at the first use and stays for the session.</summary>
    public static ComputeThread Scheduler { get; } = new();

    /// <inheritdoc />
    public override int MaximumConcurrencyLevel => 1;

    /// <inheritdoc />
    protected override IEnumerable<Task> GetScheduledTasks() => queue.ToArray();

    /// <inheritdoc />
    protected override void QueueTask(Task task) => queue.Add(task);

    /// <inheritdoc />
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        Thread.CurrentThread == thread && !taskWasPreviouslyQueued && TryExecuteTask(task);

    private void Run()
    {
        foreach (Task task in queue.GetConsumingEnumerable())
        {
            TryExecuteTask(task);
        }
    }
}
