using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Serving;

namespace BrushEdit.Painting;

/// <summary>The painting of one picture: its steps, outlines, tries and outcome. The page may be reloaded at any time.</summary>
internal sealed class PaintSession : IDisposable
{
    private const int MostBody = 8 << 20;
    private const int MostSmallBody = 64 << 10;
    private const int MostSteps = 100_000;
    private const int MostCaption = 2_000;

    private readonly ImageEdit edit;
    private readonly PaintView view;
    private readonly MaskHistory history;
    private readonly PaintModels models;
    private readonly PaintOutlines outlines;
    private readonly PaintTries tries;
    private readonly TaskCompletionSource<PaintOutcome> end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly Lock gate = new();
    private int at;
    private int revision;
    private string? lastRequest;

    /// <summary>Begins to paint.</summary>
    /// <param name="number">The picture's number, from 1; addresses of pictures contain it.</param>
    /// <param name="edit">The edit.</param>
    /// <param name="start">The mask to begin with, of the picture's size.</param>
    /// <param name="models">The networks.</param>
    /// <param name="tell">Sends an event to the page.</param>
    public PaintSession(int number, ImageEdit edit, Mask start, PaintModels models, Action<JsonObject> tell)
    {
        start.RequireSize(edit.Picture);
        Number = number;
        this.edit = edit;
        this.models = models;
        view = new PaintView(edit.Picture);
        history = new MaskHistory(start);
        outlines = new PaintOutlines(edit.Picture, models);
        tries = new PaintTries(models, tell);
    }

    /// <summary>The picture's number.</summary>
    public int Number { get; }

    /// <summary>The outcome.</summary>
    public Task<PaintOutcome> End => end.Task;

    /// <summary>Ends it without a mask.</summary>
    /// <param name="how">The way it ends.</param>
    public void Leave(PaintEnd how) => end.TrySetResult(new PaintOutcome(how));

    /// <summary>Cancels running work.</summary>
    public void Dispose() => tries.Dispose();

    /// <summary>Answers a request of the page.</summary>
    /// <param name="request">The request.</param>
    /// <param name="claim">Throws if another tab is painting.</param>
    /// <param name="cancellation">Cancels the work.</param>
    public async Task<PageAnswer> Answer(PageRequest request, Action<JsonElement> claim, CancellationToken cancellation)
    {
        if (request.Route.StartsWith("GET ", StringComparison.Ordinal))
        {
            return request.Number("picture") == Number
                ? Get(request)
                : throw new PageFault(HttpStatusCode.Gone, "Another picture is being painted.");
        }

        JsonElement body = await request.ReadJson(request.Route == "POST steps" ? MostBody : MostSmallBody, cancellation).ConfigureAwait(false);
        claim(body);
        if (PaintStepReader.Whole(body, "picture", 0, int.MaxValue) != Number)
        {
            throw new PageFault(HttpStatusCode.Gone, "Another picture is being painted.");
        }

        switch (request.Route)
        {
            case "POST steps":
                return PageAnswer.Of(AddSteps(body));
            case "POST outline":
                return PageAnswer.Of(await outlines.Outline(body, cancellation).ConfigureAwait(false));
            case "POST prepare":
                await outlines.Prepare(cancellation).ConfigureAwait(false);
                return PageAnswer.Empty;
            case "POST find":
                return PageAnswer.Of(await outlines.Search(body, cancellation).ConfigureAwait(false));
            case "POST try":
                return PageAnswer.Of(Try(body));
            case "POST stop":
                tries.Stop();
                return PageAnswer.Empty;
            case "POST cancel":
                Leave(PaintEnd.Cancelled);
                return PageAnswer.Empty;
            case "POST done":
                end.TrySetResult(new PaintOutcome(PaintEnd.Done, Done(body)));
                return PageAnswer.Empty;
            default:
                throw new PageFault(HttpStatusCode.NotFound, "The request is unknown.");
        }
    }

    /// <summary>Returns the page's initial state.</summary>
    public JsonObject State()
    {
        lock (gate)
        {
            return new JsonObject
            {
                ["picture"] = Number,
                ["name"] = PlainText.Line(edit.Name),
                ["width"] = edit.Picture.Width,
                ["height"] = edit.Picture.Height,
                ["viewWidth"] = view.Width,
                ["viewHeight"] = view.Height,
                ["instruction"] = PlainText.Line(edit.Plan?.Instruction),
                ["kind"] = edit.Plan?.EditType.ToString(),
                ["target"] = PlainText.Line(edit.Plan?.Target),
                ["caption"] = PlainText.Line(PaintedEdit.CaptionOf(edit)),
                ["box"] = edit.Plan?.Box is { } box ? new JsonArray(box.X, box.Y, box.Width, box.Height) : null,
                ["hasPlan"] = edit.Plan is not null,
                ["count"] = history.Count,
                ["at"] = at,
                ["revision"] = revision,
                ["steps"] = models.Settings.Steps,
                ["tries"] = tries.State,
            };
        }
    }

    /// <summary>Reads a box of four numbers.</summary>
    /// <param name="list">x, y, width, height.</param>
    /// <exception cref="PageFault">The list is not a box.</exception>
    public static Box ReadBox(JsonElement list)
    {
        List<(double X, double Y)> points = PaintStepReader.Points(list);
        return points.Count == 2 && points[1] is { X: > 0, Y: > 0 }
            ? new Box(points[0].X, points[0].Y, points[1].X, points[1].Y)
            : throw new PageFault(HttpStatusCode.BadRequest, "A box has x, y, width and height.");
    }

    private PageAnswer Get(PageRequest request)
    {
        switch (request.Route)
        {
            case "GET view":
                return PageAnswer.Image(view.Encode(edit.Picture));
            case "GET tried":
                return PageAnswer.Image(view.Encode(tries.Find(request.Number("id")).Result!));
            case "GET piece":
                Box box = new Box(request.Number("x"), request.Number("y"), request.Number("w"), request.Number("h")).Clip(edit.Picture.Width, edit.Picture.Height);
                return PageAnswer.Image(PaintView.EncodePiece(edit.Picture, box, Math.Clamp(request.Number("across"), 1, 4096)));
            case "GET outline":
                return outlines.Find(request.Number("id")) is { } outline
                    ? PageAnswer.Packed(view.Sample(outline.ToValues()))
                    : throw new PageFault(HttpStatusCode.NotFound, "This outline does not exist.");
            case "GET mask":
                lock (gate)
                {
                    int wanted = request.Number("at");
                    return wanted >= 0 && wanted <= history.Count
                        ? PageAnswer.Packed(view.Sample(history.ValuesAt(wanted)))
                        : throw new PageFault(HttpStatusCode.NotFound, "There are not that many steps.");
                }

            default:
                throw new PageFault(HttpStatusCode.NotFound, "The request is unknown.");
        }
    }

    // The page resends steps if the answer to an earlier request was lost.
    private JsonObject AddSteps(JsonElement body)
    {
        string request = body.TryGetProperty("request", out JsonElement name) && name.ValueKind == JsonValueKind.String
            ? name.GetString()!
            : throw new PageFault(HttpStatusCode.BadRequest, "The request has no name.");
        List<PaintStep> more = PaintStepReader.Read(body.TryGetProperty("steps", out JsonElement list) ? list : default, outlines.Find);
        lock (gate)
        {
            if (request != lastRequest)
            {
                int from = PaintStepReader.Whole(body, "from", 0, history.Count);
                int here = PaintStepReader.Whole(body, "at", 0, Math.Min(MostSteps, more.Count > 0 ? from + more.Count : history.Count));
                RequireRevision(body);
                history.Replace(from, more);
                (at, lastRequest) = (here, request);
                revision++;
            }

            return new JsonObject { ["revision"] = revision, ["count"] = history.Count, ["at"] = at };
        }
    }

    private void RequireRevision(JsonElement body)
    {
        if (PaintStepReader.Whole(body, "revision", 0, int.MaxValue) != revision)
        {
            throw new PageFault(HttpStatusCode.Conflict, "The mask was changed in another tab; reload the page.");
        }
    }

    private PaintedEdit Painted(JsonElement body)
    {
        Box? box = body.TryGetProperty("box", out JsonElement list) && list.ValueKind == JsonValueKind.Array ? ReadBox(list).Clip(edit.Picture.Width, edit.Picture.Height) : null;
        string? caption = body.TryGetProperty("caption", out JsonElement words) && words.ValueKind == JsonValueKind.String ? words.GetString()!.Trim() : null;
        if (caption?.Length > MostCaption)
        {
            throw new PageFault(HttpStatusCode.BadRequest, $"A caption can have at most {MostCaption} characters.");
        }

        lock (gate)
        {
            RequireRevision(body);
            return new PaintedEdit(history.MaskAt(at), caption, box);
        }
    }

    private JsonObject Try(JsonElement body)
    {
        PaintedEdit painted = Painted(body);
        ImageEdit masked = painted.AddTo(edit, clock.Elapsed);
        string caption = string.IsNullOrWhiteSpace(painted.Caption)
            ? PaintedEdit.CaptionOf(edit) ?? throw new PageFault(HttpStatusCode.UnprocessableEntity, "The caption is empty: describe the picture after the edit first.")
            : painted.Caption;
        int? steps = body.TryGetProperty("steps", out JsonElement count) && count.ValueKind == JsonValueKind.Number ? PaintStepReader.Whole(body, "steps", 1, 1000) : null;
        long? seed = body.TryGetProperty("seed", out JsonElement text) && text.ValueKind == JsonValueKind.String && text.GetString() is { Length: > 0 } digits
            ? long.TryParse(digits, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out long number)
                ? number
                : throw new PageFault(HttpStatusCode.BadRequest, "The seed must be a whole number, 0 or more.")
            : null;
        return new JsonObject { ["id"] = tries.Begin(masked, caption, steps, seed) };
    }

    private ImageEdit Done(JsonElement body)
    {
        if (!body.TryGetProperty("try", out JsonElement id) || id.ValueKind == JsonValueKind.Null)
        {
            return Painted(body).AddTo(edit, clock.Elapsed);
        }

        ImageEdit chosen = tries.Find(PaintStepReader.Whole(body, "try", 1, int.MaxValue));
        int made = tries.State.Count;
        return chosen.With("PaintMask", clock.Elapsed, parts => parts.NoteOverride(made > 1 ? $"Result (chosen of {made} tries)" : "Result (tried on the page)"));
    }
}
