using System.Globalization;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Training;

/// <summary>A step that was taken.</summary>
/// <param name="Step">Its number, from 1.</param>
/// <param name="Loss">The mean loss of the accumulated batches.</param>
/// <param name="GradientNorm">The norm of the whole gradient before it was clipped.</param>
/// <param name="LearningRate">The learning rate.</param>
/// <param name="Skipped">Whether the weights were left unchanged because the loss or the gradient was not finite.</param>
public readonly record struct TrainingStep(int Step, double Loss, double GradientNorm, double LearningRate, bool Skipped);

/// <summary>
/// The trained weights, their running average and the optimiser's moments: what a checkpoint contains and a resumed run continues from.
/// A weight that its network stores in less than single precision has a single-precision master, which the optimiser updates.
/// </summary>
public sealed class TrainingState : IDisposable
{
    private readonly SortedDictionary<string, Learner> learners = new(StringComparer.Ordinal);
    private readonly TrainingOptions options;
    private readonly LearningRateSchedule schedule;
    private readonly AdamW optimizer;

    /// <summary>Prepares networks for training; every parameter that requires a gradient is trained.</summary>
    /// <param name="networks">The networks, by a name that prefixes their tensors' names.</param>
    /// <param name="options">The optimiser's settings.</param>
    public TrainingState(IReadOnlyDictionary<string, nn.Module> networks, TrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(networks);
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        schedule = options.Schedule;
        optimizer = new AdamW(options.Beta1, options.Beta2, options.Epsilon, options.WeightDecay);
        foreach ((string prefix, nn.Module network) in networks)
        {
            foreach ((string name, Parameter parameter) in network.named_parameters())
            {
                if (parameter.requires_grad)
                {
                    learners[$"{prefix}.{name}"] = new Learner(parameter, options.Average is not null);
                }
            }
        }
    }

    /// <summary>Steps taken so far, including skipped ones: the position in the data.</summary>
    public int Step { get; private set; }

    /// <summary>Updates of the weights so far.</summary>
    public int Updates { get; private set; }

    /// <summary>Steps skipped so far because the loss or the gradient was not finite.</summary>
    public int Skipped { get; private set; }

    /// <summary>Consecutive steps skipped up to now.</summary>
    private int BadInARow { get; set; }

    /// <summary>The names of the trained weights.</summary>
    public IReadOnlyCollection<string> Names => learners.Keys;

    /// <summary>
    /// Takes one step: sums the batches' gradients, clips them by their common norm, applies AdamW and updates the running average. If the
    /// loss or the gradient is not finite, the weights stay unchanged and the step counts as skipped.
    /// </summary>
    /// <param name="loss">Computes the scalar loss of a batch, numbered from 0; called once for each accumulated batch.</param>
    /// <exception cref="EditException">Too many steps in a row had no finite loss.</exception>
    public TrainingStep Descend(Func<int, Tensor> loss)
    {
        ArgumentNullException.ThrowIfNull(loss);
        double rate = schedule.At(Step);
        double value = AddGradients(loss);
        double norm = double.IsFinite(value) ? GradientNorm() : double.NaN;
        Step++;
        if (!double.IsFinite(norm))
        {
            PassOver(value);
            return new TrainingStep(Step, value, norm, rate, true);
        }

        BadInARow = 0;
        Updates++;
        Update(rate, Math.Min(1, options.GradientNorm / (norm + 1e-6)));
        ClearGradients();
        return new TrainingStep(Step, value, norm, rate, false);
    }

    /// <summary>The gradient of a weight before clipping; for tests.</summary>
    internal Tensor? Gradient(string name) => learners[name].Weight.grad;

    /// <summary>Sums the gradients of a step's batches.</summary>
    /// <returns>The mean loss.</returns>
    internal double AddGradients(Func<int, Tensor> loss)
    {
        ClearGradients();
        if (options.SideBySide > 1)
        {
            return ParallelGradients.Add([.. learners.Values.Select(learner => learner.Weight)], loss, options);
        }

        double sum = 0;
        for (int batch = 0; batch < options.Accumulate; batch++)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor one = loss(batch);
            sum += one.item<float>();
            if (!double.IsFinite(sum))
            {
                return sum;
            }

            (options.Accumulate == 1 ? one : one.Over(options.Accumulate)).backward();
        }

        return sum / options.Accumulate;
    }

    /// <summary>The norm of all gradients together.</summary>
    internal double GradientNorm()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        Tensor[] norms = [.. learners.Values.Select(learner => learner.Weight.grad).OfType<Tensor>().Select(gradient => gradient.to(ScalarType.Float32).norm())];
        return norms.Length == 0 ? 0 : stack(norms).norm().item<float>();
    }

    /// <summary>The tensors of a checkpoint, which this object continues to own.</summary>
    internal IReadOnlyList<KeyValuePair<string, Tensor>> Tensors() =>
        [.. learners.SelectMany(pair => pair.Value.Tensors.Select(part => KeyValuePair.Create($"{part.Key}.{pair.Key}", part.Value)))];

    /// <summary>The numbers that a checkpoint contains besides the tensors.</summary>
    internal Dictionary<string, string> Counts() => new()
    {
        ["step"] = Step.ToString(CultureInfo.InvariantCulture),
        ["updates"] = Updates.ToString(CultureInfo.InvariantCulture),
        ["skipped"] = Skipped.ToString(CultureInfo.InvariantCulture),
        ["bad_in_a_row"] = BadInARow.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Continues from a checkpoint.</summary>
    /// <param name="file">The checkpoint.</param>
    /// <exception cref="EditException">It belongs to other networks or is broken; nothing is changed then.</exception>
    internal void Restore(SafetensorsFile file)
    {
        Dictionary<string, Tensor> target = new(Tensors(), StringComparer.Ordinal);
        ModuleWeights.Check(target, file, "training state");
        (int step, int updates, int skipped, int bad) = (Count(file, "step"), Count(file, "updates"), Count(file, "skipped"), Count(file, "bad_in_a_row"));
        ModuleWeights.Copy(target, file);
        (Step, Updates, Skipped, BadInARow) = (step, updates, skipped, bad);
        using IDisposable noGradients = no_grad();
        foreach (Learner learner in learners.Values)
        {
            learner.ShowMaster();
        }
    }

    /// <summary>Runs an action with the running average in the networks, then restores the weights, bit for bit.</summary>
    /// <param name="use">Uses the networks.</param>
    public void WithAverage(Action use)
    {
        ArgumentNullException.ThrowIfNull(use);
        UseAverage();
        try
        {
            use();
        }
        finally
        {
            using IDisposable noGradients = no_grad();
            foreach (Learner learner in learners.Values)
            {
                learner.ShowMaster();
            }
        }
    }

    /// <summary>
    /// The result of training, in single precision whatever the networks' precision: the running average, or the weights if there is none.
    /// This object continues to own the tensors.
    /// </summary>
    /// <param name="network">The name of the network in the checkpoint.</param>
    internal IReadOnlyDictionary<string, Tensor> Final(string network) => learners
        .Where(pair => pair.Key.StartsWith(network + ".", StringComparison.Ordinal))
        .ToDictionary(pair => pair.Key[(network.Length + 1)..], pair => pair.Value.Final);

    /// <summary>Puts the running average into the networks; if there is none, they keep their weights.</summary>
    public void UseAverage()
    {
        using IDisposable noGradients = no_grad();
        foreach (Learner learner in learners.Values)
        {
            learner.ShowAverage();
        }
    }

    /// <summary>Frees everything except the networks, which stay as they are.</summary>
    public void Dispose()
    {
        ClearGradients();
        foreach (Learner learner in learners.Values)
        {
            learner.Dispose();
        }

        learners.Clear();
    }

    private void Update(double rate, double clip)
    {
        double decay = options.Average?.At(Updates) ?? 0;
        Parallel.ForEach(learners.Values, new ParallelOptions { MaxDegreeOfParallelism = options.SideBySide }, learner =>
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable noGradients = no_grad();
            if (learner.Weight.grad is { } gradient)
            {
                Tensor clipped = clip < 1 ? gradient.to(ScalarType.Float32).Times(clip) : gradient.to(ScalarType.Float32);
                optimizer.Move(learner.Master, clipped, learner.Moments, rate, Updates);
                learner.ShowMaster();
            }

            learner.MoveAverage(decay);
        });
    }

    private void PassOver(double value)
    {
        ClearGradients();
        Skipped++;
        BadInARow++;
        if (BadInARow >= options.MostBadSteps)
        {
            throw new EditException(
                EditFault.BadModel,
                string.Create(CultureInfo.InvariantCulture, $"The loss was not finite in {BadInARow} steps in a row, up to step {Step} ({value})."),
                "Continue from the last checkpoint with a lower learning rate, or in single precision.",
                Step);
        }
    }

    private void ClearGradients()
    {
        foreach (Learner learner in learners.Values)
        {
            using Tensor? gradient = learner.Weight.grad;
            if (gradient is not null)
            {
                learner.Weight.grad = null;
            }
        }
    }

    private static int Count(SafetensorsFile file, string key) =>
        file.Metadata.TryGetValue(key, out string? text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            ? count
            : throw new EditException(EditFault.BadModel, $"'{file.Source}' is not a checkpoint of a training run: it lacks {key}.", "Name the folder of another run.", file.Source);
}
