using System.Text;
using BrushEdit.Editing;

namespace BrushEdit.Synthesizing;

/// <summary>
/// One object as pure data. Lengths are in units of the picture's short side, origin top left, y down.
/// </summary>
/// <param name="Kind">One of <see cref="SceneVocabulary.Kinds"/>.</param>
/// <param name="Color">One of <see cref="SceneVocabulary.Colors"/>.</param>
/// <param name="Size">One of <see cref="SceneVocabulary.Sizes"/>.</param>
/// <param name="X">Where it stands: centre of its foot.</param>
/// <param name="Y">Where it stands: its foot; the lower, the nearer, and the nearer covers the farther.</param>
/// <param name="Flip">Mirrored left to right.</param>
/// <param name="Tilt">Lean in radians, small.</param>
/// <param name="SaySize">Whether the caption tells the size.</param>
public sealed record SceneThing(string Kind, string Color, string Size, double X, double Y, bool Flip, double Tilt, bool SaySize)
{
    /// <summary>"red ball": names one thing of its scene, since no scene holds a colour-kind pair twice.</summary>
    public string Phrase => $"{Color} {Kind}";

    /// <summary>"a red ball", or "a small red ball" where the size is told.</summary>
    public string Described
    {
        get
        {
            string words = SaySize && Size != "medium" ? $"{Size} {Phrase}" : Phrase;
            return $"{NounForms.Article(words)} {words}";
        }
    }
}

/// <summary>
/// A scene as pure data: the renderer makes the same picture of the same description, and an edit is a changed
/// description rendered again. Independent of the number of pixels, not of the picture's shape.
/// </summary>
/// <param name="Things">Objects in the order of the caption.</param>
/// <param name="Background">One of <see cref="SceneVocabulary.Backgrounds"/>.</param>
/// <param name="Light">One of <see cref="SceneVocabulary.Lights"/>.</param>
/// <param name="Texture">Seed of the background's texture.</param>
/// <param name="LightFromLeft">Where the light comes from; shadows fall to the other side.</param>
public sealed record SceneDescription(IReadOnlyList<SceneThing> Things, string Background, string Light, ulong Texture, bool LightFromLeft)
{
    /// <summary>"a red ball and a small blue cube on sand at dusk"; without objects "sand at dusk".</summary>
    public string Caption
    {
        get
        {
            var text = new StringBuilder();
            for (int i = 0; i < Things.Count; i++)
            {
                text.Append(i == 0 ? "" : i == Things.Count - 1 ? " and " : ", ").Append(Things[i].Described);
            }

            text.Append(Things.Count == 0 ? "" : " on ").Append(SceneVocabulary.PhraseOf(Background));
            return text.Append(' ').Append(SceneVocabulary.LightPhrase(Light)).ToString();
        }
    }

    /// <summary>The scene without one of its objects.</summary>
    public SceneDescription Without(int index) => this with { Things = [.. Things.Where((_, i) => i != index)] };

    /// <summary>The scene with one of its objects exchanged.</summary>
    public SceneDescription With(int index, SceneThing thing) => this with { Things = [.. Things.Select((t, i) => i == index ? thing : t)] };

    /// <summary>The scene with one object more.</summary>
    public SceneDescription And(SceneThing thing) => this with { Things = [.. Things, thing] };
}
