using BrushEdit.Inpainting;
using BrushEdit.Modeling;
using BrushEdit.Sampling;
using TorchSharp;

namespace BrushEdit.Generating;

/// <summary>
/// One run of a base without a BrushNet: everything that does not depend on the step is computed once; each step's prediction is computed, fully or
/// partly, or extrapolated.
/// </summary>
internal sealed class LatentPass : IDisposable
{
    private readonly UNet2DConditionModel unet;
    private readonly LatentRun run;
    private readonly IReadOnlyList<double> timesteps;
    private readonly long rows;
    private readonly (TextKeyValues Keys, TextKeyValues? Control) whole;
    private readonly (TextKeyValues Keys, TextKeyValues? Control)? caption;
    private readonly TimestepShifts shifts;
    private readonly EraseControl? erase;
    private readonly StepPlan plan;
    private readonly torch.Tensor? times;

    /// <summary>Prepares a run, in the caller's scope.</summary>
    /// <param name="unet">The U-Net.</param>
    /// <param name="run">The run's inputs, on the network's device.</param>
    /// <param name="texts">The texts of all rows, in the network's type and on its device.</param>
    /// <param name="timesteps">The sampler's timesteps.</param>
    /// <param name="schedule">The noise schedule.</param>
    public LatentPass(UNet2DConditionModel unet, LatentRun run, TextConditioning texts, IReadOnlyList<double> timesteps, NoiseSchedule schedule)
    {
        (this.unet, this.run, this.timesteps) = (unet, run, timesteps);
        rows = LatentDenoiser.Rows(run);
        try
        {
            whole = (unet.TextKeysAndValues(texts, run.Guidance), run.Control?.Network.TextKeysAndValues(texts.Context));
            caption = rows > 1 && Enumerable.Range(0, Count).Any(step => !run.Savings.GuidesAt(step, Count))
                ? (whole.Keys.Rows(rows - 1, 1), whole.Control?.Rows(rows - 1, 1))
                : null;
            shifts = unet.Shifts(timesteps, whole.Keys);
            erase = run.Erased is { } erased ? new EraseControl([erased.Hole], erased.Mode) : null;
            plan = new StepPlan(run.Savings, schedule, Count);
            times = run.Control is null ? null : HostValues.Upload([.. timesteps.Select(timestep => (float)timestep)], unet.WeightDevice); // (steps)
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private int Count => timesteps.Count - run.FirstStep;

    /// <summary>Returns the prediction at a step, with guidance applied.</summary>
    /// <param name="shown">The network's input, (1, C, h, w).</param>
    /// <param name="step">The sampler's step; each exactly once, in order.</param>
    /// <returns>(1, C, h, w) in single precision.</returns>
    public torch.Tensor Predict(torch.Tensor shown, int step)
    {
        int taken = step - run.FirstStep;
        double scale = run.Control?.ScaleAt(taken, Count) ?? 0;
        EraseControl? acting = erase?.ActsAt(taken, Count) == true ? erase : null;
        bool isGuided = rows > 1 && run.Savings.GuidesAt(taken, Count);
        StepKind kind = plan.Next(taken, new StepMode(isGuided, scale != 0, acting is not null));
        double timestep = timesteps[step];
        if (kind == StepKind.Forecast)
        {
            return plan.Foretell(timestep);
        }

        torch.Tensor input = LatentDenoiser.Input(run, shown.to(unet.WeightType), isGuided ? rows : 1);
        torch.Tensor answer = Answer(input, step, scale, acting, kind, isGuided || rows == 1).to(torch.ScalarType.Float32);
        if (!Finite.AllFinite(answer))
        {
            throw Finite.Fault(answer, "U-Net", $"at step {taken + 1} of {Count}", unet);
        }

        torch.Tensor predicted = isGuided ? Guided(answer) : answer;
        plan.Keep(timestep, predicted);
        return predicted;
    }

    /// <summary>Frees the prepared and kept tensors.</summary>
    public void Dispose()
    {
        // This includes the tensors of a constructor that failed midway.
        whole.Keys?.Dispose();
        whole.Control?.Dispose();
        caption?.Keys.Dispose();
        caption?.Control?.Dispose();
        shifts?.Dispose();
        erase?.Dispose();
        plan?.Dispose();
    }

    private torch.Tensor Answer(torch.Tensor input, int step, double scale, EraseControl? acting, StepKind kind, bool all)
    {
        (TextKeyValues keys, TextKeyValues? controlKeys) = all ? whole : caption!.Value;
        TimeFeed time = shifts.At(timesteps[step], all ? null : (rows - 1, 1));
        ControlSteering? control = scale == 0 ? null : run.Control;
        torch.Tensor seenAt = control is null ? input : times![step];
        return kind == StepKind.Outer
            ? unet.Outer(input, time, keys, null, control?.Network.Outer(input, seenAt, controlKeys!, control.Condition, scale, plan.Deep!), acting, plan.Deep!)
            : unet.Steered(
                input, time, keys, null, new UNetSteering(control?.Network.forward(input, seenAt, controlKeys!, control.Condition, scale), acting, plan.Deep));
    }

    private torch.Tensor Guided(torch.Tensor answer)
    {
        torch.Tensor[] parts = [.. answer.split(1, 0)];
        return parts.Length == 2
            ? parts[0].Plus(parts[1].Minus(parts[0]).Times(run.Guidance))
            : parts[0].Plus(parts[2].Minus(parts[1]).Times(run.Guidance)).Plus(parts[1].Minus(parts[0]).Times(run.ImageGuidance!.Value));
    }
}
