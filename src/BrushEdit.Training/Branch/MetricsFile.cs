using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace BrushEdit.Training;

/// <summary>
/// A run's measurements, one JSON object per line: <c>step, loss, gradient_norm, learning_rate, skipped</c> for every step, and
/// at times <c>step, zero_convolution_weight</c> or <c>step, hole_psnr, kept_psnr, whole_psnr</c>. A run that continues from a checkpoint
/// first removes the lines of later steps.
/// </summary>
public sealed class MetricsFile : IDisposable
{
    private readonly StreamWriter writer;
    private readonly List<JsonObject> lines;

    private MetricsFile(string path, List<JsonObject> lines)
    {
        this.lines = lines;
        AtomicFile.Write(path, new WriteRule { Replace = true }, temporary => File.WriteAllLines(temporary, lines.Select(line => line.ToJsonString())));
        writer = new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read)) { AutoFlush = true };
    }

    /// <summary>Opens a run's file.</summary>
    /// <param name="path">The file, created if it is missing.</param>
    /// <param name="step">The step that the run continues from; later measurements are removed.</param>
    public static MetricsFile Open(string path, int step) => new(path, [.. Read(path).Where(line => StepOf(line) <= step)]);

    /// <summary>The lines of a run's file, except a last line that was cut off when the process was killed.</summary>
    /// <param name="path">The file; if it is missing, there are no lines.</param>
    public static IEnumerable<JsonObject> Read(string path)
    {
        if (!File.Exists(path))
        {
            yield break;
        }

        foreach (string line in File.ReadLines(path))
        {
            JsonObject? row = null;
            try
            {
                row = JsonNode.Parse(line) as JsonObject;
            }
            catch (JsonException)
            {
                // An unfinished write.
            }

            if (row is not null)
            {
                yield return row;
            }
        }
    }

    /// <summary>The values of a key, with their steps, in the order they were measured.</summary>
    /// <param name="key">The key.</param>
    public IReadOnlyList<(double Step, double Value)> Series(string key) => Series(lines, key);

    /// <summary>The values of a key in some lines.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="key">The key.</param>
    public static IReadOnlyList<(double Step, double Value)> Series(IEnumerable<JsonObject> lines, string key) =>
        [.. lines.Where(line => line[key] is not null).Select(line => ((double)StepOf(line), line[key]!.GetValue<double>()))];

    /// <summary>Adds a line.</summary>
    /// <param name="step">The step.</param>
    /// <param name="values">What was measured; a number that is not finite is left out, since JSON has none.</param>
    public void Add(int step, params (string Key, double Value)[] values)
    {
        JsonObject line = new() { ["step"] = step };
        foreach ((string key, double value) in values.Where(entry => double.IsFinite(entry.Value)))
        {
            line[key] = value;
        }

        lines.Add(line);
        writer.WriteLine(line.ToJsonString());
    }

    /// <inheritdoc/>
    public void Dispose() => writer.Dispose();

    private static int StepOf(JsonObject line) => int.Parse(line["step"]?.ToJsonString() ?? "0", CultureInfo.InvariantCulture);
}
