using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Measuring;
using BrushEdit.Modeling;
using BrushEdit.Synthesizing;
using BrushEdit.Verifying;
using TorchSharp;

namespace BrushEdit.Training;

/// <summary>
/// Drawn examples, whose labels are therefore known: the requested object, something else, nothing, or the requested object spoilt
/// (<see cref="SpoiltEdit"/>). Most pass through the fill network's autoencoder, so that the judge cannot recognise a fill by the
/// autoencoder's blur, only by the fill's failures.
/// </summary>
/// <param name="seed">Determines all examples.</param>
/// <param name="vae">The autoencoder; not changed.</param>
public sealed class JudgeSource(ulong seed, AutoencoderKL vae)
{
    private const int Side = Toybox.WholeCanvas;
    private const int MostCoded = 8;
    private const int Bad = 2;
    private const double CodedShare = 0.8;
    private const double BeforeShare = 0.15;
    private const double MismatchShare = 0.15;
    private const double SpoiltShare = 0.33;

    // The share of the remaining examples, which show the requested content, that are also compared with nearly right texts.
    private const double NearlyShare = 0.5;

    private static readonly SceneEditForm[] Forms =
        [SceneEditForm.Add, SceneEditForm.Add, SceneEditForm.Replace, SceneEditForm.Replace, SceneEditForm.Recolor, SceneEditForm.Background];

    /// <summary>Draws examples.</summary>
    /// <param name="start">The first example's index in the endless sequence.</param>
    /// <param name="count">The number of examples.</param>
    public JudgeExample[] Draw(long start, int count)
    {
        Drawn[] drawn = TrainingBatch.Draw(Sample, start, count);
        return [.. drawn.GroupBy(one => one.Width).SelectMany(same => same.Chunk(MostCoded)).SelectMany(Examples)];
    }

    /// <summary>The part of a picture that the judge sees, at the examples' size.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="region">The part.</param>
    internal static byte[] Cut(Picture picture, Box region)
    {
        RgbPicture part = ClipMatcher.Cut(picture, region);
        return Resizer.Resize(part.Pixels, part.Width, part.Height, 3, JudgeExample.Side, JudgeExample.Side);
    }

    private Drawn Sample(long index)
    {
        ulong own = (seed << 40) + (ulong)index;
        Random random = new(SampleSeed.Of(own));
        SceneEditForm form = Forms[random.Next(Forms.Length)];
        ToyScene scene = ToyScene.Draw(own, new ToySceneOptions { Width = Side, Height = Side, MinObjects = 1, MaxObjects = 3 });
        SceneEdit edit = scene.Edit(form, own);
        Mask mask = Mask.FromValues(SceneSource.Loosen(scene, edit, random), Side, Side);
        string fresh = EditVerifier.Bare(edit.NewContent);
        string? old = edit.OldThing?.Phrase;
        string[] wrong = Others(random, fresh, edit);
        IReadOnlyList<string> texts = ShownCheck.Texts(fresh, old);
        int before = form switch { SceneEditForm.Add => 1, SceneEditForm.Background => Bad, _ => texts.Count - 1 };
        return random.NextDouble() switch
        {
            < BeforeShare => Cut(scene.Rgb, mask, texts, before, random),

            // Anything other than the requested object is a bad picture of it, if no better text is offered.
            < BeforeShare + MismatchShare => Cut(edit.Rgb, mask, ShownCheck.Texts(wrong[0], old), Bad, random),
            < BeforeShare + MismatchShare + SpoiltShare => Cut(SpoiltEdit.Bad(scene, edit, random), mask, texts, Bad, random),
            _ => Cut(
                SpoiltEdit.Good(scene, edit, random), mask, random.NextDouble() < NearlyShare ? [.. texts, .. wrong.Select(ShownCheck.Text)] : texts, 0, random),
        };
    }

    // The whole region that a fill works on goes through the autoencoder; the part that the judge sees is cut out afterwards.
    private static Drawn Cut(byte[] rgb, Mask mask, IReadOnlyList<string> texts, int right, Random random)
    {
        Picture picture = Picture.FromRgb(rgb, Side, Side);
        int native = mask.Bounds is { Width: Side, Height: Side } ? Toybox.WholeCanvas : Toybox.Canvas;
        WorkRegion work = WorkRegion.Choose(Side, Side, mask.Bounds!.Value, native, Toybox.Vae.ScaleFactor, new InpaintSettings().ContextMargin, wholePicture: false);
        Box seen = ShownCheck.Region(mask);
        double scale = (double)work.WorkWidth / work.Width;
        Box within = new Box((seen.X - work.X) * scale, (seen.Y - work.Y) * scale, seen.Width * scale, seen.Height * scale).Clip(work.WorkWidth, work.WorkHeight);
        return new Drawn(RegionPixels.Cut(picture, mask, work).Rgb, work.WorkWidth, within, texts, right, random.NextDouble() < CodedShare);
    }

    // Wrong contents: nearly right ones and arbitrary ones.
    private static string[] Others(Random random, string fresh, SceneEdit edit)
    {
        string Any(IReadOnlyList<string> words) => words[random.Next(words.Count)];
        if (edit.NewThing is not { } thing)
        {
            return [.. Enumerable.Range(0, 5).Select(_ => Any(SceneVocabulary.Backgrounds)).Where(ground => ground != fresh).Distinct().DefaultIfEmpty("a wall")];
        }

        IEnumerable<string> guesses =
        [
            $"{thing.Color} {Any(SceneVocabulary.Kinds)}",
            $"{Any(SceneVocabulary.Colors)} {thing.Kind}",
            $"{thing.Color} {Any(SceneVocabulary.Kinds)}",
            $"{Any(SceneVocabulary.Colors)} {thing.Kind}",
            $"{Any(SceneVocabulary.Colors)} {Any(SceneVocabulary.Kinds)}",
            $"{Any(SceneVocabulary.Colors)} {Any(SceneVocabulary.Kinds)}",
        ];
        return [.. guesses.Where(guess => guess != thing.Phrase && guess != edit.OldThing?.Phrase).Distinct().DefaultIfEmpty("thing")];
    }

    // The pictures must have the same size.
    private IEnumerable<JudgeExample> Examples(Drawn[] drawn)
    {
        int side = drawn[0].Width;
        byte[][] coded = Coded([.. drawn.Select(one => one.Pixels)], side);
        return drawn.Zip(coded, (one, rgb) => new JudgeExample(Cut(Picture.FromRgb(one.IsCoded ? rgb : one.Pixels, side, side), one.Seen), one.Texts, one.Right, 1));
    }

    private byte[][] Coded(byte[][] pictures, int side)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradients = torch.no_grad();
        TrainingSample[] samples = [.. pictures.Select(rgb => new TrainingSample(rgb, [], string.Empty))];
        torch.Device device = vae.parameters().First().device;
        (torch.Tensor mean, _) = vae.Encode(TrainingBatch.Pixels(samples, side, side, device));
        byte[] all = TrainingBatch.Levels(vae.Decode(mean));
        int size = side * side * 3;
        return [.. Enumerable.Range(0, pictures.Length).Select(i => all[(i * size)..((i + 1) * size)])];
    }

    private sealed record Drawn(byte[] Pixels, int Width, Box Seen, IReadOnlyList<string> Texts, int Right, bool IsCoded);
}
