using BrushEdit.Imaging;
using BrushEdit.Modeling;
using BrushEdit.Synthesizing;
using TorchSharp;

namespace BrushEdit.Training;

/// <summary>
/// Spoils true results in the ways that fills fail: an object whose outline is bent, of which a part is missing or belongs to another kind,
/// or that is blurred; a new background lit differently from the objects on it. Only the look of failed fills is imitated; the rules that
/// measure edits are not used here.
/// </summary>
internal static class SpoiltEdit
{
    // Relative to the object's longer side. Values between "most harmless" and "least" are neither clearly good nor clearly bad, and are not used.
    private const double MostHarmlessBend = 0.035;
    private const double LeastBend = 0.1;
    private const double MostBend = 0.24;
    private const double MostHarmlessBlur = 0.02;
    private const double LeastBlur = 0.07;
    private const double MostBlur = 0.16;
    private const int Grid = 4;

    /// <summary>A bad result of an edit.</summary>
    /// <param name="scene">The scene before.</param>
    /// <param name="edit">The edit.</param>
    /// <param name="random">Determines how it is spoilt.</param>
    /// <returns>Interleaved RGB.</returns>
    public static byte[] Bad(ToyScene scene, SceneEdit edit, Random random)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradients = torch.no_grad();
        byte[] clean = Clean(scene, edit, random);
        if (edit.Form == SceneEditForm.Background && random.NextDouble() < 0.5)
        {
            return clean;
        }

        Change change = new(clean, edit.Rgb, scene.Width, scene.Height);
        return random.NextDouble() switch
        {
            < 0.4 => change.Bent(random, Between(random, LeastBend, MostBend)),
            < 0.6 => change.Joined(clean, random),
            < 0.8 when edit.NewThing is { } thing && edit.Form != SceneEditForm.Recolor => change.Joined(OfAnotherKind(edit, thing, random), random),
            _ => change.Blurred(Between(random, LeastBlur, MostBlur)),
        };
    }

    /// <summary>A good result of an edit, as a fill would draw it: bent and blurred a little.</summary>
    /// <param name="scene">The scene before.</param>
    /// <param name="edit">The edit.</param>
    /// <param name="random">Determines how much.</param>
    /// <returns>Interleaved RGB.</returns>
    public static byte[] Good(ToyScene scene, SceneEdit edit, Random random)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradients = torch.no_grad();
        byte[] clean = Clean(scene, edit, random: null);
        byte[] bent = new Change(clean, edit.Rgb, scene.Width, scene.Height).Bent(random, random.NextDouble() * MostHarmlessBend);
        return random.Next(2) == 0 ? bent : new Change(clean, bent, scene.Width, scene.Height).Blurred(random.NextDouble() * MostHarmlessBlur);
    }

    // The picture without the edit's new content; for a new background, that background in another light.
    private static byte[] Clean(ToyScene scene, SceneEdit edit, Random? random) => edit.Form switch
    {
        SceneEditForm.Replace => scene.RenderWithout(scene.Objects.First(one => one.Phrase == edit.OldThing!.Phrase).Index),
        SceneEditForm.Background => OtherLight(edit, random),
        _ => scene.Rgb,
    };

    private static byte[] OtherLight(SceneEdit edit, Random? random)
    {
        if (random is null)
        {
            return [.. edit.Rgb.Select(value => (byte)(value / 2))];
        }

        string[] others = [.. SceneVocabulary.Lights.Where(light => light != edit.After.Light)];
        byte[] lit = edit.After.Again(edit.After.Description with { Light = others[random.Next(others.Length)] }).Rgb;
        byte[] rgb = [.. edit.Rgb];
        for (int i = 0; i < rgb.Length; i++)
        {
            if (edit.Mask[i / 3] != 0)
            {
                rgb[i] = lit[i];
            }
        }

        return rgb;
    }

    private static byte[] OfAnotherKind(SceneEdit edit, SceneThing thing, Random random)
    {
        string[] others = [.. SceneVocabulary.Kinds.Where(kind => kind != thing.Kind && !SceneVocabulary.IsHeldOut(thing.Color, kind))];
        int index = edit.After.Objects.First(one => one.Thing == thing).Index;
        return edit.After.Again(edit.After.Description.With(index, thing with { Kind = others[random.Next(others.Length)] })).Rgb;
    }

    private static double Between(Random random, double low, double high) => low + (random.NextDouble() * (high - low));

    /// <summary>What an edit adds to a clean picture, and where.</summary>
    private sealed class Change
    {
        private const int Noticed = 12;

        // The slope of the blend from one picture to another across a line, in shares per extent.
        private const double Steepness = 12;

        private readonly Box extent;
        private readonly torch.Tensor clean; // (1, 3, H, W), levels
        private readonly torch.Tensor added; // (1, 3, H, W), levels
        private readonly torch.Tensor within; // (1, H, W, 2): places in the extent, -1 to 1 from edge to edge

        public Change(byte[] clean, byte[] rgb, int width, int height)
        {
            this.clean = Levels(clean, width, height);
            added = Levels(rgb, width, height).Minus(this.clean);
            torch.Tensor changed = added.abs().amax([0, 1]).gt(Noticed).to(torch.ScalarType.Byte).mul(255);
            extent = Mask.FromValues([.. changed.data<byte>()], width, height).Bounds ?? new Box(0, 0, width, height);
            within = Places(extent, width, height);
        }

        private double Longer => Math.Max(extent.Width, extent.Height);

        /// <summary>The change, moved by a smooth random field.</summary>
        /// <param name="random">Determines the field.</param>
        /// <param name="amount">The field's standard deviation, as a share of the longer side.</param>
        public byte[] Bent(Random random, double amount)
        {
            (int height, int width) = ((int)added.shape[2], (int)added.shape[3]);
            torch.Tensor moved = Field(random, 2, amount * Longer).permute(0, 2, 3, 1).mul(torch.tensor([2f / width, 2f / height])); // (1, H, W, 2)
            return Made(Sampled(added, Places(new Box(0, 0, width, height), width, height).Plus(moved), torch.GridSamplePaddingMode.Zeros));
        }

        /// <summary>The change on one side of a wavy line, another picture on the other side.</summary>
        /// <param name="other">The other picture.</param>
        /// <param name="random">Determines the line, which leaves between a third and two thirds of the change.</param>
        public byte[] Joined(byte[] other, Random random)
        {
            double angle = random.NextDouble() * 2 * Math.PI, shift = (random.NextDouble() - 0.5) * 0.3;
            torch.Tensor across = within.matmul(torch.tensor([(float)Math.Cos(angle) / 2, (float)Math.Sin(angle) / 2])); // (1, H, W)
            torch.Tensor side = across.Plus(Field(random, 1, 0.15).squeeze(1)).Plus(shift);
            torch.Tensor share = side.Times(Steepness).Plus(0.5).clamp(Scalars.Of(0.0), Scalars.Of(1.0));
            torch.Tensor elsewhere = Levels(other, (int)added.shape[3], (int)added.shape[2]).Minus(clean);
            return Made(torch.lerp(elsewhere, added, share.unsqueeze(1)));
        }

        /// <summary>The change, blurred.</summary>
        /// <param name="amount">The radius, as a share of the longer side.</param>
        public byte[] Blurred(double amount)
        {
            int radius = (int)Math.Round(amount * Longer);
            torch.Tensor Box(torch.Tensor x) => torch.nn.functional.avg_pool2d(x, (2 * radius) + 1, stride: 1, padding: radius, count_include_pad: false);
            return Made(Box(Box(added)));
        }

        private byte[] Made(torch.Tensor change) =>
            [.. clean.Plus(change).round().clamp(Scalars.Of(0.0), Scalars.Of(255.0)).to(torch.ScalarType.Byte).permute(0, 2, 3, 1).contiguous().data<byte>()];

        // Smooth random values over the picture with a given standard deviation, (1, channels, H, W).
        private torch.Tensor Field(Random random, int channels, double deviation)
        {
            using torch.Generator generator = new((ulong)random.Next(), torch.CPU);
            return Sampled(torch.randn([1, channels, Grid, Grid], generator: generator).Times(deviation), within, torch.GridSamplePaddingMode.Border);
        }

        private static torch.Tensor Sampled(torch.Tensor x, torch.Tensor places, torch.GridSamplePaddingMode beyond) =>
            torch.nn.functional.grid_sample(x, places.to(x.dtype), torch.GridSampleMode.Bilinear, beyond, align_corners: false);

        private static torch.Tensor Levels(byte[] rgb, int width, int height) =>
            torch.tensor(rgb, [1, height, width, 3], torch.ScalarType.Byte).permute(0, 3, 1, 2).to(torch.ScalarType.Float32);

        // Each pixel's position in a box, -1 to 1 from edge to edge: (1, H, W, 2).
        private static torch.Tensor Places(Box box, int width, int height)
        {
            static torch.Tensor Along(int count, double begin, double extent) =>
                torch.arange(count, torch.ScalarType.Float32).Plus(0.5 - begin).Times(2 / extent).Plus(-1.0);
            torch.Tensor x = Along(width, box.X, box.Width).view(1, 1, width).expand(1, height, width);
            torch.Tensor y = Along(height, box.Y, box.Height).view(1, height, 1).expand(1, height, width);
            return torch.stack([x, y], -1);
        }
    }
}
