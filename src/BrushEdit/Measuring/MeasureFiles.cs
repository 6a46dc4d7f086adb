using BrushEdit.Loading;

namespace BrushEdit.Measuring;

/// <summary>Finds the checkpoints of the networks that measure: a folder or a <c>.safetensors</c> file, by path or by a name in the models' folders.</summary>
public static class MeasureFiles
{
    private const string Extension = ".safetensors";

    /// <summary>Returns the path of a name.</summary>
    /// <param name="nameOrPath">A path, or the name of a folder or file in one of the roots.</param>
    /// <param name="roots">Folders in which models are looked up: <see cref="ModelCatalog.Roots"/>.</param>
    /// <exception cref="EditException">Nothing of that name exists (ModelNotFound).</exception>
    public static string Find(string nameOrPath, IEnumerable<string> roots)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrPath);
        ArgumentNullException.ThrowIfNull(roots);
        string[] candidates = [nameOrPath, .. roots.SelectMany(root => new[] { Path.Combine(root, nameOrPath), Path.Combine(root, nameOrPath + Extension) })];
        return candidates.FirstOrDefault(Path.Exists) is { } found ? Path.GetFullPath(found) : throw new EditException(
            EditFault.ModelNotFound,
            $"There is no '{nameOrPath}', here or in {string.Join(" or ", roots)}.",
            "Give the path of a .safetensors file or of a folder that contains one; about_EditMeasures describes the files and how to convert pickled ones.",
            nameOrPath);
    }

    /// <summary>Opens a checkpoint's weights.</summary>
    /// <param name="path">A file, or a folder with <c>model.safetensors</c> or one other safetensors file.</param>
    /// <exception cref="EditException">It is a pickled file, or the folder contains no or several checkpoints (BadModel).</exception>
    public static SafetensorsFile OpenWeights(string path)
    {
        ModelRecognition.RefusePickle(path);
        if (!Directory.Exists(path))
        {
            return SafetensorsFile.Open(path);
        }

        string usual = Path.Combine(path, "model" + Extension);
        string[] files = File.Exists(usual) ? [usual] : [.. Directory.EnumerateFiles(path, "*" + Extension).Order(StringComparer.Ordinal)];
        return files.Length == 1 ? SafetensorsFile.Open(files[0]) : throw new EditException(
            EditFault.BadModel,
            $"'{path}' contains {(files.Length == 0 ? "no .safetensors file" : $"{files.Length} .safetensors files, but none is called model.safetensors")}.",
            "Name the file; about_EditMeasures describes the files and how to convert pickled ones.",
            path);
    }

    /// <summary>The configuration in a checkpoint's folder.</summary>
    /// <param name="path">The folder, or a file, which has none.</param>
    /// <returns>Null if none exists.</returns>
    public static ConfigReader? Config(string path)
    {
        string file = Path.Combine(path, "config.json");
        return File.Exists(file) ? ConfigReader.Open(file) : null;
    }
}
