using System.Globalization;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Modeling;
using BrushEdit.Sampling;
using TorchSharp;

namespace BrushEdit.Training;

/// <summary>How well held-out pictures are filled: peak signal-to-noise ratios against the true pictures, over all of them, in dB.</summary>
/// <param name="HolePsnr">Over the holes.</param>
/// <param name="KeptPsnr">Over the kept pixels; fills are not blended, so this shows how well the branch preserves the picture.</param>
/// <param name="WholePsnr">Over all pixels.</param>
/// <param name="Sheet">A row for each picture: true, masked, filled.</param>
public sealed record BranchScore(double HolePsnr, double KeptPsnr, double WholePsnr, Picture Sheet)
{
    /// <summary>The figures in one line.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"hole {HolePsnr:f2} dB, kept {KeptPsnr:f2} dB, whole {WholePsnr:f2} dB");
}

/// <summary>Fills held-out pictures, always from the same noise, so that two scores of a run differ only by what was learnt between them.</summary>
/// <param name="model">The base.</param>
/// <param name="samples">The held-out examples.</param>
/// <param name="options">Sampling steps and guidance.</param>
public sealed class BranchValidation(TrainingBase model, IReadOnlyList<BranchSample> samples, BranchTrainingOptions options)
{
    private const double UsualGuidance = 7.5;
    private const int Gap = 4;

    // The number of pictures filled at once.
    private const int Batch = 4;

    /// <summary>The number of examples.</summary>
    public int Count => samples.Count;

    /// <summary>Fills all examples and compares them with the true pictures.</summary>
    /// <param name="branch">The branch in its current state.</param>
    /// <param name="cancellation">Ends the work within one sampling step.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public BranchScore Score(BrushNetModel branch, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(branch);
        (double hole, double kept, long holes, long keeps) = (0, 0, 0, 0);
        List<byte[][]> rows = [];
        foreach (BranchSample[] some in samples.Chunk(Batch))
        {
            byte[][] fills = Fill(branch, some, rows.Count, cancellation);
            for (int at = 0; at < some.Length; at++)
            {
                byte[] truth = Bytes(some[at].Pixels);
                rows.Add([truth, Bytes(some[at].Masked), fills[at]]);
                for (int pixel = 0; pixel < some[at].Keep.Length; pixel++)
                {
                    double error = Enumerable.Range(3 * pixel, 3).Sum(band => Math.Pow((truth[band] - fills[at][band]) / 255.0, 2));
                    (hole, holes, kept, keeps) = some[at].Keep[pixel] < 0.5f ? (hole + error, holes + 3, kept, keeps) : (hole, holes, kept + error, keeps + 3);
                }
            }
        }

        return new BranchScore(Psnr(hole, holes), Psnr(kept, keeps), Psnr(hole + kept, holes + keeps), Sheet(rows));
    }

    private static double Psnr(double sum, long count) => count == 0 ? double.NaN : ImageMetrics.Psnr(sum / count);

    private byte[][] Fill(BrushNetModel branch, BranchSample[] some, int first, CancellationToken cancellation)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable inference = torch.no_grad();
        using torch.Generator generator = new(options.Training.Seed + (ulong)first + 1, torch.CPU);
        BranchEncoder encoder = new(model, 0, 0, null);
        torch.Tensor masked = encoder.Latents(some, sample => sample.Masked, generator, null);
        torch.Tensor condition = torch.cat([masked, encoder.Keep(some, masked.shape[2], masked.shape[3])], 1);
        double guidance = options.ValidationGuidance ?? model.Files.GuidanceScale ?? UsualGuidance;
        string[] captions = [.. some.Select(sample => sample.Caption)];
        torch.Tensor context = model.Context(guidance > 1 ? [.. captions.Select(_ => string.Empty), .. captions] : captions);

        // Not disposed, because that would free the networks, which it does not own.
        Denoiser denoiser = new(model.UNet, branch);
        torch.Tensor latent = denoiser.Run(
            new DenoisingRun(new TextConditioning(context), condition, guidance),
            SamplerFactory.Create(model.Scheduler, options.ValidationSteps),
            () => torch.randn(masked.shape, dtype: torch.ScalarType.Float32, device: torch.CPU, generator: generator),
            onStep: null,
            cancellation);
        torch.Tensor pixels = model.Vae.Decode(latent.Over(model.Vae.Config.ScalingFactor).to(model.Device.Type, model.Device.Device)).to(torch.ScalarType.Float32).cpu();
        return [.. Enumerable.Range(0, some.Length).Select(at => Bytes(pixels[at].contiguous().data<float>().ToArray()))];
    }

    // Converts (3, S, S) in -1 to 1 into interleaved bytes.
    private static byte[] Bytes(float[] planes)
    {
        int area = planes.Length / 3;
        byte[] bytes = new byte[planes.Length];
        for (int at = 0; at < planes.Length; at++)
        {
            bytes[at] = (byte)Math.Clamp(Math.Round((planes[(at % 3 * area) + (at / 3)] + 1) * 127.5), 0, 255);
        }

        return bytes;
    }

    private static Picture Sheet(List<byte[][]> rows)
    {
        int side = (int)Math.Sqrt(rows[0][0].Length / 3);
        int width = (3 * side) + (2 * Gap);
        int height = (rows.Count * (side + Gap)) - Gap;
        byte[] sheet = new byte[3 * width * height];
        Array.Fill(sheet, (byte)255);
        for (int row = 0; row < rows.Count; row++)
        {
            for (int column = 0; column < rows[row].Length; column++)
            {
                for (int y = 0; y < side; y++)
                {
                    int target = ((row * (side + Gap)) + y) * width + (column * (side + Gap));
                    rows[row][column].AsSpan(3 * y * side, 3 * side).CopyTo(sheet.AsSpan(3 * target));
                }
            }
        }

        return Picture.FromRgb(sheet, width, height);
    }
}
