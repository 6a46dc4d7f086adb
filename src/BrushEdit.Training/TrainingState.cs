using System.Globalization;
using BrushEdit.Weights;
using TorchSharp;
using TorchSharp.Modules;

namespace BrushEdit.Training;

/// <summary>
/// The weights of some networks, their running average, and the optimiser that moves them: what a checkpoint holds and a
/// resumed run goes on from.
/// </summary>
/// <remarks>The running average (an exponential one, as diffusion models are customarily published) is what is written at the end.</remarks>
public sealed class TrainingState : IDisposable
{
    private readonly Dictionary<string, torch.Tensor> parameters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, torch.Tensor> average = new(StringComparer.Ordinal);
    private readonly torch.optim.Optimizer optimizer;
    private readonly TrainingOptions options;
    private readonly double averageDecay;

    /// <summary>Takes networks into training.</summary>
    /// <param name="networks">Networks by a name that begins their tensors' names in the checkpoint.</param>
    /// <param name="options">Learning rate and weight decay.</param>
    /// <param name="averageDecay">The share of the running average that stays at each step, in [0, 1).</param>
    public TrainingState(IReadOnlyDictionary<string, torch.nn.Module> networks, TrainingOptions options, double averageDecay = 0.999)
    {
        ArgumentNullException.ThrowIfNull(networks);
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        this.averageDecay = averageDecay;
        List<Parameter> trained = [];
        foreach ((string prefix, torch.nn.Module network) in networks)
        {
            foreach ((string name, Parameter parameter) in network.named_parameters())
            {
                parameters[$"{prefix}.{name}"] = parameter;
                average[$"{prefix}.{name}"] = parameter.detach().clone().DetachFromDisposeScope();
                trained.Add(parameter);
            }
        }

        optimizer = torch.optim.AdamW(trained, options.LearningRate, beta1: 0.9, beta2: 0.99, weight_decay: options.WeightDecay);
    }

    /// <summary>Steps taken so far.</summary>
    public int Step { get; private set; }

    /// <summary>Takes one step down a loss's gradient, clipped, and moves the running average.</summary>
    /// <param name="loss">The scalar loss.</param>
    /// <returns>The loss's value.</returns>
    /// <exception cref="InvalidOperationException">The loss is not finite: the run has diverged.</exception>
    public double Descend(torch.Tensor loss)
    {
        double value = loss.item<float>();
        if (!double.IsFinite(value))
        {
            throw new InvalidOperationException($"The loss is {value} at step {Step}; lower the learning rate or resume from an earlier checkpoint.");
        }

        foreach (var group in optimizer.ParamGroups)
        {
            group.LearningRate = options.LearningRateAt(Step);
        }

        optimizer.zero_grad();
        loss.backward();
        torch.nn.utils.clip_grad_norm_(parameters.Values.Cast<Parameter>(), options.GradientNorm);
        optimizer.step();
        Step++;
        MoveAverage();
        return value;
    }

    /// <summary>Writes weights, average, optimiser and step, each file whole or not at all.</summary>
    /// <param name="folder">The checkpoint's folder, made where it is missing.</param>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        string optimizerPath = Path.Combine(folder, $"optimizer.{Step}.bin");
        ((OptimizerHelper)optimizer).save_state_dict(optimizerPath);
        Dictionary<string, torch.Tensor> all = [];
        foreach ((string name, torch.Tensor tensor) in parameters)
        {
            all["weights." + name] = tensor;
            all["average." + name] = average[name];
        }

        // The weights file names the step and is moved into place last: it decides which optimiser file counts.
        SafetensorsWriter.Write(Path.Combine(folder, "state.safetensors"), all, new Dictionary<string, string> { ["step"] = $"{Step}" });
        foreach (string old in Directory.GetFiles(folder, "optimizer.*.bin").Where(file => file != optimizerPath))
        {
            File.Delete(old);
        }
    }

    /// <summary>Goes on from a checkpoint.</summary>
    /// <param name="folder">The checkpoint's folder.</param>
    /// <returns>False where there is none.</returns>
    public bool TryLoad(string folder)
    {
        string path = Path.Combine(folder, "state.safetensors");
        if (!File.Exists(path))
        {
            return false;
        }

        using SafetensorsFile file = SafetensorsFile.Open(path);
        using IDisposable noGradients = torch.no_grad();
        foreach ((string name, torch.Tensor tensor) in parameters)
        {
            using torch.Tensor stored = file.Read("weights." + name);
            using torch.Tensor storedAverage = file.Read("average." + name);
            tensor.copy_(stored);
            average[name].copy_(storedAverage);
        }

        Step = int.Parse(file.Metadata["step"], CultureInfo.InvariantCulture);
        ((OptimizerHelper)optimizer).load_state_dict(Path.Combine(folder, $"optimizer.{Step}.bin"));
        return true;
    }

    /// <summary>Puts a checkpoint's running average into networks, as if training ended there.</summary>
    /// <param name="networks">The networks, named as they were in training.</param>
    /// <param name="folder">The checkpoint's folder.</param>
    /// <returns>False where there is none; the networks are then as they were.</returns>
    public static bool TryLoadAverage(IReadOnlyDictionary<string, torch.nn.Module> networks, string folder)
    {
        using TrainingState state = new(networks, new TrainingOptions());
        if (!state.TryLoad(folder))
        {
            return false;
        }

        state.UseAverage();
        return true;
    }

    /// <summary>Puts the running average into the networks: the end of training. The optimiser must not step after it.</summary>
    public void UseAverage()
    {
        using IDisposable noGradients = torch.no_grad();
        foreach ((string name, torch.Tensor tensor) in parameters)
        {
            tensor.copy_(average[name]);
        }
    }

    /// <summary>Frees the average and the optimiser; the networks stay.</summary>
    public void Dispose()
    {
        optimizer.Dispose();
        foreach (torch.Tensor tensor in average.Values)
        {
            tensor.Dispose();
        }
    }

    private void MoveAverage()
    {
        // A young average forgets faster, so that the random start leaves it soon.
        double decay = Math.Min(averageDecay, (1.0 + Step) / (10.0 + Step));
        using IDisposable noGradients = torch.no_grad();
        foreach ((string name, torch.Tensor tensor) in parameters)
        {
            average[name].lerp_(tensor, 1 - decay);
        }
    }
}
