using BrushEdit.Imaging;

namespace BrushEdit.Editing;

/// <content>How stages set the parts of an edit.</content>
public sealed partial class ImageEdit
{
    /// <summary>The parts as a stage may set them.</summary>
    /// <param name="edit">The edit that is being completed.</param>
    internal readonly struct Parts(ImageEdit edit)
    {
        /// <summary>Sets the plan.</summary>
        /// <param name="value">The plan.</param>
        public void SetPlan(EditPlan value) => edit.plan = value;

        /// <summary>Sets the detections.</summary>
        /// <param name="value">The detections.</param>
        public void SetDetections(IReadOnlyList<Detection> value) => edit.detections = [.. value];

        /// <summary>Sets what was found.</summary>
        /// <param name="value">Detections, and what became of each phrase.</param>
        public void SetDetections(DetectionResult value)
        {
            edit.detections = [.. value.Detections];
            edit.Phrases = value.Phrases;
        }

        /// <summary>Sets the other things that were seen, which a replacement is kept off.</summary>
        /// <param name="value">Where they are.</param>
        public void SetOthers(IReadOnlyList<Detection> value) => (edit.Others, edit.OtherOutlines) = (value, null);

        /// <summary>Sets the outlines of the other things.</summary>
        /// <param name="value">All in one mask, of the picture's size; null for none.</param>
        public void SetOtherOutlines(Mask? value) => edit.OtherOutlines = value;

        /// <summary>Sets the mask, whose size must be the picture's: an outline.</summary>
        /// <param name="value">The mask.</param>
        public void SetMask(Mask value)
        {
            value.RequireSize(edit.Picture);
            edit.Tell(value.Origin);
            (edit.mask, edit.Outline, edit.ShapedFor, edit.ShapedWith, edit.IsMatte) = (value, null, null, null, false);
            edit.NoteMaskFile(value);
        }

        /// <summary>Sets the mask in the shape that a kind of edit needs; the mask there was is kept as its outline.</summary>
        /// <param name="value">The mask; its size must be the picture's.</param>
        /// <param name="type">What it was shaped for.</param>
        /// <param name="isMatte">Whether its soft values tell how opaque the kept thing is.</param>
        /// <param name="options">The options it was shaped with; null if it came as it is.</param>
        public void SetShapedMask(Mask value, EditType type, bool isMatte = false, MaskShapeOptions? options = null)
        {
            value.RequireSize(edit.Picture);
            edit.Tell(value.Origin);
            (edit.mask, edit.Outline, edit.ShapedFor) = (value, edit.Outline ?? edit.mask, type);
            (edit.IsMatte, edit.ShapedWith) = (isMatte, options);
            edit.NoteMaskFile(value);
        }

        /// <summary>Sets the masks that segmentation offers.</summary>
        /// <param name="value">By thing, then by candidate.</param>
        public void SetMaskCandidates(IReadOnlyList<SegmentCandidate> value) => edit.MaskCandidates = value;

        /// <summary>Notes that a user's own part stands in for what the stage would have made.</summary>
        /// <param name="part">Which, and where it came from.</param>
        public void NoteOverride(string part)
        {
            if (!edit.overrides.Contains(part))
            {
                edit.overrides.Add(part);
            }
        }

        /// <summary>Sets the result and all samples; the first one is the result.</summary>
        /// <param name="settings">The settings they were made with.</param>
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

        /// <summary>Sets the samples in the order of their verdicts; the first one becomes the result, its verdict the edit's.</summary>
        /// <param name="samples">The samples, judged, best first.</param>
        public void SetRanking(IReadOnlyList<EditSample> samples)
        {
            edit.Samples = samples;
            (edit.Seed, edit.result, edit.Verdict) = (samples[0].Seed, samples[0].Picture, samples[0].Verdict);
        }

        /// <summary>Sets how the result was judged, which stays as it is.</summary>
        /// <param name="verdict">The verdict.</param>
        /// <param name="attempts">What was tried, in order; empty for one try.</param>
        public void SetVerdict(EditVerdict verdict, IReadOnlyList<EditAttempt> attempts) => (edit.Verdict, edit.Attempts) = (verdict, attempts);

        /// <summary>Adds a warning.</summary>
        /// <param name="text">The warning.</param>
        public void Warn(string text) => edit.warnings.Add(PlainText.Line(text));
    }
}
