using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Modeling;
using BrushEdit.Synthesizing;
using TorchSharp;

namespace BrushEdit.Bench;

/// <summary>Names the stage in which an edit failed: the first one, in the order of the stages, with a wrong result.</summary>
/// <param name="model">The networks that fill; their autoencoder shows which edits fail however well they are filled.</param>
internal sealed class FailureCause(InpaintModel model)
{
    private const double LeastOverlap = 0.5;
    private readonly RegionCodec codec = new(model);

    /// <summary>
    /// The cause: <c>plan</c> (another kind of edit, or none), <c>detector</c> (the target was not found, or another object was),
    /// <c>mask</c> (the target was found and outlined wrongly), <c>caption</c> (it does not name the requested object), <c>autoencoder</c> (the
    /// true result, encoded and decoded in the same region, fails as well), and otherwise what is wrong in the fill: <c>nothing drawn</c>,
    /// <c>colour</c>, <c>outline</c>, <c>colour and outline</c>, <c>background</c>, <c>light</c> or <c>remains</c>.
    /// </summary>
    /// <param name="scene">The scene before.</param>
    /// <param name="truth">The requested edit.</param>
    /// <param name="record">The wrong outcome.</param>
    public string Of(ToyScene scene, SceneEdit truth, EditRecord record)
    {
        if (record.Edit is not { Plan: { } plan, Mask: { } mask } edit)
        {
            return record.Fault == EditFault.ThingNotFound ? "detector" : "plan";
        }

        if (!record.Planned)
        {
            return "plan";
        }

        if (truth.OldThing is { } old && edit.Detections is { Length: > 0 } found && !found.Any(one => one.Box.IoU(Extent(scene, old)) >= LeastOverlap))
        {
            return "detector";
        }

        // An addition may be placed anywhere, and a replacement's mask is larger than the object on purpose.
        if (truth.Form is SceneEditForm.Remove or SceneEditForm.Recolor or SceneEditForm.Background && record.MaskIoU < LeastOverlap)
        {
            return "mask";
        }

        if (truth.NewThing is { } thing && !(plan.Caption ?? string.Empty).Contains(thing.Kind, StringComparison.OrdinalIgnoreCase))
        {
            return "caption";
        }

        return truth.Form != SceneEditForm.Add && !SceneTruth.Judge(scene, truth, Coded(Picture.FromRgb(truth.Rgb, scene.Width, scene.Height), mask, edit.Settings!), record.Mask!).Success
            ? "autoencoder"
            : Drawing(truth.Form, record.Verdict!);
    }

    private static string Drawing(SceneEditForm form, SceneVerdict verdict) => form switch
    {
        SceneEditForm.Remove => "remains",
        SceneEditForm.Background => "background",
        SceneEditForm.Light => "light",
        _ when verdict.Finding is null or { Foreground: 0 } => "nothing drawn",
        _ when !verdict.ColorFound && !verdict.KindFound => "colour and outline",
        _ => verdict.ColorFound ? "outline" : "colour",
    };

    private static Box Extent(ToyScene scene, SceneThing thing) =>
        Mask.FromValues(scene.Objects.First(one => one.Phrase == thing.Phrase).VisibleMask, scene.Width, scene.Height).Binarize().Bounds ?? default;

    // The true result as the best possible fill would show it: passed through the autoencoder, and cut, scaled and blended like a fill.
    private byte[] Coded(Picture picture, Mask mask, InpaintSettings settings)
    {
        FillJob job = FillJob.Plan(model, new FillRequest(picture, mask, settings));
        byte[] drawn = model.WithVae(vae =>
        {
            using IDisposable inference = torch.inference_mode();
            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor mean = codec.Encode(vae, HoleCondition.MaskedPixels(job.Pixels.Rgb, [], job.Pixels.Width, job.Pixels.Height)).Mean;
            return codec.Decode(vae, mean.Times(model.ScalingFactor));
        });
        return job.Blend(drawn, 0, model.NativeSide).Picture.ToRgb();
    }
}
