using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// What every residual layer of a network adds to its feature maps at each timestep of a run. It depends on the timestep and, in Stable Diffusion XL,
/// on the pooled text, but not on the latent, so a run computes it once, before its first step, and the loop uploads nothing to the device. The
/// tensors outlive the dispose scope they are made in and are freed by <see cref="Dispose"/>.
/// </summary>
internal sealed class TimestepShifts : IDisposable
{
    private readonly Dictionary<double, int> places = [];
    private readonly Dictionary<Linear, Tensor[]> shifts = new(ReferenceEqualityComparer.Instance);

    private TimestepShifts()
    {
    }

    /// <summary>Computes them.</summary>
    /// <param name="embedding">The network's time embedding.</param>
    /// <param name="projections">The projections of its residual layers.</param>
    /// <param name="timesteps">The run's timesteps; repeated ones are computed once.</param>
    /// <param name="added">What the text adds to the embedding, (R, T); null for nothing.</param>
    /// <param name="guidance">What the guidance scale adds to the waves; null for nothing.</param>
    /// <param name="together">
    /// Whether all timesteps go through the layers in one batch; null: only on a GPU, where the result is bit for bit the same or the difference
    /// does not matter.
    /// </param>
    public static TimestepShifts Of(
        TimestepEmbedding embedding, IEnumerable<Linear> projections, IEnumerable<double> timesteps, Tensor? added = null, Tensor? guidance = null, bool? together = null)
    {
        using DisposeScope scope = NewDisposeScope();
        double[] all = [.. timesteps.Distinct()];
        Device device = embedding.WeightDevice;
        TimestepShifts made = new();
        for (int place = 0; place < all.Length; place++)
        {
            made.places[all[place]] = place;
        }

        // One upload; the embedding reads single precision.
        Tensor sent = HostValues.Upload([.. all.Select(timestep => (float)timestep)], device);
        Tensor[] groups = together ?? device.type != DeviceType.CPU ? [sent] : sent.split(1, 0);
        Tensor[] embedded = [.. groups.Select(group => embedding.Each(group, added, guidance))]; // (T, R, 4 C)
        try
        {
            foreach (Linear projection in projections)
            {
                made.shifts[projection] = [.. embedded
                    .SelectMany(group => projection.forward(group).unbind(0))
                    .Select(shift => shift.DetachFromDisposeScope())];
            }

            return made;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    /// <summary>The feed for the layers of one pass.</summary>
    /// <param name="timestep">One of the timesteps.</param>
    /// <param name="rows">The rows of the texts to run; null for all.</param>
    public TimeFeed At(double timestep, (long First, long Count)? rows = null) => new(this, places[timestep], rows);

    /// <summary>A layer's shift, (R, C) with R = 1 if the text does not contribute; owned by this object.</summary>
    /// <param name="projection">The layer's projection.</param>
    /// <param name="place">The timestep's index.</param>
    public Tensor At(Linear projection, int place) => shifts[projection][place];

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        foreach (Tensor shift in shifts.Values.SelectMany(all => all))
        {
            shift.Dispose();
        }

        shifts.Clear();
    }
}
