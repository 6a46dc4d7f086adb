using System.Management.Automation;
using BrushEdit.Caching;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Orchestrating;
using BrushEdit.PowerShell.Infrastructure;
using BrushEdit.Segmenting;

namespace BrushEdit.PowerShell;

/// <summary><c>Edit-MaskForType</c>: shapes an outline into the mask that a kind of edit needs.</summary>
[Cmdlet(VerbsData.Edit, "MaskForType", SupportsShouldProcess = true)]
[OutputType(typeof(ImageEdit))]
public sealed class EditMaskForTypeCommand : StageCmdlet
{
    private MaskStore? store;
    private (int NativeSize, int Factor)? canvas;

    /// <summary>The kind of edit.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EditTypeTransformation]
    public EditType? EditType { get; set; }

    /// <summary>Pixels by which the mask is grown.</summary>
    [Parameter]
    [ValidateRange(-100_000, 100_000)]
    public int? Grow { get; set; }

    /// <summary>Pixels over which the mask fades out.</summary>
    [Parameter]
    [ValidateRange(0.0, 10_000.0)]
    public double Soften { get; set; }

    /// <summary>Includes the cast shadow of the object that is removed or replaced.</summary>
    [Parameter]
    public SwitchParameter WithShadow { get; set; }

    /// <summary>Includes the reflection on the ground of the object that is removed or replaced.</summary>
    [Parameter]
    public SwitchParameter WithReflection { get; set; }

    /// <summary>Restricts a replacement by another kind of object to the outline of the old one.</summary>
    [Parameter]
    public SwitchParameter KeepOutline { get; set; }

    /// <summary>Pixels on either side of the foreground's outline within which its edge is refined.</summary>
    [Parameter]
    [ValidateRange(0, 1_000)]
    public int? EdgeReach { get; set; }

    /// <summary>Where an addition goes.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [BoxTransformation]
    public Box[] Box { get; set; } = [];

    /// <summary>The outline: a mask, a mask picture's file, or a folder of them.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public object? Mask { get; set; }

    /// <summary>How masks in a folder are named.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? MaskPattern { get; set; }

    /// <summary>A folder that stores masks for reuse.</summary>
    [Parameter]
    public string? MaskFolder { get; set; }

    /// <summary>The base model that is to fill the mask: a name or a path.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(BaseModelCompleter))]
    public string? Model { get; set; }

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        Demand(() =>
        {
            PathResolver paths = new(SessionState);
            store = MaskFolder is null ? null : new MaskStore(paths.Output(MaskFolder));
            canvas = Canvas(paths);
        });
    }

    /// <inheritdoc />
    protected override IEnumerable<ImageEdit> Complete(ImageEdit edit)
    {
        EditType type = ShapeStage.KindOf(edit, EditType);
        bool isGiven = Mask is not null || MaskPattern is not null;
        bool isShaped = edit.ShapedFor == type && !isGiven;
        if (!Force && !isShaped && store?.Find(edit.Picture, MaskStore.MaskEnding) is { } kept)
        {
            return [Take(edit, type, kept)];
        }

        Box? place = Place(edit, type);
        Mask? outline = isGiven ? new MaskArgument(SessionState, fit: false, MaskPattern).Resolve(Mask, edit.Picture) : null;
        MaskShapeOptions options = new()
        {
            Grow = Grow,
            Soften = Soften,
            WithShadow = WithShadow,
            WithReflection = WithReflection,
            KeepOutline = KeepOutline,
            EdgeReach = EdgeReach,
            NativeSize = canvas!.Value.NativeSize,
            LatentFactor = canvas.Value.Factor,
        };
        ImageEdit done = RunStage(edit, new ShapeStage(type, place, outline, options));
        if (store is not null && !ReferenceEquals(done, edit))
        {
            string path = store.PathOf(edit.Picture, MaskStore.MaskEnding);
            if (ShouldProcess(path, "Write mask"))
            {
                store.Save(edit.Picture, done.Mask!, MaskStore.MaskEnding, Force);
            }
        }

        return [done];
    }

    private ImageEdit Take(ImageEdit edit, EditType type, StoredMask kept)
    {
        WriteVerbose($"{edit.Name}: the mask comes from {kept.Path}{(kept.IsCorrected ? ", which was corrected" : string.Empty)}.");
        double cell = MaskCheck.LatentCell(kept.Mask, canvas!.Value.NativeSize, canvas.Value.Factor);
        string[] warnings = [.. MaskCheck.Inspect(kept.Mask, cell).Select(warning => warning.Message)];
        foreach (string warning in warnings)
        {
            WriteWarning($"{edit.Name}: {warning}");
        }

        return edit.With("EditMaskForType", TimeSpan.Zero, parts =>
        {
            parts.SetShapedMask(kept.Mask, type, isMatte: type == Editing.EditType.Background && !kept.Mask.IsHard && Soften == 0);
            if (kept.IsCorrected)
            {
                parts.NoteOverride($"{nameof(edit.Mask)} ({kept.Path})");
            }

            foreach (string warning in warnings)
            {
                parts.Warn(warning);
            }
        });
    }

    private Box? Place(ImageEdit edit, EditType type)
    {
        if (type != Editing.EditType.Addition)
        {
            // A scene passes its box with every kind of edit; a box that a user gives is intentional.
            return IsGiven(nameof(Box))
                ? throw new EditException(EditFault.BadArgument, $"A box applies to additions; the edit of '{edit.Name}' is of type {type}.", "Omit -Box, or give -EditType Addition.", Box)
                : null;
        }

        return Box.Length switch
        {
            0 => null,
            1 => Box[0],
            _ => throw new EditException(EditFault.BadArgument, $"An addition takes one box, but {Box.Length} were given.", "Give one box: x, y, width, height.", Box),
        };
    }

    // The canvas decides which masks are too fine for the model. Configurations determine it; no weights are read.
    private (int NativeSize, int Factor) Canvas(PathResolver paths)
    {
        try
        {
            using SessionInpainter inpainter = new(ModelChoice.Of(Model, null, null, paths), new ModelHost(ComputeDevice.Auto, ComputeDevice.Auto, lowMemory: false));
            return (inpainter.NativeSide, inpainter.Factor);
        }
        catch (EditException fault) when (Model is null && fault.Kind == EditFault.ModelNotFound)
        {
            WriteVerbose("No base model is installed; the mask is checked against the latent grid of Stable Diffusion 1.5.");
            MaskShapeOptions usual = new();
            return (usual.NativeSize, usual.LatentFactor);
        }
    }
}
