using BrushEdit.Batching;
using BrushEdit.Caching;
using BrushEdit.Linking;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary>One of those who compute a batch's pictures, on a thread and with models of its own.</summary>
/// <param name="Models">The models.</param>
/// <param name="Inpainter">The models that fill, several pictures at once where asked.</param>
internal sealed record BatchWorker(EditModels Models, IBatchInpainter Inpainter);

/// <summary>
/// The workers of a batch: one at first, with the session's models. On a processor more are hired at once where their number was typed, or, where
/// that was left to a measurement, once it is found that they bring something; the threads of libtorch are shared out among them.
/// </summary>
/// <param name="first">The one with the session's models.</param>
/// <param name="make">Makes another, with the models of a pool; called on its own thread.</param>
/// <param name="typed">The number of workers that was asked for; 0 leaves it to a measurement, null to the one.</param>
/// <param name="tell">Tells what was decided.</param>
internal sealed class BatchCrew(BatchWorker first, Func<ModelPool, BatchWorker> make, int? typed, Action<string> tell)
{
    private readonly List<BatchWorker?> workers = [first];
    private readonly List<ModelPool> pools = [];
    private WorkerTrial? trial;
    private WorkerPlan? plan;

    /// <summary>Decides, where that can be done before the first picture. On the compute thread.</summary>
    /// <param name="shares">Whether workers side by side are possible: networks run on the processor, and memory is not to be saved.</param>
    public void Open(bool shares)
    {
        if (!shares || typed is null)
        {
            plan = new WorkerPlan(1, ComputeThreads.Count, "networks run one after another here");
        }
        else if (typed is > 0 and int wanted)
        {
            plan = WorkerPlan.Typed(wanted, ComputeThreads.Count);
        }
        else
        {
            trial = new WorkerTrial(ComputeThreads.Count);
            plan = trial.Plan;
        }

        if (typed is not null && plan is not null)
        {
            tell(plan.ToString());
        }
    }

    /// <summary>The threads of workers that are new since the last call.</summary>
    public IReadOnlyList<TaskScheduler> Hire()
    {
        List<TaskScheduler> hired = [];
        while (plan is not null && workers.Count < plan.Workers)
        {
            pools.Add(new ModelPool());
            workers.Add(null);
            hired.Add(ComputeThread.Helper(pools.Count));
        }

        return hired;
    }

    /// <summary>Readies a worker for its next picture. On its thread.</summary>
    /// <param name="worker">Which.</param>
    public BatchWorker Begin(int worker)
    {
        if (plan is { Workers: > 1 } || trial is { Plan: null })
        {
            ComputeThreads.Use(plan?.Threads ?? trial!.Threads);
        }

        return workers[worker] ??= make(pools[worker - 1]);
    }

    /// <summary>Takes note of how long a picture took. On the worker's thread.</summary>
    /// <param name="worker">Which.</param>
    /// <param name="time">How long its networks took.</param>
    public void Took(int worker, TimeSpan time)
    {
        if (worker > 0 || trial is null || plan is not null)
        {
            return;
        }

        // What other programs hold counts too, as the collector saw it last.
        GCMemoryInfo memory = GC.GetGCMemoryInfo();
        long free = memory.TotalAvailableMemoryBytes - Math.Max(memory.MemoryLoadBytes, Environment.WorkingSet);
        trial.Record(time, EditSession.Models.Loaded.Sum(model => LoadedModels.Describe(model).Memory), free);
        if (trial.Plan is { } decided)
        {
            plan = decided;
            tell(decided.ToString());
            ComputeThreads.Use(decided.Workers > 1 ? decided.Threads : null);
        }
    }

    /// <summary>Frees the further workers' models, and gives the compute thread all threads again.</summary>
    public async Task CloseAsync()
    {
        for (int i = 0; i < pools.Count; i++)
        {
            ModelPool pool = pools[i];
            BatchWorker? worker = workers[i + 1];
            await ComputeThread.Helper(i + 1).Start(
                () =>
                {
                    (worker?.Inpainter as IDisposable)?.Dispose();
                    pool.Dispose();
                    return true;
                },
                CancellationToken.None).ConfigureAwait(false);
        }

        if (trial is not null || pools.Count > 0)
        {
            await ComputeThread.Scheduler.Start(
                () =>
                {
                    ComputeThreads.Use(null);
                    return true;
                },
                CancellationToken.None).ConfigureAwait(false);
        }
    }
}
