using BrushEdit.Loading;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>Checks a network's output for NaN and infinity, and reports which network failed, where, and which weights are at fault.</summary>
internal static class Finite
{
    /// <summary>Requires that every number of an output is finite. The weights are searched only if one is not.</summary>
    /// <param name="answer">The output.</param>
    /// <param name="network">What the network is called.</param>
    /// <param name="when">The point at which it ran, such as <c>at step 3 of 50</c>.</param>
    /// <param name="module">The network.</param>
    /// <exception cref="NotFiniteException">A number is NaN or infinite.</exception>
    public static void Require(Tensor answer, string network, string when, nn.Module module)
    {
        if (!AllFinite(answer))
        {
            throw Fault(answer, network, when, module);
        }
    }

    /// <summary>Whether every number is finite.</summary>
    /// <param name="tensor">Of any floating-point type, on any device.</param>
    public static bool AllFinite(Tensor tensor)
    {
        using DisposeScope scope = NewDisposeScope();
        return tensor.isfinite().all().item<bool>();
    }

    /// <summary>The error for an output that is not finite.</summary>
    /// <param name="answer">The output.</param>
    /// <param name="network">What the network is called.</param>
    /// <param name="when">The point at which it ran.</param>
    /// <param name="module">The network.</param>
    public static NotFiniteException Fault(Tensor answer, string network, string when, nn.Module module)
    {
        using DisposeScope scope = NewDisposeScope();
        string kind = answer.isnan().any().item<bool>() ? "NaN" : "infinity";
        string[] broken = [.. module.state_dict().Where(entry => entry.Value.is_floating_point() && !AllFinite(entry.Value)).Select(entry => QuantizedWeight.StoredName(entry.Key))];
        ScalarType type = module.parameters().First().dtype;
        string file = ModuleLoader.SourceOf(module) is { } source ? $"the weights file '{source}' holds" : "its weights hold";
        return broken.Length > 0
            ? new NotFiniteException(
                false,
                $"The {network} produced {kind} {when}; {file} NaN or infinity in '{broken[0]}'{(broken.Length > 1 ? $" and {broken.Length - 1} more" : string.Empty)}.",
                "Copy or download it again.",
                ModuleLoader.SourceOf(module) ?? broken[0])
            : new NotFiniteException(
                true,
                $"The {network} produced {kind} {when}, although its weights are finite.",
                type == ScalarType.Float32 ? "Use another sampler or less guidance, or check that base model and BrushNet belong together." : "Half precision overflows in some models: give -Precision single.",
                network);
    }
}

/// <summary>A network returned NaN or infinity.</summary>
/// <param name="weightsAreSound">Whether its weights are all finite; if so, an intermediate result overflowed.</param>
/// <param name="message">What is wrong.</param>
/// <param name="remedy">What to do about it.</param>
/// <param name="target">The tensor or the network at fault.</param>
internal sealed class NotFiniteException(bool weightsAreSound, string message, string remedy, object target) : EditException(EditFault.BadModel, message, remedy, target)
{
    /// <summary>Whether the network's weights are all finite.</summary>
    public bool WeightsAreSound => weightsAreSound;
}
