using BrushEdit.Loading;
using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Measuring;

/// <summary>
/// Measures how far the structure of two pictures differs: the mean squared difference of their self-similarities, the cosines between
/// all keys of the last block of DINO's ViT-B/8 (Tumanyan et al. 2022), as PIE-Bench's script computes it: on values 0 to 255, resized
/// without antialiasing.
/// </summary>
public sealed class StructureMeasure : IDisposable
{
    private const int ShortSide = 224;
    private const int MostSide = 480;

    private static readonly float[] Mean = [0.485f, 0.456f, 0.406f];
    private static readonly float[] Deviation = [0.229f, 0.224f, 0.225f];

    private readonly torch.Device device;

    private StructureMeasure(VisionTransformer model, torch.Device device)
    {
        Model = model;
        this.device = device;
    }

    /// <summary>The network.</summary>
    internal VisionTransformer Model { get; }

    /// <summary>Opens a checkpoint.</summary>
    /// <param name="path">A safetensors file under the names of DINO's authors, or a folder that holds one, with a <c>config.json</c> or without.</param>
    /// <param name="device">The device to compute on, in single precision.</param>
    /// <exception cref="EditException">The checkpoint cannot be read, or is of another kind.</exception>
    public static StructureMeasure Open(string path, torch.Device device)
    {
        using SafetensorsFile weights = MeasureFiles.OpenWeights(path);
        return new StructureMeasure(VisionTransformer.Load(weights, MeasureFiles.Config(path), torch.ScalarType.Float32, device), device);
    }

    /// <summary>Compares pairs of pictures, all of one size.</summary>
    /// <param name="first">At least one picture.</param>
    /// <param name="second">The same number of pictures, of the same size.</param>
    /// <returns>One distance per pair, from 0.</returns>
    public IReadOnlyList<double> Compare(IReadOnlyList<RgbPicture> first, IReadOnlyList<RgbPicture> second)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable inference = torch.inference_mode();
        torch.Tensor difference = SelfSimilarity(Prepare(first)).Minus(SelfSimilarity(Prepare(second)));
        return [.. difference.square().mean([1, 2]).cpu().data<float>().Select(value => (double)value)];
    }

    /// <summary>Converts pictures to the network's input: (B, 3, H, W).</summary>
    internal torch.Tensor Prepare(IReadOnlyList<RgbPicture> pictures)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (int width, int height) = Size(pictures[0].Width, pictures[0].Height);
        torch.Tensor resized = torch.nn.functional.interpolate(
            RgbPicture.ToTensor(pictures, device), size: [height, width], mode: torch.InterpolationMode.Bilinear, align_corners: false);
        torch.Tensor mean = torch.tensor(Mean, device: device).view(1, 3, 1, 1);
        torch.Tensor deviation = torch.tensor(Deviation, device: device).view(1, 3, 1, 1);
        return resized.Minus(mean).div(deviation).MoveToOuterDisposeScope();
    }

    /// <summary>The cosines between all keys of each picture: (B, L, L).</summary>
    internal torch.Tensor SelfSimilarity(torch.Tensor pixels)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor keys = Model.forward(pixels).Keys;
        torch.Tensor norms = keys.square().sum([-1], keepdim: true).sqrt();
        torch.Tensor products = torch.matmul(norms, norms.transpose(1, 2)).clamp_min(Scalars.Of(1e-8));
        return torch.matmul(keys, keys.transpose(1, 2)).div(products).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();

    // The short side to 224, unless the long one then exceeds 480.
    private static (int Width, int Height) Size(int width, int height)
    {
        int shortSide = ShortSide;
        long longSide = (long)ShortSide * Math.Max(width, height) / Math.Min(width, height);
        if (longSide > MostSide)
        {
            shortSide = Math.Max(1, (int)((long)MostSide * Math.Min(width, height) / Math.Max(width, height)));
            longSide = MostSide;
        }

        return width <= height ? (shortSide, (int)longSide) : ((int)longSide, shortSide);
    }
}
