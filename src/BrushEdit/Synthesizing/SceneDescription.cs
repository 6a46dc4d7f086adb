using System.Text;
using BrushEdit.Editing;

namespace BrushEdit.Synthesizing;

/// <summary>
/// One object as pure data. Lengths are in units of the picture's short side, origin top left, y down.
/// </summary>
/// <param name="Kind">One of <see cref="SceneVocabulary.Kinds"/>.</param>
/// <param name="Color">One of <see cref="SceneVocabulary.Colors"/>.</param>
/// <param name="Size">One of <see cref="SceneVocabulary.Sizes"/>.</param>
/// <param name="X">The object's position: x of the centre of its foot.</param>
/// <param name="Y">The object's position: y of its foot; an object with a larger y is nearer and covers farther ones.</param>
/// <param name="Flip">Mirrored left to right.</param>
/// <param name="Tilt">Lean in radians, small.</param>
/// <param name="SaySize">Whether the caption includes the size.</param>
public sealed record SceneThing(string Kind, string Color, string Size, double X, double Y, bool Flip, double Tilt, bool SaySize)
{
    /// <summary>"red ball": identifies one object of its scene, since no scene contains a colour-kind pair twice.</summary>
    public string Phrase => $"{Color} {Kind}";

    /// <summary>"a red ball", or "a small red ball" if the caption includes the size.</summary>
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
/// A scene as pure data: the renderer draws the same picture from the same description, and an edit is a changed description rendered again. It does
/// not depend on the number of pixels, but does depend on the picture's aspect ratio.
/// </summary>
/// <param name="Things">Objects in the order of the caption.</param>
/// <param name="Background">One of <see cref="SceneVocabulary.Backgrounds"/>.</param>
/// <param name="Light">One of <see cref="SceneVocabulary.Lights"/>.</param>
/// <param name="Texture">Seed of the background's texture.</param>
/// <param name="LightFromLeft">Whether the light comes from the left; shadows fall to the other side.</param>
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

    /// <summary>The scene with one of its objects replaced.</summary>
    public SceneDescription With(int index, SceneThing thing) => this with { Things = [.. Things.Select((t, i) => i == index ? thing : t)] };

    /// <summary>The scene with one more object.</summary>
    public SceneDescription And(SceneThing thing) => this with { Things = [.. Things, thing] };
}
