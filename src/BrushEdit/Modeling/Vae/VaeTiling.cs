using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>How a large picture is cut for the VAE.</summary>
/// <param name="TileSize">Side of a tile in pixels; a multiple of the VAE's factor, above 0.</param>
/// <param name="Overlap">
/// Pixels that neighbours share at least, over whose middle half they are blended linearly; a multiple of the factor, 0 or more, at most half a tile.
/// Seams arise because a tile does not see its surroundings: the larger the overlap, the less visible they are.
/// </param>
public sealed record VaeTiling(int TileSize = 512, int Overlap = 128);

/// <summary>Cuts, runs and blends tiles. Positions are in latent cells, so that encoding and decoding use the same tiles.</summary>
internal sealed class VaeTiler
{
    private readonly long tile;
    private readonly long overlap;
    private readonly long height;
    private readonly long width;

    public VaeTiler(VaeTiling tiling, int factor, long height, long width)
    {
        if (tiling.TileSize < factor || tiling.TileSize % factor != 0 || tiling.Overlap < 0 || tiling.Overlap % factor != 0 || 2 * tiling.Overlap > tiling.TileSize)
        {
            throw new EditException(
                EditFault.BadArgument,
                $"A VAE tile of {tiling.TileSize} pixels with an overlap of {tiling.Overlap} cannot be cut.",
                $"Both must be multiples of {factor}, and the overlap between 0 and half the tile.",
                tiling);
        }

        tile = tiling.TileSize / factor;
        overlap = tiling.Overlap / factor;
        this.height = height;
        this.width = width;
    }

    /// <summary>
    /// Runs a function over every tile and blends the results: each has a weight that rises linearly over the middle half of the overlap from the
    /// shared sides, and the weights at each position are normalised to a sum of one.
    /// </summary>
    /// <param name="input">(B, C, height x inScale, width x inScale).</param>
    /// <param name="inScale">Input samples a latent cell.</param>
    /// <param name="outScale">Output samples a latent cell.</param>
    /// <param name="function">Maps a tile of the input to its output.</param>
    /// <returns>(B, C', height x outScale, width x outScale).</returns>
    public Tensor Run(Tensor input, int inScale, int outScale, Func<Tensor, Tensor> function)
    {
        if (height <= tile && width <= tile)
        {
            return function(input);
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor? sum = null;
        Tensor? total = null;
        foreach ((long top, long rows) in Places(height))
        {
            foreach ((long left, long columns) in Places(width))
            {
                using DisposeScope inner = NewDisposeScope();
                Tensor piece = function(input.narrow(2, top * inScale, rows * inScale).narrow(3, left * inScale, columns * inScale));
                sum ??= zeros([piece.shape[0], piece.shape[1], height * outScale, width * outScale], ScalarType.Float32, input.device).MoveToOuterDisposeScope();
                total ??= zeros([1, 1, height * outScale, width * outScale], ScalarType.Float32, input.device).MoveToOuterDisposeScope();
                Tensor weight = Ramp(top, rows, height, outScale, input.device).unsqueeze(1) * Ramp(left, columns, width, outScale, input.device).unsqueeze(0);
                Add(sum, piece.to(ScalarType.Float32) * weight, top * outScale, left * outScale);
                Add(total, weight.unsqueeze(0).unsqueeze(0), top * outScale, left * outScale);
            }
        }

        return (sum! / total!).to(input.dtype).MoveToOuterDisposeScope();
    }

    private static void Add(Tensor target, Tensor piece, long top, long left) =>
        target.narrow(2, top, piece.shape[2]).narrow(3, left, piece.shape[3]).add_(piece, Scalars.One);

    // Tiles of one side: the last one is moved back to end at the border, so that all are whole.
    private IEnumerable<(long Start, long Count)> Places(long side)
    {
        if (side <= tile)
        {
            yield return (0, side);
            yield break;
        }

        long step = tile - overlap;
        for (long start = 0; ; start += step)
        {
            if (start + tile >= side)
            {
                yield return (side - tile, tile);
                yield break;
            }

            yield return (start, tile);
        }
    }

    private Tensor Ramp(long start, long count, long side, int scale, Device device)
    {
        long shared = overlap * scale;
        long size = count * scale;
        float[] weights = new float[size];
        for (long at = 0; at < size; at++)
        {
            double fromStart = start == 0 ? 1 : Rise(at + 0.5, shared);
            double fromEnd = start + count == side ? 1 : Rise(size - at - 0.5, shared);
            weights[at] = (float)Math.Min(fromStart, fromEnd);
        }

        return tensor(weights, device: device);
    }

    // Values nearest the cut suffer most from the padding there, so the outer quarter of an overlap has weight 0.
    private static double Rise(double distance, long shared) =>
        shared == 0 ? 1 : Math.Clamp((2 * distance / shared) - 0.5, 0, 1);
}
