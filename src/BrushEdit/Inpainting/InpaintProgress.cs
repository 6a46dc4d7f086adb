namespace BrushEdit.Inpainting;

/// <summary>The progress of an edit.</summary>
/// <param name="Stage">The current stage.</param>
/// <param name="Step">Completed steps of this sample, 0 to <paramref name="Steps"/>.</param>
/// <param name="Steps">Total steps per sample.</param>
/// <param name="Sample">The sample being made, from 0.</param>
/// <param name="Samples">The total number of samples.</param>
/// <param name="Preview">The networks' current estimate of the filled region, 8-bit sRGB; null except at the requested steps.</param>
public sealed record InpaintProgress(InpaintStage Stage, int Step, int Steps, int Sample, int Samples, InpaintPreview? Preview = null);

/// <summary>A preview of an unfinished fill.</summary>
/// <param name="Rgb">8-bit sRGB, interleaved, row-major.</param>
/// <param name="Width">Pixels across, of the region the networks work on.</param>
/// <param name="Height">Pixels down.</param>
public sealed record InpaintPreview(byte[] Rgb, int Width, int Height);
