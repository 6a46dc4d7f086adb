using System.Management.Automation;
using BrushEdit.Displaying;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary><c>Show-EditImage</c>: draws pictures and edits in the terminal.</summary>
[Cmdlet(VerbsCommon.Show, "EditImage")]
[OutputType(typeof(ImageEdit), typeof(Picture), typeof(Mask), typeof(ToySceneEdit))]
public sealed class ShowEditImageCommand : PictureCmdlet
{
    // The line of text below, and the prompt.
    private const int RowsKept = 3;

    private TerminalLink link = null!;
    private MaskArgument masks = null!;
    private TerminalTraits traits = new();
    private TerminalProtocol protocol;
    private bool draws;

    /// <summary>A mask alone, or the mask of the picture that a row names.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("MaskFolder")]
    public object? Mask { get; set; }

    /// <summary>How masks in a folder are named.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? MaskPattern { get; set; }

    /// <summary>Which part of the edit is drawn.</summary>
    [Parameter]
    public ExportContent[]? Content { get; set; }

    /// <summary>Draws every sample, not only the first.</summary>
    [Parameter]
    public SwitchParameter All { get; set; }

    /// <summary>How it is drawn.</summary>
    [Parameter]
    public TerminalProtocol Protocol { get; set; }

    /// <summary>The width of a picture in columns.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int? Width { get; set; }

    /// <summary>Passes the input on.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        masks = new MaskArgument(SessionState, fit: false, MaskPattern);
        link = new TerminalLink(Host, SessionState);
        draws = link.Draws;
        if (draws)
        {
            traits = link.Traits(Protocol, Cancellation);
            protocol = Protocol == TerminalProtocol.Auto ? traits.Best : Protocol;
            WriteVerbose($"Draws with {protocol}{(protocol == TerminalProtocol.HalfBlock ? traits.TrueColor ? " in 24-bit colours" : " in 256 colours" : "")}.");
        }
    }

    /// <inheritdoc />
    private protected override bool TakesMasks => true;

    /// <inheritdoc />
    private protected override void ProcessAlone()
    {
        if (Mask is null)
        {
            base.ProcessAlone();
        }

        Process(SourceItem.Of(masks.Alone(Mask!)));
    }

    /// <inheritdoc />
    private protected override void Process(SourceItem item)
    {
        ImageEdit edit = item.Mask is { } mask ? new ImageEdit(masks.Alone(mask).ToPicture()) : masks.Give(Open(item), Mask);
        bool all = true;
        foreach (ExportContent content in Content is { Length: > 0 } && item.Mask is null ? Content : [item.IsEdit ? ContentPicture.Latest(edit) : ExportContent.Picture])
        {
            Cancellation.ThrowIfStopped();
            all &= Attempt(item.Target, () => Show(edit, content, item.Mask is null ? content.ToString().ToLowerInvariant() : "mask"));
        }

        if (PassThru && all)
        {
            WriteObject(item.Path is null ? item.Target : edit);
        }
    }

    private void Show(ImageEdit edit, ExportContent content, string kind)
    {
        if (content == ExportContent.Result && All && edit.Samples.Count > 0)
        {
            foreach (EditSample sample in edit.Samples)
            {
                Show(sample.Picture, $"{NameOf(edit)}{kind}, seed {sample.Seed}");
            }

            return;
        }

        string seed = content == ExportContent.Result && edit.Seed is { } number ? $", seed {number}" : string.Empty;
        Show(ContentPicture.Of(edit, content, boxes: true), $"{NameOf(edit)}{kind}{seed}");
    }

    private void Show(Picture picture, string text)
    {
        Cancellation.ThrowIfStopped();
        if (draws)
        {
            (int columns, int rows) = link.Size;
            int width = Width is { } wanted
                ? Math.Min(wanted, columns)
                : TerminalPicture.Columns(picture, protocol, traits, columns, Math.Max(1, rows - RowsKept));
            Say(string.Join(Environment.NewLine, TerminalPicture.Draw(picture, protocol, traits, width)));
        }

        Say($"{PlainText.Message(text)}, {picture.Width} x {picture.Height}");
    }

    private static string NameOf(ImageEdit edit) => edit.Path is null ? string.Empty : $"{edit.Name}: ";

    // As Write-Host does: to the screen and not into the pipeline, where a picture would end up in variables and files; 6> still takes it.
    private void Say(string text) => WriteInformation(new HostInformationMessage { Message = text }, ["PSHOST"]);
}
