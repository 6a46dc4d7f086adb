namespace BrushEdit.Inpainting;

/// <summary>Where an edit is.</summary>
/// <param name="Stage">What is being done.</param>
/// <param name="Step">Steps done of this sample, 0 to <paramref name="Steps"/>.</param>
/// <param name="Steps">Steps of a sample.</param>
/// <param name="Sample">The sample being made, from 0.</param>
/// <param name="Samples">Samples in all.</param>
/// <param name="Preview">The networks' present idea of the filled region, 8-bit sRGB; null but at the steps asked for.</param>
public sealed record InpaintProgress(InpaintStage Stage, int Step, int Steps, int Sample, int Samples, InpaintPreview? Preview = null);

/// <summary>A look at an unfinished fill.</summary>
/// <param name="Rgb">8-bit sRGB, interleaved, row-major.</param>
/// <param name="Width">Pixels across, of the region the networks work on.</param>
/// <param name="Height">Pixels down.</param>
public sealed record InpaintPreview(byte[] Rgb, int Width, int Height);
