using System.Text.Json;
using BrushEdit.Imaging;

namespace BrushEdit.Benchmarking;

/// <summary>Reads the entries of a mapping file.</summary>
/// <param name="kind">The benchmark whose layout they have.</param>
/// <param name="source">The file, for errors.</param>
internal sealed class BenchmarkEntryReader(BenchmarkKind kind, string source)
{
    // PIE-Bench's own numbers (Ju et al. 2023, table of editing types).
    private static readonly string[] EditTypes =
        ["Random", "ChangeObject", "AddObject", "DeleteObject", "ChangeContent", "ChangePose", "ChangeColor", "ChangeMaterial", "ChangeBackground", "ChangeStyle"];

    /// <summary>Reads an entry.</summary>
    /// <param name="id">Its key.</param>
    /// <param name="json">Its object.</param>
    /// <exception cref="EditException">The entry is corrupt; names it (BadArgument).</exception>
    public BenchmarkEntry Read(string id, JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw Broken(id, "is not an object");
        }

        Dictionary<string, int[]> masks = new(StringComparer.Ordinal);
        foreach (JsonProperty property in json.EnumerateObject().Where(property => property.Value.ValueKind == JsonValueKind.Array))
        {
            masks[property.Name] = Runs(id, property);
        }

        return kind == BenchmarkKind.PieBench
            ? new BenchmarkEntry(masks, RunLengthCode.PieBench)
            {
                Id = id,
                ImagePath = Inside(id, Text(id, json, "image_path")),
                Caption = WithoutBrackets(Text(id, json, "editing_prompt")),
                SourceCaption = WithoutBrackets(Text(id, json, "original_prompt")),
                Instruction = Optional(json, "editing_instruction"),
                EditType = TypeOf(Optional(json, "editing_type_id")),
            }
            : new BenchmarkEntry(masks, RunLengthCode.BrushBench)
            {
                Id = id,
                ImagePath = Inside(id, Text(id, json, "image")),
                Caption = Text(id, json, "caption"),
            };
    }

    private int[] Runs(string id, JsonProperty property)
    {
        int[] runs = new int[property.Value.GetArrayLength()];
        int at = 0;
        foreach (JsonElement number in property.Value.EnumerateArray())
        {
            if (number.ValueKind != JsonValueKind.Number || !number.TryGetInt32(out runs[at++]))
            {
                throw Broken(id, $"has values in '{property.Name}' that are not whole numbers");
            }
        }

        return runs;
    }

    private string Text(string id, JsonElement json, string key) => Optional(json, key) ?? throw Broken(id, $"lacks the text '{key}'");

    private static string? Optional(JsonElement json, string key) =>
        json.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // A path in an external file must not lead out of the benchmark's folder.
    private string Inside(string id, string path)
    {
        string[] parts = path.Split('/', '\\');
        return path.Length == 0 || Path.IsPathRooted(path) || parts.Contains("..") || path.Contains(':', StringComparison.Ordinal) || path.Contains('\0', StringComparison.Ordinal)
            ? throw Broken(id, $"names the picture {Quoted.Short(path)}, which is not a path inside the benchmark's folder")
            : Path.Combine(parts);
    }

    private static string WithoutBrackets(string prompt) => prompt.Replace("[", string.Empty, StringComparison.Ordinal).Replace("]", string.Empty, StringComparison.Ordinal);

    private static string TypeOf(string? id) => id is null ? string.Empty
        : int.TryParse(id, System.Globalization.CultureInfo.InvariantCulture, out int number) && number >= 0 && number < EditTypes.Length ? EditTypes[number]
        : id;

    private EditException Broken(string id, string what) =>
        new(EditFault.BadArgument, $"The entry '{id}' of '{source}' {what}.", "Copy the benchmark's file again.", source);
}
