using System.Diagnostics;
using System.Globalization;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;

namespace BrushEdit.Orchestrating;

/// <summary>Fills the mask according to the caption.</summary>
/// <param name="inpainter">The models.</param>
/// <param name="caption">What the picture shows after the edit; null for the plan's caption.</param>
/// <param name="settings">Everything else; its caption is ignored. If it has no instruction, the plan's is used.</param>
public sealed class FillStage(IInpainter inpainter, string? caption, InpaintSettings settings) : IEditStage
{
    /// <inheritdoc/>
    public ImageEdit Complete(ImageEdit edit, StageContext context)
    {
        ArgumentNullException.ThrowIfNull(edit);
        ArgumentNullException.ThrowIfNull(context);
        if (edit.Result is not null && !context.Force)
        {
            context.Note?.Invoke($"'{edit.Name}' is already filled and passed on unchanged; -Force fills it again.");
            return edit;
        }

        (Mask mask, string words) = Needs(edit);
        InpaintSettings wanted = settings with
        {
            Caption = words,
            CaptionSyntax = caption is null ? PromptSyntax.Plain : settings.CaptionSyntax,
            Instruction = settings.Instruction ?? edit.Plan?.Instruction,
            Feather = settings.Feather ?? (edit.IsMatte && inpainter.TakesMask ? Feather.Matte : null),
        };
        context.Cancellation.ThrowIfCancellationRequested();
        Listener report = new(context, edit.Name);
        report.Report(new InpaintProgress(InpaintStage.Loading, 0, wanted.Steps, 0, wanted.Samples));
        Stopwatch clock = Stopwatch.StartNew();
        InpaintOutcome outcome = inpainter.Fill(edit.Picture, mask, wanted, report, context.Cancellation);
        InpaintSettings used = outcome.Settings;
        string seeds = string.Join(", ", outcome.Samples.Select(sample => sample.Seed));
        context.Note?.Invoke(string.Create(
            CultureInfo.InvariantCulture,
            $"{edit.Name}: seed {seeds}, {used.Steps} steps of {used.Sampler}, {inpainter.Name}, {clock.Elapsed.TotalSeconds:0.0} s."));
        return edit.With(
            "Inpaint",
            clock.Elapsed,
            parts =>
            {
                if (edit.Mask is null)
                {
                    parts.SetMask(mask);
                }
                else if (!ReferenceEquals(edit.Mask, mask))
                {
                    parts.Warn("The edit's mask is not used: the engine edits the whole picture by words.");
                }

                parts.SetSamples(used, outcome.Samples, RegionBlend.FeatherPixels(outcome.Region, used, inpainter.NativeSide));
                foreach (string warning in outcome.Warnings)
                {
                    parts.Warn(warning);
                }
            },
            inpainter.Name);
    }

    /// <summary>The inputs of a fill, from an edit.</summary>
    /// <param name="edit">The edit.</param>
    /// <exception cref="EditException">There is no mask or no caption; the message says what creates it.</exception>
    public (Mask Mask, string Caption) Needs(ImageEdit edit)
    {
        ArgumentNullException.ThrowIfNull(edit);
        Mask mask = !inpainter.TakesMask ? Whole(edit) : edit.Mask ?? throw edit.Missing(
            "mask", "Give a mask or a mask file with -Mask, or pipe the edit through New-EditMask or Edit-MaskForType first.");
        string words = caption ?? (inpainter.TakesMask ? edit.Plan?.FillCaption : null) ?? edit.Plan?.Caption ?? throw edit.Missing(
            "caption", "Describe the picture after the edit with -Caption, or give the edit a plan with a caption: Get-EditPlan makes one.");
        return (mask, words);
    }

    private static Mask Whole(ImageEdit edit) =>
        edit.Mask is { IsFull: true } full ? full : Mask.FromBox(edit.Picture.Width, edit.Picture.Height, new Box(0, 0, edit.Picture.Width, edit.Picture.Height));

    private sealed class Listener(StageContext context, string name) : IProgress<InpaintProgress>
    {
        public void Report(InpaintProgress value) => context.Tell(
            EditStage.Fill, name, string.Create(CultureInfo.InvariantCulture, $"{value.Stage.Text()}, sample {value.Sample + 1} of {value.Samples}"), value);
    }
}
