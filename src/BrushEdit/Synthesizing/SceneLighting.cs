namespace BrushEdit.Synthesizing;

/// <summary>How a time of day affects colours and shadows.</summary>
/// <param name="Tint">Factor on the colours of ground and objects.</param>
/// <param name="Shadow">Darkness of cast shadows, 0 to 1.</param>
/// <param name="Reach">How far to the side a shadow falls, in half widths of its object.</param>
/// <param name="Fall">How much darker the side away from the light is, 0 to 1.</param>
internal readonly record struct SceneLighting(SceneColor Tint, float Shadow, float Reach, float Fall)
{
    private static readonly SceneLighting Day = new(new SceneColor(1f, 1f, 1f), 0.42f, 0.25f, 0.03f);
    private static readonly SceneLighting Dusk = new(new SceneColor(0.98f, 0.76f, 0.66f), 0.5f, 0.55f, 0.14f);
    private static readonly SceneLighting Night = new(new SceneColor(0.47f, 0.52f, 0.69f), 0.5f, 0.18f, 0.1f);

    /// <summary>The lighting of a time of day.</summary>
    public static SceneLighting Of(string light) => light switch
    {
        "day" => Day,
        "dusk" => Dusk,
        "night" => Night,
        _ => throw new EditException(EditFault.BadArgument, $"'{light}' is not a light.", $"Choose from {string.Join(", ", SceneVocabulary.Lights)}.", light),
    };

    /// <summary>Brightness at a place across the picture (0 = the left edge, 1 = the right one).</summary>
    public float At(float across, bool fromLeft) => 1f - (Fall * (fromLeft ? across : 1f - across));
}
