using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace BrushEdit.Modeling;

/// <summary>Word, position and type embeddings, summed and normalised.</summary>
internal sealed class BertEmbeddings : nn.Module
{
    private readonly double dropout;
    private readonly Embedding word_embeddings;
    private readonly Embedding position_embeddings;
    private readonly Embedding token_type_embeddings;
    private readonly LayerNorm LayerNorm;

    public BertEmbeddings(BertConfig config, Device? device, ScalarType? dtype)
        : base(nameof(BertEmbeddings))
    {
        dropout = config.Dropout;
        word_embeddings = nn.Embedding(config.VocabularySize, config.HiddenSize, device: device, dtype: dtype);
        position_embeddings = nn.Embedding(config.MaxPositions, config.HiddenSize, device: device, dtype: dtype);
        token_type_embeddings = nn.Embedding(config.TokenTypes, config.HiddenSize, device: device, dtype: dtype);
        LayerNorm = nn.LayerNorm(config.HiddenSize, config.LayerNormEps, device: device, dtype: dtype);
        RegisterComponents();
    }

    /// <summary>Three times (B, T) whole numbers to (B, T, C).</summary>
    public Tensor Forward(Tensor ids, Tensor positions, Tensor types)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor sum = word_embeddings.call(ids).Plus(token_type_embeddings.call(types)).Plus(position_embeddings.call(positions));
        return DinoTensors.Dropout(LayerNorm.call(sum), dropout, training).MoveToOuterDisposeScope();
    }
}

/// <summary>Query, key and value of a layer, and the attention itself.</summary>
internal sealed class BertSelfAttention : nn.Module
{
    private readonly BertConfig config;
    private readonly Linear query;
    private readonly Linear key;
    private readonly Linear value;

    public BertSelfAttention(BertConfig config, Device? device, ScalarType? dtype)
        : base(nameof(BertSelfAttention))
    {
        this.config = config;
        query = nn.Linear(config.HiddenSize, config.HiddenSize, true, device, dtype);
        key = nn.Linear(config.HiddenSize, config.HiddenSize, true, device, dtype);
        value = nn.Linear(config.HiddenSize, config.HiddenSize, true, device, dtype);
        RegisterComponents();
    }

    /// <summary>(B, T, C) with a mask (B, 1, T, T), true if a token may attend, to (B, T, C).</summary>
    public Tensor Forward(Tensor tokens, Tensor mask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor mixed = F.scaled_dot_product_attention(
            DinoTensors.SplitHeads(query.call(tokens), config.Heads),
            DinoTensors.SplitHeads(key.call(tokens), config.Heads),
            DinoTensors.SplitHeads(value.call(tokens), config.Heads),
            mask,
            training ? config.AttentionDropout : 0);
        return DinoTensors.JoinHeads(mixed).MoveToOuterDisposeScope();
    }
}

/// <summary>A projection, added to the residual and normalised.</summary>
internal sealed class BertOutput : nn.Module
{
    private readonly double dropout;
    private readonly Linear dense;
    private readonly LayerNorm LayerNorm;

    public BertOutput(BertConfig config, int inputs, Device? device, ScalarType? dtype)
        : base(nameof(BertOutput))
    {
        dropout = config.Dropout;
        dense = nn.Linear(inputs, config.HiddenSize, true, device, dtype);
        LayerNorm = nn.LayerNorm(config.HiddenSize, config.LayerNormEps, device: device, dtype: dtype);
        RegisterComponents();
    }

    /// <summary>(B, T, inputs) and the residual (B, T, C) to (B, T, C).</summary>
    public Tensor Forward(Tensor branch, Tensor residual)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return LayerNorm.call(DinoTensors.Dropout(dense.call(branch), dropout, training).Plus(residual)).MoveToOuterDisposeScope();
    }
}

/// <summary>Self-attention and its output, under the key <c>attention</c>.</summary>
internal sealed class BertAttention : nn.Module
{
    private readonly BertSelfAttention self;
    private readonly BertOutput output;

    public BertAttention(BertConfig config, Device? device, ScalarType? dtype)
        : base(nameof(BertAttention))
    {
        self = new BertSelfAttention(config, device, dtype);
        output = new BertOutput(config, config.HiddenSize, device, dtype);
        RegisterComponents();
    }

    /// <summary>(B, T, C) to the same.</summary>
    public Tensor Forward(Tensor tokens, Tensor mask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return output.Forward(self.Forward(tokens, mask), tokens).MoveToOuterDisposeScope();
    }
}

/// <summary>One layer: attention, then a feed-forward part.</summary>
internal sealed class BertLayer : nn.Module
{
    private readonly BertAttention attention;
    private readonly SwinDense intermediate;
    private readonly BertOutput output;

    public BertLayer(BertConfig config, Device? device, ScalarType? dtype)
        : base(nameof(BertLayer))
    {
        attention = new BertAttention(config, device, dtype);
        intermediate = new SwinDense(config.HiddenSize, config.IntermediateSize, device, dtype);
        output = new BertOutput(config, config.IntermediateSize, device, dtype);
        RegisterComponents();
    }

    /// <summary>(B, T, C) to the same.</summary>
    public Tensor Forward(Tensor tokens, Tensor mask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor attended = attention.Forward(tokens, mask);
        return output.Forward(F.gelu(intermediate.call(attended)), attended).MoveToOuterDisposeScope();
    }
}

/// <summary>The layers in sequence, under the key <c>encoder</c>.</summary>
internal sealed class BertEncoder : nn.Module
{
    private readonly ModuleList<BertLayer> layer;

    public BertEncoder(BertConfig config, Device? device, ScalarType? dtype)
        : base(nameof(BertEncoder))
    {
        layer = new ModuleList<BertLayer>([.. Enumerable.Range(0, config.Layers).Select(_ => new BertLayer(config, device, dtype))]);
        RegisterComponents();
    }

    /// <summary>(B, T, C) to the same.</summary>
    public Tensor Forward(Tensor tokens, Tensor mask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        foreach (BertLayer each in layer)
        {
            tokens = each.Forward(tokens, mask);
        }

        return tokens.MoveToOuterDisposeScope();
    }
}

/// <summary>BERT without its pooler (Devlin et al., arXiv 1810.04805), with masks and positions supplied by the caller.</summary>
internal sealed class BertTextEncoder : nn.Module
{
    private readonly BertEmbeddings embeddings;
    private readonly BertEncoder encoder;

    public BertTextEncoder(BertConfig config, Device? device, ScalarType? dtype)
        : base(nameof(BertTextEncoder))
    {
        embeddings = new BertEmbeddings(config, device, dtype);
        encoder = new BertEncoder(config, device, dtype);
        RegisterComponents();
    }

    /// <summary>Token ids, positions and types (B, T) and a mask (B, T, T), true if a token may attend, to (B, T, C).</summary>
    public Tensor Forward(Tensor ids, Tensor positions, Tensor types, Tensor mask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return encoder.Forward(embeddings.Forward(ids, positions, types), mask.unsqueeze(1)).MoveToOuterDisposeScope();
    }
}
