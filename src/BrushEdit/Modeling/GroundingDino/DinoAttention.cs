using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace BrushEdit.Modeling;

/// <summary>Plain multi-head attention with separate query, key and value projections.</summary>
internal sealed class DinoAttention : nn.Module
{
    private readonly int heads;
    private readonly double dropout;

    private readonly Linear query;
    private readonly Linear key;
    private readonly Linear value;
    private readonly Linear out_proj;

    public DinoAttention(GroundingDinoConfig config, int heads, Device? device, ScalarType? dtype)
        : base(nameof(DinoAttention))
    {
        this.heads = heads;
        dropout = config.AttentionDropout;
        query = nn.Linear(config.ModelDim, config.ModelDim, true, device, dtype);
        key = nn.Linear(config.ModelDim, config.ModelDim, true, device, dtype);
        value = nn.Linear(config.ModelDim, config.ModelDim, true, device, dtype);
        out_proj = nn.Linear(config.ModelDim, config.ModelDim, true, device, dtype);
        RegisterComponents();
    }

    /// <summary>(B, Q, C), (B, K, C), (B, K, C) and a mask, true if a query may attend, that expands to (B, heads, Q, K), to (B, Q, C).</summary>
    public Tensor Forward(Tensor queries, Tensor keys, Tensor values, Tensor? mask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor mixed = F.scaled_dot_product_attention(
            DinoTensors.SplitHeads(query.call(queries), heads),
            DinoTensors.SplitHeads(key.call(keys), heads),
            DinoTensors.SplitHeads(value.call(values), heads),
            mask,
            training ? dropout : 0);
        return out_proj.call(DinoTensors.JoinHeads(mixed)).MoveToOuterDisposeScope();
    }
}

/// <summary>Linear layers with rectifiers between them: the box heads, and the positions of the decoder's queries.</summary>
internal sealed class DinoMlp : nn.Module<Tensor, Tensor>
{
    private readonly ModuleList<Linear> layers;

    public DinoMlp(long inputs, long inner, long outputs, int count, Device? device, ScalarType? dtype)
        : base(nameof(DinoMlp))
    {
        layers = new ModuleList<Linear>(
            [.. Enumerable.Range(0, count).Select(i => nn.Linear(i == 0 ? inputs : inner, i == count - 1 ? outputs : inner, true, device, dtype))]);
        RegisterComponents();
    }

    /// <summary>(..., inputs) to (..., outputs).</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor values = layers[0].call(input);
        for (int i = 1; i < layers.Count; i++)
        {
            values = layers[i].call(values.relu());
        }

        return values.MoveToOuterDisposeScope();
    }

    /// <summary>Initialises the output to zero, so that a box starts at its reference.</summary>
    public void InitializeToZero()
    {
        using IDisposable noGradients = torch.no_grad();
        layers[^1].weight.zero_();
        layers[^1].bias!.zero_();
    }
}
