using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Networks;
using BrushEdit.PowerShell.Infrastructure;
using BrushEdit.Segmentation;
using BrushEdit.Weights;

namespace BrushEdit.PowerShell;

/// <summary><c>Edit-MaskForType</c>: shapes an outline into the mask that a kind of edit needs.</summary>
[Cmdlet(VerbsData.Edit, "MaskForType", DefaultParameterSetName = EditSet, SupportsShouldProcess = true)]
[OutputType(typeof(ImageEdit))]
public sealed class EditMaskForTypeCommand : StageCmdlet
{
    private MaskStore? store;
    private (int NativeSize, int Factor)? canvas;

    /// <summary>The kind of edit.</summary>
    // An edit has none of that name; the binder looks into the other sets only where nothing of the default one binds.
    [Parameter(ParameterSetName = EditSet)]
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = PathSet)]
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet)]
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = PictureSet)]
    public EditType? EditType { get; set; }

    /// <summary>Pixels by which the mask is grown.</summary>
    [Parameter]
    [ValidateRange(-100_000, 100_000)]
    public int? Grow { get; set; }

    /// <summary>Pixels over which the mask fades out.</summary>
    [Parameter]
    [ValidateRange(0.0, 10_000.0)]
    public double Soften { get; set; }

    /// <summary>Where an addition goes.</summary>
    // An edit has none of that name; the binder looks into the other sets only where nothing of the default one binds.
    [Parameter(ParameterSetName = EditSet)]
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = PathSet)]
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet)]
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = PictureSet)]
    [BoxTransformation]
    public Box[] Box { get; set; } = [];

    /// <summary>The outline: a mask, a mask picture's file, or a folder of them.</summary>
    [Parameter]
    public object? Mask { get; set; }

    /// <summary>A folder in which masks are kept, and found again.</summary>
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
        EditType type = EditType ?? edit.Plan?.EditType
            ?? throw edit.Missing("kind of edit", "Say with -EditType what the mask is for, or give the edit a plan.");
        if (edit.ShapedFor == type && Mask is null && !Force)
        {
            WriteVerbose($"'{edit.Name}' has a mask for {type} already and is passed on as it is; -Force shapes it again.");
            return [edit];
        }

        if (!Force && store?.Find(edit.Picture, MaskStore.MaskEnding) is { } kept)
        {
            return [Take(edit, type, kept)];
        }

        Box? place = Place(edit, type);
        Mask? outline = Mask is null ? edit.Outline ?? edit.Mask : new MaskArgument(SessionState, fit: false).Resolve(Mask, edit.Picture);
        Stopwatch clock = Stopwatch.StartNew();
        MaskShapeOptions options = new() { Grow = Grow, Soften = Soften, NativeSize = canvas!.Value.NativeSize, LatentFactor = canvas.Value.Factor };
        ShapedMask shaped = MaskForType.Shape(type, edit.Picture.Width, edit.Picture.Height, outline, place, options);
        string[] warnings = [.. shaped.Warnings.Select(warning => warning.Message)];
        Warn(edit, warnings);
        WriteVerbose(string.Create(
            CultureInfo.InvariantCulture, $"{edit.Name}: mask for {type}, grown by {shaped.Grown} pixels, {shaped.Mask.Coverage:P1} of the picture."));
        if (store is not null)
        {
            string path = store.PathOf(edit.Picture, MaskStore.MaskEnding);
            if (ShouldProcess(path, "Write mask"))
            {
                store.Save(edit.Picture, shaped.Mask, MaskStore.MaskEnding);
            }
        }

        return [edit.With("EditMaskForType", clock.Elapsed, parts =>
        {
            if (Mask is not null)
            {
                parts.SetMask(outline!);
                parts.NoteOverride("Mask");
            }

            parts.SetShapedMask(shaped.Mask, type);
            foreach (string warning in warnings)
            {
                parts.Warn(warning);
            }
        })];
    }

    private ImageEdit Take(ImageEdit edit, EditType type, StoredMask kept)
    {
        WriteVerbose($"{edit.Name}: the mask comes from {kept.Path}{(kept.IsCorrected ? ", which was corrected" : string.Empty)}.");
        double cell = MaskCheck.LatentCell(kept.Mask, canvas!.Value.NativeSize, canvas.Value.Factor);
        string[] warnings = [.. MaskCheck.Inspect(kept.Mask, cell).Select(warning => warning.Message)];
        Warn(edit, warnings);
        return edit.With("EditMaskForType", TimeSpan.Zero, parts =>
        {
            parts.SetShapedMask(kept.Mask, type);
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
            // A scene brings its box with every kind of edit; one that was typed is meant.
            return IsTyped(nameof(Box))
                ? throw new EditException(EditFault.BadArgument, $"A box says where an addition goes; the edit of '{edit.Name}' is of kind {type}.", "Leave -Box away, or give -EditType Addition.", Box)
                : null;
        }

        return Box.Length switch
        {
            0 => edit.Plan?.Box,
            1 => Box[0],
            _ => throw new EditException(EditFault.BadArgument, $"An addition goes into one box; {Box.Length} were given.", "Give one box: x, y, width, height.", Box),
        };
    }

    // The canvas decides which masks are too fine for the model. It is told by configurations; no weights are read.
    private (int NativeSize, int Factor) Canvas(PathResolver paths)
    {
        try
        {
            ModelFiles files = ModelCatalog.CreateDefault().Open(ModelChoice.Of(Model, null, paths).Base, ModelKind.StableDiffusion);
            UNetConfig unet = files.Config(ModelPart.Unet) is { } unetJson ? UNetConfig.Read(unetJson) : new UNetConfig();
            VaeConfig vae = files.Config(ModelPart.Vae) is { } vaeJson ? VaeConfig.Read(vaeJson) : new VaeConfig();
            return (unet.SampleSize * vae.ScaleFactor, vae.ScaleFactor);
        }
        catch (EditException fault) when (Model is null && fault.Kind == EditFault.ModelNotFound)
        {
            WriteVerbose("No base model is there yet; the mask is looked at as Stable Diffusion 1.5 would see it.");
            MaskShapeOptions usual = new();
            return (usual.NativeSize, usual.LatentFactor);
        }
    }
}
