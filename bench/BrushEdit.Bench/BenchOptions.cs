using System.Globalization;
using BrushEdit.Caching;
using BrushEdit.Editing;
using BrushEdit.Generating;
using BrushEdit.Inpainting;
using BrushEdit.Loading;
using BrushEdit.Sampling;
using BrushEdit.Synthesizing;

namespace BrushEdit.Bench;

/// <summary>The options of a command: pairs of --name and value, each with a default; a switch has no value.</summary>
internal sealed class BenchOptions
{
    private readonly Dictionary<string, string> values;

    private BenchOptions(Dictionary<string, string> values) => this.values = values;

    /// <summary>The model's bundle, a name or a path.</summary>
    public string Model => this["model"];

    /// <summary>The device and precision.</summary>
    public ComputeDevice Device => ComputeDevice.Choose(this["device"], this["precision"]);

    /// <summary>The text given for an option, or its default.</summary>
    public string this[string name] => values[name];

    /// <summary>Reads the arguments after the command.</summary>
    /// <param name="args">All arguments.</param>
    /// <param name="defaults">The valid options with their defaults; of several for one name, the last counts; "false" makes a switch.</param>
    /// <returns>Null if an argument is not an option or lacks its value.</returns>
    public static BenchOptions? Parse(string[] args, params (string Name, string Value)[] defaults)
    {
        Dictionary<string, string> values = new(StringComparer.Ordinal);
        foreach ((string name, string value) in defaults)
        {
            values[name] = value;
        }

        HashSet<string> switches = [.. defaults.Where(option => option.Value == "false").Select(option => option.Name)];
        for (int i = 1; i < args.Length; i++)
        {
            string name = args[i].StartsWith("--", StringComparison.Ordinal) ? args[i][2..] : string.Empty;
            if (!values.ContainsKey(name) || (!switches.Contains(name) && i + 1 == args.Length))
            {
                return null;
            }

            values[name] = switches.Contains(name) ? "true" : args[++i];
        }

        return new BenchOptions(values);
    }

    /// <summary>A whole number of at least 1.</summary>
    public int Count(string name) => int.TryParse(this[name], CultureInfo.InvariantCulture, out int count) && count > 0
        ? count
        : throw Wrong(name, "a whole number of at least 1");

    /// <summary>A number.</summary>
    public double Number(string name) => double.TryParse(this[name], CultureInfo.InvariantCulture, out double number)
        ? number
        : throw Wrong(name, "a number");

    /// <summary>Whether a switch was given.</summary>
    public bool Has(string name) => this[name] == "true";

    /// <summary>The kinds of edits that --forms lists.</summary>
    public SceneEditForm[] Forms() => [.. this["forms"].Split(',').Select(name =>
        Enum.TryParse(name, ignoreCase: true, out SceneEditForm form) ? form : throw Wrong("forms", string.Join(",", Enum.GetNames<SceneEditForm>())))];

    /// <summary>Opens the bundle on the requested device.</summary>
    /// <param name="pool">Keeps the networks.</param>
    public InpaintModel Open(ModelPool pool) =>
        InpaintModel.Open(ModelCatalog.CreateDefault(), Model, null, Device, pool);

    /// <summary>Opens the requested engine on the bundle.</summary>
    /// <param name="pool">Keeps the networks.</param>
    public IEditEngine OpenEngine(ModelPool pool) => EngineCatalog.Open(
        Enum.TryParse(this["engine"], ignoreCase: true, out EngineKind kind) ? kind : throw Wrong("engine", string.Join(", ", Enum.GetNames<EngineKind>())),
        new EngineModels(Model),
        ModelCatalog.CreateDefault(),
        Device,
        pool);

    /// <summary>Steps, guidance, sampler and conditioning scale as given, the rest by default.</summary>
    public InpaintSettings Settings() => new()
    {
        Steps = Count("steps"),
        GuidanceScale = this["guidance"] == "model" ? null : Number("guidance"),
        ConditioningScale = Number("conditioning"),
        ContextMargin = this["margin"] == "default" ? new InpaintSettings().ContextMargin : Number("margin"),
        Sampler = SamplerFactory.NameOf(SamplerFactory.Parse(this["sampler"])),
        NegativePrompt = this["negative"],
    };

    /// <summary>The error for an option's value.</summary>
    public EditException Wrong(string name, string wanted) =>
        new(EditFault.BadArgument, $"--{name} is '{this[name]}'.", $"Give {wanted}.", this[name]);
}
