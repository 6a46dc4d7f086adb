using System.Management.Automation;
using System.Management.Automation.Host;
using BrushEdit.Displaying;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>
/// Shows fills in the terminal while they are made, each preview over the previous one, and erases the last one when the fill has ended,
/// for whatever reason. Nothing is written to the pipeline or a stream. If several pipelines run at once, one of them owns the terminal.
/// </summary>
internal sealed class PreviewScreen
{
    private const int LargestNumber = 0xFFFFFF;

    private static readonly Lock Turn = new();
    private static PreviewScreen? owner;

    private readonly Lock gate = new();
    private readonly PSHost host;
    private readonly LivePicture live;
    private (InpaintPreview Preview, string Text)? waiting;

    private PreviewScreen(PSHost host, TerminalLink link, CancellationToken cancellation)
    {
        this.host = host;
        TerminalTraits traits = link.Traits(TerminalProtocol.Auto, cancellation, measured: true);
        Protocol = traits.BestInPlace;
        live = new LivePicture(Protocol, traits, (Environment.ProcessId & (LargestNumber - 1)) + 1, () => link.Size, text => host.UI.Write(text));
    }

    /// <summary>How it draws.</summary>
    public TerminalProtocol Protocol { get; }

    /// <summary>Opens the terminal; null if output does not go to a terminal that can show pictures.</summary>
    /// <param name="host">The session's host.</param>
    /// <param name="session">The session.</param>
    /// <param name="cancellation">Ends the wait for the terminal's report of its capabilities.</param>
    public static PreviewScreen? Open(PSHost host, SessionState session, CancellationToken cancellation)
    {
        TerminalLink link = new(host, session);
        return link.Draws ? new PreviewScreen(host, link, cancellation) : null;
    }

    /// <summary>Shows a preview of a fill; an earlier preview that is still waiting to be drawn is skipped. Called on any thread.</summary>
    /// <param name="feed">The feed to the pipeline's thread; it erases the picture before it writes anything else.</param>
    /// <param name="preview">The preview.</param>
    /// <param name="text">The caption of the preview.</param>
    public void Show(WorkFeed feed, InpaintPreview preview, string text)
    {
        lock (gate)
        {
            bool queued = waiting is not null;
            waiting = (preview, text);
            if (queued)
            {
                return;
            }
        }

        feed.Draw(this);
    }

    /// <summary>Draws the waiting preview. Called on the pipeline's thread.</summary>
    /// <param name="stop">Set when the user stops the pipeline: nothing more is drawn.</param>
    public void Draw(CancellationToken stop)
    {
        (InpaintPreview Preview, string Text)? next;
        lock (gate)
        {
            (next, waiting) = (waiting, null);
        }

        if (next is { } look && !stop.IsCancellationRequested && Take())
        {
            if (!live.IsShown)
            {
                BeginLine();
            }

            live.Show(Picture.FromRgb(look.Preview.Rgb, look.Preview.Width, look.Preview.Height), PlainText.Message(look.Text));
        }
    }

    /// <summary>Erases the picture from the screen. Called on the pipeline's thread.</summary>
    public void Clear()
    {
        live.Clear();
        lock (Turn)
        {
            owner = owner == this ? null : owner;
        }
    }

    private bool Take()
    {
        lock (Turn)
        {
            owner ??= this;
            return owner == this;
        }
    }

    // Text that was written without a line end stays readable.
    private void BeginLine()
    {
        try
        {
            if (host.UI.RawUI.CursorPosition.X > 0)
            {
                host.UI.WriteLine();
            }
        }
        catch (Exception fault) when (HostFault.Is(fault))
        {
            // A host that does not report the position of its cursor.
        }
    }
}
