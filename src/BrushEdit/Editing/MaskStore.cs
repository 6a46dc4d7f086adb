using System.Security.Cryptography;
using BrushEdit.Imaging;

namespace BrushEdit.Editing;

/// <summary>A mask that was read back from a folder.</summary>
/// <param name="Mask">The mask, of the picture's size.</param>
/// <param name="Path">Its file.</param>
/// <param name="IsCorrected">Whether it differs from the mask that was written: painted over, or put there by hand.</param>
public sealed record StoredMask(Mask Mask, string Path, bool IsCorrected);

/// <summary>
/// Masks as PNG files that belong to pictures by their names, so that a batch can be stopped after its masks, the masks corrected in an image editor,
/// and the batch resumed: <c>beach.outline.png</c> contains what was outlined in <c>beach.jpg</c>, <c>beach.mask.png</c> the mask that is filled.
/// Both can be stored beside the picture.
/// </summary>
/// <param name="folder">The folder; created when the first mask is saved.</param>
public sealed class MaskStore(string folder)
{
    /// <summary>The end of the file name of a mask in its final shape.</summary>
    public const string MaskEnding = ".mask.png";

    /// <summary>The end of the file name of an outline.</summary>
    public const string OutlineEnding = ".outline.png";

    private const string HashKey = "maskHash";
    private const string PictureKey = "maskPicture";

    // The picture that each file name belongs to: two pictures may have the same name.
    private readonly Dictionary<string, string> owners = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The folder.</summary>
    public string Folder { get; } = System.IO.Path.GetFullPath(folder);

    /// <summary>The file of a picture's mask.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="ending"><see cref="MaskEnding"/> or <see cref="OutlineEnding"/>.</param>
    /// <exception cref="EditException">
    /// The picture was not read from a file, so that its mask has no name, or another picture of this store has the same name.
    /// </exception>
    public string PathOf(Picture picture, string ending)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (picture.Path is null)
        {
            throw new EditException(
                EditFault.BadArgument,
                $"Masks in the folder '{Folder}' have the names of their pictures, but a picture made in memory has no name.",
                "Write the picture with Export-EditImage first, or omit -MaskFolder.",
                picture);
        }

        string path = System.IO.Path.Combine(Folder, System.IO.Path.GetFileNameWithoutExtension(picture.Path) + ending);
        if (!owners.TryAdd(path, picture.Path) && owners[path] != picture.Path)
        {
            throw new EditException(
                EditFault.BadArgument,
                $"'{owners[path]}' and '{picture.Path}' would share the mask '{path}'.",
                "Give the pictures different names, or give each folder of pictures its own -MaskFolder.",
                picture.Path);
        }

        return path;
    }

    /// <summary>The stored mask of a picture; null if none exists.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="ending"><see cref="MaskEnding"/> or <see cref="OutlineEnding"/>.</param>
    /// <exception cref="EditException">
    /// The file is not a mask or has another size, the picture has no name, or the mask was written for another picture of that name.
    /// </exception>
    public StoredMask? Find(Picture picture, string ending)
    {
        string path = PathOf(picture, ending);
        if (!File.Exists(path))
        {
            return null;
        }

        Picture file = Picture.Open(path);
        Mask mask = Mask.FromPicture(file);
        mask.RequireSize(picture);
        IReadOnlyDictionary<string, string>? parameters = PictureParameters.Of(file);
        if (parameters?.GetValueOrDefault(PictureKey) is { } owner && owner != Hash(picture.Rgb))
        {
            throw new EditException(
                EditFault.BadMask,
                $"'{path}' was written for another picture that is also called '{System.IO.Path.GetFileName(picture.Path)}', or for this one before it was changed.",
                "Give each folder of pictures its own -MaskFolder, or make the mask again with -Force.",
                path);
        }

        string? written = parameters?.GetValueOrDefault(HashKey);
        bool corrected = written != Hash(mask.Values);
        return new StoredMask(corrected ? mask : mask.WithoutOrigin(), path, corrected);
    }

    /// <summary>
    /// Saves a picture's mask. An existing file is replaced if it is unchanged since it was written; a corrected one is replaced only on request.
    /// </summary>
    /// <param name="picture">The picture.</param>
    /// <param name="mask">Its mask.</param>
    /// <param name="ending"><see cref="MaskEnding"/> or <see cref="OutlineEnding"/>.</param>
    /// <param name="replace">Whether an existing file is replaced, whoever created it.</param>
    /// <returns>The file's path.</returns>
    /// <exception cref="EditException">The file cannot be written or may not be replaced, or the picture has no name.</exception>
    public string Save(Picture picture, Mask mask, string ending, bool replace = false)
    {
        ArgumentNullException.ThrowIfNull(mask);
        string path = PathOf(picture, ending);
        mask.RequireSize(picture);
        try
        {
            Directory.CreateDirectory(Folder);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new EditException(EditFault.CannotWrite, $"The folder '{Folder}' cannot be made ({fault.Message}).", "Give another -MaskFolder.", Folder, fault);
        }

        mask.ToPicture().Save(path, new PictureSaveOptions
        {
            Format = PictureFormat.Png,
            Rule = new WriteRule { Replace = replace, IsOwn = _ => Find(picture, ending) is { IsCorrected: false }, Inputs = new InputFiles(picture.Path) },
            Parameters = new Dictionary<string, string> { [HashKey] = Hash(mask.Values), [PictureKey] = Hash(picture.Rgb) },
        });
        return path;
    }

    // Distinguishes a mask that was painted over from one that was not; an editor that drops the file's metadata counts as having modified it.
    private static string Hash(ReadOnlySpan<byte> values) => Convert.ToHexString(SHA256.HashData(values))[..32];
}
