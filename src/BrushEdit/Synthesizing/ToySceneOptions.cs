namespace BrushEdit.Synthesizing;

/// <summary>What to draw: size, family, and what to fix instead of leaving it to the seed.</summary>
public sealed record ToySceneOptions
{
    /// <summary>Smallest width and height, in pixels.</summary>
    public const int MinSide = 32;

    /// <summary>Largest width and height, in pixels.</summary>
    public const int MaxSide = 2048;

    /// <summary>Maximum number of objects in a drawn scene.</summary>
    public const int MostObjects = 4;

    /// <summary>Width in pixels, 32 to 2048.</summary>
    public int Width { get; init; } = 128;

    /// <summary>Height in pixels, 32 to 2048.</summary>
    public int Height { get; init; } = 128;

    /// <summary>The family of scenes.</summary>
    public SceneSplit Split { get; init; } = SceneSplit.Train;

    /// <summary>Minimum number of objects, 0 to 4. A crowded picture may get fewer objects than the seed chose, but never fewer than this.</summary>
    public int MinObjects { get; init; } = 1;

    /// <summary>Maximum number of objects, 0 to 4.</summary>
    public int MaxObjects { get; init; } = MostObjects;

    /// <summary>Background, one of <see cref="SceneVocabulary.Backgrounds"/>; null leaves it to the seed.</summary>
    public string? Background { get; init; }

    /// <summary>Light, one of <see cref="SceneVocabulary.Lights"/>; null leaves it to the seed.</summary>
    public string? Light { get; init; }

    /// <summary>Throws an <see cref="EditException"/> of kind BadArgument that names the first value out of range.</summary>
    internal void Check()
    {
        CheckSide(Width, nameof(Width));
        CheckSide(Height, nameof(Height));
        if (!Enum.IsDefined(Split))
        {
            throw new EditException(EditFault.BadArgument, $"Split {(int)Split} is not a family of scenes.", $"Choose from {string.Join(", ", Enum.GetNames<SceneSplit>())}.", Split);
        }

        if (MinObjects < 0 || MaxObjects > MostObjects || MinObjects > MaxObjects)
        {
            throw new EditException(EditFault.BadArgument, $"A scene cannot hold {MinObjects} to {MaxObjects} objects.", $"Give a range within 0 to {MostObjects}, the smaller number first.", MinObjects);
        }

        if (Background is not null)
        {
            SceneVocabulary.IndexOf(SceneVocabulary.Backgrounds, Background, "a background");
        }

        if (Light is not null)
        {
            SceneVocabulary.IndexOf(SceneVocabulary.Lights, Light, "a light");
        }
    }

    private static void CheckSide(int side, string name)
    {
        if (side is < MinSide or > MaxSide)
        {
            throw new EditException(EditFault.BadArgument, $"{name} {side} is out of range.", $"Scenes are drawn from {MinSide} to {MaxSide} pixels a side.", side);
        }
    }
}
