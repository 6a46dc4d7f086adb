using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// Replaces the U-Net's attention; prompt-to-prompt and object removal rely on it. Without one, the layers run unchanged, in one fused kernel.
/// </summary>
internal interface IAttentionControl
{
    /// <summary>Computes the attention output, or leaves it to the layer.</summary>
    /// <param name="site">The layer's site.</param>
    /// <param name="queries">(B, heads, N, d).</param>
    /// <param name="keys">(B, heads, L, d).</param>
    /// <param name="values">(B, heads, L, d).</param>
    /// <returns>(B, heads, N, d) in the caller's dispose scope; null if the layer is to run unchanged.</returns>
    Tensor? Attend(AttentionSite site, Tensor queries, Tensor keys, Tensor values);
}

/// <summary>The location of an attention layer.</summary>
/// <param name="Place">The part of the U-Net.</param>
/// <param name="IsCross">Whether it attends to the text; otherwise to the picture's own positions.</param>
/// <param name="Height">Rows of the feature map, whose positions are the queries, row by row.</param>
/// <param name="Width">Columns of the feature map.</param>
internal readonly record struct AttentionSite(AttentionPlace Place, bool IsCross, int Height, int Width);

/// <summary>The parts of a U-Net.</summary>
internal enum AttentionPlace
{
    /// <summary>The encoder.</summary>
    Down,

    /// <summary>The middle block.</summary>
    Mid,

    /// <summary>The decoder.</summary>
    Up,
}

/// <summary>Inputs that steer a pass through the U-Net in addition to the text and BrushNet.</summary>
/// <param name="Control">A ControlNet's outputs, whose batch divides the sample's; null for none.</param>
/// <param name="Attention">Replaces the layers' attention; null for none.</param>
/// <param name="Deep">Keeps the output of the inner blocks; null for none.</param>
internal sealed record UNetSteering(ControlNetResiduals? Control = null, IAttentionControl? Attention = null, DeepFeatures? Deep = null);
