namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>
/// The one thread of the process on which networks run. Work of all runspaces queues here: TorchSharp's dispose scopes belong
/// to a thread, libtorch keeps caches and a pool of helpers for each thread that calls it, and two edits at once would need
/// twice the memory for no gain in speed.
/// </summary>
internal static class ComputeThread
{
    /// <summary>The scheduler; its thread starts at the first use and stays for the session.</summary>
    public static TaskScheduler Scheduler { get; } = new SingleThread("BrushEdit compute");
}
