using BrushEdit.Loading;
using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Adapting;

/// <summary>
/// A network whose weights include LoRAs. They are added once, so steps cost nothing extra, and they are removed exactly: replaced weights are kept
/// rather than recomputed, so after removal every weight has its original value, bit for bit.
/// </summary>
/// <param name="network">The network; not owned.</param>
/// <param name="target">The network's role in a LoRA.</param>
/// <param name="stored">
/// Opens the network's checkpoint, for 8-bit weights: the LoRAs are added to the stored weights, and the sum is quantised. Null for a network without
/// such weights.
/// </param>
/// <remarks>Keeps a copy of every weight that is changed. Not safe for concurrent use.</remarks>
internal sealed class AdaptedWeights(torch.nn.Module network, LoraTarget target, Func<IWeightsFile>? stored = null) : IDisposable
{
    private readonly Dictionary<string, torch.Tensor> replaced = new(StringComparer.Ordinal);
    private string current = string.Empty;

    /// <summary>Applies these LoRAs to the network and no others.</summary>
    /// <param name="uses">The LoRAs with their weights; none for the network as it was.</param>
    /// <exception cref="EditException">A file is missing or broken; the network then remains unchanged.</exception>
    public void Set(IReadOnlyList<LoraUse> uses)
    {
        string wanted = string.Join('\n', uses.Select(use => use.Key));
        if (wanted == current)
        {
            return;
        }

        using IDisposable inference = torch.inference_mode();
        Restore();
        try
        {
            Add(uses);
            current = wanted;
        }
        catch
        {
            Restore();
            throw;
        }
    }

    /// <summary>Frees the kept weights; the network is not restored.</summary>
    public void Dispose()
    {
        foreach (torch.Tensor tensor in replaced.Values)
        {
            tensor.Dispose();
        }

        replaced.Clear();
    }

    private void Add(IReadOnlyList<LoraUse> uses)
    {
        Dictionary<string, torch.Tensor> weights = network.state_dict();
        using DisposeScope scope = torch.NewDisposeScope();
        SafetensorsFile[] files = [.. uses.Select(use => SafetensorsFile.Open(use.Fit.File.Source))];
        Lazy<IWeightsFile> checkpoint = new(() => stored?.Invoke() ?? throw new InvalidOperationException("The network has 8-bit weights, but their source is not given."));
        try
        {
            // Weight by weight, so that several LoRAs are summed before the result is rounded to the weight's type.
            var changes = uses.SelectMany((use, i) => use.Fit.Changes.Where(change => change.Layer.Target == target).Select(change => (change.Weight, change.Layer, Use: use, File: files[i])));
            foreach (var group in changes.GroupBy(change => change.Weight))
            {
                using DisposeScope one = torch.NewDisposeScope();
                torch.Tensor weight = weights[group.Key];
                bool isQuantized = weight.dtype == torch.ScalarType.Int8;
                torch.Tensor sum = isQuantized ? checkpoint.Value.Read(group.Key).to(torch.ScalarType.Float32, weight.device) : weight.to(torch.ScalarType.Float32);
                foreach ((_, LoraLayer layer, LoraUse use, SafetensorsFile file) in group)
                {
                    sum = sum.Plus(layer.Change(file, weight.shape, weight.device).Times(use.Weight));
                }

                if (!Finite.AllFinite(sum))
                {
                    throw new EditException(
                        EditFault.BadModel,
                        $"The LoRA '{group.First().Use.Fit.File.Source}' makes the weight '{group.Key}' NaN or infinite.",
                        "Give it a smaller weight, or download it again from where it is published.",
                        group.First().Use.Fit.File.Source);
                }

                if (isQuantized)
                {
                    string scaleName = QuantizedWeight.ScaleOf(group.Key);
                    (torch.Tensor numbers, torch.Tensor scales) = QuantizedWeight.Of(sum, weights[scaleName].dtype);
                    Replace(weights, group.Key, numbers);
                    Replace(weights, scaleName, scales);
                }
                else
                {
                    Replace(weights, group.Key, sum);
                }
            }
        }
        finally
        {
            foreach (SafetensorsFile file in files)
            {
                file.Dispose();
            }

            if (checkpoint.IsValueCreated)
            {
                checkpoint.Value.Dispose();
            }
        }
    }

    private void Replace(Dictionary<string, torch.Tensor> weights, string name, torch.Tensor value)
    {
        replaced[name] = weights[name].clone().DetachFromDisposeScope();
        weights[name].copy_(value);
    }

    private void Restore()
    {
        Dictionary<string, torch.Tensor> weights = network.state_dict();
        foreach ((string name, torch.Tensor tensor) in replaced)
        {
            weights[name].copy_(tensor);
            tensor.Dispose();
        }

        replaced.Clear();
        current = string.Empty;
    }
}
