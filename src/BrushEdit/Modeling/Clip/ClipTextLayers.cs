using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>Token and position tables. Ids (B, L) to states (B, L, C).</summary>
internal sealed class ClipTextEmbeddings : nn.Module<Tensor, Tensor>
{
    private readonly Embedding token_embedding;
    private readonly Embedding position_embedding;

    public ClipTextEmbeddings(ClipTextConfig config, Device? device, ScalarType? dtype)
        : base(nameof(ClipTextEmbeddings))
    {
        token_embedding = nn.Embedding(config.VocabSize, config.HiddenSize, device: device, dtype: dtype);
        position_embedding = nn.Embedding(config.MaxPositionEmbeddings, config.HiddenSize, device: device, dtype: dtype);
        RegisterComponents();
    }

    public override Tensor forward(Tensor ids) => forward(ids, null);

    /// <summary>Maps ids to states; an id below 0 stands for one of the given vectors.</summary>
    /// <param name="ids">(B, L).</param>
    /// <param name="vectors">(N, C): id -1 is the first; null if no id is below 0.</param>
    public Tensor forward(Tensor ids, Tensor? vectors)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor places = arange(Scalars.Of(ids.shape[1]), ScalarType.Int64, ids.device);
        return Tokens(ids, vectors).Plus(position_embedding.forward(places)).MoveToOuterDisposeScope();
    }

    private Tensor Tokens(Tensor ids, Tensor? vectors)
    {
        if (vectors is null)
        {
            return token_embedding.forward(ids);
        }

        Tensor known = token_embedding.forward(ids.clamp(Scalars.Of(0)));
        Tensor own = vectors.to(known.dtype, known.device).index_select(0, ids.negative().add(Scalars.Of(-1L), Scalars.One).clamp(Scalars.Of(0)).flatten());
        return where(ids.lt(Scalars.Of(0)).unsqueeze(-1), own.view(known.shape), known);
    }
}

/// <summary>Self-attention; if it is causal, as for a text, a token attends to itself and the tokens before it. (B, L, C) to the same.</summary>
internal sealed class ClipTextAttention : nn.Module<Tensor, Tensor>
{
    private readonly Linear q_proj;
    private readonly Linear k_proj;
    private readonly Linear v_proj;
    private readonly Linear out_proj;
    private readonly int heads;
    private readonly bool causal;

    public ClipTextAttention(ClipTextConfig config, Device? device, ScalarType? dtype, bool causal = true)
        : base(nameof(ClipTextAttention))
    {
        this.causal = causal;
        heads = config.NumAttentionHeads;
        q_proj = nn.Linear(config.HiddenSize, config.HiddenSize, device: device, dtype: dtype);
        k_proj = nn.Linear(config.HiddenSize, config.HiddenSize, device: device, dtype: dtype);
        v_proj = nn.Linear(config.HiddenSize, config.HiddenSize, device: device, dtype: dtype);
        out_proj = nn.Linear(config.HiddenSize, config.HiddenSize, device: device, dtype: dtype);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor mixed = nn.functional.scaled_dot_product_attention(
            Split(q_proj.Run(x)), Split(k_proj.Run(x)), Split(v_proj.Run(x)), is_casual: causal);
        return out_proj.Run(mixed.transpose(1, 2).flatten(2)).MoveToOuterDisposeScope();
    }

    // (B, L, C) to (B, heads, L, C / heads)
    private Tensor Split(Tensor x) => x.unflatten(2, heads, x.shape[2] / heads).transpose(1, 2);
}

/// <summary>The perceptron of a layer. (B, L, C) to the same.</summary>
internal sealed class ClipTextMlp : nn.Module<Tensor, Tensor>
{
    private readonly Linear fc1;
    private readonly Linear fc2;
    private readonly bool quick;

    public ClipTextMlp(ClipTextConfig config, Device? device, ScalarType? dtype)
        : base(nameof(ClipTextMlp))
    {
        quick = config.HiddenAct == "quick_gelu";
        fc1 = nn.Linear(config.HiddenSize, config.IntermediateSize, device: device, dtype: dtype);
        fc2 = nn.Linear(config.IntermediateSize, config.HiddenSize, device: device, dtype: dtype);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor h = fc1.Run(x);
        Tensor active = quick ? h * h.Times(1.702).sigmoid() : nn.functional.gelu(h);
        return fc2.Run(active).MoveToOuterDisposeScope();
    }
}

/// <summary>One layer: attention, then the perceptron, each preceded by a norm and added to its input. (B, L, C) to the same.</summary>
internal sealed class ClipTextLayer : nn.Module<Tensor, Tensor>
{
    private readonly LayerNorm layer_norm1;
    private readonly ClipTextAttention self_attn;
    private readonly LayerNorm layer_norm2;
    private readonly ClipTextMlp mlp;

    public ClipTextLayer(ClipTextConfig config, Device? device, ScalarType? dtype, bool causal = true)
        : base(nameof(ClipTextLayer))
    {
        layer_norm1 = nn.LayerNorm(config.HiddenSize, config.LayerNormEps, device: device, dtype: dtype);
        self_attn = new ClipTextAttention(config, device, dtype, causal);
        layer_norm2 = nn.LayerNorm(config.HiddenSize, config.LayerNormEps, device: device, dtype: dtype);
        mlp = new ClipTextMlp(config, device, dtype);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor h = x.Plus(self_attn.forward(layer_norm1.forward(x)));
        return h.Plus(mlp.forward(layer_norm2.forward(h))).MoveToOuterDisposeScope();
    }
}

/// <summary>The sequence of layers. States (B, L, C) to the first layer's input and each layer's output.</summary>
internal sealed class ClipTextEncoder : nn.Module<Tensor, IReadOnlyList<Tensor>>
{
    private readonly ModuleList<ClipTextLayer> layers = new();

    public ClipTextEncoder(ClipTextConfig config, Device? device, ScalarType? dtype, bool causal = true)
        : base(nameof(ClipTextEncoder))
    {
        for (int layer = 0; layer < config.NumHiddenLayers; layer++)
        {
            layers.Add(new ClipTextLayer(config, device, dtype, causal));
        }

        RegisterComponents();
    }

    public override IReadOnlyList<Tensor> forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();

        // An alias, so that the returned tensor is never the caller's own.
        List<Tensor> states = [x.alias()];
        foreach (ClipTextLayer layer in layers)
        {
            states.Add(layer.forward(states[^1]));
        }

        states.ForEach(state => state.MoveToOuterDisposeScope());
        return states;
    }
}

/// <summary>What the checkpoint calls <c>text_model</c>. Ids (B, L) to the states of <see cref="ClipTextEncoder"/>.</summary>
internal sealed class ClipTextTransformer : nn.Module<Tensor, IReadOnlyList<Tensor>>
{
    private readonly ClipTextEmbeddings embeddings;
    private readonly ClipTextEncoder encoder;
    private readonly LayerNorm final_layer_norm;

    public ClipTextTransformer(ClipTextConfig config, Device? device, ScalarType? dtype)
        : base(nameof(ClipTextTransformer))
    {
        embeddings = new ClipTextEmbeddings(config, device, dtype);
        encoder = new ClipTextEncoder(config, device, dtype);
        final_layer_norm = nn.LayerNorm(config.HiddenSize, config.LayerNormEps, device: device, dtype: dtype);
        RegisterComponents();
    }

    public override IReadOnlyList<Tensor> forward(Tensor ids) => forward(ids, null);

    public IReadOnlyList<Tensor> forward(Tensor ids, Tensor? vectors)
    {
        using Tensor embedded = embeddings.forward(ids, vectors);
        return encoder.forward(embedded);
    }

    /// <summary>The norm after the last layer.</summary>
    public Tensor Normalize(Tensor state) => final_layer_norm.forward(state);
}
