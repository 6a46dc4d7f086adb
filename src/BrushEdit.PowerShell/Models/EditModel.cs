using BrushEdit.Loading;

namespace BrushEdit.PowerShell;

/// <summary>A model as <c>Get-EditModel</c> shows it: one found on disk.</summary>
/// <param name="Name">The name that refers to it: its path below a models folder.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Parameters">The number of values in its tensors.</param>
/// <param name="Size">Bytes of its weight files.</param>
/// <param name="Memory">Bytes its weights take in single precision, the default on a processor; for a language model those of its files.</param>
/// <param name="HalfMemory">Bytes its weights take in half precision, the default on a GPU, and in bfloat16.</param>
/// <param name="Path">Its folder or file.</param>
/// <param name="Family">The model family that it fits; none if it fits all, or if its files do not specify one.</param>
public sealed record EditModel(string Name, ModelKind Kind, long Parameters, long Size, long Memory, long HalfMemory, string Path, ModelFamily Family)
{
    private readonly Lazy<(string? Variant, string? Family)> branch = new(() => BranchFacts.Of(Kind, Path));

    /// <summary>For a BrushNet its variant, such as <c>Full</c> or <c>ControlNet, with attention</c>; null for other kinds. Read from its configuration when asked for.</summary>
    public string? Variant => branch.Value.Variant;

    /// <summary>For a BrushNet the family of base models that it fits; null for other kinds, and if it has no configuration.</summary>
    public string? BaseFamily => branch.Value.Family;

    // A language model stays quantised as it is in its file.
    internal static EditModel Of(ModelInfo model) => model.Kind == ModelKind.VisionLanguage
        ? new(model.Name, model.Kind, model.ParameterCount, model.SizeBytes, model.SizeBytes, model.SizeBytes, model.Path, model.Family)
        : new(model.Name, model.Kind, model.ParameterCount, model.SizeBytes, 4 * model.ParameterCount, 2 * model.ParameterCount, model.Path, model.Family);
}

/// <summary>A loaded network, or two that work together.</summary>
/// <param name="Name">The name of its model's folder or file.</param>
/// <param name="Part">Which part of the model it is.</param>
/// <param name="Device">Device and precision.</param>
/// <param name="Memory">Bytes its weights take there.</param>
/// <param name="Path">Its model's folder or file.</param>
/// <param name="Activations">
/// Peak bytes of its last use beyond the weights, sampled about every 10 ms; null before a use has ended, after one shorter than that, on a GPU, and if the system
/// does not report them.
/// </param>
public sealed record LoadedEditModel(string Name, string Part, string Device, long Memory, string Path, long? Activations);
