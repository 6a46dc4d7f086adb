using System.Globalization;
using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.PowerShell;

/// <summary>How files are named that go into a folder.</summary>
internal static class ExportName
{
    /// <summary>A file's name with its extension.</summary>
    /// <param name="template">What the user gave, with <c>{name}</c>, <c>{seed}</c> and <c>{number}</c>; null for the usual name.</param>
    /// <param name="edit">The edit.</param>
    /// <param name="content">What of it is written.</param>
    /// <param name="seed">The seed of the sample; null where there is none.</param>
    /// <param name="number">The number of the edit in the pipeline, from 1.</param>
    /// <param name="everySample">Whether all samples are written, so that their names must differ.</param>
    /// <param name="format">The format asked for; null keeps the picture's own.</param>
    public static string Of(string? template, ImageEdit edit, ExportContent content, long? seed, int number, bool everySample, PictureFormat? format)
    {
        string seedText = seed?.ToString(CultureInfo.InvariantCulture) ?? "none";
        string? own = edit.Path is null ? null : Path.GetFileNameWithoutExtension(edit.Path);
        string name = template is null
            ? own ?? (edit.Seed is null ? $"picture-{number}" : $"edit-{edit.Seed}")
            : template
                .Replace("{name}", own ?? "picture", StringComparison.OrdinalIgnoreCase)
                .Replace("{seed}", seedText, StringComparison.OrdinalIgnoreCase)
                .Replace("{number}", number.ToString(CultureInfo.InvariantCulture), StringComparison.OrdinalIgnoreCase);
        if (everySample && template?.Contains("{seed}", StringComparison.OrdinalIgnoreCase) != true)
        {
            name += "-" + seedText;
        }

        name += content is ExportContent.Result or ExportContent.Picture ? string.Empty : "-" + content.ToString().ToLowerInvariant();
        return name + Extension(edit.Picture, content, format);
    }

    private static string Extension(Picture picture, ExportContent content, PictureFormat? format)
    {
        if (content is ExportContent.Result or ExportContent.Picture && picture.Path is not null && (format is null || format == picture.Format))
        {
            string own = Path.GetExtension(picture.Path);
            if (own.Length > 0)
            {
                return own;
            }
        }

        return (format ?? (content is ExportContent.Result or ExportContent.Picture ? picture.Format : PictureFormat.Png)).Extension();
    }
}
