using BrushEdit.Imaging;

namespace BrushEdit.Training;

/// <summary>
/// The pictures of a folder and its subfolders, with their captions and, if they exist, masks: <c>cat.mask.png</c> next to
/// <c>cat.jpg</c>, or a picture of the same name in a folder <c>masks</c>. White = to be filled.
/// </summary>
public sealed class FolderPictures : ITrainingPictures
{
    private const string MaskFolder = "masks";

    private static readonly string[] Extensions = [".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".avif", ".gif"];

    private readonly string folder;
    private readonly string[] files;
    private readonly CaptionFiles captions;

    /// <summary>Lists a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="EditException">It does not exist, or contains no picture.</exception>
    public FolderPictures(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new EditException(EditFault.NotFound, $"There is no folder '{folder}'.", "Give a folder of pictures, or tar shards.", folder);
        }

        this.folder = Path.GetFullPath(folder);
        files = [.. Directory.EnumerateFiles(this.folder, "*", SearchOption.AllDirectories).Where(IsPicture).Order(StringComparer.Ordinal)];
        if (files.Length == 0)
        {
            throw new EditException(EditFault.NotFound, $"'{folder}' contains no picture.", $"Give a folder with {string.Join(", ", Extensions)} files.", folder);
        }

        captions = new CaptionFiles(this.folder);
    }

    /// <inheritdoc/>
    public string Description => $"{files.Length} pictures of the folder {Path.GetFileName(folder)}";

    /// <inheritdoc/>
    public int Count => files.Length;

    /// <inheritdoc/>
    public double InvertShare => 0;

    /// <inheritdoc/>
    public IReadOnlyList<string> Problems => captions.Problems;

    /// <inheritdoc/>
    public string Fingerprint => DataFingerprint.Of(files
        .Concat(files.Select(CaptionFiles.Beside))
        .Concat(files.Select(MaskOf).OfType<string>())
        .Concat(CaptionFiles.TablesIn(folder))
        .Where(File.Exists)
        .Select(file => DataFingerprint.Line(folder, file)));

    /// <inheritdoc/>
    public string Name(int index) => Path.GetRelativePath(folder, files[index]);

    /// <inheritdoc/>
    public TrainingPicture Read(int index)
    {
        Picture picture = Picture.Open(files[index]);
        string caption = captions.Of(files[index]) ?? string.Empty;
        return new TrainingPicture(picture.ToRgb(), picture.Width, picture.Height, caption, MaskOf(files[index]) is { } mask ? [ReadMask(mask, picture)] : []);
    }

    private bool IsPicture(string file)
    {
        string name = Path.GetFileName(file);
        bool isMask = Path.GetFileNameWithoutExtension(name).EndsWith(".mask", StringComparison.OrdinalIgnoreCase)
            || Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar).SkipLast(1).Contains(MaskFolder, StringComparer.OrdinalIgnoreCase);
        return !isMask && !name.StartsWith('.') && Extensions.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase);
    }

    private static string? MaskOf(string file)
    {
        string place = Path.GetDirectoryName(file)!;
        string stem = Path.GetFileNameWithoutExtension(file);
        return Extensions.SelectMany(extension => new[] { Path.Combine(place, stem + ".mask" + extension), Path.Combine(place, MaskFolder, stem + extension) })
            .FirstOrDefault(File.Exists);
    }

    private static bool[] ReadMask(string file, Picture picture)
    {
        Mask mask = Mask.Open(file);
        mask.RequireSize(picture);
        return [.. mask.Values.ToArray().Select(value => value >= Mask.Threshold)];
    }
}
