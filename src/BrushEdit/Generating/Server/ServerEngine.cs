using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;

namespace BrushEdit.Generating;

/// <summary>
/// Lets a server fill the hole: any server that implements the images/edits interface (OpenAI, stable-diffusion.cpp, LocalAI and others). The server
/// receives the crop around the mask, without metadata, the mask and the caption. Seeds are not sent, so that its answers differ from call to
/// call.
/// </summary>
public sealed class ServerEngine : IEditEngine, IDisposable
{
    private readonly ImageServerClient client;
    private readonly int side;

    /// <summary>Creates the engine; nothing is sent yet.</summary>
    /// <param name="settings">The server.</param>
    /// <exception cref="EditException">The address or the key is invalid, or a setting is out of range.</exception>
    public ServerEngine(ImageServerSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        client = new ImageServerClient(settings);
        side = settings.Side;
    }

    /// <inheritdoc/>
    public EngineTraits Traits { get; } = EngineTraits.Of(EngineKind.Server);

    /// <inheritdoc/>
    public string Name => $"{EngineKind.Server}: {client.Name}";

    /// <inheritdoc/>
    public int NativeSide => side;

    /// <inheritdoc/>
    public int Factor => 1;

    /// <inheritdoc/>
    public InpaintOutcome Fill(
        Picture picture, Mask mask, InpaintSettings settings, IProgress<InpaintProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        FillJob job = FillJob.Plan(new FillRequest(picture, mask, Traits.Require(settings), progress), side, Factor, null);
        ServerCanvas canvas = new(job.Pixels, side);
        byte[] shown = canvas.Picture();
        byte[] hole = canvas.Mask();
        HashSet<string> warnings = [];
        List<EditSample> samples = [];
        for (int index = 0; index < settings.Samples; index++)
        {
            cancellation.ThrowIfCancellationRequested();
            job.Report(InpaintStage.Denoising, 0, index);
            byte[] answer = Task.Run(() => client.EditAsync(shown, hole, settings.Caption, cancellation), cancellation).GetAwaiter().GetResult();
            (byte[] fill, string? warning) = canvas.Read(answer, client.Name);
            if (warning is not null)
            {
                warnings.Add(warning);
            }

            samples.Add(job.Blend(fill, index, side));
        }

        return new InpaintOutcome(job.Settings, samples, job.Pixels.Region, [.. warnings]);
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => client.Dispose();
}
