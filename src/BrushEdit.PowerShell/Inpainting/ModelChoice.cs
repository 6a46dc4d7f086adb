using System.Globalization;
using BrushEdit.Adapting;
using BrushEdit.Batching;
using BrushEdit.Caching;
using BrushEdit.Generating;
using BrushEdit.Inpainting;
using BrushEdit.Installing;
using BrushEdit.Loading;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary>The engine and the models a user has chosen, or the default ones.</summary>
/// <param name="Base">A name or a full path.</param>
/// <param name="BrushNet">A name or a full path; null for the one that the base, a bundle, contains.</param>
/// <param name="Vae">A name or a full path; null for the base's own.</param>
internal sealed record ModelChoice(string Base, string? BrushNet, string? Vae = null)
{
    /// <summary>The engine.</summary>
    public EngineKind Engine { get; init; } = EngineKind.BrushNet;

    /// <summary>The server that replaces local models; null for none.</summary>
    public ImageServerSettings? Server { get; init; }

    /// <summary>The ControlNet: a name or a full path; null for the one that the base, a bundle, contains.</summary>
    public string? ControlNet { get; init; }

    /// <summary>LoRAs: names or full paths, with their weights.</summary>
    public IReadOnlyList<LoraChoice> Loras { get; init; } = [];

    /// <summary>Embeddings: names or full paths.</summary>
    public IReadOnlyList<string> Embeddings { get; init; } = [];

    /// <summary>Whether U-Net, branch and text encoders store their weights in 8 bits.</summary>
    public bool EightBitWeights { get; init; }

    /// <summary>The environment variable with the base model that is used if none is given.</summary>
    public const string BaseVariable = "BRUSHEDIT_MODEL";

    /// <summary>The environment variable with the BrushNet that goes with <see cref="BaseVariable"/>.</summary>
    public const string BrushNetVariable = "BRUSHEDIT_BRUSHNET";

    /// <summary>The environment variable with the VAE that goes with <see cref="BaseVariable"/>.</summary>
    public const string VaeVariable = "BRUSHEDIT_VAE";

    private const string Shipped = "toybox";

    /// <summary>Uses the arguments, else the environment variables, else the bundle that ships with the module.</summary>
    /// <param name="model">The base as typed; null if it was not given.</param>
    /// <param name="brushNet">The BrushNet as typed; null if it was not given.</param>
    /// <param name="vae">The VAE as typed; null if it was not given.</param>
    /// <param name="paths">For paths relative to the current location.</param>
    /// <param name="engine">The engine.</param>
    /// <param name="controlNet">The ControlNet as typed; null if it was not given.</param>
    public static ModelChoice Of(string? model, string? brushNet, string? vae, PathResolver paths, EngineKind engine = EngineKind.BrushNet, string? controlNet = null)
    {
        if (model is null && Variable(BaseVariable) is { } usual)
        {
            model = usual;
            brushNet ??= EngineTraits.Of(engine).TakesBrushNet ? Variable(BrushNetVariable) : null;
            vae ??= Variable(VaeVariable);
        }

        string? Placed(string? typed) => typed is null ? null : Place(typed, paths);
        return new ModelChoice(Place(model ?? Shipped, paths), Placed(brushNet), Placed(vae)) { Engine = engine, ControlNet = Placed(controlNet) };
    }

    /// <summary>Finds the models and checks that they fit each other; reads configurations only.</summary>
    /// <param name="device">Chooses the device; not called if a server fills.</param>
    /// <param name="pool">Keeps the loaded models.</param>
    public IEditEngine Open(Func<ComputeDevice> device, ModelPool pool) => Server is { } server ? new ServerEngine(server) : EngineCatalog.Open(
        Engine,
        new EngineModels(Base) { BrushNet = BrushNet, ControlNet = ControlNet, Vae = Vae, Loras = Loras, Embeddings = Embeddings },
        ModelCatalog.CreateDefault(PublishedModels.Remedy),
        device() with { EightBitWeights = EightBitWeights },
        pool);

    /// <summary>
    /// Identifies the additions to the base model by their files' content, not by path or file name. An
    /// embedding's name counts as well, which may be the word it stands for.
    /// </summary>
    /// <returns>Names and values for a digest.</returns>
    /// <exception cref="EditException">A file is missing, cannot be read, or is of another kind.</exception>
    public IEnumerable<KeyValuePair<string, string?>> AddedContents()
    {
        if (Server is not null)
        {
            return [];
        }

        ModelCatalog catalog = ModelCatalog.CreateDefault(PublishedModels.Remedy);
        string Hash(string name, ModelKind kind) => BatchInput.Of(InpaintAdditions.WeightsOf(catalog, name, kind), ".").Hash;
        IEnumerable<string> loras = InpaintAdditions.All(catalog.Locate(Base), Loras).Select(lora => string.Create(CultureInfo.InvariantCulture, $"{Hash(lora.Name, ModelKind.Lora)}:{lora.Weight}"));
        IEnumerable<string> embeddings = Embeddings.Select(name => $"{Hash(name, ModelKind.Embedding)}:{System.IO.Path.GetFileName(name)}");
        return [Listed("LoraContents", loras), Listed("EmbeddingContents", embeddings)];
    }

    /// <summary>
    /// A name in a models folder stays a name. Anything else that exists relative to the current location is a path: the catalog knows
    /// only the process's own working folder.
    /// </summary>
    /// <param name="typed">What the user typed.</param>
    /// <param name="paths">For paths relative to the current location.</param>
    public static string Place(string typed, PathResolver paths)
    {
        bool spelled = System.IO.Path.IsPathRooted(typed) || typed.StartsWith('.') || typed.StartsWith('~');
        if (!spelled && ModelCatalog.DefaultRoots().Any(root => Exists(System.IO.Path.Combine(root, typed))))
        {
            return typed;
        }

        string full = paths.Output(typed);
        return spelled || Exists(full) ? full : typed;
    }

    private static KeyValuePair<string, string?> Listed(string name, IEnumerable<string> values) =>
        new(name, string.Join('\n', values) is { Length: > 0 } text ? text : null);

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static bool Exists(string path) => Directory.Exists(path) || File.Exists(path);
}
