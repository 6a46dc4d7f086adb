using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Modeling;
using BrushEdit.Synthesizing;
using BrushEdit.Verifying;
using TorchSharp;

namespace BrushEdit.Training;

/// <summary>
/// Scenes for a detector, of which some have been edited, as it sees them when it verifies a result: the requested object is drawn well, spoilt
/// the way fills fail (<see cref="SpoiltEdit"/>), or missing. Only a well-drawn one is a target: the others are hard negatives. Most have been through
/// the fill network's autoencoder, so that its blur does not tell good from bad.
/// </summary>
/// <param name="plain">The scenes that are not edited.</param>
/// <param name="seed">Determines the edited scenes.</param>
/// <param name="vae">The autoencoder; not changed.</param>
/// <param name="share">The share of edited scenes, 0 to 1.</param>
public sealed class EditedSource(DetectorSource plain, ulong seed, AutoencoderKL vae, double share) : IDetectorSource
{
    private const int Side = Toybox.WholeCanvas;
    private const double CodedShare = 0.85;
    private const double MissingShare = 0.1;
    private const double SpoiltShare = 0.45;
    private const double OthersShare = 0.4;

    private static readonly SceneEditForm[] Forms = [SceneEditForm.Add, SceneEditForm.Add, SceneEditForm.Replace, SceneEditForm.Replace, SceneEditForm.Recolor];

    /// <inheritdoc/>
    public int Size => plain.Size;

    /// <inheritdoc/>
    public DetectorSample Sample(long index)
    {
        ulong own = (seed << 40) + (ulong)index;
        Random random = new(SampleSeed.Of(own));
        return random.NextDouble() < share ? Edited(own, random) : plain.Sample(index);
    }

    private DetectorSample Edited(ulong own, Random random)
    {
        ToyScene scene = ToyScene.Draw(own, new ToySceneOptions { Width = Side, Height = Side, MinObjects = 1, MaxObjects = 3 });
        SceneEdit edit = scene.Edit(Forms[random.Next(Forms.Length)], own);
        double drawn = random.NextDouble();
        bool missing = drawn < MissingShare;
        bool good = drawn >= MissingShare + SpoiltShare;
        byte[] rgb = missing ? scene.Rgb : good ? SpoiltEdit.Good(scene, edit, random) : SpoiltEdit.Bad(scene, edit, random);
        Mask mask = Mask.FromValues(SceneSource.Loosen(scene, edit, random), Side, Side);
        string[] phrases = Phrases(edit, random);
        return new DetectorSample(
            missing || random.NextDouble() >= CodedShare ? rgb : Coded(rgb, mask),
            phrases,
            DetectorSource.Targets(missing ? scene : edit.After, phrases, thing => good || thing.Thing != edit.NewThing));
    }

    // What a verification asks for: the new object, and the one that it replaces; at times the objects beside it as well.
    private static string[] Phrases(SceneEdit edit, Random random)
    {
        List<string> phrases = [EditVerifier.Bare(edit.NewContent)];
        if (edit.OldThing is { } old)
        {
            phrases.Add(old.Phrase);
        }

        if (random.NextDouble() < OthersShare)
        {
            phrases.AddRange(edit.After.Objects.Where(thing => thing.Thing != edit.NewThing).Select(thing => thing.Phrase));
        }

        return [.. phrases.Distinct(StringComparer.Ordinal)];
    }

    // Cut, encoded, decoded and blended as a fill is.
    private byte[] Coded(byte[] rgb, Mask mask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradients = torch.no_grad();
        FillJob job = FillJob.Plan(
            new FillRequest(Picture.FromRgb(rgb, Side, Side), mask, new InpaintSettings { Seed = 0 }), Toybox.Canvas, Toybox.Vae.ScaleFactor, Toybox.GuidanceScale, Toybox.WholeCanvas);
        torch.Device device = vae.parameters().First().device;
        (torch.Tensor mean, _) = vae.Encode(TrainingBatch.Pixels([new TrainingSample(job.Pixels.Rgb, [], string.Empty)], job.Pixels.Width, job.Pixels.Height, device));
        return job.Blend(TrainingBatch.Levels(vae.Decode(mean)), 0, Toybox.Canvas).Picture.ToRgb();
    }
}
