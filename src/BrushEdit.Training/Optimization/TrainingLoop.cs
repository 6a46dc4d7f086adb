using TorchSharp;

namespace BrushEdit.Training;

/// <summary>The loop that every recipe runs: steps, reports, checkpoints and cancellation.</summary>
public static class TrainingLoop
{
    /// <summary>Takes steps up to the total number or until the run is cancelled, then writes a checkpoint.</summary>
    /// <param name="phase">The run's name in reports.</param>
    /// <param name="state">The training state; it may have taken steps before.</param>
    /// <param name="options">Steps, batches and the intervals of reports and checkpoints.</param>
    /// <param name="loss">Computes the scalar loss of a batch, given the step and the batch's index in it, both from 0. Called in a dispose scope.</param>
    /// <param name="save">Writes a checkpoint.</param>
    /// <param name="progress">Receives the loss.</param>
    /// <param name="onStep">Called after every step, before the checkpoint that may follow it; null for nothing.</param>
    /// <param name="cancellation">Ends the run after the current step, with a checkpoint.</param>
    /// <param name="prepare">Called with the step before any of its batches; null for nothing.</param>
    /// <exception cref="EditException">Several steps in a row had no finite loss, or a checkpoint cannot be written.</exception>
    public static void Run(
        string phase,
        TrainingState state,
        TrainingOptions options,
        Func<int, int, torch.Tensor> loss,
        Action save,
        IProgress<TrainingProgress>? progress,
        Action<TrainingStep>? onStep,
        CancellationToken cancellation,
        Action<int>? prepare = null)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(save);
        ProgressMeter meter = new(phase, options, progress);
        int saved = -1;
        while (state.Step < options.Steps && !cancellation.IsCancellationRequested)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using ReducedPrecision reduced = new(options.BFloat16);
            int step = state.Step;
            TrainingStep taken;
            try
            {
                prepare?.Invoke(step);
                taken = state.Descend(batch => loss(step, batch));
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                // Cancelled while data was being read: the step was not taken, and a resumed run begins with it.
                break;
            }

            meter.Add(taken);
            onStep?.Invoke(taken);
            if (state.Step % options.CheckpointEvery == 0)
            {
                save();
                saved = state.Step;
            }
        }

        if (saved != state.Step)
        {
            save();
        }
    }

    /// <summary>Trains whole networks from the newest checkpoint, if there is one, and leaves the running average of the weights in them.</summary>
    /// <param name="phase">The run's name in reports.</param>
    /// <param name="networks">The networks, by their names in checkpoints.</param>
    /// <param name="options">Steps, batches, optimiser.</param>
    /// <param name="loss">Computes the scalar loss of a batch, given the step and the batch's index in it, both from 0.</param>
    /// <param name="checkpoint">The checkpoints' folder.</param>
    /// <param name="progress">Receives the loss.</param>
    /// <param name="cancellation">Ends the run after the current step, with a checkpoint.</param>
    /// <param name="begin">Called once, before the first step, with the step at which the run begins; null for nothing.</param>
    /// <param name="prepare">Called with the step before any of its batches; null for nothing.</param>
    public static void Train(
        string phase,
        IReadOnlyDictionary<string, torch.nn.Module> networks,
        TrainingOptions options,
        Func<int, int, torch.Tensor> loss,
        string checkpoint,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellation,
        Action<int>? begin = null,
        Action<int>? prepare = null)
    {
        ArgumentNullException.ThrowIfNull(networks);
        ArgumentNullException.ThrowIfNull(options);
        Checkpoints checkpoints = new(checkpoint, options.KeepCheckpoints);
        using TrainingState state = new(networks, options);
        checkpoints.TryRestore(state);
        torch.random.manual_seed((long)options.Seed + state.Step);
        foreach (torch.nn.Module network in networks.Values)
        {
            network.train();
        }

        begin?.Invoke(state.Step);
        Run(phase, state, options, loss, () => checkpoints.Save(state), progress, onStep: null, cancellation, prepare);
        state.UseAverage();
        foreach (torch.nn.Module network in networks.Values)
        {
            network.eval();
        }
    }

    /// <summary>Loads a checkpoint's running average into networks, as if training ended there.</summary>
    /// <param name="networks">The networks, named as they were in training.</param>
    /// <param name="checkpoint">The checkpoints' folder.</param>
    /// <returns>False if no checkpoint exists; the networks are then unchanged.</returns>
    public static bool TryLoadAverage(IReadOnlyDictionary<string, torch.nn.Module> networks, string checkpoint)
    {
        using TrainingState state = new(networks, new TrainingOptions());
        if (!new Checkpoints(checkpoint, 1).TryRestore(state))
        {
            return false;
        }

        state.UseAverage();
        return true;
    }
}
