using System.Text.Json;

namespace BrushEdit.Benchmarking;

/// <summary>The supported public benchmarks.</summary>
public enum BenchmarkKind
{
    /// <summary>BrushBench, and EditBench as BrushNet's authors republish it: <c>image</c>, <c>caption</c> and masks.</summary>
    BrushBench,

    /// <summary>PIE-Bench: <c>image_path</c>, two prompts, an instruction, a kind of edit and a mask.</summary>
    PieBench,
}

/// <summary>A benchmark's <c>mapping_file.json</c>, with the pictures beside it. Callers open the pictures.</summary>
public sealed class Benchmark
{
    // The published files have some ten megabytes.
    private const long LargestFile = 1L << 30;

    private Benchmark(BenchmarkKind kind, string folder, IReadOnlyList<BenchmarkEntry> entries)
    {
        Kind = kind;
        Folder = folder;
        Entries = entries;
    }

    /// <summary>The benchmark whose layout it has.</summary>
    public BenchmarkKind Kind { get; }

    /// <summary>The base folder of the pictures' paths.</summary>
    public string Folder { get; }

    /// <summary>The pictures, in the file's order.</summary>
    public IReadOnlyList<BenchmarkEntry> Entries { get; }

    /// <summary>The names under which the entries have masks.</summary>
    public IReadOnlyList<string> MaskKeys => [.. Entries.SelectMany(entry => entry.MaskKeys).Distinct(StringComparer.Ordinal)];

    /// <summary>Reads the file; its kind is determined by its keys.</summary>
    /// <param name="path">The file.</param>
    /// <param name="imageFolder">The folder that the paths of pictures begin in; null for the file's own, and PIE-Bench's <c>annotation_images</c> in it.</param>
    /// <exception cref="EditException">It is missing (NotFound), is not a mapping file, or an entry is broken; names the entry (BadArgument).</exception>
    public static Benchmark Open(string path, string? imageFolder = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
        {
            throw new EditException(EditFault.NotFound, $"There is no file '{path}'.", "Give the mapping_file.json of a benchmark.", path);
        }

        try
        {
            using JsonDocument json = StrictJson.Read(path, LargestFile);
            return Read(json.RootElement, path, imageFolder);
        }
        catch (Exception fault) when (fault is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new EditException(EditFault.BadArgument, $"'{path}' cannot be read as a benchmark's mapping file: {fault.Message}", "Copy it again.", path, fault);
        }
    }

    private static Benchmark Read(JsonElement root, string path, string? imageFolder)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.EnumerateObject().Any())
        {
            throw new EditException(EditFault.BadArgument, $"'{path}' lists no pictures.", "Give the mapping_file.json of BrushBench, EditBench or PIE-Bench.", path);
        }

        BenchmarkKind kind = root.EnumerateObject().First().Value is { ValueKind: JsonValueKind.Object } first && first.TryGetProperty("image_path", out _)
            ? BenchmarkKind.PieBench
            : BenchmarkKind.BrushBench;
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string pictures = Path.Combine(folder, "annotation_images");
        folder = imageFolder is not null ? Path.GetFullPath(imageFolder) : kind == BenchmarkKind.PieBench && Directory.Exists(pictures) ? pictures : folder;
        BenchmarkEntryReader reader = new(kind, path);
        return new Benchmark(kind, folder, [.. root.EnumerateObject().Select(entry => reader.Read(entry.Name, entry.Value))]);
    }
}
