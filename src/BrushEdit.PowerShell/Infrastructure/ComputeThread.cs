namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>
/// The thread of the process on which networks run. Work of all runspaces queues here: TorchSharp's dispose scopes belong
/// to a thread, libtorch keeps caches and a pool of helpers for each thread that calls it, and two edits at once would need
/// twice the memory. Only a batch whose networks are too small to use all threads adds further compute threads, each with its own models.
/// </summary>
internal static class ComputeThread
{
    private static readonly List<TaskScheduler> Helpers = [];

    /// <summary>The scheduler; its thread starts at the first use and stays for the session.</summary>
    public static TaskScheduler Scheduler { get; } = new SingleThread("BrushEdit compute");

    /// <summary>A further thread; it starts at the first use and stays for the session.</summary>
    /// <param name="number">Its number, from 1.</param>
    public static TaskScheduler Helper(int number)
    {
        lock (Helpers)
        {
            while (Helpers.Count < number)
            {
                Helpers.Add(new SingleThread($"BrushEdit compute {Helpers.Count + 2}"));
            }

            return Helpers[number - 1];
        }
    }
}
