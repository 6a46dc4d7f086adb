using BrushEdit.Editing;
using BrushEdit.Inpainting;

namespace BrushEdit.Orchestrating;

/// <summary>What a stage needs beside the edit: whether to repeat finished work, the receiver of progress, and cancellation.</summary>
public sealed record StageContext
{
    /// <summary>Whether what is there already is made again.</summary>
    public bool Force { get; init; }

    /// <summary>Gets stage and step, on the calling thread; null for none.</summary>
    public IProgress<EditProgress>? Progress { get; init; }

    /// <summary>Gets lines that tell what a stage did or skipped; null for none.</summary>
    public Action<string>? Note { get; init; }

    /// <summary>The round that is being run, from 1.</summary>
    public int Round { get; init; } = 1;

    /// <summary>Rounds in all.</summary>
    public int Rounds { get; init; } = 1;

    /// <summary>Ends the work: before a network runs, and within one step of a fill.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Tells where the work is, and ends it where it is to end.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="edit">The edit.</param>
    /// <param name="status">What is being done.</param>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    internal void Begin(EditStage stage, ImageEdit edit, string status)
    {
        Cancellation.ThrowIfCancellationRequested();
        Tell(stage, edit.Name, status);
    }

    /// <summary>Tells where the work is.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="name">The picture's name.</param>
    /// <param name="status">What is being done.</param>
    /// <param name="fill">Where the fill is; null in the other stages.</param>
    internal void Tell(EditStage stage, string name, string status, InpaintProgress? fill = null) =>
        Progress?.Report(new EditProgress(stage, name, status, fill) { Round = Round, Rounds = Rounds });
}

/// <summary>Where an edit is.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Name">The picture's name.</param>
/// <param name="Status">What is being done, in words.</param>
/// <param name="Fill">Where the fill is; null in the other stages.</param>
public sealed record EditProgress(EditStage Stage, string Name, string Status, InpaintProgress? Fill = null)
{
    /// <summary>The round that is being run, from 1.</summary>
    public int Round { get; init; } = 1;

    /// <summary>Rounds in all.</summary>
    public int Rounds { get; init; } = 1;
}

/// <summary>The stages of an edit, in their order.</summary>
public enum EditStage
{
    /// <summary>The instruction becomes a plan.</summary>
    Plan,

    /// <summary>What the plan names is found.</summary>
    Find,

    /// <summary>What was found is outlined.</summary>
    Outline,

    /// <summary>The outline becomes the mask that the kind of edit needs.</summary>
    Shape,

    /// <summary>The mask is filled.</summary>
    Fill,

    /// <summary>The result is looked at.</summary>
    Verify,
}

/// <summary>One stage of an edit: reads what it needs, and adds its part to a copy.</summary>
public interface IEditStage
{
    /// <summary>Adds the stage's part.</summary>
    /// <param name="edit">The edit; it is not changed.</param>
    /// <param name="context">Receives progress, and says when to stop.</param>
    /// <returns>A copy with the stage's part; the edit itself where there was nothing to do.</returns>
    /// <exception cref="EditException">What the stage reads is missing; the remedy names the cmdlet that gives it.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    ImageEdit Complete(ImageEdit edit, StageContext context);
}
