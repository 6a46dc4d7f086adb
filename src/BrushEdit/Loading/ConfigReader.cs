using System.Text.Json;

namespace BrushEdit.Loading;

/// <summary>
/// Reads a checkpoint's <c>config.json</c> key by key and, at the end, rejects every key that was not read: a setting that changes what a network
/// computes is never silently ignored.
/// </summary>
public sealed class ConfigReader
{
    private const int LongestText = 256;

    // An index of shards has an entry per tensor; all other configurations are far smaller.
    private const long LargestFile = 1 << 24;

    private readonly Dictionary<string, JsonElement> values = new(StringComparer.Ordinal);
    private readonly HashSet<string> asked = new(StringComparer.Ordinal);

    /// <summary>Maximum length of a list in a configuration: enough for one entry per layer of a large transformer.</summary>
    public const int LongestList = 256;

    /// <summary>Wraps a JSON object.</summary>
    /// <param name="json">The object.</param>
    /// <param name="source">The configuration's name in error messages: usually the file's path.</param>
    public ConfigReader(JsonElement json, string source)
    {
        Source = source;
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw new EditException(EditFault.BadModel, $"The configuration '{source}' is not a JSON object.", "Copy the model again.", source);
        }

        foreach (JsonProperty entry in json.EnumerateObject())
        {
            values[entry.Name] = entry.Value.Clone();
        }
    }

    /// <summary>The configuration's name in error messages.</summary>
    public string Source { get; }

    /// <summary>Opens a JSON file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="EditException">It is missing or not JSON.</exception>
    public static ConfigReader Open(string path) => Open(path, () => StrictJson.Read(path, LargestFile));

    /// <summary>Opens a JSON file that needs its own parsing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="read">Reads and parses it.</param>
    /// <exception cref="EditException">It is missing or not JSON.</exception>
    internal static ConfigReader Open(string path, Func<JsonDocument> read)
    {
        if (!File.Exists(path))
        {
            throw new EditException(EditFault.NotFound, $"There is no configuration '{path}'.", "Give the model's whole folder, with all its configurations.", path);
        }

        try
        {
            using JsonDocument document = read();
            return new ConfigReader(document.RootElement, path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new EditException(EditFault.BadModel, $"The configuration '{path}' cannot be read: {fault.Message}", "Copy the model again.", path, fault);
        }
        catch (JsonException fault)
        {
            throw new EditException(EditFault.BadModel, $"The configuration '{path}' is not valid JSON: {fault.Message}", "Copy the model again.", path, fault);
        }
    }

    /// <summary>Whether a key exists with a value other than null. Counts as reading it.</summary>
    /// <param name="key">The key.</param>
    public bool Has(string key)
    {
        asked.Add(key);
        return values.TryGetValue(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null;
    }

    /// <summary>A whole number, or the default if the key is absent or null.</summary>
    /// <param name="key">The key.</param>
    /// <param name="otherwise">The default; null makes the key mandatory.</param>
    /// <param name="least">The minimum that a network can have.</param>
    /// <param name="most">The maximum that any network has: it limits the size of what is built from the number.</param>
    public int Int(string key, int? otherwise, int least, int most) =>
        Get(key, otherwise, value => Whole(value, least, most), $"a whole number from {least} to {most}");

    /// <summary>A number, or the default if the key is absent or null.</summary>
    /// <param name="key">The key.</param>
    /// <param name="otherwise">The default; null makes the key mandatory.</param>
    /// <param name="least">The minimum valid value.</param>
    /// <param name="most">The maximum valid value.</param>
    public double Double(string key, double? otherwise, double least, double most) => Get<double>(
        key,
        otherwise,
        value => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number >= least && number <= most ? number : null,
        $"a number from {least} to {most}");

    /// <summary>True or false, or the default if the key is absent or null.</summary>
    /// <param name="key">The key.</param>
    /// <param name="otherwise">The default; null makes the key mandatory.</param>
    public bool Bool(string key, bool? otherwise = null) =>
        Get<bool>(key, otherwise, value => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : null, "true or false");

    /// <summary>A text, or the default if the key is absent or null.</summary>
    /// <param name="key">The key.</param>
    /// <param name="otherwise">The default; null makes the key mandatory.</param>
    public string Text(string key, string? otherwise = null)
    {
        if (!Has(key))
        {
            return otherwise ?? throw Missing(key);
        }

        return IsText(values[key]) ? values[key].GetString()! : throw Wrong(key, "a text");
    }

    /// <summary>A list of at most <see cref="LongestList"/> whole numbers, or the default if the key is absent or null.</summary>
    /// <param name="key">The key.</param>
    /// <param name="otherwise">The default; null makes the key mandatory.</param>
    /// <param name="least">The minimum of an entry.</param>
    /// <param name="most">The maximum of an entry.</param>
    public IReadOnlyList<int> Ints(string key, IReadOnlyList<int>? otherwise, int least, int most)
    {
        if (!Has(key))
        {
            return otherwise ?? throw Missing(key);
        }

        return values[key].ValueKind == JsonValueKind.Array && values[key].GetArrayLength() <= LongestList
            && values[key].EnumerateArray().All(item => Whole(item, least, most) is not null)
            ? [.. values[key].EnumerateArray().Select(item => item.GetInt32())]
            : throw Wrong(key, $"a list of at most {LongestList} whole numbers from {least} to {most}");
    }

    /// <summary>A list of texts, or the default if the key is absent or null.</summary>
    /// <param name="key">The key.</param>
    /// <param name="otherwise">The default; null makes the key mandatory.</param>
    public IReadOnlyList<string> Texts(string key, IReadOnlyList<string>? otherwise = null)
    {
        if (!Has(key))
        {
            return otherwise ?? throw Missing(key);
        }

        return values[key].ValueKind == JsonValueKind.Array && values[key].GetArrayLength() <= LongestList && values[key].EnumerateArray().All(IsText)
            ? [.. values[key].EnumerateArray().Select(item => item.GetString()!)]
            : throw Wrong(key, "a list of texts");
    }

    /// <summary>Three finite numbers, one per colour channel, or the default if the key is absent or null.</summary>
    /// <param name="key">The key.</param>
    /// <param name="otherwise">The default.</param>
    public IReadOnlyList<double> Channels(string key, IReadOnlyList<double> otherwise)
    {
        if (!Has(key))
        {
            return otherwise;
        }

        double?[] numbers = values[key].ValueKind == JsonValueKind.Array && values[key].GetArrayLength() == 3
            ? [.. values[key].EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Number && item.TryGetDouble(out double number) && double.IsFinite(number) ? number : (double?)null)]
            : [null];
        return numbers.Contains(null) ? throw Wrong(key, "three numbers") : [.. numbers.Select(number => number!.Value)];
    }

    /// <summary>The raw value of a key; undefined if it is absent.</summary>
    /// <param name="key">The key.</param>
    public JsonElement Raw(string key)
    {
        asked.Add(key);
        return values.GetValueOrDefault(key);
    }

    /// <summary>A configuration nested under a key.</summary>
    /// <param name="key">The key.</param>
    public ConfigReader Section(string key) =>
        Has(key) ? new ConfigReader(values[key], $"{Source} ({key})") : throw Missing(key);

    /// <summary>Requires that a key selects the only supported behaviour: absent, null or equal to one of the values; otherwise an error.</summary>
    /// <param name="key">The key.</param>
    /// <param name="accepted">The values that mean that behaviour, as JSON: <c>false</c>, <c>1</c>, <c>"silu"</c>.</param>
    public void Expect(string key, params string[] accepted)
    {
        if (Has(key) && !accepted.Contains(values[key].GetRawText(), StringComparer.Ordinal))
        {
            throw new EditException(
                EditFault.BadModel,
                $"The configuration '{Source}' sets {key} to {Quoted.Short(values[key].GetRawText())}; only {string.Join(" or ", accepted)} is supported.",
                "Use a checkpoint without this setting.",
                key);
        }
    }

    /// <summary>Marks keys that do not change what the network computes.</summary>
    /// <param name="keys">The keys.</param>
    public void Ignore(params string[] keys) => asked.UnionWith(keys);

    /// <summary>Ends the reading: a key that was not read (unless it begins with an underscore) is an error.</summary>
    public void Finish()
    {
        string[] unknown = [.. values.Keys.Where(key => !key.StartsWith('_') && !asked.Contains(key)).Order(StringComparer.Ordinal)];
        if (unknown.Length > 0)
        {
            throw new EditException(
                EditFault.BadModel,
                $"The configuration '{Source}' has unknown settings: {Quoted.Short(string.Join(", ", unknown))}.",
                "The checkpoint may be of another kind or of a newer format; use one of the published kinds.",
                unknown);
        }
    }

    /// <summary>The error for values that contradict each other or that no network has.</summary>
    /// <param name="source">The configuration's name in error messages.</param>
    /// <param name="what">What is wrong, as the end of a sentence.</param>
    internal static EditException Broken(string source, string what) =>
        new(EditFault.BadModel, $"In the configuration '{source}' {what}.", "Copy the model again.", source);

    // Texts in a configuration are names, which errors quote.
    private static bool IsText(JsonElement value) => value.ValueKind == JsonValueKind.String && value.GetString()!.Length <= LongestText;

    private static int? Whole(JsonElement value, int least, int most) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= least && number <= most ? number : null;

    private T Get<T>(string key, T? otherwise, Func<JsonElement, T?> read, string kind)
        where T : struct
    {
        if (!Has(key))
        {
            return otherwise ?? throw Missing(key);
        }

        return read(values[key]) ?? throw Wrong(key, kind);
    }

    private EditException Missing(string key) =>
        new(EditFault.BadModel, $"The configuration '{Source}' lacks '{key}'.", "Check that it belongs to a model of the right kind.", key);

    private EditException Wrong(string key, string kind) =>
        new(EditFault.BadModel, $"In the configuration '{Source}' the value of '{key}' is {Quoted.Short(values[key].GetRawText())}, not {kind}.", "Copy the model again.", key);
}
