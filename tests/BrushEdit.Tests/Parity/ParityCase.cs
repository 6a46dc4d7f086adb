using System.Text.Json;
using BrushEdit.Loading;
using TorchSharp;

namespace BrushEdit.Tests.Parity;

/// <summary>
/// One case of the reference numbers: a folder with <c>case.json</c>, <c>config.json</c>, <c>model.safetensors</c> and
/// <c>io.safetensors</c>. Taken from the folder that <c>BRUSHEDIT_FIXTURES</c> names, else from the project's copy.
/// </summary>
internal sealed class ParityCase : IDisposable
{
    private readonly SafetensorsFile? io;

    private ParityCase(string name)
    {
        Name = name;
        Folder = Path.Combine(ParityFolder, name);
        string path = Path.Combine(Folder, "io.safetensors");
        io = System.IO.File.Exists(path) ? SafetensorsFile.Open(path) : null;
    }

    /// <summary>Where the cases lie: the variable may name the folder of the cases or the one above it.</summary>
    public static string ParityFolder
    {
        get
        {
            string? given = Environment.GetEnvironmentVariable("BRUSHEDIT_FIXTURES");
            string root = string.IsNullOrEmpty(given) ? Fixtures.Root : given;
            string inner = Path.Combine(root, "parity");
            return Directory.Exists(inner) ? inner : root;
        }
    }

    public string Name { get; }

    public string Folder { get; }

    public string File(string name) => Path.Combine(Folder, name);

    public static ParityCase Open(string name) => new(name);

    /// <summary>The names of the cases that begin with a prefix, as rows of a theory; each becomes a named test.</summary>
    public static TheoryData<string> Named(params string[] prefixes) => Named(prefixes, _ => true);

    /// <summary>The names of the cases that begin with a prefix and are of a kind.</summary>
    public static TheoryData<string> Named(string prefix, Func<ParityCase, bool> where) => Named([prefix], where);

    private static TheoryData<string> Named(string[] prefixes, Func<ParityCase, bool> where)
    {
        TheoryData<string> rows = [];
        foreach (string folder in Directory.GetDirectories(ParityFolder).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal))
        {
            if (prefixes.Any(prefix => folder.StartsWith(prefix, StringComparison.Ordinal)))
            {
                using ParityCase one = Open(folder);
                if (where(one))
                {
                    rows.Add(folder);
                }
            }
        }

        return rows;
    }

    public JsonElement About => Json("case.json");

    public JsonElement Json(string file)
    {
        using JsonDocument document = JsonDocument.Parse(System.IO.File.ReadAllBytes(File(file)));
        return document.RootElement.Clone();
    }

    /// <summary>A case's configuration. Python writes an unbounded limit as a bare -Infinity, which is not JSON; absent means the same.</summary>
    public ConfigReader Config(string file = "config.json")
    {
        using JsonDocument document = JsonDocument.Parse(System.IO.File.ReadAllText(File(file)).Replace("-Infinity", "null", StringComparison.Ordinal));
        return new ConfigReader(document.RootElement, File(file));
    }

    public SafetensorsFile Weights(string file = "model.safetensors") => SafetensorsFile.Open(File(file));

    public bool Has(string tensor) => io!.Tensors.ContainsKey(tensor);

    public IEnumerable<string> TensorNames => io!.Tensors.Keys;

    public torch.Tensor Tensor(string name) => io!.Read(name);

    /// <summary>Fails unless the norm of the difference over the norm of the expected tensor is within the tolerance.</summary>
    public void AssertClose(string expectedName, torch.Tensor actual, double tolerance = 1e-4)
    {
        using torch.Tensor expected = Tensor(expectedName);
        Close.Assert($"{Name}/{expectedName}", expected, actual, tolerance);
    }

    public void Dispose() => io?.Dispose();
}

/// <summary>The measure that every parity case uses: the norm of the difference over the norm of the reference.</summary>
internal static class Close
{
    public static void Assert(string what, torch.Tensor expected, torch.Tensor actual, double tolerance)
    {
        Xunit.Assert.True(
            expected.shape.SequenceEqual(actual.shape),
            $"{what}: shape [{string.Join(", ", actual.shape)}], expected [{string.Join(", ", expected.shape)}]");
        using torch.Tensor a = expected.to(torch.ScalarType.Float64);
        using torch.Tensor b = actual.cpu().to(torch.ScalarType.Float64);
        double difference = (a - b).norm().item<double>();
        double norm = a.norm().item<double>();
        double relative = norm > 0 ? difference / norm : difference;
        Xunit.Assert.True(relative <= tolerance, $"{what}: relative difference {relative:g3}, allowed {tolerance:g3}");
    }
}

/// <summary>The project's own copy of the reference numbers.</summary>
internal static class Fixtures
{
    public static string Root { get; } = Find();

    public static string Manifest(string name) => Path.Combine(Root, "manifests", name + ".json.gz");

    private static string Find()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            string here = Path.Combine(folder, "tests", "fixtures");
            if (Directory.Exists(here))
            {
                return here;
            }
        }

        throw new DirectoryNotFoundException("tests/fixtures was not found above the test assembly.");
    }
}
