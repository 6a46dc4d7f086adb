using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Tokenizing;
using TorchSharp;

namespace BrushEdit.Inpainting;

/// <summary>
/// Embeddings of textual inversion (arXiv 2208.01618) in use: words of the prompts that represent one or several vectors in place of
/// tokens.
/// </summary>
public sealed class TextInversions
{
    private readonly IReadOnlyList<EmbeddingFile> files;

    /// <summary>Loads embeddings.</summary>
    /// <param name="files">The embeddings; each word once.</param>
    /// <exception cref="EditException">Two have the same word, or one contains NaN or infinity.</exception>
    public TextInversions(IReadOnlyList<EmbeddingFile> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        this.files = files;
        if (files.GroupBy(file => file.Token, StringComparer.OrdinalIgnoreCase).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new EditException(
                EditFault.BadArgument, $"Two embeddings use the word '{twice.Key}': {string.Join(" and ", twice.Select(file => file.Source))}.", "Omit one of them.", twice.Key);
        }

        foreach (EmbeddingFile file in files)
        {
            for (int encoder = 0; encoder < file.Widths.Count; encoder++)
            {
                using torch.Tensor vectors = file.Read(encoder);
                if (!Finite.AllFinite(vectors))
                {
                    throw new EditException(EditFault.BadModel, $"The embedding '{file.Source}' contains NaN or infinity.", "Download it again from where it is published.", file.Source);
                }
            }
        }

        Words = new EmbeddingWords(files.Select(file => (file.Token, file.Count)));
    }

    /// <summary>No embeddings.</summary>
    public static TextInversions None { get; } = new([]);

    /// <summary>The words.</summary>
    public EmbeddingWords Words { get; }

    /// <summary>The vectors for each text encoder, (N, C) in single precision; null if none exist. The caller's scope owns them.</summary>
    /// <param name="encoders">The number of text encoders.</param>
    internal IReadOnlyList<torch.Tensor>? Vectors(int encoders)
    {
        if (files.Count == 0)
        {
            return null;
        }

        return [.. Enumerable.Range(0, encoders).Select(encoder => torch.cat([.. files.Select(file => file.Read(encoder))], 0))];
    }

    /// <summary>Requires that the embeddings fit the text encoders; reads only their headers.</summary>
    /// <param name="widths">The width of each text encoder's vectors.</param>
    /// <exception cref="EditException">One was made for another family.</exception>
    internal void RequireFit(IReadOnlyList<int> widths)
    {
        foreach (EmbeddingFile file in files)
        {
            if (!file.Widths.SequenceEqual(widths.Select(width => (long)width)))
            {
                throw new EditException(
                    EditFault.BadModel,
                    $"The embedding '{file.Source}' has vectors {string.Join(" and ", file.Widths)} wide; the base model's text encoder{(widths.Count > 1 ? "s take" : " takes")} {string.Join(" and ", widths)}: it was made for another family.",
                    "Use an embedding of the base model's family.",
                    file.Source);
            }
        }
    }
}
