using BrushEdit.Imaging;

namespace BrushEdit.Editing;

/// <content>The setters through which stages fill in the parts of an edit.</content>
public sealed partial class ImageEdit
{
    /// <summary>The parts that a stage can set.</summary>
    /// <param name="edit">The edit that is being completed.</param>
    internal readonly struct Parts(ImageEdit edit)
    {
        /// <summary>Sets the plan.</summary>
        /// <param name="value">The plan.</param>
        public void SetPlan(EditPlan value) => edit.plan = value;

        /// <summary>Sets the detections.</summary>
        /// <param name="value">The detections.</param>
        public void SetDetections(IReadOnlyList<Detection> value) => edit.detections = [.. value];

        /// <summary>Sets the detections and the outcome of each phrase.</summary>
        /// <param name="value">The detections, and the outcome of each phrase.</param>
        public void SetDetections(DetectionResult value)
        {
            edit.detections = [.. value.Detections];
            edit.Phrases = value.Phrases;
        }

        /// <summary>Sets the other detected objects, which a replacement must not cover.</summary>
        /// <param name="value">Their detections.</param>
        public void SetOthers(IReadOnlyList<Detection> value) => (edit.Others, edit.OtherOutlines) = (value, null);

        /// <summary>Sets the outlines of the other objects.</summary>
        /// <param name="value">All outlines in one mask, of the picture's size; null for none.</param>
        public void SetOtherOutlines(Mask? value) => edit.OtherOutlines = value;

        /// <summary>Sets the mask to an outline. Its size must be the picture's.</summary>
        /// <param name="value">The mask.</param>
        public void SetMask(Mask value)
        {
            value.RequireSize(edit.Picture);
            edit.Tell(value.Origin);
            (edit.mask, edit.Outline, edit.ShapedFor, edit.ShapedWith, edit.IsMatte) = (value, null, null, null, false);
            edit.NoteMaskFile(value);
        }

        /// <summary>Sets the mask in the shape that a kind of edit needs; the previous mask is kept as its outline.</summary>
        /// <param name="value">The mask; its size must be the picture's.</param>
        /// <param name="type">The kind of edit it was shaped for.</param>
        /// <param name="isMatte">Whether its soft values are the opacity of the kept object.</param>
        /// <param name="options">The options it was shaped with; null if it was not shaped.</param>
        public void SetShapedMask(Mask value, EditType type, bool isMatte = false, MaskShapeOptions? options = null)
        {
            value.RequireSize(edit.Picture);
            edit.Tell(value.Origin);
            (edit.mask, edit.Outline, edit.ShapedFor) = (value, edit.Outline ?? edit.mask, type);
            (edit.IsMatte, edit.ShapedWith) = (isMatte, options);
            edit.NoteMaskFile(value);
        }

        /// <summary>Sets the masks that segmentation proposes.</summary>
        /// <param name="value">The masks, ordered by object, then by candidate.</param>
        public void SetMaskCandidates(IReadOnlyList<SegmentCandidate> value) => edit.MaskCandidates = value;

        /// <summary>Records that a part supplied by the user replaces the stage's own output.</summary>
        /// <param name="part">Which part, and where it came from.</param>
        public void NoteOverride(string part)
        {
            if (!edit.overrides.Contains(part))
            {
                edit.overrides.Add(part);
            }
        }

        /// <summary>Sets the result and all samples; the first sample is the result.</summary>
        /// <param name="settings">The settings the samples were made with.</param>
        /// <param name="samples">The samples, best first.</param>
        /// <param name="feather">Pixels of the picture over which the fill fades in within the mask.</param>
        public void SetSamples(InpaintSettings settings, IReadOnlyList<EditSample> samples, int feather = 0)
        {
            edit.Settings = settings;
            edit.FeatherPixels = feather;
            edit.Samples = samples;
            edit.Seed = samples[0].Seed;
            edit.result = samples[0].Picture;
            (edit.Verdict, edit.Attempts) = (samples[0].Verdict, []);
        }

        /// <summary>Sets the samples in the order of their verdicts; the first one becomes the result, and its verdict the edit's.</summary>
        /// <param name="samples">The judged samples, best first.</param>
        public void SetRanking(IReadOnlyList<EditSample> samples)
        {
            edit.Samples = samples;
            (edit.Seed, edit.result, edit.Verdict) = (samples[0].Seed, samples[0].Picture, samples[0].Verdict);
        }

        /// <summary>Sets the verdict on the result, without changing the result.</summary>
        /// <param name="verdict">The verdict.</param>
        /// <param name="attempts">The attempts, in order; empty if there was only one.</param>
        public void SetVerdict(EditVerdict verdict, IReadOnlyList<EditAttempt> attempts) => (edit.Verdict, edit.Attempts) = (verdict, attempts);

        /// <summary>Adds a warning.</summary>
        /// <param name="text">The warning.</param>
        public void Warn(string text) => edit.warnings.Add(PlainText.Line(text));
    }
}
