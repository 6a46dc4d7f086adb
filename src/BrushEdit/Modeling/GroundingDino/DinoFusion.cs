using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace BrushEdit.Modeling;

/// <summary>Attention in both directions over one set of affinities: pictures read words, words read pictures (GLIP, section 3.2).</summary>
internal sealed class BiAttention : nn.Module
{
    private readonly int heads;
    private readonly double dropout;

    private readonly Linear vision_proj;
    private readonly Linear text_proj;
    private readonly Linear values_vision_proj;
    private readonly Linear values_text_proj;
    private readonly Linear out_vision_proj;
    private readonly Linear out_text_proj;

    public BiAttention(GroundingDinoConfig config, Device? device, ScalarType? dtype)
        : base(nameof(BiAttention))
    {
        (long dim, long inner) = (config.ModelDim, config.EncoderFfnDim / 2);
        heads = config.EncoderHeads / 2;
        dropout = config.FusionDropout;
        vision_proj = nn.Linear(dim, inner, true, device, dtype);
        text_proj = nn.Linear(dim, inner, true, device, dtype);
        values_vision_proj = nn.Linear(dim, inner, true, device, dtype);
        values_text_proj = nn.Linear(dim, inner, true, device, dtype);
        out_vision_proj = nn.Linear(inner, dim, true, device, dtype);
        out_text_proj = nn.Linear(inner, dim, true, device, dtype);
        RegisterComponents();
    }

    /// <summary>The message that each side receives from the other: (B, S, C) and (B, T, C).</summary>
    /// <param name="vision">(B, S, C)</param>
    /// <param name="text">(B, T, C)</param>
    /// <param name="visionMask">(B, 1, 1, S), true for picture, false for padding; null if all is picture.</param>
    /// <param name="textMask">(B, 1, 1, T), true for tokens; null if all are.</param>
    public (Tensor Vision, Tensor Text) Forward(Tensor vision, Tensor text, Tensor? visionMask, Tensor? textMask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        double drop = training ? dropout : 0;
        Tensor visionKeys = DinoTensors.SplitHeads(vision_proj.call(vision), heads);
        Tensor textKeys = DinoTensors.SplitHeads(text_proj.call(text), heads);
        Tensor toText = Read(textKeys, visionKeys, values_vision_proj.call(vision), visionMask, drop);
        Tensor toVision = Read(visionKeys, textKeys, values_text_proj.call(text), textMask, drop);
        return (out_vision_proj.call(toVision).MoveToOuterDisposeScope(), out_text_proj.call(toText).MoveToOuterDisposeScope());
    }

    /// <summary>The published starting values.</summary>
    public void Initialize()
    {
        foreach (Linear layer in new[] { vision_proj, text_proj, values_vision_proj, values_text_proj, out_vision_proj, out_text_proj })
        {
            DinoStart.Xavier(layer);
        }
    }

    private Tensor Read(Tensor queries, Tensor keys, Tensor values, Tensor? mask, double drop)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return DinoTensors.JoinHeads(F.scaled_dot_product_attention(queries, keys, DinoTensors.SplitHeads(values, heads), mask, drop)).MoveToOuterDisposeScope();
    }
}

/// <summary>The fusion step of an enhancer layer: each side, normalised, receives the other's message, scaled per channel.</summary>
internal sealed class DinoFusionLayer : nn.Module
{
    private readonly double dropPath;

    private readonly LayerNorm layer_norm_vision;
    private readonly LayerNorm layer_norm_text;
    private readonly BiAttention attn;
    private readonly Parameter vision_param;
    private readonly Parameter text_param;

    public DinoFusionLayer(GroundingDinoConfig config, Device? device, ScalarType? dtype)
        : base(nameof(DinoFusionLayer))
    {
        dropPath = config.FusionDropPath;
        layer_norm_vision = nn.LayerNorm(config.ModelDim, config.LayerNormEps, device: device, dtype: dtype);
        layer_norm_text = nn.LayerNorm(config.ModelDim, config.LayerNormEps, device: device, dtype: dtype);
        attn = new BiAttention(config, device, dtype);
        vision_param = new Parameter(torch.full([config.ModelDim], Scalars.Of(1e-4), dtype: dtype, device: device));
        text_param = new Parameter(torch.full([config.ModelDim], Scalars.Of(1e-4), dtype: dtype, device: device));
        RegisterComponents();
    }

    /// <summary>(B, S, C) and (B, T, C) to the same; masks as in <see cref="BiAttention.Forward"/>.</summary>
    public (Tensor Vision, Tensor Text) Forward(Tensor vision, Tensor text, Tensor? visionMask, Tensor? textMask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor normedVision = layer_norm_vision.call(vision);
        Tensor normedText = layer_norm_text.call(text);
        (Tensor toVision, Tensor toText) = attn.Forward(normedVision, normedText, visionMask, textMask);
        return (
            normedVision.Plus(DinoTensors.DropPath(vision_param * toVision, dropPath, training)).MoveToOuterDisposeScope(),
            normedText.Plus(DinoTensors.DropPath(text_param * toText, dropPath, training)).MoveToOuterDisposeScope());
    }

    /// <summary>The published starting values: fusion initially has almost no effect.</summary>
    public void Initialize()
    {
        using IDisposable noGradients = torch.no_grad();
        vision_param.fill_(Scalars.Of(1e-4));
        text_param.fill_(Scalars.Of(1e-4));
        attn.Initialize();
    }
}
