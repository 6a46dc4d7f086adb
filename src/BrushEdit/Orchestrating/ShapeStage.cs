using System.Diagnostics;
using System.Globalization;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Planning;
using BrushEdit.Segmenting;

namespace BrushEdit.Orchestrating;

/// <summary>Shapes the outline into the mask that the type of edit needs.</summary>
/// <param name="type">The kind of edit; null for the plan's.</param>
/// <param name="box">Where an addition is placed; null for the plan's box.</param>
/// <param name="outline">An outline that replaces the edit's own; null to use the edit's.</param>
/// <param name="options">Growth, softness, and the canvas of the model that fills the mask.</param>
public sealed class ShapeStage(EditType? type, Box? box, Mask? outline, MaskShapeOptions options) : IEditStage
{
    /// <inheritdoc/>
    public ImageEdit Complete(ImageEdit edit, StageContext context)
    {
        ArgumentNullException.ThrowIfNull(edit);
        ArgumentNullException.ThrowIfNull(context);
        EditType kind = KindOf(edit, type);
        if (edit.ShapedFor == kind && outline is null && !context.Force)
        {
            context.Note?.Invoke($"'{edit.Name}' already has a mask for {kind} and is passed on unchanged; -Force shapes it again.");
            return edit;
        }

        context.Begin(EditStage.Shape, edit, $"Shaping the mask for {kind}");
        Stopwatch clock = Stopwatch.StartNew();
        Mask? target = outline ?? edit.Outline ?? edit.Mask;
        bool isMatte = kind == EditType.Background && target is not null && options is { Grow: null or 0, Soften: 0 } && options.EdgeReach != 0;
        IReadOnlyList<Box> room = Room(edit, kind, target);
        bool goes = (kind == EditType.Remove || room.Count > 0) && target is { IsEmpty: false };
        ShapedMask shaped = MaskForType.Shape(
            kind,
            edit.Picture.Width,
            edit.Picture.Height,
            isMatte ? Matte(edit.Picture, target!) : target,
            kind == EditType.Addition ? box ?? edit.Plan?.Box : null,
            options with
            {
                Room = room,
                Kept = edit.OtherOutlines ?? options.Kept,
                Shadow = goes ? Cast(edit, target!) : options.Shadow,
            });
        context.Note?.Invoke(string.Create(
            CultureInfo.InvariantCulture, $"{edit.Name}: mask for {kind}, grown by {shaped.Grown} pixels, {shaped.Mask.Coverage:P1} of the picture."));
        return edit.With("EditMaskForType", clock.Elapsed, parts =>
        {
            if (outline is not null)
            {
                parts.SetMask(outline);
                parts.NoteOverride(nameof(edit.Mask));
            }

            parts.SetShapedMask(shaped.Mask, kind, isMatte && !shaped.Mask.IsHard, options);
            foreach (MaskWarning warning in shaped.Warnings)
            {
                parts.Warn(warning.Message);
            }
        });
    }

    // The object's shadow and reflection on the ground are removed with it.
    private Mask? Cast(ImageEdit edit, Mask target)
    {
        Mask? cast = options.WithShadow ? CastShadow.Find(edit.Picture, target, edit.OtherOutlines) : options.Shadow;
        return options.WithReflection && GroundReflection.Find(edit.Picture, target, edit.OtherOutlines) is { } reflection ? cast?.Union(reflection) ?? reflection : cast;
    }

    // An outline that is already soft is the user's own matte.
    private Mask Matte(Picture picture, Mask target) => target.IsHard && target.Width == picture.Width && target.Height == picture.Height
        ? AlphaMatte.Refine(picture, target, options.EdgeReach ?? AlphaMatte.DefaultReach(picture.Width, picture.Height))
        : target;

    // For each outlined object, or for the user's own outline if it replaces them.
    private IReadOnlyList<Box> Room(ImageEdit edit, EditType kind, Mask? target)
    {
        if (kind != EditType.Local || !NeedsRoom(edit, options) || target is null)
        {
            return options.Room;
        }

        Mask[] things = [.. edit.MaskCandidates.Where(one => one.Candidate == 0).Select(one => one.Mask)];
        IEnumerable<Mask> outlines = things.Length > 1 && things.Aggregate((all, one) => all.Union(one)).SameAs(target) ? things : [target];
        Box[] others = [.. edit.Others.Select(found => found.Box)];
        return [.. outlines.Select(one => one.Binarize().Bounds).OfType<Box>().Select(old => ReplacementRoom.Of(old, target.Width, target.Height, others))];
    }

    /// <summary>Whether the new content is another kind of object, which gets extra room.</summary>
    internal static bool NeedsRoom(ImageEdit edit, MaskShapeOptions options) =>
        !options.KeepOutline && edit.Plan is { } plan && Replacement.IsAnotherKind(plan);

    /// <summary>The kind of edit that a mask is for.</summary>
    /// <param name="edit">The edit.</param>
    /// <param name="type">The given kind; null for the plan's.</param>
    /// <exception cref="EditException">Neither specifies it.</exception>
    public static EditType KindOf(ImageEdit edit, EditType? type)
    {
        ArgumentNullException.ThrowIfNull(edit);
        return type ?? edit.Plan?.EditType
            ?? throw edit.Missing("kind of edit", "Give the type with -EditType, or give the edit a plan: Get-EditPlan makes one.");
    }
}
