using BrushEdit.Editing;

namespace BrushEdit.Synthesizing;

/// <summary>
/// A drawn scene: its picture, what is in it and where, its caption, and the ground truth of every edit. The same seed and
/// options give the same bytes on every platform. Immutable, safe to share between threads.
/// </summary>
public sealed class ToyScene
{
    private readonly SceneRendering rendering;

    private ToyScene(SceneDescription description, int width, int height, ulong seed, SceneSplit split, SceneColor[]? ground)
    {
        Description = description;
        Width = width;
        Height = height;
        Seed = seed;
        Split = split;
        rendering = SceneRenderer.Render(description, width, height, ground);
        Objects = [.. description.Things.Select((t, i) => new SceneObject(i, t, rendering, width, height))];
    }

    /// <summary>The scene as data.</summary>
    public SceneDescription Description { get; }

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>The seed of this scene, or of the scene that it was edited from.</summary>
    public ulong Seed { get; }

    /// <summary>The family of this scene, or of the scene that it was edited from; edits keep its rule on colour-kind pairs.</summary>
    public SceneSplit Split { get; }

    /// <summary>Pixels, sRGB, interleaved, row-major: height x width x 3. Not to be written to.</summary>
    public byte[] Rgb => rendering.Rgb;

    /// <summary>"a red ball and a small blue cube on sand at dusk".</summary>
    public string Caption => Description.Caption;

    /// <summary>One of <see cref="SceneVocabulary.Backgrounds"/>.</summary>
    public string Background => Description.Background;

    /// <summary>One of <see cref="SceneVocabulary.Lights"/>.</summary>
    public string Light => Description.Light;

    /// <summary>The objects in the order of the caption.</summary>
    public IReadOnlyList<SceneObject> Objects { get; }

    internal SceneFrame Frame => new((double)Width / Math.Min(Width, Height), (double)Height / Math.Min(Width, Height));

    /// <summary>Draws a scene from a seed.</summary>
    /// <param name="seed">Any number; with another <see cref="ToySceneOptions.Split"/> it gives another scene.</param>
    /// <param name="options">Size, family and what is fixed; null for the defaults (128 x 128, training).</param>
    /// <exception cref="EditException">BadArgument: an option is out of range.</exception>
    public static ToyScene Draw(ulong seed, ToySceneOptions? options = null)
    {
        options ??= new ToySceneOptions();
        return new ToyScene(SceneComposer.Compose(seed, options), options.Width, options.Height, seed, options.Split, null);
    }

    /// <summary>Draws a description at a given size.</summary>
    /// <param name="description">What to draw. Its words must be in <see cref="SceneVocabulary"/>, its colour-kind pairs unique.</param>
    /// <param name="width">Width in pixels, 32 to 2048.</param>
    /// <param name="height">Height in pixels, 32 to 2048.</param>
    /// <param name="split">The family whose rule on colour-kind pairs its edits keep.</param>
    /// <exception cref="EditException">BadArgument: a word is unknown, a pair occurs twice, or the size is out of range.</exception>
    public static ToyScene Draw(SceneDescription description, int width, int height, SceneSplit split = SceneSplit.Train)
    {
        ArgumentNullException.ThrowIfNull(description);
        new ToySceneOptions { Width = width, Height = height, Split = split, Background = description.Background, Light = description.Light }.Check();
        foreach (IGrouping<string, SceneThing> same in description.Things.GroupBy(t => t.Phrase))
        {
            SceneShape.Foot(same.First().Kind);
            SceneShape.Palette(same.First().Color);
            SceneVocabulary.SizeOf(same.First().Size);
            if (same.Count() > 1)
            {
                throw new EditException(EditFault.BadArgument, $"The scene contains '{same.Key}' {same.Count()} times.", "Give every object its own pair of colour and kind.", same.Key);
            }
        }

        return new ToyScene(description, width, height, description.Texture, split, null);
    }

    /// <summary>An edit with its instruction, mask and true result.</summary>
    /// <param name="form">The form of the edit.</param>
    /// <param name="seed">Determines what the other arguments leave open: the object, the new colour, the place.</param>
    /// <param name="target">Index of the object to edit; null leaves it to the seed. Not used by Add, Background and Light.</param>
    /// <exception cref="EditException">BadArgument: the scene has no object to edit, or none of this index.</exception>
    public SceneEdit Edit(SceneEditForm form, ulong seed = 0, int? target = null) => SceneEditor.Make(this, form, seed, target);

    /// <summary>An edit of a type; the seed determines whether a local edit recolours or replaces.</summary>
    /// <param name="type">The type.</param>
    /// <param name="seed">Determines what the type leaves open.</param>
    /// <exception cref="EditException">BadArgument: the scene has no object to edit.</exception>
    public SceneEdit Edit(EditType type, ulong seed = 0) => Edit(
        type switch
        {
            EditType.Addition => SceneEditForm.Add,
            EditType.Remove => SceneEditForm.Remove,
            EditType.Local => (SceneRandom.Mix(seed ^ Description.Texture) & 1) == 0 ? SceneEditForm.Recolor : SceneEditForm.Replace,
            EditType.Global => SceneEditForm.Light,
            EditType.Background => SceneEditForm.Background,
            _ => throw new EditException(EditFault.BadArgument, $"{(int)type} is not an edit type.", $"Choose from {string.Join(", ", Enum.GetNames<EditType>())}.", type),
        },
        seed);

    /// <summary>Pixels of the scene without one of its objects and its shadow, revealing what is behind.</summary>
    /// <param name="index">The object.</param>
    /// <exception cref="EditException">BadArgument: there is no such object.</exception>
    public byte[] RenderWithout(int index) => Edit(SceneEditForm.Remove, 0, index).Rgb;

    /// <summary>Pixels of the background alone, lit, without objects and shadows.</summary>
    public byte[] RenderBackground() => Again(Description with { Things = [] }).Rgb;

    /// <summary>Draws a changed description; an unchanged ground is reused.</summary>
    internal ToyScene Again(SceneDescription description)
    {
        bool same = description.Background == Background && description.Light == Light
            && description.Texture == Description.Texture && description.LightFromLeft == Description.LightFromLeft;
        return new ToyScene(description, Width, Height, Seed, Split, same ? rendering.Ground : null);
    }
}
