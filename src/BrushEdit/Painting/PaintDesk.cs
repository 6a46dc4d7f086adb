using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Serving;

namespace BrushEdit.Painting;

/// <summary>
/// A page in the user's browser on which masks are painted, one picture after another. It is served only on the loopback address, to one
/// browser, and paints in one tab at a time.
/// </summary>
internal sealed class PaintDesk : IDisposable
{
    private const int MostTabBody = 1024;

    // A reloaded page reconnects within the first interval; a broken connection may recover within the second.
    private static readonly TimeSpan ReloadTime = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan ReturnTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan FarewellTime = TimeSpan.FromMilliseconds(300);

    private readonly PaintModels models;
    private readonly EventHub hub = new();
    private readonly PageServer server;
    private readonly Lock gate = new();
    private PaintSession? session;
    private string? painter;
    private int pictures;
    private long visits;

    private PaintDesk(PaintModels models, int? port)
    {
        this.models = models;
        hub.Changed += Visit;
        server = PageServer.Start(port, Answer);
    }

    /// <summary>The address that the user opens; valid for one browser.</summary>
    public string Address => server.Address;

    /// <summary>The port.</summary>
    public int Port => server.Port;

    /// <summary>Whether the page is open in a browser, or comes back within a time: a page that waits for the next picture may have been loaded again.</summary>
    /// <param name="time">The time.</param>
    public bool WaitOpen(TimeSpan time) => SpinWait.SpinUntil(() => hub.IsOpen(), time);

    /// <summary>Starts to serve the page.</summary>
    /// <param name="models">The networks available to the page.</param>
    /// <param name="port">The port; null for a free one.</param>
    /// <exception cref="EditException">The port is in use.</exception>
    public static PaintDesk Open(PaintModels models, int? port = null) => new(models, port);

    /// <summary>Shows a picture, and waits until the user has painted.</summary>
    /// <param name="edit">The edit; it is not changed.</param>
    /// <param name="start">The mask to begin with; null for the edit's, or an empty one.</param>
    /// <param name="cancellation">Cancels the wait; the page is notified.</param>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public async Task<PaintOutcome> Paint(ImageEdit edit, Mask? start, CancellationToken cancellation)
    {
        Mask begin = start ?? edit.Mask ?? Mask.Empty(edit.Picture.Width, edit.Picture.Height);
        using PaintSession mine = new(++pictures, edit, begin, models, value => hub.Send(value));
        session = mine;
        hub.Send(new JsonObject { ["event"] = "picture" });
        try
        {
            return await mine.End.WaitAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            session = null;
            hub.Send(new JsonObject { ["event"] = "waiting" });
        }
    }

    /// <summary>Notifies the page that no more pictures follow, and stops.</summary>
    public void Dispose()
    {
        if (hub.IsOpen())
        {
            hub.Send(new JsonObject { ["event"] = "finished" });
            Thread.Sleep(FarewellTime);
        }

        server.Dispose();
    }

    private async Task<PageAnswer> Answer(PageRequest request, CancellationToken cancellation)
    {
        switch (request.Route)
        {
            case "GET events":
                return hub.Open(Tab(request.Text("tab")));
            case "GET state":
                return PageAnswer.Of(State(Tab(request.Text("tab"))));
            case "GET models":
                return PageAnswer.Of(await Models(cancellation).ConfigureAwait(false));
            case "POST claim":
                Claim(Tab(await request.ReadJson(MostTabBody, cancellation).ConfigureAwait(false)));
                return PageAnswer.Empty;
            case "POST bye":
                Bye(Tab(await request.ReadJson(MostTabBody, cancellation).ConfigureAwait(false)));
                return PageAnswer.Empty;
            default:
                if (request.Route.StartsWith("GET ", StringComparison.Ordinal) && PageFiles.Find(request.Route["GET ".Length..]) is { } file)
                {
                    return file;
                }

                PaintSession now = session ?? throw new PageFault(HttpStatusCode.Gone, "No picture is being painted.");
                return await now.Answer(request, body => Require(Tab(body)), cancellation).ConfigureAwait(false);
        }
    }

    private static string Tab(JsonElement body) => Tab(body.TryGetProperty("tab", out JsonElement tab) && tab.ValueKind == JsonValueKind.String ? tab.GetString() : null);

    private static string Tab(string? name) => name is { Length: > 0 and <= 64 } ? name : throw new PageFault(HttpStatusCode.BadRequest, "The request names no tab.");

    private JsonObject State(string tab)
    {
        JsonObject state = session?.State() ?? [];
        lock (gate)
        {
            state["elsewhere"] = painter is not null && painter != tab;
        }

        return state;
    }

    // This reads configurations and searches for a device, so it runs on the networks' thread.
    private async Task<JsonObject> Models(CancellationToken cancellation) => await models.Compute(
        token => new JsonObject
        {
            ["outline"] = Absence(() => models.Outliner.Absence),
            ["find"] = Absence(() => models.Finder.Absence),
            ["fill"] = Absence(() =>
            {
                _ = models.Inpainter.Name;
                return null;
            }),
        },
        cancellation).ConfigureAwait(false);

    private static string? Absence(Func<EditException?> look)
    {
        try
        {
            return look() is { } absence ? PlainText.Message(absence.Message) : null;
        }
        catch (EditException fault)
        {
            return PlainText.Message(fault.Message);
        }
    }

    private void Require(string tab)
    {
        lock (gate)
        {
            painter ??= tab;
            if (painter != tab)
            {
                throw new PageFault(HttpStatusCode.Conflict, "The picture is open in another tab.");
            }
        }
    }

    private void Claim(string tab)
    {
        string? before;
        lock (gate)
        {
            (before, painter) = (painter, tab);
        }

        if (before is not null && before != tab)
        {
            hub.Send(new JsonObject { ["event"] = "elsewhere" }, before);
        }
    }

    // A tab's event stream has started or ended.
    private void Visit(string tab)
    {
        if (hub.IsOpen(tab))
        {
            lock (gate)
            {
                visits++;
                painter = painter is null || !hub.IsOpen(painter) ? tab : painter;
            }
        }
        else if (!hub.IsOpen())
        {
            CloseUnlessBack(ReturnTime);
        }
    }

    private void Bye(string tab)
    {
        lock (gate)
        {
            if (painter != tab)
            {
                return;
            }

            painter = null;
        }

        hub.Drop(tab);
        CloseUnlessBack(ReloadTime);
    }

    // The current picture is abandoned if no tab opens in time; another open tab takes over.
    private void CloseUnlessBack(TimeSpan time)
    {
        PaintSession? left = session;
        long before = Interlocked.Read(ref visits);
        _ = Task.Delay(time).ContinueWith(
            _ =>
            {
                bool isBack = Interlocked.Read(ref visits) > before;
                if (!isBack && hub.IsOpen())
                {
                    hub.Send(new JsonObject { ["event"] = "alone" });
                }
                else if (!isBack)
                {
                    left?.Leave(PaintEnd.Closed);
                }
            },
            TaskScheduler.Default);
    }
}
