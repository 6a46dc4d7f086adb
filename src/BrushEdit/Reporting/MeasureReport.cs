using System.Text;
using BrushEdit.Measuring;

namespace BrushEdit.Reporting;

/// <summary>
/// A page on measured edits: means by method and kind on top, then each edit's pictures side by side with its measures, the worst first; the
/// page sorts by any measure. It is self-contained. Pictures are scaled down and written to disk when an edit is added; for each edit,
/// only its figures are kept in memory.
/// </summary>
public sealed class MeasureReport : IDisposable
{
    private static readonly UTF8Encoding Encoding = new(encoderShouldEmitUTF8Identifier: false);

    private readonly string full;
    private readonly string title;
    private readonly WriteRule rule;
    private readonly int most;
    private readonly string picturesFile;
    private readonly FileStream pictures;
    private readonly List<MeasureReportRow> rows = [];
    private readonly List<(string Name, string Reason)> failures = [];

    /// <summary>Begins a page; until it is complete, only a temporary file beside it exists.</summary>
    /// <param name="path">The page's file; its folder must exist.</param>
    /// <param name="title">Its heading.</param>
    /// <param name="rule">Which files may be replaced.</param>
    /// <param name="maxSide">The maximum length of a picture's longer side on the page, in pixels.</param>
    /// <exception cref="EditException">The file exists already and may not be replaced, or cannot be written (CannotWrite).</exception>
    public MeasureReport(string path, string title, WriteRule rule, int maxSide = 320)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(rule);
        full = Path.GetFullPath(path);
        this.title = title;
        this.rule = rule;
        most = maxSide;
        rule.Check(full);
        picturesFile = AtomicFile.Beside(full);
        pictures = Guarded(() => new FileStream(picturesFile, FileMode.CreateNew, FileAccess.ReadWrite));
    }

    /// <summary>Adds an edit.</summary>
    /// <param name="item">Its pictures.</param>
    /// <param name="measures">Its figures.</param>
    /// <exception cref="EditException">The disk is full (CannotWrite).</exception>
    public void Add(MeasureItem item, EditMeasures measures)
    {
        ArgumentNullException.ThrowIfNull(item);
        ArgumentNullException.ThrowIfNull(measures);
        using StringWriter cells = new() { NewLine = "\n" };
        MeasurePage.WritePictures(new HtmlWriter(cells), item, most);
        byte[] bytes = Encoding.GetBytes(cells.ToString());
        Guarded(() =>
        {
            pictures.Write(bytes);
            return true;
        });
        rows.Add(new MeasureReportRow(measures, pictures.Position - bytes.Length, bytes.Length, item.Truth is not null));
    }

    /// <summary>Adds an edit that could not be measured; the page lists it.</summary>
    /// <param name="name">The edit's name.</param>
    /// <param name="reason">The reason.</param>
    public void AddFailure(string name, string reason) => failures.Add((PlainText.Message(name), PlainText.Message(reason)));

    /// <summary>Assembles the page and gives it its final name.</summary>
    /// <param name="totals">The means.</param>
    /// <param name="sortBy">The figure to sort by, worst first; null for the first figure that differs between edits.</param>
    /// <exception cref="EditException">The page cannot be written (CannotWrite).</exception>
    public void Complete(MeasureTotals totals, MeasureColumn? sortBy = null)
    {
        ArgumentNullException.ThrowIfNull(totals);
        pictures.Flush();
        Guarded(() =>
        {
            AtomicFile.Write(full, rule, temporary =>
            {
                using StreamWriter page = new(temporary, append: false, Encoding);
                new MeasurePage(page, title).Write(totals.Rows(), Sorted(sortBy), failures, row => CopyPictures(row, page));
            });
            return true;
        });
    }

    /// <summary>Deletes temporary files; an incomplete page leaves nothing.</summary>
    public void Dispose()
    {
        pictures.Dispose();
        File.Delete(picturesFile);
    }

    private (IReadOnlyList<MeasureReportRow> Rows, MeasureColumn? By) Sorted(MeasureColumn? sortBy)
    {
        MeasureColumn? by = sortBy ?? MeasureColumn.All.FirstOrDefault(
            column => rows.Select(row => column.Badness(row.Measures)).Where(value => !double.IsNegativeInfinity(value)).Distinct().Skip(1).Any());
        return (by is null ? rows : [.. rows.OrderByDescending(row => by.Badness(row.Measures))], by);
    }

    private void CopyPictures(MeasureReportRow row, StreamWriter page)
    {
        page.Flush();
        byte[] bytes = new byte[row.Length];
        pictures.Position = row.Start;
        pictures.ReadExactly(bytes);
        page.BaseStream.Write(bytes);
    }

    private T Guarded<T>(Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new EditException(
                EditFault.CannotWrite, $"The page '{full}' cannot be written ({fault.Message}).", "Check the folder's permissions and free space.", full, fault);
        }
    }
}

/// <summary>The data of a measured edit kept until the page's end.</summary>
/// <param name="Measures">Its figures.</param>
/// <param name="Start">The offset of its pictures in the temporary file.</param>
/// <param name="Length">Their length in bytes.</param>
/// <param name="HasTruth">Whether a picture of the true result exists.</param>
internal sealed record MeasureReportRow(EditMeasures Measures, long Start, int Length, bool HasTruth);
