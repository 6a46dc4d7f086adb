using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace BrushEdit.Modeling;

/// <summary>
/// Everything that depends only on the picture's size and padding: how its tokens are arranged on the levels, where each is, and which are padding.
/// </summary>
internal sealed class DinoLayout
{
    private DinoLayout(IReadOnlyList<(long Height, long Width)> shapes, Tensor[] tensors, bool padded)
    {
        Shapes = shapes;
        Sizes = tensors[0];
        Positions = tensors[1];
        References = tensors[2];
        ValidRatios = tensors[3];
        Proposals = tensors[4];
        Unusable = tensors[5];
        Padding = padded ? tensors[6] : null;
        QueryWaves = tensors[7];
        Sampling = new SamplingTables(tensors[8], tensors[9], tensors[10], tensors[11]);
    }

    /// <summary>Height and width of each level, in tokens.</summary>
    public IReadOnlyList<(long Height, long Width)> Shapes { get; }

    /// <summary>(levels, 2): width and height of each level.</summary>
    public Tensor Sizes { get; }

    /// <summary>(B or 1, S, C): the sine positions of all tokens.</summary>
    public Tensor Positions { get; }

    /// <summary>(B or 1, S, levels, 2): each token's own position on every level.</summary>
    public Tensor References { get; }

    /// <summary>(B or 1, levels, 2): the share of each level's width and height that is picture, not padding.</summary>
    public Tensor ValidRatios { get; }

    /// <summary>(B or 1, S, 4): the logits of the box a token proposes before training; infinite if it may not propose one.</summary>
    public Tensor Proposals { get; }

    /// <summary>(B or 1, S, 1): true if a token is padding or too near the edge to propose a box.</summary>
    public Tensor Unusable { get; }

    /// <summary>(B, S): true if a token is padding; null if nothing is.</summary>
    public Tensor? Padding { get; }

    /// <summary>(C / 4): the wavelengths of the queries' positions.</summary>
    public Tensor QueryWaves { get; }

    /// <summary>The sampling tables of the levels' sizes.</summary>
    public SamplingTables Sampling { get; }

    /// <summary>Lays out a picture without padding; the cache owns the tensors.</summary>
    public static DinoLayout Whole(
        GroundingDinoConfig config,
        IReadOnlyList<(long Height, long Width)> shapes,
        Device device,
        SizeCache<(string Shapes, string Device)> cache) =>
        new(shapes, cache.Get((string.Join(' ', shapes), device.ToString()), () => Build(config, shapes, null, device)), false);

    /// <summary>Lays out pictures with padding.</summary>
    /// <param name="config">The network's shape.</param>
    /// <param name="shapes">The levels.</param>
    /// <param name="pixelMask">(B, H, W), 1 for picture, 0 for padding.</param>
    public static DinoLayout Padded(GroundingDinoConfig config, IReadOnlyList<(long Height, long Width)> shapes, Tensor pixelMask) =>
        new(shapes, Build(config, shapes, pixelMask, pixelMask.device), true);

    /// <summary>Moves the tensors of <see cref="Padded"/> to the enclosing scope.</summary>
    public void MoveToOuterScope()
    {
        foreach (Tensor? tensor in new[] { Sizes, Positions, References, ValidRatios, Proposals, Unusable, Padding, QueryWaves, Sampling.Size, Sampling.Stride, Sampling.Start, Sampling.Hop })
        {
            tensor?.MoveToOuterDisposeScope();
        }
    }

    private static Tensor[] Build(
        GroundingDinoConfig config, IReadOnlyList<(long Height, long Width)> shapes, Tensor? pixelMask, Device device)
    {
        List<Tensor> positions = [];
        List<Tensor> references = [];
        List<Tensor> ratios = [];
        List<Tensor> boxes = [];
        List<Tensor> paddings = [];
        using (DisposeScope scope = torch.NewDisposeScope())
        {
            for (int level = 0; level < shapes.Count; level++)
            {
                (long height, long width) = shapes[level];
                Tensor mask = pixelMask is null
                    ? torch.ones(1, height, width, device: device)
                    : F.interpolate(pixelMask.to(ScalarType.Float32).unsqueeze(1), [height, width]).squeeze(1);
                positions.Add(Sines(config, mask));

                Tensor valid = torch.stack([mask.select(1, 0).sum(1), mask.select(2, 0).sum(1)], -1); // (B, 2): columns, rows
                Tensor size = torch.tensor([width, height], ScalarType.Float32, device: device);
                ratios.Add(valid / size);
                Tensor rows = torch.arange(Scalars.Of(height), dtype: ScalarType.Float32, device: device).Plus(0.5);
                Tensor columns = torch.arange(Scalars.Of(width), dtype: ScalarType.Float32, device: device).Plus(0.5);
                Tensor[] grid = torch.meshgrid([rows, columns]);
                Tensor places = torch.stack([grid[1].flatten(), grid[0].flatten()], -1).unsqueeze(0); // (1, h * w, 2)
                Tensor centre = places / valid.unsqueeze(1);
                references.Add(centre);

                // A token proposes a square whose side doubles from level to level (Deformable DETR, appendix A.4).
                boxes.Add(torch.cat([centre, torch.full_like(centre, Scalars.Of(0.05 * Math.Pow(2, level)))], -1));
                paddings.Add(mask.flatten(1).eq(Scalars.Of(0)));
            }

            Tensor sizes = torch.tensor([.. shapes.SelectMany(shape => new float[] { shape.Width, shape.Height })], device: device).view(-1, 2);
            Tensor ratio = torch.stack([.. ratios], 1);
            Tensor reference = torch.cat([.. references], 1).unsqueeze(2) * ratio.unsqueeze(1);
            Tensor box = torch.cat([.. boxes], 1);
            Tensor padding = torch.cat([.. paddings], 1);
            Tensor inside = (box.gt(Scalars.Of(0.01)) & box.lt(Scalars.Of(0.99))).all(-1, true);
            Tensor unusable = padding.unsqueeze(-1) | ~inside;
            Tensor proposals = (box / box.FromOne()).log().masked_fill(unusable, Scalars.Of(double.PositiveInfinity));
            SamplingTables sampling = SamplingTables.Of(shapes, device);
            Tensor[] made =
            [
                sizes, torch.cat([.. positions], 1), reference, ratio, proposals, unusable, padding,
                DinoTensors.WaveLengths(config.ModelDim / 2, DinoDecoder.QueryTemperature, device),
                sampling.Size, sampling.Stride, sampling.Start, sampling.Hop,
            ];
            return [.. made.Select(tensor => tensor.MoveToOuterDisposeScope())];
        }
    }

    /// <summary>Sine positions over the unpadded picture, y before x: (B, h, w) to (B, h * w, C).</summary>
    private static Tensor Sines(GroundingDinoConfig config, Tensor mask)
    {
        const double tiny = 1e-6;
        Tensor down = mask.cumsum(1);
        Tensor across = mask.cumsum(2);
        Tensor y = (down / down.narrow(1, down.shape[1] - 1, 1).Plus(tiny)).Times(2 * Math.PI);
        Tensor x = (across / across.narrow(2, across.shape[2] - 1, 1).Plus(tiny)).Times(2 * Math.PI);
        int waves = config.ModelDim / 2;
        return torch.cat(
            [DinoTensors.Waves(y, waves, config.PositionTemperature), DinoTensors.Waves(x, waves, config.PositionTemperature)],
            -1).flatten(1, 2);
    }
}
