using BrushEdit.Editing;

namespace BrushEdit.PowerShell;

/// <summary>The outcome of one file of a batch: a readable summary without the pictures.</summary>
public sealed class EditedFile
{
    /// <summary>The input's file name for display, without control characters.</summary>
    public string Name => PlainText.Line(System.IO.Path.GetFileName(InputPath));

    /// <summary>The input.</summary>
    public required string InputPath { get; init; }

    /// <summary>The file that was written: the first of <see cref="Files"/>. Binds to the next cmdlet.</summary>
    public string Path => Files[0];

    /// <summary>All files that were written.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>Whether it was edited now or earlier, or nothing to edit was found in it.</summary>
    public required EditedFileStatus Status { get; init; }

    /// <summary>The kind of edit of the last round; null if it was edited earlier.</summary>
    public EditType? EditType { get; init; }

    /// <summary>What was edited; null if it was edited earlier or if the plan names nothing.</summary>
    public string? Target { get; init; }

    /// <summary>How many objects were found and edited; null if it was edited earlier, or nothing was searched for.</summary>
    public int? Found { get; init; }

    /// <summary>The seed of the result; null if it was edited earlier.</summary>
    public long? Seed { get; init; }

    /// <summary>The verdict on the result; null if it was not judged.</summary>
    public EditVerdict? Verdict { get; init; }

    /// <summary>Seconds of each stage of the last round.</summary>
    public IReadOnlyDictionary<string, TimeSpan> Timings { get; init; } = new StageTimes(new Dictionary<string, TimeSpan>());

    /// <summary>The models that were used, as <c>stage: name</c>.</summary>
    public IReadOnlyList<string> Models { get; init; } = TextList.Empty;

    /// <summary>The warnings of the stages.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = TextList.Empty;

    /// <summary>Notes that are not faults, such as what part of a mask picture was read as white.</summary>
    public IReadOnlyList<string> Notes { get; init; } = TextList.Empty;

    /// <summary>Describes an edit that was written.</summary>
    /// <param name="edit">The edit.</param>
    /// <param name="input">The edit's input.</param>
    /// <param name="files">The written files.</param>
    /// <param name="warnings">What could not be preserved in the written file.</param>
    internal static EditedFile Of(ImageEdit edit, string input, IReadOnlyList<string> files, IEnumerable<string> warnings) => new()
    {
        InputPath = input,
        Files = new TextList(files),
        Status = EditedFileStatus.Done,
        EditType = edit.Plan?.EditType ?? edit.ShapedFor,
        Target = edit.Plan?.Target,
        Found = edit.Detections?.Length,
        Seed = edit.Seed,
        Verdict = edit.Verdict,
        Timings = new StageTimes(edit.Timings),
        Models = new TextList(edit.Models),
        Warnings = new TextList([.. edit.Warnings, .. warnings.Select(PlainText.Line)]),
        Notes = new TextList(edit.Notes),
    };
}

/// <summary>The outcome of one file of a batch.</summary>
public enum EditedFileStatus
{
    /// <summary>It was edited now.</summary>
    Done,

    /// <summary>It was edited before, with the same settings.</summary>
    Skipped,

    /// <summary>The object to edit was not found in it; with <c>-CopyUnedited</c> the original is copied beside the results.</summary>
    NotFound,
}
