using System.Collections.Concurrent;
using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Measuring;
using BrushEdit.Segmenting;

namespace BrushEdit.Batching;

/// <summary>Fills several pictures in one pass.</summary>
public interface IBatchInpainter : IInpainter
{
    /// <summary>Fills pictures, those that fit together in one batch.</summary>
    /// <param name="requests">What is to be filled.</param>
    /// <param name="cancellation">Ends the work within one step.</param>
    /// <returns>For each request its outcome or its fault.</returns>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    IReadOnlyList<FillAnswer> FillAll(IReadOnlyList<FillRequest> requests, CancellationToken cancellation = default);
}

/// <summary>The models, as seen by one of several edits that share their fills.</summary>
/// <param name="Finder">The detector.</param>
/// <param name="Outliner">The segmenter.</param>
/// <param name="Inpainter">The fill; it waits for the other edits' fills.</param>
/// <param name="Matcher">Decides whether a fill shows what was asked for; null if the detector decides that too.</param>
public sealed record EditModels(IObjectFinder Finder, IObjectOutliner Outliner, IInpainter Inpainter, IPictureMatcher? Matcher = null);

/// <summary>
/// Runs several edits so that their fills come together. The edits take turns: one runs until it asks for a fill or ends, then the
/// next. When all wait, their fills are done in one batch and they continue, for as many rounds and attempts as each of them needs.
/// Networks run on the calling thread alone, and what comes together hangs on the edits only, never on timing.
/// </summary>
public static class SharedFills
{
    /// <summary>Runs the edits.</summary>
    /// <param name="edits">What each edit does with the models; called on threads of their own, never two at once.</param>
    /// <param name="models">The models; used on the calling thread.</param>
    /// <param name="inpainter">Does the fills that came together.</param>
    /// <param name="cancellation">Ends the fills; the edits must watch it themselves.</param>
    /// <returns>What went wrong with each edit; null if nothing did.</returns>
    public static IReadOnlyList<Exception?> Run(
        IReadOnlyList<Action<EditModels>> edits, EditModels models, IBatchInpainter inpainter, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(edits);
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(inpainter);
        Turn[] turns = [.. edits.Select(edit => new Turn(edit, models))];
        foreach (Turn turn in turns)
        {
            turn.Go();
        }

        for (Turn[] waiting = Waiting(turns); waiting.Length > 0; waiting = Waiting(turns))
        {
            IReadOnlyList<FillAnswer> answers = Fill([.. waiting.Select(turn => turn.Wanted!)], inpainter, cancellation);
            for (int i = 0; i < waiting.Length; i++)
            {
                waiting[i].Answer(answers[i]);
                waiting[i].Go();
            }
        }

        return [.. turns.Select(turn => turn.Fault)];
    }

    private static Turn[] Waiting(Turn[] turns) => [.. turns.Where(turn => turn.Wanted is not null)];

    private static IReadOnlyList<FillAnswer> Fill(FillRequest[] requests, IBatchInpainter inpainter, CancellationToken cancellation)
    {
        try
        {
            return inpainter.FillAll(requests, cancellation);
        }
#pragma warning disable CA1031 // Every edit hears of it, and ends as it would have ended alone.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            return [.. requests.Select(_ => new FillAnswer(null, fault))];
        }
    }

    /// <summary>One edit's turns. Its own thread and the calling one alternate: one of them always waits for the other.</summary>
    private sealed class Turn : IObjectFinder, IObjectOutliner, IInpainter, IPictureMatcher, IDisposable
    {
        private readonly EditModels models;
        private readonly Action<EditModels> edit;
        private readonly BlockingCollection<Action?> calls = [];
        private readonly SemaphoreSlim answered = new(0);
        private Task? run;
        private FillAnswer? answer;

        public Turn(Action<EditModels> edit, EditModels models) => (this.edit, this.models) = (edit, models);

        /// <summary>The fill it waits for; null if it has ended.</summary>
        public FillRequest? Wanted { get; private set; }

        /// <summary>What ended it; null if it went well.</summary>
        public Exception? Fault { get; private set; }

        string IObjectFinder.Name => Call(() => models.Finder.Name);

        string IObjectOutliner.Name => Call(() => models.Outliner.Name);

        string IInpainter.Name => Call(() => models.Inpainter.Name);

        string IPictureMatcher.Name => Call(() => models.Matcher!.Name);

        EditException? IPictureMatcher.Absence => Call(() => models.Matcher!.Absence);

        public EditException? Absence => Call(() => models.Finder.Absence);

        public bool TakesMask => Call(() => models.Inpainter.TakesMask);

        public int NativeSide => Call(() => models.Inpainter.NativeSide);

        public int Factor => Call(() => models.Inpainter.Factor);

        /// <summary>Lets it run until it wants a fill or ends, and does meanwhile what it asks of the networks. On the calling thread.</summary>
        public void Go()
        {
            run ??= Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
            while (calls.Take() is { } call)
            {
                call();
            }

            if (Wanted is null)
            {
                run.GetAwaiter().GetResult();
                Dispose();
            }
        }

        /// <summary>Frees what it waits with; once its edit has ended.</summary>
        public void Dispose()
        {
            calls.Dispose();
            answered.Dispose();
        }

        /// <summary>Hands it what it waits for.</summary>
        public void Answer(FillAnswer filled)
        {
            answer = filled;
            Wanted = null;
            answered.Release();
        }

        public DetectionResult Find(Picture picture, IReadOnlyList<string> phrases, DetectionOptions options, CancellationToken cancellation = default) =>
            Call(() => models.Finder.Find(picture, phrases, options, cancellation));

        public SegmentResult Outline(Picture picture, SegmentPrompt prompt, SegmentOptions options, CancellationToken cancellation = default) =>
            Call(() => models.Outliner.Outline(picture, prompt, options, cancellation));

        public IReadOnlyList<double> Match(Picture picture, Box region, IReadOnlyList<string> texts, CancellationToken cancellation = default) =>
            Call(() => models.Matcher!.Match(picture, region, texts, cancellation));

        public InpaintOutcome Fill(
            Picture picture, Mask mask, InpaintSettings settings, IProgress<InpaintProgress>? progress = null, CancellationToken cancellation = default)
        {
            Wanted = new FillRequest(picture, mask, settings, progress);
            calls.Add(null, CancellationToken.None);
            answered.Wait(CancellationToken.None);
            return answer!.Outcome ?? throw Rethrown(answer.Fault!);
        }

        private static Exception Rethrown(Exception fault)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(fault);
            return fault;
        }

        private void Run()
        {
            try
            {
                edit(new EditModels(this, this, this, models.Matcher is null ? null : this));
            }
#pragma warning disable CA1031 // It is the edit's own fault, which the caller is told.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                Fault = fault;
            }
            finally
            {
                calls.Add(null, CancellationToken.None);
            }
        }

        // Does something on the calling thread, and waits for it.
        private T Call<T>(Func<T> work)
        {
            TaskCompletionSource<T> done = new();
            calls.Add(
                () =>
                {
                    try
                    {
                        done.SetResult(work());
                    }
#pragma warning disable CA1031 // It is thrown where it was asked for.
                    catch (Exception fault)
#pragma warning restore CA1031
                    {
                        done.SetException(fault);
                    }
                },
                CancellationToken.None);
            return done.Task.GetAwaiter().GetResult();
        }
    }
}
