using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary><c>Export-EditImage</c>: writes edited pictures, their masks and comparisons to files.</summary>
[Cmdlet(VerbsData.Export, "EditImage", DefaultParameterSetName = EditSet, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo), typeof(ImageEdit))]
public sealed class ExportEditImageCommand : EditCmdlet
{
    private const string EditSet = "Edit";
    private const string PictureSet = "Picture";
    private const string MaskSet = "Mask";

    private static readonly StringComparer FileNames = OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;

    private readonly HashSet<string> written = new(FileNames);
    private string folder = string.Empty;
    private string? file;
    private int number;

    /// <summary>An edit.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = EditSet)]
    [EditTransformation]
    public ImageEdit InputObject { get; set; } = null!;

    /// <summary>A picture alone.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = PictureSet)]
    public Picture Picture { get; set; } = null!;

    /// <summary>A mask alone.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = MaskSet)]
    public Mask Mask { get; set; } = null!;

    /// <summary>The folder the files go to.</summary>
    [Parameter(Position = 0)]
    public string? Directory { get; set; }

    /// <summary>The one file that is written.</summary>
    [Parameter]
    public string? Path { get; set; }

    /// <summary>What files are called, without extension.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>What of the edit is written.</summary>
    [Parameter(ParameterSetName = EditSet)]
    public ExportContent[] Content { get; set; } = [ExportContent.Result];

    /// <summary>Every sample, not the first alone.</summary>
    [Parameter(ParameterSetName = EditSet)]
    public SwitchParameter All { get; set; }

    /// <summary>The format.</summary>
    [Parameter]
    public PictureFormat? Format { get; set; }

    /// <summary>The quality of a lossy format.</summary>
    [Parameter]
    [ValidateRange(1, 100)]
    public int? Quality { get; set; }

    /// <summary>Replaces files that are there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Passes what came in on, instead of the files.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc />
    protected override void BeginProcessing() => Demand(() =>
    {
        if (Path is not null && (Directory is not null || Name is not null))
        {
            throw new EditException(EditFault.BadArgument, "-Path names one file; a folder or a name is given, too.", "Give -Path alone, or -Directory and -Name.", Path);
        }

        if (Name is not null && Name.AsSpan().IndexOfAny(System.IO.Path.GetInvalidFileNameChars()) >= 0)
        {
            throw new EditException(EditFault.BadArgument, $"'{Name}' is no file name.", "Give the folder with -Directory, and in -Name a name without folders.", Name);
        }

        if (Path is not null && Format is null && PictureFormats.OfExtension(Path) is null && System.IO.Path.HasExtension(Path))
        {
            throw new EditException(
                EditFault.BadArgument,
                $"'{System.IO.Path.GetExtension(Path)}' is no format that pictures are written in.",
                "Use .png, .jpg, .webp, .tif, .avif or .gif, or name the format with -Format.",
                Path);
        }

        PathResolver paths = new(SessionState);
        file = Path is null ? null : paths.Output(Path);
        folder = paths.Output(Directory ?? ".");
    });

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        number++;
        (object target, ImageEdit edit, ExportContent[] contents) = ParameterSetName switch
        {
            PictureSet => (Picture, new ImageEdit(Picture), [ExportContent.Picture]),
            MaskSet => (Mask, new ImageEdit(Mask.ToPicture()), [ExportContent.Picture]),
            _ => ((object)InputObject, InputObject, Content),
        };
        bool all = true;
        foreach (ExportContent content in contents)
        {
            all &= Attempt(target, () => Write(edit, content));
        }

        if (PassThru && all)
        {
            WriteObject(target);
        }
    }

    private void Write(ImageEdit edit, ExportContent content)
    {
        if (content == ExportContent.Result && All && edit.Samples.Count > 0)
        {
            foreach (EditSample sample in edit.Samples)
            {
                Write(edit, content, sample.Picture, sample.Seed);
            }

            return;
        }

        Write(edit, content, ContentPicture.Of(edit, content), content == ExportContent.Result ? edit.Seed : null);
    }

    private void Write(ImageEdit edit, ExportContent content, Picture picture, long? seed)
    {
        Cancellation.ThrowIfStopped();
        bool everySample = content == ExportContent.Result && All && edit.Samples.Count > 1;
        string path = file ?? System.IO.Path.Combine(folder, ExportName.Of(Name, edit, content, seed, number, everySample, Format));
        if (written.Contains(path))
        {
            throw new EditException(
                EditFault.CannotWrite, $"'{path}' has just been written by this command.", "Give -Name with {name}, {seed} or {number} in it, so that names differ.", path);
        }

        WriteRule rule = WriteRule.For(Force, new InputFiles(edit.InputFiles));
        rule.Check(path);
        if (!ShouldProcess(path, $"Write {content.ToString().ToLowerInvariant()}"))
        {
            return;
        }

        MakeFolder(System.IO.Path.GetDirectoryName(path)!);
        IReadOnlyList<string> warnings = picture.Save(path, new PictureSaveOptions
        {
            Format = Format,
            Quality = Quality,
            Rule = rule,
            Parameters = content == ExportContent.Result ? EditParameters.Of(edit, seed) : null,
        });
        foreach (string warning in warnings)
        {
            WriteWarning($"{System.IO.Path.GetFileName(path)}: {warning}");
        }

        written.Add(path);
        if (!PassThru)
        {
            WriteObject(new FileInfo(path));
        }
    }

    private static void MakeFolder(string path)
    {
        try
        {
            System.IO.Directory.CreateDirectory(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new EditException(EditFault.CannotWrite, $"The folder '{path}' cannot be made ({fault.Message}).", "Give another -Directory.", path, fault);
        }
    }
}
