namespace BrushEdit.Synthesizing;

/// <summary>The family of scenes that a seed draws from. The families never share a random sequence.</summary>
public enum SceneSplit
{
    /// <summary>For training: held-out colour-kind pairs never occur, neither in a scene nor after one of its edits.</summary>
    Train,

    /// <summary>For measuring: random sequences other than in training, the same colour-kind pairs.</summary>
    HeldOutSeeds,

    /// <summary>For measuring: the first object, and any object that an edit introduces, is a held-out colour-kind pair
    /// (except for a recolouring if the scene already contains both held-out colours of that kind).</summary>
    HeldOutPairs,
}
