using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary><c>Export-EditImage</c>: writes edited pictures, their masks and comparisons to files.</summary>
[Cmdlet(VerbsData.Export, "EditImage", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo), typeof(ImageEdit))]
public sealed class ExportEditImageCommand : SourceCmdlet
{
    private static readonly StringComparer FileNames = OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;

    private readonly HashSet<string> written = new(FileNames);
    private MaskArgument masks = null!;
    private string folder = string.Empty;
    private string? tree;
    private int number;

    /// <summary>A mask alone, or the mask of the picture that a row names.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("MaskFolder")]
    public object? Mask { get; set; }

    /// <summary>How masks in a folder are named.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? MaskPattern { get; set; }

    /// <summary>The folder the files go to.</summary>
    [Parameter(Position = 0)]
    public string? Directory { get; set; }

    /// <summary>The root folder of the pictures: output files keep the pictures' relative paths below -Directory.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? BasePath { get; set; }

    /// <summary>The one file that is written.</summary>
    [Parameter]
    public string? Path { get; set; }

    /// <summary>The file that is written, as a row of a table names it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Output { get; set; }

    /// <summary>The file name, without extension.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>Which parts of the edit are written.</summary>
    [Parameter]
    public ExportContent[]? Content { get; set; }

    /// <summary>Writes every sample, not only the first.</summary>
    [Parameter]
    public SwitchParameter All { get; set; }

    /// <summary>The format.</summary>
    [Parameter]
    public PictureFormat? Format { get; set; }

    /// <summary>The quality of a lossy format.</summary>
    [Parameter]
    [ValidateRange(1, 100)]
    public int? Quality { get; set; }

    /// <summary>Replaces existing files.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Passes the input on instead of the files.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        masks = new MaskArgument(SessionState, fit: false, MaskPattern);
        Demand(Begin);
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
        number++;
        ImageEdit edit = item.Mask is { } mask ? new ImageEdit(masks.Alone(mask).ToPicture()) : masks.Give(Open(item), Mask);
        ExportContent[] contents = item.Mask is not null ? [ExportContent.Picture]
            : Content is { Length: > 0 } ? [.. Content.Distinct()]
            : [item.IsEdit ? ExportContent.Result : ExportContent.Picture];
        bool all = true;
        foreach (ExportContent content in contents)
        {
            all &= Attempt(item.Target, () => Write(edit, content, contents));
        }

        if (PassThru && all)
        {
            WriteObject(item.Path is null ? item.Target : edit);
        }
    }

    private void Begin()
    {
        if (Path is not null && (Directory is not null || Name is not null || BasePath is not null))
        {
            throw new EditException(EditFault.BadArgument, "-Path names one file, but a folder or a name is also given.", "Give -Path alone, or -Directory, -BasePath and -Name.", Path);
        }

        if (Name is not null && Name.AsSpan().IndexOfAny(System.IO.Path.GetInvalidFileNameChars()) >= 0)
        {
            throw new EditException(EditFault.BadArgument, $"'{Name}' is not a file name.", "Give the folder with -Directory, and a name without folders with -Name.", Name);
        }

        PathResolver paths = new(SessionState);
        folder = paths.Output(Directory ?? ".");
        tree = BasePath is null ? null : paths.Output(BasePath);
        Named();
    }

    // Where below the folder a file goes; a picture made in memory has no path, and goes into the folder itself.
    private string Place(ImageEdit edit) => tree is null || edit.Path is null ? string.Empty : PictureTree.RelativeFolder(edit.Path, tree);

    // The single named file: -Path names one for the whole input, -Output one per row.
    private string? Named()
    {
        bool isOutput = !string.IsNullOrWhiteSpace(Output);
        string? name = isOutput ? Output : Path;
        if (name is null)
        {
            return null;
        }

        if (Format is null && PictureFormats.OfExtension(name) is null && System.IO.Path.HasExtension(name))
        {
            throw new EditException(
                EditFault.BadArgument,
                $"'{System.IO.Path.GetExtension(name)}' is not a picture format that can be written.",
                "Use .png, .jpg, .webp, .tif, .avif or .gif, or name the format with -Format.",
                name);
        }

        return isOutput && Directory is not null && !System.IO.Path.IsPathRooted(name) ? System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, name)) : new PathResolver(SessionState).Output(name);
    }

    private void Write(ImageEdit edit, ExportContent content, ExportContent[] contents)
    {
        if (content == ExportContent.Result && All && edit.Samples.Count > 0)
        {
            foreach (EditSample sample in edit.Samples)
            {
                Write(edit, content, contents, sample.Picture, sample.Seed);
            }

            return;
        }

        Write(edit, content, contents, ContentPicture.Of(edit, content), content == ExportContent.Result ? edit.Seed : null);
    }

    private void Write(ImageEdit edit, ExportContent content, ExportContent[] contents, Picture picture, long? seed)
    {
        Cancellation.ThrowIfStopped();
        bool everySample = content == ExportContent.Result && All && edit.Samples.Count > 1;
        ExportName name = new(edit, content, contents, seed, number, everySample, Format);
        string path = Named() is { } file ? name.Beside(file) : System.IO.Path.Combine(folder, Place(edit), name.Of(Name));
        if (written.Contains(path))
        {
            throw new EditException(
                EditFault.CannotWrite, $"'{path}' has just been written by this command.", "Give -Name with {name}, {seed} or {number} in it, so that the names differ.", path);
        }

        WriteRule rule = WriteRule.For(Force, new InputFiles(edit.InputFiles));
        rule.Check(path);
        if (!ShouldProcess(path, $"Write {content.ToString().ToLowerInvariant()}"))
        {
            return;
        }

        OutputFolder.Make(System.IO.Path.GetDirectoryName(path)!);
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
}
