using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Training;

/// <summary>Writes a branch in its published form: <c>config.json</c> and <c>diffusion_pytorch_model.safetensors</c>, in single precision.</summary>
public static class BranchFolder
{
    /// <summary>The weights' file.</summary>
    public const string WeightsName = "diffusion_pytorch_model.safetensors";

    /// <summary>The model card's file.</summary>
    public const string CardName = "README.md";

    /// <summary>Writes a branch, each file whole or not at all, the configuration last.</summary>
    /// <param name="folder">The folder, created if it is missing.</param>
    /// <param name="branch">The branch.</param>
    /// <param name="card">The text of its model card (<c>README.md</c>); null for none.</param>
    /// <param name="rule">Whether existing files may be replaced.</param>
    /// <param name="weights">Tensors that replace the branch's tensors of the same names in the file; null for none.</param>
    /// <exception cref="EditException">A file exists and may not be replaced, or the folder cannot be written.</exception>
    public static void Write(string folder, BrushNetModel branch, string? card, WriteRule rule, IReadOnlyDictionary<string, torch.Tensor>? weights = null)
    {
        ArgumentNullException.ThrowIfNull(branch);
        ArgumentNullException.ThrowIfNull(rule);
        foreach (string name in new[] { WeightsName, "config.json", CardName }.Where(name => card is not null || name != CardName))
        {
            rule.Check(Path.Combine(folder, name));
        }

        if (card is not null)
        {
            NetworkFolder.WriteText(Path.Combine(folder, CardName), card, rule);
        }

        NetworkFolder.Write(folder, Path.GetFileNameWithoutExtension(WeightsName), branch, branch.Config.ToJson(), torch.ScalarType.Float32, rule, weights);
    }

    /// <summary>The model card: data, hashes, settings, command and figures.</summary>
    /// <param name="facts">The facts, in order, by heading.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="hash">The SHA-256 of the weights' file; null if it is not written yet.</param>
    public static string Card(IReadOnlyList<(string Name, string Value)> facts, JsonObject settings, string? hash)
    {
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(settings);
        StringBuilder card = new("---\nlibrary_name: brushedit\ntags:\n- brushnet\n- inpainting\n---\n\n# A BrushNet branch\n\n| | |\n|---|---|\n");
        foreach ((string name, string value) in facts.Concat(hash is null ? [] : new[] { ("SHA-256 of the weights", hash) }))
        {
            card.Append(CultureInfo.InvariantCulture, $"| {name} | {PlainText.Message(value).Replace("|", "\\|", StringComparison.Ordinal)} |\n");
        }

        card.Append(CultureInfo.InvariantCulture, $"\n## Settings\n\n```json\n{settings.ToJsonString(NetworkFolder.Indented)}\n```\n");
        return card.ToString();
    }

    /// <summary>The mean absolute weight of the 1x1 convolutions that start at zero: how strongly the branch contributes.</summary>
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
