using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>Multi-scale deformable attention with its projections.</summary>
internal sealed class DeformableAttention : nn.Module
{
    private readonly int heads;
    private readonly int levels;
    private readonly int points;

    private readonly Linear sampling_offsets;
    private readonly Linear attention_weights;
    private readonly Linear value_proj;
    private readonly Linear output_proj;

    public DeformableAttention(GroundingDinoConfig config, int heads, int points, Device? device, ScalarType? dtype)
        : base(nameof(DeformableAttention))
    {
        this.heads = heads;
        this.points = points;
        levels = config.FeatureLevels;
        long dim = config.ModelDim;
        long samples = (long)heads * levels * points;
        sampling_offsets = nn.Linear(dim, samples * 2, true, device, dtype);
        attention_weights = nn.Linear(dim, samples, true, device, dtype);
        value_proj = nn.Linear(dim, dim, true, device, dtype);
        output_proj = nn.Linear(dim, dim, true, device, dtype);
        RegisterComponents();
    }

    /// <summary>Reads the picture around the reference points.</summary>
    /// <param name="queries">(B, Q, C), positions already added.</param>
    /// <param name="picture">(B, S, C)</param>
    /// <param name="layout">The levels of <paramref name="picture"/>.</param>
    /// <param name="references">
    /// (B, Q, levels, 2) points, around which offsets are counted in feature pixels; or (B, Q, levels, 4) boxes as centre and size, around whose
    /// centre offsets are counted as fractions of the box. Single precision, 0 to 1 over the padded picture.
    /// </param>
    /// <returns>(B, Q, C)</returns>
    public Tensor Forward(Tensor queries, Tensor picture, DinoLayout layout, Tensor references)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (long batch, long count) = (queries.shape[0], queries.shape[1]);
        Tensor value = value_proj.call(picture);
        if (layout.Padding is { } padding)
        {
            value = value.masked_fill(padding.unsqueeze(-1), Scalars.Of(0));
        }

        value = value.view(batch, picture.shape[1], heads, -1);
        Tensor offsets = sampling_offsets.call(queries).to(ScalarType.Float32).view(batch, count, heads, levels, points, 2);
        Tensor weights = attention_weights.call(queries).view(batch, count, heads, levels * points).softmax(-1)
            .view(batch, count, heads, levels, points);

        Tensor centre = references.narrow(-1, 0, 2).unsqueeze(2).unsqueeze(4);
        Tensor locations = references.shape[^1] == 2
            ? centre.Plus(offsets / layout.Sizes.view(1, 1, 1, levels, 1, 2))
            : centre.Plus(offsets * references.narrow(-1, 2, 2).unsqueeze(2).unsqueeze(4).Times(0.5 / points));
        return output_proj.call(DeformableSampling.Sample(value, layout.Shapes, locations, weights, layout.Sampling)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The published starting values: each head looks in a different direction, with its points one, two, three ... steps out, all with equal
    /// weights.
    /// </summary>
    public void Initialize()
    {
        using IDisposable noGradients = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        float[] steps = new float[heads * levels * points * 2];
        int at = 0;
        for (int head = 0; head < heads; head++)
        {
            double angle = 2 * Math.PI * head / heads;
            double reach = Math.Max(Math.Abs(Math.Cos(angle)), Math.Abs(Math.Sin(angle)));
            for (int level = 0; level < levels; level++)
            {
                for (int point = 1; point <= points; point++)
                {
                    steps[at++] = (float)(Math.Cos(angle) / reach * point);
                    steps[at++] = (float)(Math.Sin(angle) / reach * point);
                }
            }
        }

        sampling_offsets.weight.zero_();
        sampling_offsets.bias!.copy_(torch.tensor(steps));
        attention_weights.weight.zero_();
        attention_weights.bias!.zero_();
        DinoStart.Xavier(value_proj);
        DinoStart.Xavier(output_proj);
    }
}
