using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using BrushEdit.Networks;
using BrushEdit.Weights;
using TorchSharp;

namespace BrushEdit.Training;

/// <summary>Writes a branch as it is published: <c>config.json</c> and <c>diffusion_pytorch_model.safetensors</c>, in single precision.</summary>
public static class BranchFolder
{
    /// <summary>The weights' file.</summary>
    public const string WeightsName = "diffusion_pytorch_model.safetensors";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a branch, each file whole or not at all, the configuration last.</summary>
    /// <param name="folder">The folder, made where it is missing.</param>
    /// <param name="branch">The branch.</param>
    /// <param name="card">What its model card (<c>README.md</c>) says; null for none.</param>
    /// <param name="rule">What may be done with files that are there.</param>
    /// <param name="weights">Tensors that are written in place of the branch's own of that name; null for none.</param>
    /// <exception cref="EditException">A file is there that may not be replaced, or the folder cannot be written.</exception>
    public static void Write(string folder, BrushNetModel branch, string? card, WriteRule rule, IReadOnlyDictionary<string, torch.Tensor>? weights = null)
    {
        ArgumentNullException.ThrowIfNull(branch);
        ArgumentNullException.ThrowIfNull(rule);
        string file = Path.Combine(folder, WeightsName);
        string config = Path.Combine(folder, "config.json");
        string readme = Path.Combine(folder, "README.md");
        foreach (string path in card is null ? new[] { file, config } : [file, config, readme])
        {
            rule.Check(path);
        }

        try
        {
            Directory.CreateDirectory(folder);
            using DisposeScope scope = torch.NewDisposeScope();
            using IDisposable noGradients = torch.no_grad();
            KeyValuePair<string, torch.Tensor>[] tensors = [.. branch.state_dict()
                .OrderBy(entry => entry.Key, StringComparer.Ordinal)
                .Select(entry => KeyValuePair.Create(entry.Key, (weights?.GetValueOrDefault(entry.Key) ?? entry.Value).to(torch.ScalarType.Float32)))];
            AtomicFile.Write(file, rule, temporary => SafetensorsWriter.Write(temporary, tensors, new Dictionary<string, string> { ["format"] = "pt" }));
            if (card is not null)
            {
                AtomicFile.Write(readme, rule, temporary => File.WriteAllText(temporary, card));
            }

            AtomicFile.Write(config, rule, temporary => File.WriteAllText(temporary, branch.Config.ToJson().ToJsonString(Indented) + "\n"));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new EditException(EditFault.CannotWrite, $"The branch cannot be written to '{folder}': {fault.Message}", "Give another folder.", folder, fault);
        }
    }

    /// <summary>The model card: data, hashes, settings, command and figures.</summary>
    /// <param name="facts">What is told, in order, by heading.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="hash">The SHA-256 of the weights' file; null where it is not written yet.</param>
    public static string Card(IReadOnlyList<(string Name, string Value)> facts, JsonObject settings, string? hash)
    {
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(settings);
        StringBuilder card = new("---\nlibrary_name: brushedit\ntags:\n- brushnet\n- inpainting\n---\n\n# A BrushNet branch\n\n| | |\n|---|---|\n");
        foreach ((string name, string value) in facts.Concat(hash is null ? [] : new[] { ("SHA-256 of the weights", hash) }))
        {
            card.Append(CultureInfo.InvariantCulture, $"| {name} | {PlainText.Message(value).Replace("|", "\\|", StringComparison.Ordinal)} |\n");
        }

        card.Append(CultureInfo.InvariantCulture, $"\n## Settings\n\n```json\n{settings.ToJsonString(Indented)}\n```\n");
        return card.ToString();
    }

    /// <summary>The mean absolute weight of the 1x1 convolutions that began as zero: how far the branch has been turned up.</summary>
    /// <param name="branch">The branch.</param>
    public static double ZeroConvolutionWeight(BrushNetModel branch)
    {
        ArgumentNullException.ThrowIfNull(branch);
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradients = torch.no_grad();
        (double sum, long count) = (0, 0);
        foreach ((string name, torch.Tensor weight) in branch.state_dict())
        {
            if (name.StartsWith("brushnet_", StringComparison.Ordinal) && name.EndsWith(".weight", StringComparison.Ordinal))
            {
                sum += weight.to(torch.ScalarType.Float32).abs().sum().item<float>();
                count += weight.numel();
            }
        }

        return sum / count;
    }
}
