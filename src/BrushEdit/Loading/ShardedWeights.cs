using System.Text.Json;
using TorchSharp;

namespace BrushEdit.Loading;

/// <summary>A checkpoint in several <c>.safetensors</c> files, with an <c>*.index.json</c> that names the file of each tensor.</summary>
public sealed class ShardedWeights : IWeightsFile
{
    private const string Again = "Copy or download the whole folder again, the index and every file it names.";

    private readonly Dictionary<string, SafetensorsFile> shards = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SafetensorsFile> places = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorInfo> tensors = new(StringComparer.Ordinal);

    private ShardedWeights(string index) => Source = index;

    /// <inheritdoc/>
    public string Source { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => tensors;

    /// <summary>Opens every file the index names and checks that each tensor is where the index says.</summary>
    /// <param name="index">The <c>*.index.json</c>.</param>
    /// <exception cref="EditException">The index or a file is missing or broken; names the file and the tensor.</exception>
    public static ShardedWeights Open(string index)
    {
        ArgumentException.ThrowIfNullOrEmpty(index);
        ShardedWeights weights = new(index);
        try
        {
            foreach ((string tensor, string file) in ReadMap(index))
            {
                weights.Add(tensor, file);
            }

            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>The files an index names, with their folder, each once; their presence is not checked.</summary>
    /// <param name="index">The <c>*.index.json</c>.</param>
    /// <exception cref="EditException">The index is missing or broken.</exception>
    public static IReadOnlyList<string> Files(string index)
    {
        ArgumentException.ThrowIfNullOrEmpty(index);
        string folder = Path.GetDirectoryName(Path.GetFullPath(index))!;
        return [.. ReadMap(index).Values.Distinct(StringComparer.Ordinal).Select(file => Path.Combine(folder, file))];
    }

    /// <inheritdoc/>
    public torch.Tensor Read(string name) =>
        places.TryGetValue(name, out SafetensorsFile? shard)
            ? shard.Read(name)
            : throw new EditException(EditFault.BadModel, $"'{Source}' contains no tensor '{name}'.", null, name);

    /// <inheritdoc/>
    StoredRange? IWeights.Find(string name) => places.TryGetValue(name, out SafetensorsFile? shard) ? ((IWeights)shard).Find(name) : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SafetensorsFile shard in shards.Values)
        {
            shard.Dispose();
        }

        shards.Clear();
    }

    private static Dictionary<string, string> ReadMap(string index)
    {
        ConfigReader json = ConfigReader.Open(index);
        JsonElement map = json.Raw("weight_map");
        if (map.ValueKind != JsonValueKind.Object)
        {
            throw new EditException(EditFault.BadModel, $"The index '{index}' has no weight_map.", Again, index);
        }

        Dictionary<string, string> files = new(StringComparer.Ordinal);
        foreach (JsonProperty entry in map.EnumerateObject())
        {
            // Only a bare file name is accepted: an index cannot point elsewhere on the disk.
            if (entry.Value.ValueKind != JsonValueKind.String || entry.Value.GetString() is not { Length: > 0 } file
                || file.AsSpan().ContainsAny('/', '\\', ':') || file is "." or "..")
            {
                throw new EditException(
                    EditFault.BadModel,
                    $"The index '{index}' places the tensor '{Quoted.Short(entry.Name)}' in {Quoted.Short(entry.Value.GetRawText())}, which is not the name of a file beside it.",
                    Again,
                    entry.Name);
            }

            files[entry.Name] = file;
        }

        return files;
    }

    private void Add(string tensor, string file)
    {
        if (!shards.TryGetValue(file, out SafetensorsFile? shard))
        {
            string path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(Source))!, file);
            if (!File.Exists(path))
            {
                throw new EditException(EditFault.NotFound, $"The index '{Source}' names '{file}', which is not beside it.", Again, path);
            }

            shard = SafetensorsFile.Open(path);
            shards[file] = shard;
        }

        if (!shard.Tensors.TryGetValue(tensor, out TensorInfo? info))
        {
            throw new EditException(EditFault.BadModel, $"The index '{Source}' places the tensor '{tensor}' in '{file}', which does not hold it.", Again, tensor);
        }

        places[tensor] = shard;
        tensors[tensor] = info;
    }
}
