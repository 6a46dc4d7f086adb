using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;

namespace BrushEdit.Segmenting;

/// <summary>The faults of masks that can spoil an edit.</summary>
public enum MaskFault
{
    /// <summary>It covers too few of the model's latent cells to draw an object.</summary>
    TooSmall,

    /// <summary>It is narrower than two latent cells everywhere, so that hardly any cell is completely inside.</summary>
    TooThin,

    /// <summary>It has many parts, or much of it is in parts too small for the model.</summary>
    TooFragmented,

    /// <summary>The outline or box that it was made from extended beyond the picture's edge.</summary>
    Clipped,
}

/// <summary>A warning about a mask.</summary>
/// <param name="Fault">The fault.</param>
/// <param name="Message">What is wrong, and what to do about it.</param>
public sealed record MaskWarning(MaskFault Fault, string Message);

/// <summary>
/// Detects masks that a latent model cannot follow: the model sees a mask at an eighth of the picture's size, so that thin,
/// scattered and tiny masks are lost or filled with a blur (a weakness described in arXiv 2412.10316).
/// </summary>
public static class MaskCheck
{
    /// <summary>The number of latent cells that a mask must cover: four by four.</summary>
    public const double SmallestCells = 16;

    /// <summary>The maximum number of parts of a mask.</summary>
    public const int MostParts = 8;

    /// <summary>The fraction of a mask's area that may be in parts of less than four latent cells.</summary>
    public const double LargestScatter = 0.25;

    private const int LatentFactor = 8;

    /// <summary>
    /// Pixels of the picture per latent cell if the mask is edited in a crop with the usual margin, which is scaled to the model's native size; see
    /// <see cref="WorkRegion"/>. In a picture smaller than that size, cells are smaller still.
    /// </summary>
    /// <param name="mask">The mask.</param>
    /// <param name="nativeSize">Side of the model's canvas, in pixels.</param>
    /// <param name="factor">Pixels of the canvas along a latent cell.</param>
    public static double LatentCell(Mask mask, int nativeSize = 512, int factor = LatentFactor)
    {
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentOutOfRangeException.ThrowIfLessThan(nativeSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        double side = mask.Bounds is { } bounds ? Math.Max(bounds.Width, bounds.Height) : 0;
        return factor * WorkRegion.Side(side, nativeSize, new InpaintSettings().ContextMargin) / nativeSize;
    }

    /// <summary>Checks a mask.</summary>
    /// <param name="mask">The mask; values from 128 count.</param>
    /// <param name="latentCell">Pixels of the picture per latent cell; <see cref="LatentCell"/> at 512 if null.</param>
    /// <returns>One warning per fault; none for a mask that is empty or covers everything.</returns>
    public static IReadOnlyList<MaskWarning> Inspect(Mask mask, double? latentCell = null)
    {
        ArgumentNullException.ThrowIfNull(mask);
        double cell = latentCell ?? LatentCell(mask);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(cell);
        Mask hard = mask.Binarize();
        if (hard.IsEmpty || hard.IsFull)
        {
            return [];
        }

        List<MaskWarning> warnings = [];
        IReadOnlyList<MaskComponent> parts = hard.Components();
        double area = parts.Sum(part => (double)part.Area);
        double cells = area / (cell * cell);
        int grow = (int)Math.Ceiling(cell);
        if (cells < SmallestCells)
        {
            warnings.Add(new MaskWarning(
                MaskFault.TooSmall,
                $"The mask covers {area:0} pixels, {cells:0.#} cells of the model's latent grid (a cell is {cell:0.#} pixels wide here), too few to draw anything. "
                + $"Grow it (-Grow {grow}), or enlarge the picture before the edit."));
        }
        else if (hard.Shrink(grow).IsEmpty)
        {
            warnings.Add(new MaskWarning(
                MaskFault.TooThin,
                $"The mask is nowhere {2 * grow} pixels wide, two cells of the model's latent grid, so the model hardly sees it. "
                + $"Grow it (-Grow {grow}), or take its box (Edit-Mask)."));
        }

        double scattered = parts.Where(part => part.Area < 4 * cell * cell).Sum(part => (double)part.Area) / area;
        if (parts.Count > MostParts || (parts.Count > 1 && scattered > LargestScatter))
        {
            warnings.Add(new MaskWarning(
                MaskFault.TooFragmented,
                $"The mask is in {parts.Count} parts, {scattered:P0} of it in parts smaller than four cells of the model's latent grid. "
                + $"Remove the specks (-MinArea {4 * cell * cell:0}), or join the parts by growing the mask (-Grow {grow})."));
        }

        return warnings;
    }
}
