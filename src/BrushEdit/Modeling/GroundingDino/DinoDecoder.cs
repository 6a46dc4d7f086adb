using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>One decoder layer: queries attend to each other, to the words, and to the surroundings of their boxes in the picture.</summary>
internal sealed class DinoDecoderLayer : nn.Module
{
    private readonly double dropout;
    private readonly double activationDropout;

    private readonly DinoAttention self_attn;
    private readonly LayerNorm self_attn_layer_norm;
    private readonly DinoAttention encoder_attn_text;
    private readonly LayerNorm encoder_attn_text_layer_norm;
    private readonly DeformableAttention encoder_attn;
    private readonly LayerNorm encoder_attn_layer_norm;
    private readonly Linear fc1;
    private readonly Linear fc2;
    private readonly LayerNorm final_layer_norm;

    public DinoDecoderLayer(GroundingDinoConfig config, Device? device, ScalarType? dtype)
        : base(nameof(DinoDecoderLayer))
    {
        dropout = config.Dropout;
        activationDropout = config.ActivationDropout;
        self_attn = new DinoAttention(config, config.DecoderHeads, device, dtype);
        self_attn_layer_norm = Norm();
        encoder_attn_text = new DinoAttention(config, config.DecoderHeads, device, dtype);
        encoder_attn_text_layer_norm = Norm();
        encoder_attn = new DeformableAttention(config, config.DecoderHeads, config.DecoderPoints, device, dtype);
        encoder_attn_layer_norm = Norm();
        fc1 = nn.Linear(config.ModelDim, config.DecoderFfnDim, true, device, dtype);
        fc2 = nn.Linear(config.DecoderFfnDim, config.ModelDim, true, device, dtype);
        final_layer_norm = Norm();
        RegisterComponents();

        LayerNorm Norm() => nn.LayerNorm(config.ModelDim, config.LayerNormEps, device: device, dtype: dtype);
    }

    /// <summary>Queries and their positions (B, Q, C), boxes (B, Q, levels, 4), picture (B, S, C) and words (B, T, C) to queries.</summary>
    public Tensor Forward(Tensor queries, Tensor positions, Tensor boxes, Tensor vision, DinoLayout layout, Tensor text, Tensor? textMask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor placed = queries.Plus(positions);
        Tensor state = self_attn_layer_norm.call(queries.Plus(Drop(self_attn.Forward(placed, placed, queries, null))));
        state = encoder_attn_text_layer_norm.call(state.Plus(Drop(encoder_attn_text.Forward(state.Plus(positions), text, text, textMask))));
        state = encoder_attn_layer_norm.call(state.Plus(Drop(encoder_attn.Forward(state.Plus(positions), vision, layout, boxes))));
        Tensor inner = DinoTensors.Dropout(fc1.call(state).relu(), activationDropout, training);
        return final_layer_norm.call(state.Plus(Drop(fc2.call(inner)))).MoveToOuterDisposeScope();
    }

    /// <summary>The published starting values.</summary>
    public void Initialize() => encoder_attn.Initialize();

    private Tensor Drop(Tensor values) => DinoTensors.Dropout(values, dropout, training);
}

/// <summary>The cross-modality decoder: each layer updates the queries and refines their boxes.</summary>
internal sealed class DinoDecoder : nn.Module
{
    /// <summary>The base of the wavelengths of a query's position.</summary>
    public const double QueryTemperature = 10000;

    private readonly LayerNorm layer_norm;
    private readonly ModuleList<DinoDecoderLayer> layers;
    private readonly DinoMlp reference_points_head;

    public DinoDecoder(GroundingDinoConfig config, Device? device, ScalarType? dtype)
        : base(nameof(DinoDecoder))
    {
        layer_norm = nn.LayerNorm(config.ModelDim, config.LayerNormEps, device: device, dtype: dtype);
        layers = new ModuleList<DinoDecoderLayer>([.. Enumerable.Range(0, config.DecoderLayers).Select(_ => new DinoDecoderLayer(config, device, dtype))]);
        reference_points_head = new DinoMlp(2L * config.ModelDim, config.ModelDim, config.ModelDim, 2, device, dtype);
        RegisterComponents();
    }

    /// <summary>
    /// For each layer its queries, normalised, (B, Q, C), and its boxes (B, Q, 4) as centre and size, 0 to 1. A layer's boxes carry gradients to its
    /// own head only: the next layer starts from them as constants (Deformable DETR, appendix A.4).
    /// </summary>
    public (List<Tensor> States, List<Tensor> Boxes) Forward(
        Tensor queries, Tensor boxes, Tensor vision, DinoLayout layout, Tensor text, Tensor? textMask, Func<int, DinoMlp> boxHead)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        List<Tensor> states = [];
        List<Tensor> refined = [];
        Tensor ratios = torch.cat([layout.ValidRatios, layout.ValidRatios], -1).unsqueeze(1); // (B or 1, 1, levels, 4)
        Tensor state = queries;
        Tensor reference = boxes;
        for (int i = 0; i < layers.Count; i++)
        {
            Tensor onLevels = reference.unsqueeze(2) * ratios;
            Tensor positions = reference_points_head.call(Positions(onLevels.select(2, 0), layout.QueryWaves).to(queries.dtype));
            state = layers[i].Forward(state, positions, onLevels, vision, layout, text, textMask);
            Tensor normed = layer_norm.call(state);
            Tensor start = DinoTensors.InverseSigmoid(reference);
            refined.Add(boxHead(i).call(normed).to(ScalarType.Float32).Plus(start).sigmoid().MoveToOuterDisposeScope());
            states.Add(normed.MoveToOuterDisposeScope());
            if (i + 1 < layers.Count)
            {
                // The step to the next layer is taken from the state before its normalisation, as the weights were trained.
                using IDisposable noGradients = torch.no_grad();
                reference = boxHead(i).call(state).to(ScalarType.Float32).Plus(start).sigmoid();
            }
        }

        return (states, refined);
    }

    /// <summary>The published starting values.</summary>
    public void Initialize()
    {
        foreach (DinoDecoderLayer layer in layers)
        {
            layer.Initialize();
        }
    }

    /// <summary>Waves of a box's centre y, centre x, width and height, in this order: (B, Q, 4) to (B, Q, 2 C).</summary>
    private static Tensor Positions(Tensor boxes, Tensor lengths)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor waves = DinoTensors.Waves(boxes.Times(2 * Math.PI), lengths); // (B, Q, 4, C / 2)
        return torch.cat([waves.select(2, 1), waves.select(2, 0), waves.select(2, 2), waves.select(2, 3)], -1).MoveToOuterDisposeScope();
    }
}
