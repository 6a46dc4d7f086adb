using TorchSharp;

namespace BrushEdit.Sampling;

/// <summary>
/// Extrapolates a network's output at a timestep from its last outputs, by the polynomial through them in half the logarithm of the signal-to-noise
/// ratio, the variable in which solvers of high order expand the output (DPM-Solver, arXiv 2206.00927).
/// </summary>
/// <param name="schedule">The noise schedule, which defines that variable.</param>
/// <param name="order">The polynomial's degree, at least 1; lower while fewer outputs are known.</param>
internal sealed class PredictionForecast(NoiseSchedule schedule, int order = PredictionForecast.UsualOrder) : IDisposable
{
    /// <summary>A straight line: with a higher degree, the amplified errors of the outputs outweigh the better fit.</summary>
    public const int UsualOrder = 1;

    // Karras spacing may round two steps to one timestep, and some samplers evaluate one timestep twice: no line passes through both points.
    private const double LeastDistance = 1e-6;

    private readonly List<(double At, torch.Tensor Answer)> known = []; // the newest first

    /// <summary>Whether enough is known for a line.</summary>
    public bool IsReady => known.Count > 1;

    /// <summary>Adds a network output.</summary>
    /// <param name="timestep">The timestep; a fraction is interpolated between two of the schedule's.</param>
    /// <param name="answer">The output; its memory is retained, so it must not be changed in place.</param>
    public void Add(double timestep, torch.Tensor answer)
    {
        double at = HalfLogSignal(timestep);
        for (int place = known.Count - 1; place >= 0; place--)
        {
            if (Math.Abs(known[place].At - at) < LeastDistance || place >= order)
            {
                known[place].Answer.Dispose();
                known.RemoveAt(place);
            }
        }

        known.Insert(0, (at, answer.alias().DetachFromDisposeScope()));
    }

    /// <summary>The extrapolated output.</summary>
    /// <param name="timestep">The timestep.</param>
    /// <returns>A new tensor of the outputs' shape, in the caller's scope.</returns>
    /// <exception cref="InvalidOperationException">Fewer than two outputs are known.</exception>
    public torch.Tensor At(double timestep)
    {
        if (!IsReady)
        {
            throw new InvalidOperationException("Two predictions are needed before one can be extrapolated.");
        }

        using DisposeScope scope = torch.NewDisposeScope();
        double at = HalfLogSignal(timestep);
        torch.Tensor? sum = null;
        foreach ((double own, torch.Tensor answer) in known)
        {
            // Lagrange's form.
            double weight = known.Where(one => one.At != own).Aggregate(1.0, (product, one) => product * (at - one.At) / (own - one.At));
            using Scalar factor = weight.ToScalar();
            sum = sum is null ? answer.mul(factor) : sum.add(answer, factor);
        }

        return sum!.MoveToOuterDisposeScope();
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        known.ForEach(one => one.Answer.Dispose());
        known.Clear();
    }

    /// <summary>Frees the retained outputs.</summary>
    public void Dispose() => Clear();

    private double HalfLogSignal(double timestep)
    {
        double place = Math.Clamp(timestep, 0, schedule.TrainTimesteps - 1);
        int below = (int)place;
        int above = Math.Min(below + 1, schedule.TrainTimesteps - 1);
        double share = place - below;
        return -((1 - share) * Math.Log(schedule.Sigmas[below])) - (share * Math.Log(schedule.Sigmas[above]));
    }
}
