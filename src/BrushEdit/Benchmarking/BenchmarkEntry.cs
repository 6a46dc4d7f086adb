using BrushEdit.Imaging;

namespace BrushEdit.Benchmarking;

/// <summary>A picture of a benchmark.</summary>
public sealed record BenchmarkEntry
{
    /// <summary>The side in pixels for which the masks are written.</summary>
    public const int MaskSide = 512;

    private readonly IReadOnlyDictionary<string, int[]> runs;
    private readonly RunLengthCode code;

    internal BenchmarkEntry(IReadOnlyDictionary<string, int[]> runs, RunLengthCode code)
    {
        this.runs = runs;
        this.code = code;
    }

    /// <summary>Its key in the file.</summary>
    public required string Id { get; init; }

    /// <summary>The picture's path under the benchmark's folder; results have the same path under their folder.</summary>
    public required string ImagePath { get; init; }

    /// <summary>A caption of the picture after the edit.</summary>
    public required string Caption { get; init; }

    /// <summary>A caption of the picture before the edit; null if the benchmark has none.</summary>
    public string? SourceCaption { get; init; }

    /// <summary>The edit as an instruction; null if the benchmark has none.</summary>
    public string? Instruction { get; init; }

    /// <summary>The kind of edit; empty if the benchmark has none.</summary>
    public string EditType { get; init; } = string.Empty;

    /// <summary>The names of its masks.</summary>
    public IEnumerable<string> MaskKeys => runs.Keys;

    /// <summary>Draws a mask: white = edit, 512 x 512.</summary>
    /// <param name="key">Its name; null for the only one, or BrushBench's <c>inpainting_mask</c>.</param>
    /// <exception cref="EditException">No such mask exists (BadArgument), or its code is corrupt (BadMask).</exception>
    public Mask Mask(string? key = null)
    {
        string name = key ?? (runs.Count == 1 ? runs.Keys.First() : "inpainting_mask");
        if (!runs.TryGetValue(name, out int[]? found))
        {
            throw new EditException(
                EditFault.BadArgument, $"The picture '{Id}' has no mask '{name}'; it has {(runs.Count > 0 ? string.Join(", ", runs.Keys) : "none")}.", "Name one of them with -MaskKey.", name);
        }

        byte[] ones = code.Decode(found, MaskSide, MaskSide);
        return Imaging.Mask.FromValues(Array.ConvertAll(ones, one => one > 0), MaskSide, MaskSide);
    }
}
