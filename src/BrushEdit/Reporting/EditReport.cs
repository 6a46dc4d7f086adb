using System.Text;
using BrushEdit.Editing;

namespace BrushEdit.Reporting;

/// <summary>
/// A report on edits: one self-contained HTML page. Each edit is written to disk when it is added and is not kept in memory; the page gets
/// its final name when it is complete.
/// </summary>
public sealed class EditReport : IDisposable
{
    /// <summary>The minimum of <see cref="EditReportOptions.MaxSide"/>.</summary>
    public const int LeastSide = 64;

    /// <summary>The maximum of that side.</summary>
    public const int MostSide = 4096;

    private static readonly UTF8Encoding Encoding = new(encoderShouldEmitUTF8Identifier: false);

    private readonly EditReportOptions options;
    private readonly string full;
    private readonly string bodyFile;
    private readonly StreamWriter body;
    private readonly List<ReportLine> lines = [];
    private readonly InputFiles inputs = new();
    private readonly WriteRule rule;

    /// <summary>Begins a report; until it is complete, only a temporary file beside it exists.</summary>
    /// <param name="path">The page's file; its folder must exist.</param>
    /// <param name="options">Heading and sizes; null for the defaults.</param>
    /// <exception cref="EditException">
    /// The file exists already and may not be replaced, or the folder cannot be written to (CannotWrite); an option is out of range
    /// (BadArgument).
    /// </exception>
    public EditReport(string path, EditReportOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        this.options = options ?? new EditReportOptions();
        if (this.options.MaxSide is < LeastSide or > MostSide)
        {
            throw new EditException(EditFault.BadArgument, $"MaxSide is {this.options.MaxSide}.", $"Give {LeastSide} to {MostSide}.", this.options.MaxSide);
        }

        full = System.IO.Path.GetFullPath(path);
        RequireWritable(full, this.options.Overwrite);
        rule = WriteRule.For(this.options.Overwrite, inputs);
        bodyFile = AtomicFile.Beside(full);
        body = Guarded(() => new StreamWriter(bodyFile, append: false, Encoding));
    }

    /// <summary>The page's file.</summary>
    public string Path => full;

    /// <summary>The number of edits added.</summary>
    public int Count => lines.Count;

    /// <summary>Refuses a name that cannot be written to.</summary>
    /// <param name="path">A full path.</param>
    /// <param name="overwrite">Whether an existing file may be replaced.</param>
    /// <exception cref="EditException">The path is a folder, or a file that may not be replaced (CannotWrite).</exception>
    public static void RequireWritable(string path, bool overwrite)
    {
        if (Directory.Exists(path))
        {
            throw new EditException(EditFault.CannotWrite, $"'{path}' is a folder.", $"Give a file: '{System.IO.Path.Combine(path, "report.html")}'.", path);
        }

        WriteRule.For(overwrite).Check(path);
    }

    /// <summary>Adds an edit, with all its rounds.</summary>
    /// <param name="edit">The edit; missing parts are omitted.</param>
    /// <exception cref="EditException">The disk is full, or the page would replace an input file of the edit (CannotWrite).</exception>
    public void Add(ImageEdit edit)
    {
        ArgumentNullException.ThrowIfNull(edit);
        inputs.Add(edit.InputFiles);
        rule.Check(full);
        IReadOnlyList<ImageEdit> rounds = edit.Rounds;
        ReportLine line = ReportLine.Of(lines.Count + 1, edit, rounds);

        // Drawn in memory first: an edit that cannot be drawn leaves no partial output.
        using StringWriter section = new() { NewLine = "\n" };
        new ReportSection(new HtmlWriter(section), options.MaxSide).Write(line, edit, rounds);
        Guarded(() =>
        {
            body.Write(section.GetStringBuilder());
            return true;
        });
        lines.Add(line);
    }

    /// <summary>Assembles the page and gives it its final name.</summary>
    /// <exception cref="EditException">The page cannot be written (CannotWrite).</exception>
    public void Complete() => Guarded(() =>
    {
        body.Dispose();
        AtomicFile.Write(full, rule, temporary =>
        {
            using StreamWriter page = new(temporary, append: false, Encoding);
            Write(page);
        });
        return true;
    });

    /// <summary>Deletes temporary files; an incomplete report leaves nothing.</summary>
    public void Dispose()
    {
        try
        {
            body.Dispose();
        }
        catch (IOException)
        {
            // The last buffer did not fit the disk; the file is deleted anyway.
        }

        File.Delete(bodyFile);
    }

    private void Write(StreamWriter page)
    {
        page.Write("<!DOCTYPE html>\n");
        HtmlWriter html = new(page);
        using (html.Begin("html", ("lang", "en")))
        {
            ReportPage frame = new(html);
            frame.Begin(options.Title, lines);
            using (html.Begin("main", ("id", "edits")))
            {
                page.Flush();
                using FileStream edits = File.OpenRead(bodyFile);
                edits.CopyTo(page.BaseStream);
            }

            frame.End();
        }
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
                EditFault.CannotWrite, $"The report '{full}' cannot be written ({fault.Message}).", "Check the folder's permissions and free space.", full, fault);
        }
    }
}
