using BrushEdit.Batching;
using BrushEdit.Caching;
using BrushEdit.Linking;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary>A worker that computes a batch's pictures on its own thread with its own models.</summary>
/// <param name="Models">The models.</param>
/// <param name="Inpainter">The models that fill, several pictures at once if requested.</param>
internal sealed record BatchWorker(EditModels Models, IBatchInpainter Inpainter);

/// <summary>
/// The workers of a batch: one at first, which uses the session's models. On a CPU, more start at once if the user typed their number; if the
/// number is left to a measurement, they start once it shows that they save time. The workers share the threads of libtorch.
/// </summary>
/// <param name="first">The worker that uses the session's models.</param>
/// <param name="make">Makes another worker with the models of a pool; called on that worker's thread.</param>
/// <param name="typed">The requested number of workers; 0 leaves it to a measurement, null means one.</param>
/// <param name="tell">Reports what was decided.</param>
internal sealed class BatchCrew(BatchWorker first, Func<ModelPool, BatchWorker> make, int? typed, Action<string> tell)
{
    private readonly List<BatchWorker?> workers = [first];
    private readonly List<ModelPool> pools = [];
    private WorkerTrial? trial;
    private WorkerPlan? plan;

    /// <summary>Decides the number of workers if that is possible before the first picture. Called on the compute thread.</summary>
    /// <param name="shares">Whether parallel workers are possible: the networks run on the CPU, and memory need not be saved.</param>
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

    /// <summary>The threads of the workers that started since the last call.</summary>
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

    /// <summary>Prepares a worker for its next picture. Called on its thread.</summary>
    /// <param name="worker">The worker.</param>
    public BatchWorker Begin(int worker)
    {
        if (plan is { Workers: > 1 } || trial is { Plan: null })
        {
            ComputeThreads.Use(plan?.Threads ?? trial!.Threads);
        }

        return workers[worker] ??= make(pools[worker - 1]);
    }

    /// <summary>Records how long a picture took. Called on the worker's thread.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="time">How long its networks took.</param>
    public void Took(int worker, TimeSpan time)
    {
        if (worker > 0 || trial is null || plan is not null)
        {
            return;
        }

        // Memory that other programs use counts too, as the garbage collector last measured it.
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

    /// <summary>Frees the further workers' models, and returns all threads to the compute thread.</summary>
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
