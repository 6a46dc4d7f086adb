using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Inpainting;
using BrushEdit.Segmenting;

namespace BrushEdit.Painting;

/// <summary>The models that the page may ask, and the thread they run on.</summary>
/// <param name="Finder">Finds things by words.</param>
/// <param name="Outliner">Outlines what is clicked on.</param>
/// <param name="Inpainter">Fills.</param>
/// <param name="Settings">How it fills; the page sets steps, seed and caption.</param>
/// <param name="Scheduler">Runs one work at a time, on the thread where networks run.</param>
internal sealed record PaintModels(IObjectFinder Finder, IObjectOutliner Outliner, IInpainter Inpainter, InpaintSettings Settings, TaskScheduler Scheduler)
{
    /// <summary>Runs work on the networks' thread.</summary>
    /// <typeparam name="T">What it gives.</typeparam>
    /// <param name="work">The work; watches its token.</param>
    /// <param name="cancellation">Ends it.</param>
    public Task<T> Compute<T>(Func<CancellationToken, T> work, CancellationToken cancellation) => Scheduler.Start(() => work(cancellation), cancellation);
}
