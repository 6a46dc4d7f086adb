using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Synthesizing;
using BrushEdit.Training;
using TorchSharp;

namespace BrushEdit.Bench;

/// <summary>Determines the stage in which an edit failed: the first one whose work is wrong, in the order of the stages.</summary>
internal sealed class FailureCause : IDisposable
{
    private const double LeastOverlap = 0.5;
    private readonly AutoencoderKL vae;

    /// <summary>Opens the bundle's autoencoder, to detect failures that no fill could have avoided.</summary>
    /// <param name="bundle">The bundle's folder.</param>
    public FailureCause(string bundle)
    {
        VaeConfig config = VaeConfig.Read(ConfigReader.Open(Path.Combine(bundle, "vae", "config.json")));
        using SafetensorsFile weights = SafetensorsFile.Open(Path.Combine(bundle, "vae", "diffusion_pytorch_model.safetensors"));
        vae = ModuleLoader.Load((where, type) => new AutoencoderKL(config, where, type), weights, "VAE", torch.ScalarType.Float32, torch.CPU);
    }

    /// <summary>
    /// The cause: <c>plan</c> (another kind of edit, or none), <c>detector</c> (the target was not found, or another object was),
    /// <c>mask</c> (the target was found and outlined wrongly), <c>caption</c> (it does not name what is wanted), <c>autoencoder</c> (the true
    /// result, encoded and decoded in the same region, fails as well), and else what the drawing lacks: <c>nothing drawn</c>, <c>colour</c>,
    /// <c>outline</c>, <c>ground</c>, <c>light</c> or <c>remains</c>.
    /// </summary>
    /// <param name="scene">The scene before.</param>
    /// <param name="truth">The requested edit.</param>
    /// <param name="record">Its outcome, which is wrong.</param>
    public string Of(ToyScene scene, SceneEdit truth, EditRecord record)
    {
        if (record.Edit is not { Plan: { } plan, Mask: { } mask } edit)
        {
            return record.Planned ? "detector" : "plan";
        }

        if (!record.Planned)
        {
            return "plan";
        }

        if (truth.OldThing is { } old && edit.Detections is { Length: > 0 } found && !found.Any(one => Overlap(one.Box, Extent(scene, old)) >= LeastOverlap))
        {
            return "detector";
        }

        // An addition may be put anywhere; a replacement's region is intentionally larger than the object.
        if (truth.Form is SceneEditForm.Remove or SceneEditForm.Recolor or SceneEditForm.Background && record.MaskIoU < LeastOverlap)
        {
            return "mask";
        }

        if (truth.NewThing is { } thing && !(plan.Caption ?? string.Empty).Contains(thing.Kind, StringComparison.OrdinalIgnoreCase))
        {
            return "caption";
        }

        return truth.Form != SceneEditForm.Add && !SceneTruth.Judge(scene, truth, Coded(truth.Rgb, scene, mask), record.Mask!).Success
            ? "autoencoder"
            : Drawing(truth.Form, record.Verdict!);
    }

    /// <inheritdoc/>
    public void Dispose() => vae.Dispose();

    private static string Drawing(SceneEditForm form, SceneVerdict verdict) => form switch
    {
        SceneEditForm.Remove => "remains",
        SceneEditForm.Background => "ground",
        SceneEditForm.Light => "light",
        _ when verdict.Finding is null or { Foreground: 0 } => "nothing drawn",
        _ when !verdict.ColorFound && !verdict.KindFound => "colour and outline",
        _ => verdict.ColorFound ? "outline" : "colour",
    };

    private static Box Extent(ToyScene scene, SceneThing thing) =>
        Mask.FromValues(scene.Objects.First(one => one.Phrase == thing.Phrase).VisibleMask, scene.Width, scene.Height).Binarize().Bounds ?? default;

    private static double Overlap(Box a, Box b)
    {
        double width = Math.Min(a.Right, b.Right) - Math.Max(a.X, b.X), height = Math.Min(a.Bottom, b.Bottom) - Math.Max(a.Y, b.Y);
        double both = Math.Max(0, width) * Math.Max(0, height);
        return both / ((a.Width * a.Height) + (b.Width * b.Height) - both);
    }

    // The true result as the best fill could show it: through the autoencoder, in the region and at the size that the fill had.
    private byte[] Coded(byte[] rgb, ToyScene scene, Mask mask)
    {
        Box bounds = mask.Bounds!.Value;
        int native = bounds.Width >= scene.Width && bounds.Height >= scene.Height ? Toybox.WholeCanvas : Toybox.Canvas;
        WorkRegion region = WorkRegion.Choose(scene.Width, scene.Height, bounds, native, Toybox.Vae.ScaleFactor, new InpaintSettings().ContextMargin, wholePicture: false);
        byte[] work = RegionPixels.Cut(Picture.FromRgb(rgb, scene.Width, scene.Height), mask, region).Rgb;
        byte[] coded = Resizer.Resize(Decoded(work, region.WorkWidth, region.WorkHeight), region.WorkWidth, region.WorkHeight, 3, region.Width, region.Height);
        byte[] all = [.. scene.Rgb];
        ReadOnlySpan<byte> values = mask.Values;
        for (int y = 0; y < region.Height; y++)
        {
            for (int x = 0; x < region.Width; x++)
            {
                int to = ((region.Y + y) * scene.Width) + region.X + x;
                if (values[to] != 0)
                {
                    coded.AsSpan(3 * ((y * region.Width) + x), 3).CopyTo(all.AsSpan(3 * to));
                }
            }
        }

        return all;
    }

    private byte[] Decoded(byte[] rgb, int width, int height)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradients = torch.no_grad();
        torch.Tensor pixels = torch.tensor(rgb, [1, height, width, 3], torch.ScalarType.Byte).permute(0, 3, 1, 2).to(torch.ScalarType.Float32).div_(127.5).sub_(1).contiguous();
        return [.. vae.Decode(vae.Encode(pixels).Mean).add_(1).mul_(127.5).round_().clamp_(0, 255).permute(0, 2, 3, 1).to(torch.ScalarType.Byte).contiguous().data<byte>()];
    }
}
