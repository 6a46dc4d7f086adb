using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Inpainting;
using BrushEdit.Segmenting;

namespace BrushEdit.Painting;

/// <summary>The models available to the page, and the thread they run on.</summary>
/// <param name="Finder">Finds objects by text.</param>
/// <param name="Outliner">Outlines clicked objects.</param>
/// <param name="Inpainter">Fills masks.</param>
/// <param name="Settings">The fill settings; the page sets steps, seed and caption.</param>
/// <param name="Scheduler">Runs one work item at a time, on the networks' thread.</param>
internal sealed record PaintModels(IObjectFinder Finder, IObjectOutliner Outliner, IInpainter Inpainter, InpaintSettings Settings, TaskScheduler Scheduler)
{
    /// <summary>Runs work on the networks' thread.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="work">The work; it must observe its token.</param>
    /// <param name="cancellation">Cancels the work.</param>
    public Task<T> Compute<T>(Func<CancellationToken, T> work, CancellationToken cancellation) => Scheduler.Start(() => work(cancellation), cancellation);
}
