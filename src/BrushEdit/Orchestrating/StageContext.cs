using BrushEdit.Editing;
using BrushEdit.Inpainting;

namespace BrushEdit.Orchestrating;

/// <summary>What a stage needs beside the edit: whether to repeat finished work, the receiver of progress, and cancellation.</summary>
public sealed record StageContext
{
    /// <summary>Whether existing parts are created again.</summary>
    public bool Force { get; init; }

    /// <summary>Receives stage and step, on the calling thread; null for none.</summary>
    public IProgress<EditProgress>? Progress { get; init; }

    /// <summary>Receives lines that describe what a stage did or skipped; null for none.</summary>
    public Action<string>? Note { get; init; }

    /// <summary>The current round, from 1.</summary>
    public int Round { get; init; } = 1;

    /// <summary>The total number of rounds.</summary>
    public int Rounds { get; init; } = 1;

    /// <summary>Cancels the work: before a network runs, and within one step of a fill.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Reports progress, and throws if the work was cancelled.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="edit">The edit.</param>
    /// <param name="status">What is being done.</param>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    internal void Begin(EditStage stage, ImageEdit edit, string status)
    {
        Cancellation.ThrowIfCancellationRequested();
        Tell(stage, edit.Name, status);
    }

    /// <summary>Reports progress.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="name">The picture's name.</param>
    /// <param name="status">What is being done.</param>
    /// <param name="fill">The progress of the fill; null in the other stages.</param>
    internal void Tell(EditStage stage, string name, string status, InpaintProgress? fill = null) =>
        Progress?.Report(new EditProgress(stage, name, status, fill) { Round = Round, Rounds = Rounds });
}

/// <summary>The progress of an edit.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Name">The picture's name.</param>
/// <param name="Status">What is being done, in words.</param>
/// <param name="Fill">The progress of the fill; null in the other stages.</param>
public sealed record EditProgress(EditStage Stage, string Name, string Status, InpaintProgress? Fill = null)
{
    /// <summary>The current round, from 1.</summary>
    public int Round { get; init; } = 1;

    /// <summary>The total number of rounds.</summary>
    public int Rounds { get; init; } = 1;
}

/// <summary>The stages of an edit, in order.</summary>
public enum EditStage
{
    /// <summary>Turns the instruction into a plan.</summary>
    Plan,

    /// <summary>Finds the objects that the plan names.</summary>
    Find,

    /// <summary>Outlines the detected objects.</summary>
    Outline,

    /// <summary>Shapes the outline into the mask that the kind of edit needs.</summary>
    Shape,

    /// <summary>Fills the mask.</summary>
    Fill,

    /// <summary>Verifies the result.</summary>
    Verify,
}

/// <summary>One stage of an edit: reads what it needs, and adds its part to a copy.</summary>
public interface IEditStage
{
    /// <summary>Adds the stage's part.</summary>
    /// <param name="edit">The edit; it is not modified.</param>
    /// <param name="context">Receives progress, and carries cancellation.</param>
    /// <returns>A copy with the stage's part; the edit itself if there was nothing to do.</returns>
    /// <exception cref="EditException">An input of the stage is missing; the remedy names the cmdlet that creates it.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    ImageEdit Complete(ImageEdit edit, StageContext context);
}
