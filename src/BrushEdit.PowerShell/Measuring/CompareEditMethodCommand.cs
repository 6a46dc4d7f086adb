using System.Collections;
using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.Generating;
using BrushEdit.Imaging;
using BrushEdit.Measuring;
using BrushEdit.Orchestrating;
using BrushEdit.PowerShell.Infrastructure;
using BrushEdit.Synthesizing;

namespace BrushEdit.PowerShell;

/// <summary><c>Compare-EditMethod</c>: edits the same pictures by several methods and measures the results.</summary>
[Cmdlet(VerbsData.Compare, "EditMethod", SupportsShouldProcess = true)]
[OutputType(typeof(PSObject), typeof(EditMeasures))]
public sealed class CompareEditMethodCommand : MeasureCmdlet
{
    private IReadOnlyList<ComparedMethod> methods = [];

    /// <summary>The engines to compare.</summary>
    [Parameter]
    public EngineKind[]? Engine { get; set; }

    /// <summary>Engines with their own settings.</summary>
    [Parameter]
    public Hashtable[]? Variant { get; set; }

    /// <summary>What the picture shows now.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("SceneCaption")]
    public string? CaptionBefore { get; set; }

    /// <summary>The instruction, for engines that edit by instruction.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Instruction { get; set; }

    /// <summary>The seed of every method.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SeedTransformation]
    public long? Seed { get; set; }

    /// <summary>The base model of every method that does not name one.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(BaseModelCompleter))]
    public string? Model { get; set; }

    /// <summary>Sampling steps of every method.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int? Steps { get; set; }

    /// <summary>Guidance of every method.</summary>
    [Parameter]
    [ValidateRange(1.0, 100.0)]
    public double? GuidanceScale { get; set; }

    /// <summary>The type of weights and activations of the editing networks.</summary>
    [Parameter]
    [ValidateSet("auto", "single", "half", "bfloat16")]
    public string Precision { get; set; } = "auto";

    /// <summary>Returns one object per edit instead of the table.</summary>
    [Parameter]
    public SwitchParameter Each { get; set; }

    /// <inheritdoc />
    private protected override MeasureRule MeasuredBy => MeasureRule.Plain;

    /// <inheritdoc />
    private protected override bool GivesMeans => !Each;

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        Demand(() =>
        {
            PathResolver paths = new(SessionState);
            ModelHost host = new(Device, Precision, lowMemory: false);
            InpaintSettings settings = new() { Steps = Steps ?? new InpaintSettings().Steps, GuidanceScale = GuidanceScale };
            Dictionary<string, string?> models = new(StringComparer.OrdinalIgnoreCase) { ["Model"] = Model, ["BrushNet"] = null, ["ControlNet"] = null, ["Vae"] = null };
            methods =
            [
                .. (Engine ?? []).Select(engine => ComparedMethod.Of(engine, models, settings, host, paths)),
                .. (Variant ?? []).Select(variant => ComparedMethod.Of(variant, models, settings, host, paths)),
            ];
            if (methods.Count == 0)
            {
                throw new EditException(
                    EditFault.BadArgument, "No method is given.", $"Give -Engine some of {string.Join(", ", Enum.GetNames<EngineKind>())}, or engines with their own settings with -Variant.");
            }

            if (methods.GroupBy(method => method.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } twice)
            {
                throw new EditException(EditFault.BadArgument, $"Two methods are called '{twice.Key}'.", "Give each variant a Name.", twice.Key);
            }
        });
    }

    /// <inheritdoc />
    private protected override void Process(SourceItem item)
    {
        ImageEdit edit = Open(item);
        Mask mask = (Mask is not null || MaskPattern is not null ? new MaskArgument(SessionState, Fit, MaskPattern).Resolve(Mask, edit.Picture) : edit.Mask)
            ?? throw edit.Missing("mask", "Give a mask or a mask file with -Mask; engines that take no mask are measured with it as well.");
        string caption = Caption ?? edit.Plan?.FillCaption ?? edit.Plan?.Caption
            ?? throw edit.Missing("caption", "Describe the picture after the edit with -Caption, or give the edit a plan with a caption: Get-EditPlan makes one.");
        ToySceneEdit? scene = item.Row?.BaseObject as ToySceneEdit;
        if (!Measures || !ShouldProcess(edit.Name, $"Edit it by {string.Join(", ", methods.Select(method => method.Name))}, and measure"))
        {
            return;
        }

        foreach (ComparedMethod method in methods)
        {
            Cancellation.ThrowIfStopped();
            AttemptEdit($"{edit.Name}, {method.Name}", item.Target, () => Take(Edited(edit, mask, caption, scene, method), item.Target));
        }
    }

    private MeasureItem Edited(ImageEdit edit, Mask mask, string caption, ToySceneEdit? scene, ComparedMethod method)
    {
        // An existing result is not compared: its original picture is used.
        ImageEdit begun = edit.Clone();
        begun.Mask = method.Inpainter.Traits.TakesMask ? mask : null;
        InpaintSettings settings = method.Settings with { Seed = Seed, CaptionBefore = NullIfEmpty(CaptionBefore), Instruction = NullIfEmpty(Instruction) };
        ImageEdit done = RunStage(begun, force: true, context => [new FillStage(method.Inpainter, caption, settings).Complete(begun, context)], method.Name)[0];
        return new MeasureItem(scene is null ? edit.Name : $"Scene {scene.Seed}", edit.Picture, done.Result!)
        {
            Mask = mask,
            Caption = caption,
            SourceCaption = settings.CaptionBefore,
            Method = method.Name,
            EditType = EditType ?? edit.Plan?.EditType.ToString() ?? string.Empty,
            Seconds = done.Timings["Inpaint"].TotalSeconds,
            Truth = scene?.Truth,
            Right = scene is null ? null : SceneTruth.Judge(scene.Scene, scene.Edit, done.Result!.ToRgb()).Success,
        };
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
