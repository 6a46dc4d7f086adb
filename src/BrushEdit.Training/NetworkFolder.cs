using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Training;

/// <summary>
/// Reads and writes a network as it is published: its weights under their own names, and <c>config.json</c>; each file is written atomically.
/// </summary>
internal static class NetworkFolder
{
    /// <summary>The JSON format of configurations.</summary>
    public static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly WriteRule Anew = new() { Replace = true };

    /// <summary>Reads weights into a network of their shape.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="stem">The name of the weights file, without its extension.</param>
    /// <param name="network">The network.</param>
    /// <exception cref="EditException">The file is missing or corrupt, or lacks or misshapes a tensor.</exception>
    public static void Read(string folder, string stem, torch.nn.Module network)
    {
        using SafetensorsFile weights = SafetensorsFile.Open(Path.Combine(folder, stem + ".safetensors"));
        Dictionary<string, torch.Tensor> target = network.state_dict();
        ModuleWeights.Check(target, weights, Path.GetFileName(folder));
        ModuleWeights.Copy(target, weights);
    }

    /// <summary>Opens a bundle's autoencoder in single precision; the caller owns it.</summary>
    /// <param name="bundle">The bundle's folder.</param>
    /// <param name="device">Where it runs.</param>
    /// <exception cref="EditException">A file is missing or corrupt.</exception>
    public static AutoencoderKL OpenVae(string bundle, torch.Device device)
    {
        string folder = Path.Combine(bundle, "vae");
        VaeConfig config = VaeConfig.Read(ConfigReader.Open(Path.Combine(folder, "config.json")));
        using SafetensorsFile weights = SafetensorsFile.Open(Path.Combine(folder, "diffusion_pytorch_model.safetensors"));
        return ModuleLoader.Load((where, type) => new AutoencoderKL(config, where, type), weights, "VAE", torch.ScalarType.Float32, device);
    }

    /// <summary>Writes a network, the configuration last.</summary>
    /// <param name="folder">Its folder, created if it is missing.</param>
    /// <param name="stem">The name of the weights file, without its extension.</param>
    /// <param name="network">The network.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="type">The type its weights are written in.</param>
    /// <param name="rule">How to treat existing files; null to replace them.</param>
    /// <param name="weights">Tensors that replace the network's tensors of the same names in the file; null for none.</param>
    /// <exception cref="EditException">A file exists that may not be replaced, or the folder cannot be written.</exception>
    public static void Write(
        string folder, string stem, torch.nn.Module network, JsonObject config, torch.ScalarType type, WriteRule? rule = null, IReadOnlyDictionary<string, torch.Tensor>? weights = null) =>
        Write(folder, stem, network.state_dict().Select(entry => KeyValuePair.Create(entry.Key, weights?.GetValueOrDefault(entry.Key) ?? entry.Value)), config, type, rule);

    /// <summary>Writes tensors and a configuration, the configuration last.</summary>
    /// <param name="folder">Their folder, created if it is missing.</param>
    /// <param name="stem">The name of the weights file, without its extension.</param>
    /// <param name="tensors">The tensors by their published names.</param>
    /// <param name="config">The configuration.</param>
    /// <param name="type">The type the tensors are written in.</param>
    /// <param name="rule">How to treat existing files; null to replace them.</param>
    /// <exception cref="EditException">A file exists that may not be replaced, or the folder cannot be written.</exception>
    public static void Write(
        string folder, string stem, IEnumerable<KeyValuePair<string, torch.Tensor>> tensors, JsonObject config, torch.ScalarType type, WriteRule? rule = null)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradients = torch.no_grad();
        KeyValuePair<string, torch.Tensor>[] written = [.. tensors.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => KeyValuePair.Create(entry.Key, entry.Value.to(type)))];
        WriteFile(Path.Combine(folder, stem + ".safetensors"), rule, temporary => SafetensorsWriter.Write(temporary, written, new Dictionary<string, string> { ["format"] = "pt" }));
        WriteJson(Path.Combine(folder, "config.json"), config, rule);
    }

    /// <summary>Writes a JSON file; its folder is created if it is missing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="json">Its content.</param>
    /// <param name="rule">How to treat an existing file; null to replace it.</param>
    public static void WriteJson(string path, JsonObject json, WriteRule? rule = null) => WriteText(path, json.ToJsonString(Indented) + "\n", rule);

    /// <summary>Writes a text file; its folder is created if it is missing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="text">Its content.</param>
    /// <param name="rule">How to treat an existing file; null to replace it.</param>
    public static void WriteText(string path, string text, WriteRule? rule = null) => WriteFile(path, rule, temporary => File.WriteAllText(temporary, text));

    private static void WriteFile(string path, WriteRule? rule, Action<string> write)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            AtomicFile.Write(path, rule ?? Anew, write);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new EditException(EditFault.CannotWrite, $"'{path}' cannot be written: {fault.Message}", "Give another folder, or free disk space.", path, fault);
        }
    }
}
