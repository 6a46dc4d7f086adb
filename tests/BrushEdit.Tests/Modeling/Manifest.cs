using System.IO.Compression;
using System.Text.Json;
using BrushEdit.Loading;
using BrushEdit.Tests.Parity;
using TorchSharp;

namespace BrushEdit.Tests.Modeling;

/// <summary>A published checkpoint's configuration, and its tensors' names and shapes, without the weights.</summary>
internal sealed class ManifestWeights : IWeights
{
    private ManifestWeights(string name, JsonElement json)
    {
        Source = name;
        Config = json.TryGetProperty("config", out JsonElement config) ? config : default;
        Tensors = json.GetProperty("tensors").EnumerateObject().ToDictionary(
            entry => entry.Name,
            entry => new TensorInfo(entry.Name, torch.ScalarType.Float32, [.. entry.Value.EnumerateArray().Select(size => size.GetInt64())]),
            StringComparer.Ordinal);
    }

    public string Source { get; }

    public JsonElement Config { get; }

    public IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    public static ManifestWeights Open(string name) => new(name, Json(name));

    public static JsonElement Json(string name)
    {
        using FileStream file = File.OpenRead(Fixtures.Manifest(name));
        using GZipStream unpacked = new(file, CompressionMode.Decompress);
        using JsonDocument document = JsonDocument.Parse(unpacked);
        return document.RootElement.Clone();
    }

    public ConfigReader Reader() => new(Config, Source);

    public torch.Tensor Read(string name) => throw new NotSupportedException("A manifest holds no data.");
}
