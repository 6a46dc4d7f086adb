using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>
/// The PNG file that shows a fill while it is made, rewritten at each preview. A file that existed before the run is replaced only with
/// <c>-Force</c>; a file that somebody changes during the run, or that the run reads, is never replaced.
/// </summary>
/// <param name="path">The file's full name.</param>
/// <param name="force">Whether an existing file is replaced.</param>
internal sealed class PreviewFile(string path, bool force)
{
    private string? written;

    /// <summary>Throws if the file may not be written, before anything is computed.</summary>
    /// <exception cref="EditException">The file may not be written (CannotWrite).</exception>
    public void Check() => Rule(new InputFiles()).Check(path);

    /// <summary>Throws if the file is an input of an edit.</summary>
    /// <param name="edit">The edit.</param>
    /// <exception cref="EditException">The file is an input of the edit (CannotWrite).</exception>
    public void Check(ImageEdit edit) => Rule(new InputFiles(edit.InputFiles)).Check(path);

    /// <summary>Shows a preview.</summary>
    /// <param name="preview">The preview.</param>
    /// <param name="edit">The edit that it shows.</param>
    /// <exception cref="EditException">The file cannot or may not be written (CannotWrite).</exception>
    public void Show(InpaintPreview preview, ImageEdit edit)
    {
        Picture picture = Picture.FromRgb(preview.Rgb, preview.Width, preview.Height);
        using PendingFile file = picture.Prepare(path, new PictureSaveOptions { Format = PictureFormat.Png });
        string hash = file.Hash;
        try
        {
            file.Commit(Rule(new InputFiles(edit.InputFiles)));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new EditException(EditFault.CannotWrite, $"'{path}' cannot be written ({fault.Message}).", "Give another -PreviewPath.", path, fault);
        }

        written = hash;
    }

    private WriteRule Rule(InputFiles inputs) => new()
    {
        Replace = force && written is null,
        IsOwn = file => written is not null && PendingFile.HashOf(file) == written,
        Inputs = inputs,
    };
}
