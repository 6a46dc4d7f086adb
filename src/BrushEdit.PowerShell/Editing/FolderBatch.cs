using System.Diagnostics;
using BrushEdit.Batching;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Orchestrating;
using BrushEdit.Planning;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary>How results of a batch are written.</summary>
/// <param name="Contents">Which parts of each edit are written.</param>
/// <param name="Format">The format; null for the input's own.</param>
/// <param name="Quality">The quality of a lossy format; null for the input's own.</param>
internal sealed record BatchOutput(IReadOnlyList<ExportContent> Contents, PictureFormat? Format, int? Quality)
{
    /// <summary>The output files of an input.</summary>
    /// <param name="input">The input.</param>
    /// <param name="folder">The output folder.</param>
    /// <param name="name">The first file's full name, if the user specifies one; the others are named after it.</param>
    public IReadOnlyList<string> Files(string input, string folder, string? name = null)
    {
        string file = name is null ? Path.Combine(folder, Path.GetFileNameWithoutExtension(input)) : Path.ChangeExtension(name, null);
        string own = Path.GetExtension(name) is { Length: > 0 } given ? given : Path.GetExtension(input);
        return [.. Contents.Select((content, index) => name is not null && index == 0 && Path.HasExtension(name) ? name : file + Ending(own, content))];
    }

    private string Ending(string own, ExportContent content)
    {
        if (content is not (ExportContent.Result or ExportContent.Picture))
        {
            return "-" + content.ToString().ToLowerInvariant() + (Format ?? PictureFormat.Png).Extension();
        }

        bool keeps = Format is null ? own.Length > 0 : PictureFormats.OfExtension(own) == Format;
        return (content == ExportContent.Picture ? "-picture" : string.Empty) + (keeps ? own : (Format ?? PictureFormat.Png).Extension());
    }
}

/// <summary>Processes each file of a batch: read, run through all stages, written, and noted in the journal.</summary>
/// <param name="journal">The journal.</param>
/// <param name="planner">The planner.</param>
/// <param name="crew">The workers, each with its models.</param>
/// <param name="output">How results are written.</param>
/// <param name="report">Receives progress.</param>
/// <param name="copyUnedited">Whether the original is copied in place of a result if nothing to edit is found.</param>
/// <param name="force">Whether existing parts of an edit are made again and existing files are replaced.</param>
internal sealed class FolderBatch(
    BatchJournal journal,
    IEditPlanner planner,
    BatchCrew crew,
    BatchOutput output,
    BatchReport report,
    bool copyUnedited,
    bool force) : IBatchWork<BatchItem>
{
    /// <inheritdoc/>
    public void Open(BatchItem item, CancellationToken cancellation)
    {
        item.TakenUp?.Invoke();

        // The journal's record of the input must match what is read now.
        item.Input = BatchInput.Of(item.Input.Path, journal.Folder);
        _ = item.Input.Hash;
        item.Edit ??= new ImageEdit(Picture.Open(item.Input.Path));

        if (item.Mask is { } mask)
        {
            item.Edit = item.Edit.Clone();
            item.Edit.Mask = mask(item.Edit.Picture);
        }

        // The networks' view of the picture is made here, in parallel with them.
        _ = item.Edit.Picture.Rgb;
    }

    /// <inheritdoc/>
    public IReadOnlyList<Exception?> Compute(IReadOnlyList<BatchItem> items, int worker, CancellationToken cancellation)
    {
        BatchWorker own = crew.Begin(worker);
        Action<EditModels>[] edits = [.. items.Select(item => (Action<EditModels>)(lent => Run(item, lent, cancellation)))];
        IReadOnlyList<Exception?> faults = items.Count == 1 ? [Attempt(edits[0], own.Models)] : SharedFills.Run(edits, own.Models, own.Inpainter, cancellation);
        if (faults.All(fault => fault is null))
        {
            crew.Took(worker, items.Aggregate(TimeSpan.Zero, (sum, item) => sum + item.Time) / items.Count);
        }

        return faults;
    }

    /// <inheritdoc/>
    public void Write(BatchItem item)
    {
        if (item.NotFound is not null)
        {
            CopyOriginal(item, item.NotFound);
            return;
        }

        ImageEdit edit = item.Edit!;
        List<PendingFile> files = [];
        try
        {
            for (int i = 0; i < item.Outputs.Count; i++)
            {
                OutputFolder.Make(Path.GetDirectoryName(item.Outputs[i])!);
                files.Add(Prepare(edit, output.Contents[i], item.Outputs[i]));
                RequireUnshared(files[i].Path, item.Input);
            }

            journal.Announce(item.Input, files);
            foreach (PendingFile file in files)
            {
                Commit(file, item);
            }

            journal.Complete(item.Input, item.Settings, files, edit.Seed, item.Time);
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }

        item.Result = EditedFile.Of(edit, item.Input.Path, item.Outputs, files.SelectMany(file => file.Warnings).Distinct());
        item.Edit = null;
    }

    /// <inheritdoc/>
    public bool EndsBatch(Exception fault) => Faults.EndsPipeline(fault);

    /// <inheritdoc/>
    public void Finished(BatchItem item, Exception? fault)
    {
        item.Edit = null;
        if (fault is null)
        {
            report.Done(item.Result!);
            return;
        }

        bool nothingFound = fault is EditException { Kind: EditFault.ThingNotFound };
        report.Failed(Faults.ToRecord(fault, item.Input.Path), nothingFound);
        if (nothingFound)
        {
            journal.NotFound(item.Input.Key, item.Settings, fault.Message);
        }
        else
        {
            journal.Fail(item.Input.Key, item.Settings, fault.Message);
        }
    }

    // The output folder stays complete: the original picture, byte for byte if its format does not change.
    private void CopyOriginal(BatchItem item, EditException why)
    {
        string copy = item.Outputs[output.Contents.ToList().IndexOf(ExportContent.Result)];
        OutputFolder.Make(Path.GetDirectoryName(copy)!);
        RequireUnshared(copy, item.Input);
        bool sameFormat = string.Equals(Path.GetExtension(copy), Path.GetExtension(item.Input.Path), StringComparison.OrdinalIgnoreCase);
        using PendingFile file = sameFormat
            ? PendingFile.Write(copy, temporary => File.Copy(item.Input.Path, temporary))
            : item.Edit!.Picture.Prepare(copy, new PictureSaveOptions { Format = output.Format, Quality = output.Quality });
        journal.Announce(item.Input, [file]);
        Commit(file, item);
        journal.NotFound(item.Input.Key, item.Settings, why.Message);
        item.Result = new EditedFile
        {
            InputPath = item.Input.Path,
            Files = new TextList([copy]),
            Status = EditedFileStatus.NotFound,
            Warnings = new TextList([why.Message, .. file.Warnings.Select(PlainText.Line)]),
        };
        item.Edit = null;
    }

    private PendingFile Prepare(ImageEdit edit, ExportContent content, string path) => ContentPicture.Of(edit, content).Prepare(path, new PictureSaveOptions
    {
        Format = output.Format,
        Quality = output.Quality,
        Parameters = content == ExportContent.Result ? EditParameters.Of(edit) : null,
    });

    // -Force replaces existing files, but not a file that this same batch has just made from another picture.
    private void RequireUnshared(string path, BatchInput input)
    {
        if (force && File.Exists(path) && journal.OtherPartsInput(path, input) is { } other)
        {
            throw BatchFiles.Shared(input.Path, other, path);
        }
    }

    // Hours may have passed since the output folder was checked, when the file was queued: the rule is checked again.
    private static void Commit(PendingFile file, BatchItem item)
    {
        try
        {
            file.Commit(item.Rule);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new EditException(
                EditFault.CannotWrite, $"'{file.Path}' cannot be written ({fault.Message}).", "Check the folder's permissions and free space.", file.Path, fault);
        }
    }

    private static Exception? Attempt(Action<EditModels> edit, EditModels models)
    {
        try
        {
            edit(models);
            return null;
        }
#pragma warning disable CA1031 // One file's fault of any kind must not end the batch.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            return fault;
        }
    }

    private void Run(BatchItem item, EditModels lent, CancellationToken cancellation)
    {
        Stopwatch clock = Stopwatch.StartNew();
        EditOptions own = item.Options with { Fill = item.Options.Fill with { Seed = BatchSeed.Of(item.Options.Fill.Seed, item.Input.Path) } };
        StageContext context = new() { Force = force, Progress = report, Note = report.Note, Cancellation = cancellation };
        try
        {
            item.Edit = new EditRunner(planner, lent.Finder, lent.Outliner, lent.Inpainter, lent.Matcher).RunRounds(item.Edit!, item.Instructions, own, context);
        }
        catch (EditException fault) when (copyUnedited && fault.Kind == EditFault.ThingNotFound)
        {
            item.NotFound = fault;
        }

        item.Time = clock.Elapsed;
    }
}
