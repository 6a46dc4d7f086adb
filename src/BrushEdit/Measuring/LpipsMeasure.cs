using BrushEdit.Loading;
using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Measuring;

/// <summary>Measures the LPIPS distance between pictures, several pairs at a time.</summary>
public sealed class LpipsMeasure : IDisposable
{
    private readonly LpipsModel model;
    private readonly torch.Device device;

    private LpipsMeasure(LpipsModel model, torch.Device device)
    {
        this.model = model;
        this.device = device;
    }

    /// <summary>The backbone's name, as papers write it: <c>alex</c>, <c>vgg</c>, <c>squeeze</c>.</summary>
    public string Network => model.Backbone.ToString().ToLowerInvariant();

    /// <summary>The minimum side length of a picture in pixels.</summary>
    public int LeastSide => model.LeastSide;

    /// <summary>Opens a checkpoint.</summary>
    /// <param name="path">A safetensors file with the backbone's tensors and LPIPS's own, or a folder that contains one.</param>
    /// <param name="device">The device to compute on, in single precision.</param>
    /// <exception cref="EditException">The checkpoint cannot be read, or is of another kind.</exception>
    public static LpipsMeasure Open(string path, torch.Device device)
    {
        using SafetensorsFile weights = MeasureFiles.OpenWeights(path);
        return new LpipsMeasure(LpipsModel.Load(weights, torch.ScalarType.Float32, device), device);
    }

    /// <summary>Compares pairs of pictures, all of one size.</summary>
    /// <param name="first">At least one picture.</param>
    /// <param name="second">The same number of pictures, of the same size.</param>
    /// <param name="norm">How features are normalised.</param>
    /// <returns>One distance per pair, from 0.</returns>
    public IReadOnlyList<double> Compare(IReadOnlyList<RgbPicture> first, IReadOnlyList<RgbPicture> second, LpipsNorm norm = LpipsNorm.Torchmetrics)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable inference = torch.inference_mode();
        torch.Tensor distances = model.forward(Scaled(first), Scaled(second), norm).Distance;
        return [.. distances.cpu().data<float>().Select(value => (double)value)];
    }

    /// <inheritdoc/>
    public void Dispose() => model.Dispose();

    private torch.Tensor Scaled(IReadOnlyList<RgbPicture> pictures) => RgbPicture.ToTensor(pictures, device).Over(255).Times(2).Plus(-1);
}
