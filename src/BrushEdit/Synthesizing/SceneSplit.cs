namespace BrushEdit.Synthesizing;

/// <summary>Which family of scenes a seed draws from. The families never share a random sequence.</summary>
public enum SceneSplit
{
    /// <summary>For training: held-out colour-kind pairs never occur, neither in a scene nor after one of its edits.</summary>
    Train,

    /// <summary>For measuring: other random sequences than in training, the same colour-kind pairs.</summary>
    HeldOutSeeds,

    /// <summary>For measuring: the first object, and whatever an edit brings in, is a held-out colour-kind pair
    /// (except for a recolouring where the scene already holds both held-out colours of that kind).</summary>
    HeldOutPairs,
}
