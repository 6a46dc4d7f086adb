using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// Gives the residual layers of one pass what the timestep adds to their feature maps: computed on the spot, or prepared for all steps of a
/// run (<see cref="TimestepShifts"/>).
/// </summary>
internal sealed class TimeFeed
{
    private readonly Tensor? activated;
    private readonly TimestepShifts? prepared;
    private readonly int place;
    private readonly (long First, long Count)? rows;

    /// <summary>Takes an embedded timestep.</summary>
    /// <param name="activated">The time embedding after its SiLU, (B, T) or (1, T): the same for every layer, so it is activated once.</param>
    public TimeFeed(Tensor activated) => this.activated = activated;

    /// <summary>Takes one of the timesteps that were prepared.</summary>
    /// <param name="prepared">What was prepared.</param>
    /// <param name="place">Which of its timesteps.</param>
    /// <param name="rows">The rows of the batch, where a part of it is run and the text has a say in the embedding; null for all.</param>
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
