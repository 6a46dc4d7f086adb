using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// Attends in place of the U-Net's attentions: what prompt-to-prompt and the removal of things hang on. Where there is none, the
/// layers run as ever, in one fused kernel.
/// </summary>
internal interface IAttentionControl
{
    /// <summary>Mixes the values, or leaves it to the layer.</summary>
    /// <param name="site">Where the layer lies.</param>
    /// <param name="queries">(B, heads, N, d).</param>
    /// <param name="keys">(B, heads, L, d).</param>
    /// <param name="values">(B, heads, L, d).</param>
    /// <returns>(B, heads, N, d) in the caller's dispose scope; null if the layer is to run as it would.</returns>
    Tensor? Attend(AttentionSite site, Tensor queries, Tensor keys, Tensor values);
}

/// <summary>Where an attention lies.</summary>
/// <param name="Place">The part of the U-Net.</param>
/// <param name="IsCross">Whether it looks at the text; else at the picture's own positions.</param>
/// <param name="Height">Rows of the feature map, whose positions are the queries, row by row.</param>
/// <param name="Width">Columns of the feature map.</param>
internal readonly record struct AttentionSite(AttentionPlace Place, bool IsCross, int Height, int Width);

/// <summary>The parts of a U-Net.</summary>
internal enum AttentionPlace
{
    /// <summary>On the way down.</summary>
    Down,

    /// <summary>In the middle.</summary>
    Mid,

    /// <summary>On the way up.</summary>
    Up,
}

/// <summary>What steers a pass through the U-Net beside text and BrushNet.</summary>
/// <param name="Control">A ControlNet's outputs, whose batch divides the sample's; null for none.</param>
/// <param name="Attention">Replaces the layers' attention; null for none.</param>
/// <param name="Deep">Keeps what the inner blocks give; null for none.</param>
internal sealed record UNetSteering(ControlNetResiduals? Control = null, IAttentionControl? Attention = null, DeepFeatures? Deep = null);
