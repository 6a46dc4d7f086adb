using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// Self-attention over a square of patches whose scores include a term for the vertical and one for the horizontal distance between two patches, each
/// the product of the query with a learned vector (decomposed relative positions, Li et al., "MViTv2", arXiv 2112.01526, eq. 4).
/// </summary>
public sealed class SamVisionAttention : nn.Module<Tensor, Tensor>
{
    /// <summary>
    /// The most elements of position scores in memory at a time; a larger square is processed in bands of query rows. Measured for 12 heads over 64 x
    /// 64 patches on two cores: 370 ms and 0.1 GB in bands of 5 rows, 520 ms and 0.8 GB at once, 840 ms with the scores written out, 290 ms without
    /// positions.
    /// </summary>
    private const long BandElements = 1L << 24;

    /// <summary>
    /// The same on a GPU, where kernel launches matter rather than caches: the 16 heads of the largest model over 64 x 64 patches take 2^28 elements,
    /// half a gigabyte in half precision, in one launch. If memory is insufficient, bands are used.
    /// </summary>
    private const long GpuElements = 1L << 29;

    private readonly Linear qkv;
    private readonly Linear proj;
    private readonly Parameter? rel_pos_h;
    private readonly Parameter? rel_pos_w;
    private readonly int heads;
    private readonly int side;

    /// <summary>Builds the layer.</summary>
    /// <param name="config">The encoder's configuration.</param>
    /// <param name="side">Side of the square that is attended over, patches: a window's or the whole embedding's.</param>
    /// <param name="device">The device of its tensors.</param>
    /// <param name="dtype">Their type.</param>
    public SamVisionAttention(SamVisionConfig config, int side, Device? device = null, ScalarType? dtype = null)
        : base(nameof(SamVisionAttention))
    {
        this.side = side;
        heads = config.NumAttentionHeads;
        int headWidth = config.HiddenSize / heads;
        qkv = nn.Linear(config.HiddenSize, 3 * config.HiddenSize, hasBias: config.QkvBias, device: device, dtype: dtype);
        proj = nn.Linear(config.HiddenSize, config.HiddenSize, device: device, dtype: dtype);
        if (config.UseRelPos)
        {
            rel_pos_h = nn.Parameter(zeros([(2 * side) - 1, headWidth], device: device, dtype: dtype));
            rel_pos_w = nn.Parameter(zeros([(2 * side) - 1, headWidth], device: device, dtype: dtype));
        }

        RegisterComponents();
    }

    /// <summary>Attends within each square.</summary>
    /// <param name="input">(B, side, side, C).</param>
    /// <returns>(B, side, side, C).</returns>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        long batch = input.shape[0];
        long tokens = side * side;

        // (3, B, heads, tokens, C / heads)
        Tensor[] parts = qkv.forward(input).view(batch, tokens, 3, heads, -1).permute(2, 0, 3, 1, 4).unbind(0);
        (Tensor query, Tensor key, Tensor value) = (parts[0], parts[1], parts[2]);
        Tensor attended = rel_pos_h is null || rel_pos_w is null
            ? nn.functional.scaled_dot_product_attention(query, key, value)
            : WithPositions(query, key, value, Distances(rel_pos_h), Distances(rel_pos_w));
        attended = attended.transpose(1, 2).reshape(batch, side, side, -1);
        return proj.forward(attended).MoveToOuterDisposeScope();
    }

    /// <summary>The learned vector for every pair of a query's and a key's row (or column): (side, side, C / heads).</summary>
    private Tensor Distances(Parameter table)
    {
        Tensor at = arange(Scalars.Of(side), device: table.device);
        return table[at.unsqueeze(1).Minus(at.unsqueeze(0)).Plus(side - 1)];
    }

    /// <summary>The most elements of position scores in memory at a time, in place of the device's default; null for the default.</summary>
    internal long? MostElements { get; set; }

    private Tensor WithPositions(Tensor query, Tensor key, Tensor value, Tensor rows, Tensor columns)
    {
        long most = MostElements ?? (query.device.type == DeviceType.CPU ? BandElements : GpuElements);
        try
        {
            return InBands(query, key, value, rows, columns, most);
        }
        catch (Exception fault) when (most > BandElements && DeviceMemory.IsExhausted(fault))
        {
            return InBands(query, key, value, rows, columns, BandElements);
        }
    }

    private Tensor InBands(Tensor query, Tensor key, Tensor value, Tensor rows, Tensor columns, long most)
    {
        long batch = query.shape[0];
        long width = query.shape[3];
        Tensor square = query.reshape(batch, heads, side, side, width);
        int band = (int)Math.Clamp(most / (batch * heads * (long)side * side * side), 1, side);
        List<Tensor> bands = [];
        for (int top = 0; top < side; top += band)
        {
            using DisposeScope scope = NewDisposeScope();
            int high = Math.Min(band, side - top);
            Tensor part = square.narrow(2, top, high); // (B, heads, high, side, C / heads)
            Tensor vertical = einsum("bnhwc,hkc->bnhwk", part, rows.narrow(0, top, high)).contiguous();
            Tensor horizontal = einsum("bnhwc,wkc->bnhwk", part, columns).contiguous();
            Tensor positions = vertical.unsqueeze(-1).Plus(horizontal.unsqueeze(-2)).view(batch, heads, high * side, side * side);
            bands.Add(nn.functional.scaled_dot_product_attention(part.reshape(batch, heads, high * side, width), key, value, positions)
                .MoveToOuterDisposeScope());
        }

        return bands.Count == 1 ? bands[0] : cat(bands, 2);
    }
}
