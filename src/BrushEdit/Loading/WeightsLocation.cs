namespace BrushEdit.Loading;

/// <summary>Finds the weights in a model part's folder: one file or the index of its shards, in full or half precision.</summary>
internal static class WeightsLocation
{
    /// <summary>The ending of weights files.</summary>
    public const string Ending = ".safetensors";

    /// <summary>The file or index with a part's weights.</summary>
    /// <param name="folder">The part's folder.</param>
    /// <param name="stem">The published name of the file, without ending.</param>
    /// <param name="preferHalf">Whether to take the <c>fp16</c> variant if both exist.</param>
    /// <exception cref="EditException">There are no weights, only pickled ones, or several files without an index.</exception>
    public static string Find(string folder, string stem, bool preferHalf)
    {
        string[] full = [$"{stem}{Ending}", $"{stem}{Ending}.index.json"];
        string[] half = [$"{stem}.fp16{Ending}", $"{stem}{Ending}.index.fp16.json", $"{stem}.fp16{Ending}.index.json"];
        string[] names = preferHalf ? [.. half, .. full] : [.. full, .. half];
        return names.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
            ?? (Directory.GetFiles(folder, "*" + Ending) is [string only] ? only : throw NoWeights(folder, names[0]));
    }

    private static EditException NoWeights(string folder, string expected)
    {
        string[] several = [.. Directory.GetFiles(folder, "*" + Ending).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
        string? pickled = Directory.GetFiles(folder).FirstOrDefault(ModelRecognition.IsPickled);
        string path = Path.Combine(folder, expected);
        return (several.Length, pickled) switch
        {
            ( > 0, _) => new EditException(
                EditFault.BadModel,
                $"'{folder}' contains several weight files ({string.Join(", ", several)}) but neither '{expected}' nor an index file.",
                $"Keep only the one to use, as '{expected}', or copy the index.json.",
                path),
            (_, not null) => new EditException(
                EditFault.BadModel,
                $"'{folder}' contains its weights only as a pickled checkpoint ('{Path.GetFileName(pickled)}'), which can run code when it is loaded; it is refused.",
                $"Get '{expected}' from where the model is published, or convert it in a trusted environment.",
                pickled),
            _ => new EditException(EditFault.NotFound, $"There is no weights file '{path}'.", "Copy the model's whole folder.", path),
        };
    }
}
