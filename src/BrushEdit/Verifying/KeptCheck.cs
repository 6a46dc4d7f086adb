using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Verifying;

/// <summary>Checks whether the kept pixels are unchanged, bit for bit.</summary>
internal static class KeptCheck
{
    public const string Name = "Kept";

    // The two-sided feather reaches as far as its kernel: 21 taps.
    private const int Reach = GaussianFilter.PaperTaps / 2;

    /// <summary>Compares the samples of all bands outside the mask.</summary>
    /// <param name="before">The picture before the edit.</param>
    /// <param name="after">The result.</param>
    /// <param name="mask">The edited area.</param>
    /// <param name="feather">How the fill was blended in: the two-sided feather changes pixels around the mask on purpose.</param>
    public static EditCheck Make(Picture before, Picture after, Mask mask, Feather? feather)
    {
        if ((before.Width, before.Height, before.Bands, before.BitDepth) != (after.Width, after.Height, after.Bands, after.BitDepth))
        {
            return new EditCheck(Name, false, 0, $"The result is {after}, but the picture is {before}.");
        }

        Mask edited = feather == Feather.Outside && !mask.IsEmpty ? mask.Grow(Reach, MorphologyElement.Square) : mask;
        (long kept, long changed) = (0, 0);
        for (int i = 0; i < edited.Values.Length; i++)
        {
            if (edited.Values[i] == 0)
            {
                kept++;
                changed += Same(before, after, i) ? 0 : 1;
            }
        }

        double score = kept == 0 ? 1 : 1 - ((double)changed / kept);
        return new EditCheck(
            Name, changed == 0, score, changed == 0 ? $"All {kept} kept pixels are unchanged." : $"{changed} of {kept} kept pixels have changed.");
    }

    private static bool Same(Picture before, Picture after, int pixel)
    {
        int at = pixel * before.Bands;
        return before.BitDepth == 8
            ? before.Samples8.Slice(at, before.Bands).SequenceEqual(after.Samples8.Slice(at, before.Bands))
            : before.Samples16.Slice(at, before.Bands).SequenceEqual(after.Samples16.Slice(at, before.Bands));
    }
}
