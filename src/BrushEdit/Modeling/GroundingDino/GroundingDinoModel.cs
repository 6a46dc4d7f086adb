using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>Holds the picture backbone under the key <c>backbone.conv_encoder.model</c>.</summary>
internal sealed class DinoBackbone : nn.Module
{
    private readonly DinoConvEncoder conv_encoder;

    public DinoBackbone(SwinConfig config, Device? device, ScalarType? dtype)
        : base(nameof(DinoBackbone))
    {
        conv_encoder = new DinoConvEncoder(config, device, dtype);
        RegisterComponents();
    }

    /// <summary>(B, 3, H, W) to feature maps, largest first.</summary>
    public Tensor[] Forward(Tensor pixels) => conv_encoder.Forward(pixels);
}

/// <summary>The middle part of that key.</summary>
internal sealed class DinoConvEncoder : nn.Module
{
    private readonly SwinBackbone model;

    public DinoConvEncoder(SwinConfig config, Device? device, ScalarType? dtype)
        : base(nameof(DinoConvEncoder))
    {
        model = new SwinBackbone(config, device, dtype);
        RegisterComponents();
    }

    /// <summary>(B, 3, H, W) to feature maps, largest first.</summary>
    public Tensor[] Forward(Tensor pixels) => model.Forward(pixels);
}

/// <summary>All of Grounding DINO except for the box heads, under the key <c>model</c>.</summary>
internal sealed class GroundingDinoModel : nn.Module
{
    private readonly GroundingDinoConfig config;
    private readonly SizeCache<(string Shapes, string Device)> layouts = new(2);

    private readonly DinoBackbone backbone;
    private readonly ModuleList<Sequential> input_proj_vision;
    private readonly BertTextEncoder text_backbone;
    private readonly Linear text_projection;
    private readonly Embedding query_position_embeddings;
    private readonly DinoEncoder encoder;
    private readonly DinoDecoder decoder;
    private readonly Parameter level_embed;
    private readonly Linear enc_output;
    private readonly LayerNorm enc_output_norm;
    private readonly DinoMlp encoder_output_bbox_embed;

    public GroundingDinoModel(GroundingDinoConfig config, Device? device, ScalarType? dtype)
        : base(nameof(GroundingDinoModel))
    {
        this.config = config;
        long dim = config.ModelDim;
        backbone = new DinoBackbone(config.Backbone, device, dtype);
        input_proj_vision = new ModuleList<Sequential>([.. Enumerable.Range(0, config.FeatureLevels).Select(level => InputProjection(config, level, device, dtype))]);
        text_backbone = new BertTextEncoder(config.Text, device, dtype);
        text_projection = nn.Linear(config.Text.HiddenSize, dim, true, device, dtype);
        query_position_embeddings = nn.Embedding(config.Queries, dim, device: device, dtype: dtype);
        encoder = new DinoEncoder(config, device, dtype);
        decoder = new DinoDecoder(config, device, dtype);
        level_embed = new Parameter(torch.zeros(config.FeatureLevels, dim, dtype: dtype, device: device));
        enc_output = nn.Linear(dim, dim, true, device, dtype);
        enc_output_norm = nn.LayerNorm(dim, config.LayerNormEps, device: device, dtype: dtype);
        encoder_output_bbox_embed = new DinoMlp(dim, dim, 4, 3, device, dtype);
        RegisterComponents();
    }

    /// <summary>The type of the weights.</summary>
    public ScalarType Type => level_embed.dtype;

    /// <summary>The device of the weights.</summary>
    public Device Device => level_embed.device;

    /// <summary>Encodes the words only: token ids (B, T) and masks to features.</summary>
    public Tensor EncodeText(Tensor ids, Tensor places, Tensor types, Tensor selfMask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return text_projection.call(text_backbone.Forward(ids, places, types, selfMask)).MoveToOuterDisposeScope();
    }

    /// <summary>Pictures and words to queries, boxes and everything a loss needs. The tensors belong to the caller's scope.</summary>
    public DinoModelOutput Forward(Tensor pixels, Tensor? pixelMask, DinoText words, Func<int, DinoMlp> boxHead)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        long batch = pixels.shape[0];
        (Tensor vision, DinoLayout layout) = Flatten(pixels, pixelMask);
        Tensor levels = torch.cat([.. layout.Shapes.Select((shape, level) => level_embed[level].unsqueeze(0).expand(shape.Height * shape.Width, -1))]);
        Tensor positions = layout.Positions.to(Type).Plus(levels);

        DinoTextMasks masks = new(
            words.SelfMask.unsqueeze(1),
            words.IsPadded ? words.TokenMask.unsqueeze(1).unsqueeze(1) : null,
            words.Positions);
        Tensor features = words.Batch == batch ? words.Features : words.Features.expand(batch, -1, -1);
        (Tensor memory, Tensor text) = encoder.Forward(vision, positions, layout, features, masks);

        // Language-guided query selection: the tokens that match a word best propose the first boxes.
        Tensor objects = enc_output_norm.call(enc_output.call(memory.masked_fill(layout.Unusable, Scalars.Of(0))));
        Tensor classes = GroundingDinoNetwork.Contrast(objects, text, words);
        Tensor coordinates = encoder_output_bbox_embed.call(objects).to(ScalarType.Float32).Plus(layout.Proposals);
        int count = (int)Math.Min(config.Queries, classes.shape[1]);
        Tensor chosen = classes.detach().amax([-1]).topk(count, 1).indexes;
        Tensor proposed = coordinates.gather(1, chosen.unsqueeze(-1).expand(-1, -1, 4)).sigmoid();
        Tensor start = proposed.detach();

        Tensor queries = query_position_embeddings.weight!.narrow(0, 0, count).unsqueeze(0).expand(batch, -1, -1);
        (List<Tensor> states, List<Tensor> boxes) = decoder.Forward(queries, start, memory, layout, text, masks.Cross, boxHead);
        return new DinoModelOutput(
            [.. states.Select(state => state.MoveToOuterDisposeScope())],
            [.. boxes.Select(box => box.MoveToOuterDisposeScope())],
            memory.MoveToOuterDisposeScope(),
            text.MoveToOuterDisposeScope(),
            classes.MoveToOuterDisposeScope(),
            coordinates.MoveToOuterDisposeScope(),
            chosen.MoveToOuterDisposeScope(),
            classes.gather(1, chosen.unsqueeze(-1).expand(-1, -1, classes.shape[2])).MoveToOuterDisposeScope(),
            proposed.MoveToOuterDisposeScope(),
            start.MoveToOuterDisposeScope());
    }

    /// <summary>
    /// The starting values of the original implementation: Xavier-uniform layers between the backbones and the heads, small normal noise in
    /// the backbones (which it takes pretrained), unit normal queries and levels.
    /// </summary>
    public void Initialize()
    {
        using (torch.no_grad())
        {
            DinoStart.Layers(this, DinoStart.Xavier);
            DinoStart.Layers(backbone, DinoStart.Noise);
            DinoStart.Layers(text_backbone, DinoStart.Noise);
            nn.init.normal_(query_position_embeddings.weight!);
            nn.init.normal_(level_embed);
        }

        encoder.Initialize();
        decoder.Initialize();
        encoder_output_bbox_embed.InitializeToZero();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            layouts.Dispose();
        }

        base.Dispose(disposing);
    }

    private static Sequential InputProjection(GroundingDinoConfig config, int level, Device? device, ScalarType? dtype)
    {
        IReadOnlyList<int> stages = config.Backbone.OutputStages;
        long dim = config.ModelDim;
        Conv2d convolution = level < stages.Count
            ? nn.Conv2d(config.Backbone.StageChannels(stages[level]), dim, 1, device: device, dtype: dtype)
            : nn.Conv2d(level == stages.Count ? config.Backbone.StageChannels(stages[^1]) : dim, dim, 3, 2, 1, device: device, dtype: dtype);
        GroupNorm norm = nn.GroupNorm(GroundingDinoConfig.ProjectionGroups, dim, device: device, dtype: dtype);
        if (device?.type != DeviceType.META)
        {
            using IDisposable noGradients = torch.no_grad();
            norm.weight!.fill_(Scalars.One);
            norm.bias!.zero_();
        }

        return nn.Sequential(convolution, norm);
    }

    /// <summary>The backbone's maps, and smaller ones made from the last, as one sequence of tokens (B, S, C).</summary>
    private (Tensor Vision, DinoLayout Layout) Flatten(Tensor pixels, Tensor? pixelMask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor[] features = backbone.Forward(pixels);
        List<Tensor> maps = [];
        for (int level = 0; level < config.FeatureLevels; level++)
        {
            Tensor source = level < features.Length ? features[level] : level == features.Length ? features[^1] : maps[^1];
            maps.Add(input_proj_vision[level].call(source));
        }

        List<(long Height, long Width)> shapes = [.. maps.Select(map => (map.shape[2], map.shape[3]))];
        Tensor vision = torch.cat([.. maps.Select(map => map.flatten(2))], 2).transpose(1, 2).contiguous().MoveToOuterDisposeScope();
        if (pixelMask is null)
        {
            return (vision, DinoLayout.Whole(config, shapes, pixels.device, layouts));
        }

        DinoLayout layout = DinoLayout.Padded(config, shapes, pixelMask);
        layout.MoveToOuterScope();
        return (vision, layout);
    }
}

/// <summary>The output of <see cref="GroundingDinoModel"/>; see <see cref="DinoOutput"/>.</summary>
internal sealed record DinoModelOutput(
    IReadOnlyList<Tensor> States,
    IReadOnlyList<Tensor> Boxes,
    Tensor Vision,
    Tensor Text,
    Tensor EncoderClasses,
    Tensor EncoderCoordinates,
    Tensor Chosen,
    Tensor ProposalLogits,
    Tensor ProposalBoxes,
    Tensor InitialBoxes);
