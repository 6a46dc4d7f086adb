using BrushEdit.Caching;
using BrushEdit.Generating;
using BrushEdit.Inpainting;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Tests.Inpainting;
using BrushEdit.Training;
using TorchSharp;

namespace BrushEdit.Tests.Generating;

/// <summary>The tiny bundle, beside it one whose U-Net takes nine channels and one whose takes eight, and a ControlNet in the first: models for every engine.</summary>
public sealed class EngineBundles : IDisposable
{
    private readonly TinyBundle plain = new();
    private readonly string inpainting = Directory.CreateTempSubdirectory("brushedit-nine").FullName;
    private readonly string instructed = Directory.CreateTempSubdirectory("brushedit-eight").FullName;

    public EngineBundles()
    {
        Widen(inpainting, 9);
        Widen(instructed, 8);
        ControlNetConfig config = new() { Network = plain.Model.UNet, ConditioningWidths = [4, 8] };
        using ControlNetModel control = Toybox.Build(5, torch.CPU, () => new ControlNetModel(config));
        BundleWriter.WriteNetwork(Path.Combine(plain.Folder, "controlnet"), "diffusion_pytorch_model", control, config.ToJson());
    }

    public string PlainFolder => plain.Folder;

    public ModelCatalog Catalog { get; } = new([]);

    /// <summary>Rows that the base of an engine has run so far: through the whole network, through its outer blocks alone.</summary>
    public (long Whole, long Outer) Passes(EngineKind kind) => InpaintModel
        .OpenBase(Catalog, Folder(kind), EngineTraits.Of(kind).Base!.Value, ComputeDevice.Choose("cpu", "single"), plain.Pool)
        .WithUNet(unet => (unet.Passes.WholeRows, unet.Passes.OuterRows));

    /// <summary>The parts that are held of an engine's bundle, but for a ControlNet.</summary>
    public string[] Held(EngineKind kind) =>
        [.. plain.Pool.Loaded.Where(one => one.Path.StartsWith(Folder(kind), StringComparison.Ordinal) && !one.Path.EndsWith("controlnet", StringComparison.Ordinal)).Select(one => one.Part).Order(StringComparer.Ordinal)];

    private string Folder(EngineKind kind) => kind switch { EngineKind.SDInpainting => inpainting, EngineKind.InstructPix2Pix => instructed, _ => plain.Folder };

    public IEditEngine Open(EngineKind kind) => Open(kind, ComputeDevice.Choose("cpu", "single"), plain.Pool);

    public IEditEngine Open(EngineKind kind, ComputeDevice device, ModelPool pool) => EngineCatalog.Open(kind, new EngineModels(Folder(kind)), Catalog, device, pool);

    public void Dispose()
    {
        plain.Dispose();
        Directory.Delete(inpainting, recursive: true);
        Directory.Delete(instructed, recursive: true);
    }

    private void Widen(string folder, int channels)
    {
        foreach (string file in Directory.GetFiles(plain.Folder, "*", SearchOption.AllDirectories).Where(file => !file.Contains("brushnet/", StringComparison.Ordinal)))
        {
            string target = Path.Combine(folder, Path.GetRelativePath(plain.Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        UNetConfig config = plain.Model.UNet with { InChannels = channels };
        using UNet2DConditionModel unet = Toybox.Build(4, torch.CPU, () => new UNet2DConditionModel(config));
        BundleWriter.WriteNetwork(Path.Combine(folder, "unet"), "diffusion_pytorch_model", unet, config.ToJson());
    }
}
