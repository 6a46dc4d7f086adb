namespace BrushEdit.Synthesizing;

/// <summary>The content of a region.</summary>
/// <param name="Color">The most frequent colour of the foreground; null if there is no foreground.</param>
/// <param name="Kind">The kind whose outline fits best; null if there is no foreground.</param>
/// <param name="ColorShare">Share of the foreground without details that has this colour, 0 to 1.</param>
/// <param name="Fit">Intersection over union (IoU) of the foreground with that kind's outline, 0 to 1.</param>
/// <param name="Fits">The same for every kind, in the order of <see cref="SceneVocabulary.Kinds"/>.</param>
/// <param name="Foreground">Number of connected pixels that differ from the clean picture.</param>
public sealed record SceneFinding(string? Color, string? Kind, double ColorShare, double Fit, IReadOnlyList<double> Fits, int Foreground)
{
    /// <summary>Whether this is the most frequent colour of the foreground, with a share of at least <see cref="SceneTruth.LeastShare"/>.</summary>
    public bool HasColor(string color) => Color == color && ColorShare >= SceneTruth.LeastShare;

    /// <summary>
    /// Whether the foreground has the outline of this kind: a fit of at least <see cref="SceneTruth.LeastFit"/>, and none
    /// better by more than <see cref="SceneTruth.Tie"/>.
    /// </summary>
    public bool HasKind(string kind)
    {
        double fit = Fits[SceneVocabulary.IndexOf(SceneVocabulary.Kinds, kind, "a kind of scene object")];
        return fit >= SceneTruth.LeastFit && fit >= Fit - SceneTruth.Tie;
    }
}

/// <summary>Whether an edit succeeded, with the figures behind the verdict.</summary>
/// <param name="Success">Whether the edit succeeded.</param>
/// <param name="ColorFound">Addition and local edits: the wanted colour was found. Otherwise the same as Success.</param>
/// <param name="KindFound">Addition and local edits: the wanted kind was found. Otherwise the same as Success.</param>
/// <param name="HolePsnr">PSNR of the result against the true scene within the judged mask, in dB; infinite if equal.</param>
/// <param name="KeptEqual">Whether every pixel outside the mask is the source's, bit for bit.</param>
/// <param name="Finding">Addition and local edits: what was found; otherwise null.</param>
public sealed record SceneVerdict(bool Success, bool ColorFound, bool KindFound, double HolePsnr, bool KeptEqual, SceneFinding? Finding);

/// <summary>Rules that judge results against the known ground truth, without neural networks.</summary>
public static class SceneTruth
{
    /// <summary>Least fit at which a kind counts as found.</summary>
    public const double LeastFit = 0.55;

    /// <summary>Largest difference of fits that is not significant, given outlines of a dozen pixels.</summary>
    public const double Tie = 0.02;

    /// <summary>Least share of the foreground that must have the wanted colour.</summary>
    public const double LeastShare = 0.35;

    // Colours of details (roofs, trunks, stems), which do not count towards the colour of an object.
    private static readonly SceneColor[] DetailColors = [new(0.47f, 0.31f, 0.25f), new(0.34f, 0.23f, 0.17f), new(0.90f, 0.84f, 0.72f), new(0.30f, 0.50f, 0.20f)];

    /// <summary>Judges a result by the rule for its form of edit.</summary>
    /// <param name="source">The scene before.</param>
    /// <param name="edit">The edit, made from it.</param>
    /// <param name="result">The picture to judge, of the scene's size: interleaved RGB.</param>
    /// <exception cref="EditException">BadPicture: the result has another size.</exception>
    public static SceneVerdict Judge(ToyScene source, SceneEdit edit, ReadOnlySpan<byte> result)
    {
        ArgumentNullException.ThrowIfNull(edit);
        return Judge(source, edit, result, edit.Mask);
    }

    /// <summary>
    /// Judges a result made with another mask, such as one from a planner and a segmenter. An added object is searched for in that mask,
    /// wherever it is. For all other edits the union of both masks is judged, so that missed parts of the target and damage around it count.
    /// </summary>
    /// <param name="source">The scene before.</param>
    /// <param name="edit">The edit that was asked for.</param>
    /// <param name="result">The picture to judge, of the scene's size: interleaved RGB.</param>
    /// <param name="edited">Where the result was edited: not 0; height x width.</param>
    /// <exception cref="EditException">BadPicture: the result has another size.</exception>
    public static SceneVerdict Judge(ToyScene source, SceneEdit edit, ReadOnlySpan<byte> result, ReadOnlySpan<byte> edited)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(edit);
        if (result.Length != source.Rgb.Length)
        {
            throw new EditException(EditFault.BadPicture, $"The result has {result.Length} bytes, but the scene of {source.Width} x {source.Height} has {source.Rgb.Length}.", "Judge a result of the scene's own size.", result.Length);
        }

        byte[] area = edit.Form == SceneEditForm.Add ? edited.ToArray() : Either(edit.Mask, edited);
        double psnr = Psnr(result, edit.Rgb, area);
        bool kept = true;
        for (int i = 0; kept && i < edited.Length; i++)
        {
            kept = edited[i] != 0 || result.Slice(3 * i, 3).SequenceEqual(source.Rgb.AsSpan(3 * i, 3));
        }

        if (edit.Form is SceneEditForm.Add or SceneEditForm.Recolor or SceneEditForm.Replace)
        {
            byte[] clean = edit.Form == SceneEditForm.Add ? source.Rgb : source.RenderWithout(IndexOf(source, edit.OldThing!));
            SceneFinding found = Look(result, clean, area, source.Width, source.Height, source.Light, source.Description.LightFromLeft);
            SceneThing wanted = edit.NewThing!;
            bool color = found.HasColor(wanted.Color), kind = found.HasKind(wanted.Kind);
            return new SceneVerdict(color && kind, color, kind, psnr, kept, found);
        }

        bool success = edit.Form switch
        {
            SceneEditForm.Remove => Leftover(source, edit, result, area) < 0.25,
            SceneEditForm.Background => SceneGrounds.Name(result, area, source.Width, source.Height, source.Light) == edit.After.Background,
            _ => LightOf(source, result) == edit.After.Light,
        };
        return new SceneVerdict(success, success, success, psnr, kept, null);
    }

    /// <summary>
    /// Finds the one object that a picture has and its clean counterpart lacks: the largest connected region of pixels
    /// that differ, with and without what looks like a shadow. A vote determines its colour, the best-fitting outline its kind.
    /// </summary>
    /// <param name="picture">Interleaved RGB.</param>
    /// <param name="clean">The same scene without the object, of the same size.</param>
    /// <param name="mask">Where to look: not 0; height x width.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="light">Light of the scene.</param>
    /// <param name="lightFromLeft">Whether the light comes from the left.</param>
    public static SceneFinding Look(ReadOnlySpan<byte> picture, ReadOnlySpan<byte> clean, ReadOnlySpan<byte> mask, int width, int height, string light, bool lightFromLeft)
    {
        SceneColor tint = SceneLighting.Of(light).Tint;
        float bright = (tint.R + tint.G + tint.B) / 3f;
        int least = Math.Max(10, (int)(0.003 * Math.Min(width, height) * Math.Min(width, height)));
        double[] fits = new double[SceneVocabulary.Kinds.Count];
        bool[]? thing = null;
        int size = 0;
        foreach ((float threshold, bool shadows) in new[] { (36f, false), (18f, false), (36f, true), (18f, true) })
        {
            bool[] region = SceneRegions.Largest(Differing(picture, clean, mask, threshold * bright, shadows), width, height, out int area);
            if (area < least)
            {
                continue;
            }

            if (thing is null)
            {
                thing = region;
                size = area;
            }

            double[] fit = SceneOutlines.Fit(SceneOutlines.Normalise(region, width, height), light, lightFromLeft, shadows);
            for (int k = 0; k < fits.Length; k++)
            {
                fits[k] = Math.Max(fits[k], fit[k]);
            }
        }

        if (thing is null)
        {
            return new SceneFinding(null, null, 0, 0, fits, 0);
        }

        int best = Array.IndexOf(fits, fits.Max());
        (string color, double share) = Vote(picture, thing, tint);
        return new SceneFinding(color, SceneVocabulary.Kinds[best], share, fits[best], fits, size);
    }

    /// <summary>Peak signal-to-noise ratio where the mask is not 0, in dB over three channels of 8 bits; infinite if equal.</summary>
    public static double Psnr(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, ReadOnlySpan<byte> mask)
    {
        long sum = 0, count = 0;
        for (int i = 0; i < mask.Length; i++)
        {
            if (mask[i] == 0)
            {
                continue;
            }

            for (int c = 3 * i; c < (3 * i) + 3; c++)
            {
                int d = a[c] - b[c];
                sum += d * d;
                count++;
            }
        }

        return sum == 0 ? double.PositiveInfinity : 10 * Math.Log10(255.0 * 255.0 * count / sum);
    }

    /// <summary>The light whose rendering of the scene is nearest to a picture, by the means of 8 x 8 cells.</summary>
    public static string LightOf(ToyScene scene, ReadOnlySpan<byte> picture)
    {
        ArgumentNullException.ThrowIfNull(scene);
        string best = "";
        double least = double.MaxValue;
        double[] seen = Means(picture, scene.Width, scene.Height);
        foreach (string light in SceneVocabulary.Lights)
        {
            double[] true8 = Means(scene.Again(scene.Description with { Light = light }).Rgb, scene.Width, scene.Height);
            double distance = seen.Zip(true8, (p, q) => (p - q) * (p - q)).Sum();
            if (distance < least)
            {
                (least, best) = (distance, light);
            }
        }

        return best;
    }

    /// <summary>What a removal left: the largest connected area within the mask that differs from the truth, relative to the object's visible area.</summary>
    private static double Leftover(ToyScene source, SceneEdit edit, ReadOnlySpan<byte> result, byte[] area)
    {
        SceneColor tint = SceneLighting.Of(source.Light).Tint;
        SceneObject old = source.Objects[IndexOf(source, edit.OldThing!)];
        int shown = old.VisibleMask.Count(v => v >= 128);
        SceneRegions.Largest(Differing(result, edit.Rgb, area, 40f * (tint.R + tint.G + tint.B) / 3f, shadows: false), source.Width, source.Height, out int left);
        return (double)left / Math.Max(1, shown);
    }

    private static byte[] Either(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        byte[] either = a.ToArray();
        for (int i = 0; i < either.Length; i++)
        {
            either[i] |= b[i];
        }

        return either;
    }

    private static int IndexOf(ToyScene scene, SceneThing thing) => scene.Objects.First(o => o.Phrase == thing.Phrase).Index;

    private static bool[] Differing(ReadOnlySpan<byte> picture, ReadOnlySpan<byte> clean, ReadOnlySpan<byte> mask, float threshold, bool shadows)
    {
        bool[] map = new bool[mask.Length];
        for (int i = 0, o = 0; i < map.Length; i++, o += 3)
        {
            if (mask[i] == 0)
            {
                continue;
            }

            int r = Math.Abs(picture[o] - clean[o]), g = Math.Abs(picture[o + 1] - clean[o + 1]), b = Math.Abs(picture[o + 2] - clean[o + 2]);
            map[i] = Math.Max(r, Math.Max(g, b)) > threshold
                && (shadows || !LooksLikeShadow(picture[o] / (clean[o] + 1f), picture[o + 1] / (clean[o + 1] + 1f), picture[o + 2] / (clean[o + 2] + 1f)));
        }

        return map;
    }

    // A shadow darkens all channels by the same factor, and never completely.
    private static bool LooksLikeShadow(float r, float g, float b)
    {
        float most = Math.Max(r, Math.Max(g, b)), least = Math.Min(r, Math.Min(g, b));
        return least > 0.46f && most < 1f && most - least < 0.09f;
    }

    private static (string Color, double Share) Vote(ReadOnlySpan<byte> picture, bool[] thing, SceneColor tint)
    {
        int[] votes = new int[SceneVocabulary.Colors.Count];
        int cast = 0;
        for (int i = 0; i < thing.Length; i++)
        {
            if (thing[i] && Classify(new SceneColor(picture[3 * i] / (255f * tint.R), picture[(3 * i) + 1] / (255f * tint.G), picture[(3 * i) + 2] / (255f * tint.B))) is int color)
            {
                votes[color]++;
                cast++;
            }
        }

        int best = Array.IndexOf(votes, votes.Max());
        return (SceneVocabulary.Colors[best], cast == 0 ? 0 : (double)votes[best] / cast);
    }

    // The palette colour that comes nearest when shaded; null if a detail's colour is nearer.
    private static int? Classify(SceneColor p)
    {
        int? best = null;
        float least = float.MaxValue;
        for (int c = 0; c < SceneVocabulary.Colors.Count; c++)
        {
            float distance = Shaded(p, SceneShape.Palette(SceneVocabulary.Colors[c]), 0.6f, 1.2f);
            if (distance < least)
            {
                (least, best) = (distance, c);
            }
        }

        return DetailColors.Any(d => Shaded(p, d, 0.8f, 1.1f) < least) ? null : best;
    }

    private static float Shaded(SceneColor p, SceneColor c, float low, float high)
    {
        float s = Math.Clamp(((p.R * c.R) + (p.G * c.G) + (p.B * c.B)) / ((c.R * c.R) + (c.G * c.G) + (c.B * c.B)), low, high);
        float r = p.R - (s * c.R), g = p.G - (s * c.G), b = p.B - (s * c.B);
        return (r * r) + (g * g) + (b * b);
    }

    private static double[] Means(ReadOnlySpan<byte> rgb, int width, int height)
    {
        double[] sums = new double[8 * 8 * 3];
        int[] counts = new int[8 * 8];
        for (int y = 0, o = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                int field = (y * 8 / height * 8) + (x * 8 / width);
                counts[field]++;
                for (int c = 0; c < 3; c++)
                {
                    sums[(3 * field) + c] += rgb[o++];
                }
            }
        }

        return [.. sums.Select((s, i) => s / counts[i / 3])];
    }
}
