using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.PowerShell.Infrastructure;
using BrushEdit.Terminal;

namespace BrushEdit.PowerShell;

/// <summary><c>Show-EditImage</c>: draws pictures and edits in the terminal.</summary>
[Cmdlet(VerbsCommon.Show, "EditImage", DefaultParameterSetName = PathSet)]
[OutputType(typeof(ImageEdit), ParameterSetName = [EditSet, PathSet, LiteralPathSet])]
[OutputType(typeof(Picture), ParameterSetName = [PictureSet])]
[OutputType(typeof(Mask), ParameterSetName = [MaskSet])]
public sealed class ShowEditImageCommand : EditCmdlet
{
    private const string EditSet = "Edit";
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private const string PictureSet = "Picture";
    private const string MaskSet = "Mask";

    // The line of text below, and the prompt.
    private const int RowsKept = 3;

    private TerminalLink link = null!;
    private TerminalTraits traits = new();
    private TerminalProtocol protocol;
    private bool draws;

    /// <summary>An edit.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = EditSet)]
    [EditTransformation]
    public ImageEdit InputObject { get; set; } = null!;

    /// <summary>Files, wildcards allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = PathSet)]
    public string[] Path { get; set; } = [];

    /// <summary>Files by their exact names.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet)]
    [Alias("PSPath", "FullName")]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>A picture.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = PictureSet)]
    public Picture Picture { get; set; } = null!;

    /// <summary>A mask.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = MaskSet)]
    public Mask Mask { get; set; } = null!;

    /// <summary>What of the edit is drawn.</summary>
    [Parameter(ParameterSetName = EditSet)]
    public ExportContent[]? Content { get; set; }

    /// <summary>Every sample, not the first alone.</summary>
    [Parameter(ParameterSetName = EditSet)]
    public SwitchParameter All { get; set; }

    /// <summary>How it is drawn.</summary>
    [Parameter]
    public TerminalProtocol Protocol { get; set; }

    /// <summary>Columns a picture takes.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int? Width { get; set; }

    /// <summary>Passes what came in on.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
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
    protected override void ProcessRecord()
    {
        switch (ParameterSetName)
        {
            case EditSet:
                Process(InputObject, InputObject, Content);
                break;
            case PictureSet:
                Process(Picture, new ImageEdit(Picture), [ExportContent.Picture]);
                break;
            case MaskSet:
                Process(Mask, new ImageEdit(Mask.ToPicture()), [ExportContent.Picture], "mask");
                break;
            default:
                bool literal = ParameterSetName == LiteralPathSet;
                foreach ((string path, EditException? fault) in new PathResolver(SessionState).Files(literal ? LiteralPath : Path, literal))
                {
                    Cancellation.ThrowIfStopped();
                    ImageEdit? edit = null;
                    if (Attempt(path, () => edit = fault is null ? new ImageEdit(Picture.Open(path)) : throw fault))
                    {
                        Process(edit!, edit!, [ExportContent.Picture]);
                    }
                }

                break;
        }
    }

    private void Process(object target, ImageEdit edit, ExportContent[]? contents, string? kind = null)
    {
        bool all = true;
        foreach (ExportContent content in contents is { Length: > 0 } ? contents : [ContentPicture.Latest(edit)])
        {
            Cancellation.ThrowIfStopped();
            all &= Attempt(target, () => Show(edit, content, kind ?? content.ToString().ToLowerInvariant()));
        }

        if (PassThru && all)
        {
            WriteObject(target);
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

        Say($"{text}, {picture.Width} x {picture.Height}");
    }

    private static string NameOf(ImageEdit edit) => edit.Path is null ? string.Empty : $"{edit.Name}: ";

    // As Write-Host does: to the screen and not into the pipeline, where a picture would end up in variables and files; 6> still takes it.
    private void Say(string text) => WriteInformation(new HostInformationMessage { Message = text }, ["PSHOST"]);
}
