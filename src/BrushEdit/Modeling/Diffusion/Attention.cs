using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>Multi-head attention of the U-Net's transformers: over the picture's own positions, or over the text's.</summary>
internal sealed class Attention : nn.Module
{
    private readonly Linear to_q;
    private readonly Linear to_k;
    private readonly Linear to_v;
    private readonly ModuleList<Linear> to_out;
    private readonly int heads;

    public Attention(int channels, int contextChannels, int heads, Device? device, ScalarType? dtype)
        : base(nameof(Attention))
    {
        this.heads = heads;
        to_q = nn.Linear(channels, channels, hasBias: false, device: device, dtype: dtype);
        to_k = nn.Linear(contextChannels, channels, hasBias: false, device: device, dtype: dtype);
        to_v = nn.Linear(contextChannels, channels, hasBias: false, device: device, dtype: dtype);
        to_out = new ModuleList<Linear>(nn.Linear(channels, channels, device: device, dtype: dtype));
        RegisterComponents();
    }

    /// <summary>The keys and values of a context.</summary>
    /// <param name="context">(B, L, D).</param>
    /// <returns>Two views of shape (B, heads, L, C / heads); the caller's scope owns them.</returns>
    public (Tensor Keys, Tensor Values) KeysAndValues(Tensor context) =>
        (Split(to_k.Run(context)), Split(to_v.Run(context)));

    /// <summary>Attends to given keys and values.</summary>
    /// <param name="x">(B, N, C).</param>
    /// <param name="keys">(B, heads, L, C / heads), or with a batch of 1.</param>
    /// <param name="values">Of the same shape as the keys.</param>
    /// <param name="control">May replace this layer's attention; null for none.</param>
    /// <param name="site">Where the layer lies, for the control.</param>
    /// <returns>(B, N, C).</returns>
    public Tensor forward(Tensor x, Tensor keys, Tensor values, IAttentionControl? control = null, AttentionSite site = default)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor queries = Split(to_q.Run(x));
        long batch = x.shape[0];
        if (keys.shape[0] != batch)
        {
            // A view: one text for the whole batch. Any other mismatch is the caller's error, which expand reports.
            keys = keys.expand(batch, -1, -1, -1);
            values = values.expand(batch, -1, -1, -1);
        }

        Tensor mixed = control?.Attend(site, queries, keys, values)
            ?? nn.functional.scaled_dot_product_attention(queries, keys, values); // (B, heads, N, C / heads)
        return to_out[0].Run(mixed.transpose(1, 2).flatten(2)).MoveToOuterDisposeScope();
    }

    // (B, N, C) -> (B, heads, N, C / heads), a view.
    private Tensor Split(Tensor x) => x.unflatten(2, heads, -1).transpose(1, 2);
}
