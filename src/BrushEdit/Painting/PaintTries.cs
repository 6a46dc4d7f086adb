using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using BrushEdit.Editing;
using BrushEdit.Inpainting;
using BrushEdit.Orchestrating;
using BrushEdit.Serving;

namespace BrushEdit.Painting;

/// <summary>Trial fills from the page, each with its seed; one runs at a time, and the newest are kept.</summary>
/// <param name="models">The networks.</param>
/// <param name="tell">Sends an event to the page.</param>
internal sealed class PaintTries(PaintModels models, Action<JsonObject> tell) : IDisposable
{
    // The number of result pixels to keep: a dozen camera pictures, or a hundred small ones.
    private const long MostPixels = 300_000_000;

    private readonly SortedDictionary<int, PaintTry> done = [];
    private readonly Lock gate = new();
    private CancellationTokenSource? running;
    private int last;

    /// <summary>The tries that are kept.</summary>
    public JsonArray State
    {
        get
        {
            lock (gate)
            {
                return [.. done.Select(one => one.Value.Describe(one.Key))];
            }
        }
    }

    /// <summary>Returns a try.</summary>
    /// <param name="id">Its number.</param>
    /// <exception cref="PageFault">No such try exists.</exception>
    public ImageEdit Find(int id)
    {
        lock (gate)
        {
            return done.TryGetValue(id, out PaintTry? one) ? one.Edit : throw new PageFault(HttpStatusCode.NotFound, "This trial fill is no longer available.");
        }
    }

    /// <summary>Starts a try; the page receives its progress.</summary>
    /// <param name="edit">The edit with its mask.</param>
    /// <param name="caption">The caption of the fill.</param>
    /// <param name="steps">The number of steps; null for the default.</param>
    /// <param name="seed">The seed; null draws one.</param>
    /// <returns>The try's number.</returns>
    /// <exception cref="PageFault">A try is already running.</exception>
    public int Begin(ImageEdit edit, string caption, int? steps, long? seed)
    {
        InpaintSettings settings = models.Settings with { Steps = steps ?? models.Settings.Steps, Seed = seed, Samples = 1, PreviewEvery = 0 };
        settings.Validate();
        CancellationTokenSource mine = new();
        int id;
        lock (gate)
        {
            if (running is not null)
            {
                throw new PageFault(HttpStatusCode.Conflict, "A trial fill is already running.");
            }

            running = mine;
            id = ++last;
        }

        _ = Run(id, edit, new FillStage(models.Inpainter, caption, settings), mine);
        return id;
    }

    /// <summary>Cancels the running try within a step.</summary>
    public void Stop()
    {
        lock (gate)
        {
            running?.Cancel();
        }
    }

    /// <summary>Cancels running work.</summary>
    public void Dispose() => Stop();

    private async Task Run(int id, ImageEdit edit, FillStage stage, CancellationTokenSource mine)
    {
        JsonObject end;
        try
        {
            Stopwatch clock = Stopwatch.StartNew();
            StageContext context = new() { Force = true, Progress = new Listener(id, tell), Cancellation = mine.Token };
            ImageEdit filled = await models.Compute(_ => stage.Complete(edit, context), mine.Token).ConfigureAwait(false);
            end = Keep(id, new PaintTry(filled, clock.Elapsed));
        }
        catch (OperationCanceledException)
        {
            end = new JsonObject { ["event"] = "stopped", ["id"] = id };
        }
#pragma warning disable CA1031 // Every fault is reported to the requester; the page stays usable.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            end = new JsonObject { ["event"] = "failed", ["id"] = id, ["message"] = PlainText.Message(fault.Message) };
        }

        lock (gate)
        {
            running = null;
            mine.Dispose();
        }

        tell(end);
    }

    private JsonObject Keep(int id, PaintTry made)
    {
        lock (gate)
        {
            done[id] = made;
            while (done.Count > 1 && done.Values.Sum(one => one.Pixels) > MostPixels)
            {
                done.Remove(done.Keys.First());
            }
        }

        JsonObject told = made.Describe(id);
        told["event"] = "tried";
        return told;
    }

    private sealed record PaintTry(ImageEdit Edit, TimeSpan Time)
    {
        public long Pixels => (long)Edit.Picture.Width * Edit.Picture.Height;

        // A seed may exceed JavaScript's exact integer range.
        public JsonObject Describe(int id) => new()
        {
            ["id"] = id,
            ["seed"] = Edit.Seed!.Value.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["steps"] = Edit.Settings!.Steps,
            ["caption"] = PlainText.Line(Edit.Settings.Caption),
            ["seconds"] = Math.Round(Time.TotalSeconds, 1),
        };
    }

    private sealed class Listener(int id, Action<JsonObject> tell) : IProgress<EditProgress>
    {
        public void Report(EditProgress value)
        {
            if (value.Fill is { } fill)
            {
                tell(new JsonObject { ["event"] = "trying", ["id"] = id, ["step"] = fill.Step, ["steps"] = fill.Steps, ["stage"] = fill.Stage.ToString(), ["text"] = fill.Stage.Text() });
            }
        }
    }
}
