using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>
/// The PNG file that shows a fill while it is made, rewritten at each preview. A file that was there before the run is replaced only under
/// <c>-Force</c>, one that somebody changes meanwhile not at all, and one that the run reads never.
/// </summary>
/// <param name="path">The file's full name.</param>
/// <param name="force">Whether a file that is there is replaced.</param>
internal sealed class PreviewFile(string path, bool force)
{
    private string? written;

    /// <summary>Throws where the file may not be written; nothing is computed yet.</summary>
    /// <exception cref="EditException">It may not (CannotWrite).</exception>
    public void Check() => Rule(new InputFiles()).Check(path);

    /// <summary>Throws where the file is one that an edit is made of.</summary>
    /// <param name="edit">The edit.</param>
    /// <exception cref="EditException">It is (CannotWrite).</exception>
    public void Check(ImageEdit edit) => Rule(new InputFiles(edit.InputFiles)).Check(path);

    /// <summary>Shows a preview.</summary>
    /// <param name="preview">The preview.</param>
    /// <param name="edit">The edit it is of.</param>
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
