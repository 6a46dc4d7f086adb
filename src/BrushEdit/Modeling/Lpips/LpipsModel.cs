using System.Globalization;
using BrushEdit.Loading;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// LPIPS: how different two pictures look, as a weighted difference of a classification network's features (Zhang et al. 2018, version 0.1).
/// Field names are the published keys: <c>features</c> of torchvision's backbone, <c>lin0</c> and so on of the lpips package.
/// </summary>
public sealed class LpipsModel : nn.Module<Tensor, Tensor, LpipsOutput>
{
    // The pictures' mean and deviation in the range -1 to 1, as the backbones were trained.
    private static readonly float[] Shift = [-0.030f, -0.088f, -0.188f];
    private static readonly float[] Scale = [0.458f, 0.448f, 0.450f];

    private readonly LpipsFeatures features;
    private readonly List<Sequential> weighted = [];

    private LpipsModel(LpipsBackbone backbone, ShapeReader shapes, Device? device, ScalarType? dtype)
        : base(nameof(LpipsModel))
    {
        Backbone = backbone;
        features = new LpipsFeatures(LpipsLayout.Of(backbone), shapes, device, dtype);
        register_module(nameof(features), features);
        foreach ((int tap, int width) in features.Widths.Index())
        {
            // Index 0 of the published pair is a dropout, which has no effect in evaluation.
            Sequential head = nn.Sequential(("model", nn.Sequential(("1", nn.Conv2d(width, 1, 1, bias: false, device: device, dtype: dtype)))));
            weighted.Add(head);
            register_module(string.Create(CultureInfo.InvariantCulture, $"lin{tap}"), head);
        }
    }

    /// <summary>Which network's features are compared.</summary>
    public LpipsBackbone Backbone { get; }

    /// <summary>
    /// The least side of a picture: below it some feature map would be empty.
    /// </summary>
    public int LeastSide => Backbone == LpipsBackbone.Alex ? 31 : Backbone == LpipsBackbone.Vgg ? 16 : 17;

    /// <summary>Opens a checkpoint; the backbone is determined by its tensors, and so are its widths.</summary>
    /// <param name="weights">
    /// The backbone's tensors (<c>features.*</c>; <c>classifier.*</c> is allowed) with LPIPS's own (<c>lin*.model.1.weight</c>).
    /// </param>
    /// <param name="dtype">The type of its weights in memory.</param>
    /// <param name="device">The device of its weights.</param>
    /// <exception cref="EditException">A tensor is missing, unexpected or misshapen, or the checkpoint is of another kind (BadModel).</exception>
    public static LpipsModel Load(IWeights weights, ScalarType dtype, Device device)
    {
        ArgumentNullException.ThrowIfNull(weights);
        LpipsBackbone backbone = LpipsLayout.Recognise(weights);
        ShapeReader shapes = new(weights, "LPIPS network", "Put the files together again: about_EditMeasures describes how.");
        return ModuleLoader.Load(
            (place, type) => new LpipsModel(backbone, shapes, place, type), weights, "LPIPS network", dtype, device, name => name.StartsWith("classifier.", StringComparison.Ordinal));
    }

    /// <summary>Compares pairs of pictures.</summary>
    /// <param name="first">(B, 3, H, W) in [-1, 1].</param>
    /// <param name="second">Of the same shape.</param>
    /// <returns>The distances, with each layer's share.</returns>
    public override LpipsOutput forward(Tensor first, Tensor second) => forward(first, second, LpipsNorm.Package);

    /// <summary>Compares pairs of pictures.</summary>
    /// <param name="first">(B, 3, H, W) in [-1, 1].</param>
    /// <param name="second">Of the same shape.</param>
    /// <param name="norm">How features are normalised.</param>
    /// <returns>The distances, with each layer's share.</returns>
    public LpipsOutput forward(Tensor first, Tensor second, LpipsNorm norm)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        using DisposeScope scope = NewDisposeScope();
        IReadOnlyList<Tensor> a = features.forward(Scaled(first));
        IReadOnlyList<Tensor> b = features.forward(Scaled(second));
        List<Tensor> shares = [];
        for (int tap = 0; tap < a.Count; tap++)
        {
            using DisposeScope layer = NewDisposeScope();
            Tensor difference = Normalised(a[tap], norm).Minus(Normalised(b[tap], norm)).square();
            shares.Add(weighted[tap].forward(difference).mean([1, 2, 3]).MoveToOuterDisposeScope());
        }

        Tensor sum = stack(shares, 0).sum([0]);
        return new LpipsOutput(sum.MoveToOuterDisposeScope(), [.. shares.Select(share => share.MoveToOuterDisposeScope())]);
    }

    private static Tensor Scaled(Tensor pixels)
    {
        Tensor shift = tensor(Shift, pixels.dtype, pixels.device).view(1, 3, 1, 1);
        Tensor scale = tensor(Scale, pixels.dtype, pixels.device).view(1, 3, 1, 1);
        return pixels.Minus(shift).div(scale);
    }

    private static Tensor Normalised(Tensor x, LpipsNorm norm)
    {
        Tensor squares = x.square().sum([1], keepdim: true);
        return norm == LpipsNorm.Package ? x.div(squares.sqrt().Plus(1e-10)) : x.div(squares.Plus(1e-8).sqrt());
    }
}

/// <summary>How LPIPS normalises features to unit length; this matters if they are nearly 0, as under a black mask.</summary>
public enum LpipsNorm
{
    /// <summary>As in the lpips package: divided by the norm plus 1e-10.</summary>
    Package,

    /// <summary>As in torchmetrics: divided by the root of the sum of squares plus 1e-8. The benchmarks' scripts use this form.</summary>
    Torchmetrics,
}

/// <summary>Distances of pairs of pictures. The receiver disposes it, or its dispose scope does.</summary>
/// <param name="Distance">(B): 0 for equal pictures; larger is more different.</param>
/// <param name="Layers">(B) for each layer that is compared; their sum is the distance.</param>
public sealed record LpipsOutput(Tensor Distance, IReadOnlyList<Tensor> Layers);
