using System.Globalization;
using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.PowerShell;

/// <summary>The name of an output file. Several contents of one edit, and several samples, never get the same name.</summary>
/// <param name="edit">The edit.</param>
/// <param name="content">Which part of it is written.</param>
/// <param name="contents">All parts of it that are written.</param>
/// <param name="seed">The seed of the sample; null if there is none.</param>
/// <param name="number">The number of the edit in the pipeline, from 1.</param>
/// <param name="everySample">Whether all samples are written.</param>
/// <param name="format">The requested format; null keeps the picture's own.</param>
internal sealed class ExportName(
    ImageEdit edit, ExportContent content, IReadOnlyList<ExportContent> contents, long? seed, int number, bool everySample, PictureFormat? format)
{
    private readonly bool isPicture = content is ExportContent.Result or ExportContent.Picture;
    private readonly string seedText = seed?.ToString(CultureInfo.InvariantCulture) ?? "none";

    // The result has the plain name; the picture has it only if the result is not written too.
    private string Ending => content == ExportContent.Result || (content == ExportContent.Picture && !contents.Contains(ExportContent.Result))
        ? string.Empty
        : "-" + content.ToString().ToLowerInvariant();

    /// <summary>A file's name with its extension.</summary>
    /// <param name="template">What the user gave, with <c>{name}</c>, <c>{seed}</c>, <c>{number}</c> and <c>{content}</c>; null for the usual name.</param>
    public string Of(string? template)
    {
        string? own = edit.Path is null ? null : Path.GetFileNameWithoutExtension(edit.Path);
        string name = template is null
            ? own ?? (edit.Seed is null ? $"picture-{number}" : $"edit-{edit.Seed}")
            : template
                .Replace("{name}", own ?? "picture", StringComparison.OrdinalIgnoreCase)
                .Replace("{seed}", seedText, StringComparison.OrdinalIgnoreCase)
                .Replace("{number}", number.ToString(CultureInfo.InvariantCulture), StringComparison.OrdinalIgnoreCase)
                .Replace("{content}", content.ToString().ToLowerInvariant(), StringComparison.OrdinalIgnoreCase);
        return name + Sample(template) + (Has(template, "{content}") ? string.Empty : Ending) + Extension();
    }

    /// <summary>The named file for the first output of an edit; for all others a derived name in the same folder.</summary>
    /// <param name="file">Its full name.</param>
    public string Beside(string file)
    {
        bool isFirst = content == contents[0];
        string extension = isFirst || (isPicture && format is null) ? Path.GetExtension(file) : Extension();
        return Path.ChangeExtension(file, null) + Sample(null) + (isFirst ? string.Empty : "-" + content.ToString().ToLowerInvariant()) + extension;
    }

    private string Sample(string? template) => everySample && !Has(template, "{seed}") ? "-" + seedText : string.Empty;

    private static bool Has(string? template, string part) => template?.Contains(part, StringComparison.OrdinalIgnoreCase) == true;

    private string Extension()
    {
        if (isPicture && edit.Picture.Path is not null && (format is null || format == edit.Picture.Format))
        {
            string own = Path.GetExtension(edit.Picture.Path);
            if (own.Length > 0)
            {
                return own;
            }
        }

        return (format ?? (isPicture ? edit.Picture.Format : PictureFormat.Png)).Extension();
    }
}
