using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>Self-attention of the words, inside their phrases.</summary>
internal sealed class DinoTextEnhancerLayer : nn.Module
{
    private readonly double dropout;

    private readonly DinoAttention self_attn;
    private readonly Linear fc1;
    private readonly Linear fc2;
    private readonly LayerNorm layer_norm_before;
    private readonly LayerNorm layer_norm_after;

    public DinoTextEnhancerLayer(GroundingDinoConfig config, Device? device, ScalarType? dtype)
        : base(nameof(DinoTextEnhancerLayer))
    {
        dropout = config.TextEnhancerDropout;
        long inner = config.EncoderFfnDim / 2;
        self_attn = new DinoAttention(config, config.EncoderHeads / 2, device, dtype);
        fc1 = nn.Linear(config.ModelDim, inner, true, device, dtype);
        fc2 = nn.Linear(inner, config.ModelDim, true, device, dtype);
        layer_norm_before = nn.LayerNorm(config.ModelDim, config.LayerNormEps, device: device, dtype: dtype);
        layer_norm_after = nn.LayerNorm(config.ModelDim, config.LayerNormEps, device: device, dtype: dtype);
        RegisterComponents();
    }

    /// <summary>(B, T, C), their positions (B, T, C) and a mask (B, 1, T, T) to (B, T, C).</summary>
    public Tensor Forward(Tensor text, Tensor positions, Tensor mask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor placed = text.Plus(positions);
        Tensor attended = self_attn.Forward(placed, placed, text, mask);
        Tensor before = layer_norm_before.call(text.Plus(DinoTensors.Dropout(attended, dropout, training)));
        Tensor inner = DinoTensors.Dropout(fc1.call(before).relu(), dropout, training);
        return layer_norm_after.call(before.Plus(DinoTensors.Dropout(fc2.call(inner), dropout, training))).MoveToOuterDisposeScope();
    }
}

/// <summary>Deformable self-attention of the picture over all its levels.</summary>
internal sealed class DinoDeformableLayer : nn.Module
{
    private readonly double dropout;
    private readonly double activationDropout;

    private readonly DeformableAttention self_attn;
    private readonly LayerNorm self_attn_layer_norm;
    private readonly Linear fc1;
    private readonly Linear fc2;
    private readonly LayerNorm final_layer_norm;

    public DinoDeformableLayer(GroundingDinoConfig config, Device? device, ScalarType? dtype)
        : base(nameof(DinoDeformableLayer))
    {
        dropout = config.Dropout;
        activationDropout = config.ActivationDropout;
        self_attn = new DeformableAttention(config, config.EncoderHeads, config.EncoderPoints, device, dtype);
        self_attn_layer_norm = nn.LayerNorm(config.ModelDim, config.LayerNormEps, device: device, dtype: dtype);
        fc1 = nn.Linear(config.ModelDim, config.EncoderFfnDim, true, device, dtype);
        fc2 = nn.Linear(config.EncoderFfnDim, config.ModelDim, true, device, dtype);
        final_layer_norm = nn.LayerNorm(config.ModelDim, config.LayerNormEps, device: device, dtype: dtype);
        RegisterComponents();
    }

    /// <summary>(B, S, C) and positions (B or 1, S, C) to (B, S, C).</summary>
    public Tensor Forward(Tensor vision, Tensor positions, DinoLayout layout)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor attended = self_attn.Forward(vision.Plus(positions), vision, layout, layout.References);
        Tensor middle = self_attn_layer_norm.call(vision.Plus(DinoTensors.Dropout(attended, dropout, training)));
        Tensor inner = DinoTensors.Dropout(fc1.call(middle).relu_(), activationDropout, training);
        return final_layer_norm.call(middle.Plus(DinoTensors.Dropout(fc2.call(inner), dropout, training))).MoveToOuterDisposeScope();
    }

    /// <summary>The published starting values.</summary>
    public void Initialize() => self_attn.Initialize();
}

/// <summary>One layer of the feature enhancer: fusion, then each side separately.</summary>
internal sealed class DinoEncoderLayer : nn.Module
{
    private readonly DinoTextEnhancerLayer text_enhancer_layer;
    private readonly DinoFusionLayer fusion_layer;
    private readonly DinoDeformableLayer deformable_layer;

    public DinoEncoderLayer(GroundingDinoConfig config, Device? device, ScalarType? dtype)
        : base(nameof(DinoEncoderLayer))
    {
        text_enhancer_layer = new DinoTextEnhancerLayer(config, device, dtype);
        fusion_layer = new DinoFusionLayer(config, device, dtype);
        deformable_layer = new DinoDeformableLayer(config, device, dtype);
        RegisterComponents();
    }

    /// <summary>(B, S, C) and (B, T, C) to the same.</summary>
    public (Tensor Vision, Tensor Text) Forward(Tensor vision, Tensor visionPositions, DinoLayout layout, Tensor text, DinoTextMasks masks)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor? visionMask = layout.Padding?.logical_not().unsqueeze(1).unsqueeze(1);
        (Tensor fusedVision, Tensor fusedText) = fusion_layer.Forward(vision, text, visionMask, masks.Cross);
        return (
            deformable_layer.Forward(fusedVision, visionPositions, layout).MoveToOuterDisposeScope(),
            text_enhancer_layer.Forward(fusedText, masks.Positions, masks.Self).MoveToOuterDisposeScope());
    }

    /// <summary>The published starting values.</summary>
    public void Initialize()
    {
        fusion_layer.Initialize();
        deformable_layer.Initialize();
    }
}

/// <summary>A text's masks and positions, for a batch of pictures.</summary>
/// <param name="Self">(B, 1, T, T), true inside a phrase.</param>
/// <param name="Cross">(B, 1, 1, T), true for tokens; null if all are.</param>
/// <param name="Positions">(B, T, C)</param>
internal sealed record DinoTextMasks(Tensor Self, Tensor? Cross, Tensor Positions);

/// <summary>The feature enhancer.</summary>
internal sealed class DinoEncoder : nn.Module
{
    private readonly ModuleList<DinoEncoderLayer> layers;

    public DinoEncoder(GroundingDinoConfig config, Device? device, ScalarType? dtype)
        : base(nameof(DinoEncoder))
    {
        layers = new ModuleList<DinoEncoderLayer>([.. Enumerable.Range(0, config.EncoderLayers).Select(_ => new DinoEncoderLayer(config, device, dtype))]);
        RegisterComponents();
    }

    /// <summary>(B, S, C) and (B, T, C) to the same.</summary>
    public (Tensor Vision, Tensor Text) Forward(Tensor vision, Tensor visionPositions, DinoLayout layout, Tensor text, DinoTextMasks masks)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        foreach (DinoEncoderLayer layer in layers)
        {
            (Tensor nextVision, Tensor nextText) = layer.Forward(vision, visionPositions, layout, text, masks);
            if (layer != layers[0])
            {
                vision.Dispose();
                text.Dispose();
            }

            (vision, text) = (nextVision, nextText);
        }

        return (vision.MoveToOuterDisposeScope(), text.MoveToOuterDisposeScope());
    }

    /// <summary>The published starting values.</summary>
    public void Initialize()
    {
        foreach (DinoEncoderLayer layer in layers)
        {
            layer.Initialize();
        }
    }
}
