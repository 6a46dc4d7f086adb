using System.Text.Json;
using BrushEdit.Loading;

namespace BrushEdit.Adapting;

/// <summary>
/// The adapter settings that PEFT writes in addition to the tensors: <c>lora_alpha</c> for all layers and <c>alpha_pattern</c> for some. A diffusers
/// file stores them in its metadata under <c>lora_adapter_metadata</c>, with each key prefixed by the network's name; PEFT itself stores them in
/// <c>adapter_config.json</c>.
/// </summary>
internal sealed class LoraSettings
{
    private const string MetadataKey = "lora_adapter_metadata";
    private const string ConfigName = "adapter_config.json";
    private const long LargestConfig = 1 << 20;

    private readonly Dictionary<string, JsonElement> values;
    private readonly string source;

    private LoraSettings(Dictionary<string, JsonElement> values, string source)
    {
        this.values = values;
        this.source = source;
    }

    /// <summary>Reads the settings, if any.</summary>
    /// <param name="file">The LoRA.</param>
    /// <exception cref="EditException">They are not a JSON object.</exception>
    public static LoraSettings Of(SafetensorsFile file)
    {
        if (file.Metadata.TryGetValue(MetadataKey, out string? json))
        {
            return Parse(System.Text.Encoding.UTF8.GetBytes(json), file.Source, string.Empty);
        }

        string config = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file.Source))!, ConfigName);
        bool own = file.Tensors.Keys.Any(name => name.StartsWith(LoraNames.PeftPrefix, StringComparison.Ordinal));
        return own && File.Exists(config) ? Parse(RegularFile.ReadAll(config, LargestConfig), config, "unet.") : new LoraSettings([], file.Source);
    }

    /// <summary>A layer's scaling.</summary>
    /// <param name="target">The network.</param>
    /// <param name="layer">The layer, dotted.</param>
    /// <exception cref="EditException">A value has the wrong type, or requires something that is not supported.</exception>
    public LoraScaling Scaling(LoraTarget target, string layer)
    {
        string prefix = target switch { LoraTarget.Unet => "unet.", LoraTarget.TextEncoder => "text_encoder.", _ => "text_encoder_2." };
        if (Flag(prefix + "use_dora"))
        {
            throw Wrong($"{prefix}use_dora", "asks for a DoRA, which is not supported");
        }

        return new LoraScaling(Pattern(prefix + "alpha_pattern", layer) ?? Number(prefix + "lora_alpha"), Flag(prefix + "use_rslora"));
    }

    private double? Pattern(string key, string layer)
    {
        if (!values.TryGetValue(key, out JsonElement patterns) || patterns.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (patterns.ValueKind != JsonValueKind.Object)
        {
            throw Wrong(key, "is not an object");
        }

        foreach (JsonProperty pattern in patterns.EnumerateObject())
        {
            // A layer's full name, or the end of it.
            string named = pattern.Name.TrimStart('^');
            if (layer == named || layer.EndsWith("." + named, StringComparison.Ordinal))
            {
                return Number(key, pattern.Value);
            }
        }

        return null;
    }

    private bool Flag(string key) => values.TryGetValue(key, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    private double? Number(string key) =>
        values.TryGetValue(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? Number(key, value) : null;

    private double Number(string key, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number) ? number : throw Wrong(key, "is not a number");

    private EditException Wrong(string key, string what) =>
        new(EditFault.BadModel, $"In the settings of the LoRA '{source}', {key} {what}.", "Download the LoRA again from where it is published, or another one.", source);

    private static LoraSettings Parse(byte[] json, string source, string prefix)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new LoraSettings(document.RootElement.EnumerateObject().ToDictionary(pair => prefix + pair.Name, pair => pair.Value.Clone(), StringComparer.Ordinal), source)
                : throw new JsonException("it is not an object");
        }
        catch (JsonException fault)
        {
            throw new EditException(EditFault.BadModel, $"The settings of the LoRA '{source}' are not valid JSON: {fault.Message}", "Copy the LoRA again.", source, fault);
        }
    }
}
