using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// Supplies the residual layers of one pass with what the timestep adds to their feature maps: computed on demand, or precomputed for all steps of a
/// run (<see cref="TimestepShifts"/>).
/// </summary>
internal sealed class TimeFeed
{
    private readonly Tensor? activated;
    private readonly TimestepShifts? prepared;
    private readonly int place;
    private readonly (long First, long Count)? rows;

    /// <summary>Wraps an embedded timestep.</summary>
    /// <param name="activated">The time embedding after its SiLU, (B, T) or (1, T): the same for every layer, so it is activated once.</param>
    public TimeFeed(Tensor activated) => this.activated = activated;

    /// <summary>Wraps one of the precomputed timesteps.</summary>
    /// <param name="prepared">The precomputed shifts.</param>
    /// <param name="place">The index of the timestep.</param>
    /// <param name="rows">The rows of the batch, if only a part of it runs and the text contributes to the embedding; null for all.</param>
    public TimeFeed(TimestepShifts prepared, int place, (long First, long Count)? rows) => (this.prepared, this.place, this.rows) = (prepared, place, rows);

    /// <summary>What a layer adds to its feature map.</summary>
    /// <param name="projection">The layer's projection of the time embedding.</param>
    /// <returns>(B, C, 1, 1), or with a batch of 1, in the caller's scope.</returns>
    public Tensor Shift(Linear projection)
    {
        Tensor shift = prepared is null ? projection.forward(activated!) : prepared.At(projection, place);
        return (rows is var (first, count) && shift.shape[0] > 1 ? shift.narrow(0, first, count) : shift).unsqueeze(-1).unsqueeze(-1);
    }
}
