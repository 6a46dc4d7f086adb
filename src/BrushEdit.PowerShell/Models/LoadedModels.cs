using System.Management.Automation;
using BrushEdit.Caching;
using BrushEdit.Loading;
using TorchSharp;

namespace BrushEdit.PowerShell;

/// <summary>The loaded models of the session's pool, as a user sees and names them.</summary>
internal static class LoadedModels
{
    /// <summary>The description of a loaded model. Its memory is counted by the headers of its files, and is 0 if these are gone.</summary>
    /// <param name="model">The pool's entry.</param>
    public static LoadedEditModel Describe(LoadedModel model)
    {
        string parts = string.Join(" + ", model.Sources.Select(source => source.Files.Kind is ModelKind.BrushNet or ModelKind.ControlNet ? source.Files.Kind.ToString().ToLowerInvariant() : Text(source.Part)));
        long bytes = model.Sources.Sum(source => Bytes(source.Files, source.Part, model.Device));
        return new LoadedEditModel(NameOf(model), parts.Length > 0 ? parts : model.Part, model.Device.ToString(), bytes, model.Path, model.Activations);
    }

    /// <summary>Whether a pattern matches a loaded model: the name of its folder or of the bundle around it, or its path.</summary>
    /// <param name="model">The pool's entry.</param>
    /// <param name="patterns">Names or paths, wildcards allowed; none means all.</param>
    public static bool Matches(LoadedModel model, IReadOnlyCollection<WildcardPattern> patterns)
    {
        if (patterns.Count == 0)
        {
            return true;
        }

        IEnumerable<string> names = model.Sources.Select(source => source.Files.Path).Append(model.Path)
            .SelectMany(path => new[] { path, Path.GetFileName(path), $"{Path.GetFileName(Path.GetDirectoryName(path))}/{Path.GetFileName(path)}" })
            .Concat(model.Sources.Select(source => BundleAround(source.Files.Path)).OfType<string>());
        return names.Any(name => patterns.Any(pattern => pattern.IsMatch(name)));
    }

    private static string? BundleAround(string path) =>
        Path.GetDirectoryName(path) is { } folder && File.Exists(Path.Combine(folder, ModelIndex.FileName)) ? Path.GetFileName(folder) : null;

    /// <summary>The patterns that a user typed.</summary>
    /// <param name="names">Names, wildcards allowed.</param>
    public static IReadOnlyList<WildcardPattern> Patterns(IEnumerable<string> names) =>
        [.. names.Select(name => WildcardPattern.Get(name, WildcardOptions.IgnoreCase))];

    // A model stays loaded after its files are deleted, and can still be freed.
    private static long Bytes(ModelFiles files, ModelPart part, ComputeDevice device)
    {
        int size = device.Type == torch.ScalarType.Float32 ? 4 : 2;
        try
        {
            using IWeightsFile weights = files.OpenWeights(part);
            return weights.Tensors.Values.Sum(tensor => device.EightBitWeights ? QuantizedWeight.Bytes(tensor, size) : tensor.Count * size);
        }
        catch (Exception fault) when (fault is EditException or IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static string NameOf(LoadedModel model) =>
        model.Sources is [(ModelFiles first, _), ..] ? first.Name : Path.GetFileName(model.Path);

    private static string Text(ModelPart part) => part switch
    {
        ModelPart.TextEncoder => "text_encoder",
        ModelPart.TextEncoder2 => "text_encoder_2",
        ModelPart.Network => "network",
        _ => part.ToString().ToLowerInvariant(),
    };
}
