using System.Text.Json;

namespace BrushEdit.Loading;

/// <summary>
/// Reads the optional keys in a diffusers folder's <c>model_index.json</c>. Those that begin with an underscore are specific to this project;
/// other readers ignore them.
/// </summary>
internal static class ModelIndex
{
    /// <summary>The file's name.</summary>
    public const string FileName = "model_index.json";

    /// <summary>The recommended guidance scale, 1 to 100; null if there is none in this range.</summary>
    /// <param name="folder">The model's folder.</param>
    public static double? GuidanceScale(string folder) =>
        Raw(folder, "_guidance_scale") is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out double scale) && scale is >= 1 and <= 100 ? scale : null;

    /// <summary>The side up to which whole pictures are filled, 64 to 8192 pixels; null if there is none in this range.</summary>
    /// <param name="folder">The model's folder.</param>
    public static int? LargestSide(string folder) =>
        Raw(folder, "_largest_side") is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out int side) && side is >= 64 and <= 8192 ? side : null;

    /// <summary>Whether zeros replace the embedding of a missing negative prompt.</summary>
    /// <param name="folder">The model's folder.</param>
    public static bool ZerosForNoPrompt(string folder) => Raw(folder, "force_zeros_for_empty_prompt").ValueKind != JsonValueKind.False;

    /// <summary>The full paths of the LoRAs, each optionally followed by a colon and a weight.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <exception cref="EditException">The list is broken, or names a file outside the folder.</exception>
    public static IReadOnlyList<string> Loras(string folder)
    {
        string index = Path.Combine(folder, FileName);
        return !File.Exists(index) ? [] : [.. ConfigReader.Open(index).Texts("_lora", []).Select(text =>
        {
            string full = Path.GetFullPath(Path.Combine(folder, text));
            return full.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)
                ? full
                : throw new EditException(EditFault.BadModel, $"The index '{index}' names the LoRA '{Quoted.Short(text)}', which is not below its folder.", "Put the LoRA into the model's folder.", index);
        })];
    }

    private static JsonElement Raw(string folder, string key)
    {
        string index = Path.Combine(folder, FileName);
        return File.Exists(index) ? ConfigReader.Open(index).Raw(key) : default;
    }
}
