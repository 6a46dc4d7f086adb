using BrushEdit.Adapting;
using BrushEdit.Loading;

namespace BrushEdit.Inpainting;

/// <summary>The additions to a base model besides its branch.</summary>
/// <param name="Loras">LoRA files with their weights.</param>
/// <param name="Inversions">Embeddings of textual inversion.</param>
/// <param name="PreviewVae">The tiny autoencoder for previews; null if none is installed.</param>
internal sealed record InpaintAdditions(IReadOnlyList<(LoraFile File, string Name, double Weight)> Loras, TextInversions Inversions, ModelFiles? PreviewVae)
{
    /// <summary>Finds the additions; reads headers only, except for the small embeddings.</summary>
    /// <param name="catalog">The catalog in which names are looked up.</param>
    /// <param name="model">The base model, whose folder may name LoRAs too.</param>
    /// <param name="loras">LoRAs by name.</param>
    /// <param name="embeddings">Embeddings by name.</param>
    /// <exception cref="EditException">One is missing, corrupt or of another kind.</exception>
    public static InpaintAdditions Find(ModelCatalog catalog, ModelFiles model, IReadOnlyList<LoraChoice> loras, IReadOnlyList<string> embeddings)
    {
        return new InpaintAdditions(
            [.. All(model, loras).Select(choice => (LoraFile.Open(WeightsOf(catalog, choice.Name, ModelKind.Lora)), System.IO.Path.GetFileNameWithoutExtension(choice.Name), choice.Weight))],
            embeddings.Count == 0 ? TextInversions.None : new TextInversions([.. embeddings.Select(name => EmbeddingFile.Open(WeightsOf(catalog, name, ModelKind.Embedding)))]),
            catalog.TinyVae(model.Family));
    }

    /// <summary>The LoRAs of a base model: those that its folder names, then the requested ones.</summary>
    /// <param name="model">The base model.</param>
    /// <param name="loras">LoRAs by name.</param>
    public static IEnumerable<LoraChoice> All(ModelFiles model, IEnumerable<LoraChoice> loras) => model.Loras.Select(LoraChoice.Parse).Concat(loras);

    /// <summary>Returns the file of a LoRA or an embedding; a folder with a single file stands for that file.</summary>
    /// <param name="catalog">The catalog in which names are looked up.</param>
    /// <param name="name">A name or a path.</param>
    /// <param name="kind">The required kind.</param>
    /// <exception cref="EditException">It is missing, or of another kind.</exception>
    public static string WeightsOf(ModelCatalog catalog, string name, ModelKind kind) => catalog.Open(name, kind).WeightFiles(ModelPart.Network)[0];
}
