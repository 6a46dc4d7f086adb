using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Inpainting;

/// <summary>
/// One run of base and branch: everything that does not depend on the step is computed once; each step's prediction is computed, fully or partly,
/// or extrapolated.
/// </summary>
internal sealed class DenoisingPass : IDisposable
{
    private readonly UNet2DConditionModel unet;
    private readonly BrushNetModel brushnet;
    private readonly DenoisingRun run;
    private readonly IReadOnlyList<double> timesteps;
    private readonly Part whole;
    private readonly Part? caption;
    private readonly TimestepShifts shifts;
    private readonly TimestepShifts branchShifts;
    private readonly EraseControl? erase;
    private readonly StepPlan plan;

    /// <summary>Prepares a run, in the caller's scope.</summary>
    /// <param name="unet">The base.</param>
    /// <param name="brushnet">The branch.</param>
    /// <param name="run">The run's inputs, in the networks' type and on their device.</param>
    /// <param name="timesteps">The sampler's timesteps.</param>
    public DenoisingPass(UNet2DConditionModel unet, BrushNetModel brushnet, DenoisingRun run, IReadOnlyList<double> timesteps)
    {
        (this.unet, this.brushnet, this.run, this.timesteps) = (unet, brushnet, run, timesteps);
        try
        {
            TextKeyValues text = unet.TextKeysAndValues(run.Text, run.GuidanceScale);
            TextKeyValues? branchText = brushnet.Config.Attention is null ? null : brushnet.TextKeysAndValues(run.Text.Context);
            long pictures = run.Condition.shape[0];
            bool doubled = run.IsGuided && brushnet.TakesText;
            whole = new Part(run.Text, text, branchText, doubled ? run.Condition.repeat(2, 1, 1, 1) : run.Condition, null);
            caption = run.IsGuided && Enumerable.Range(0, timesteps.Count).Any(step => !Guides(step))
                ? new Part(run.Text.Rows(pictures, pictures), text.Rows(pictures, pictures), branchText?.Rows(pictures, pictures), run.Condition, (pictures, pictures))
                : null;
            shifts = unet.Shifts(timesteps, text);
            branchShifts = brushnet.Shifts(timesteps, run.Text);
            erase = run.Erase is { } mode ? new EraseControl(Holes(run.Condition), mode) : null;
            plan = new StepPlan(run.Savings, run.Schedule, timesteps.Count);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Returns the prediction at a step, with guidance applied.</summary>
    /// <param name="shown">The networks' input, (B, C, h, w).</param>
    /// <param name="step">The step, from 0; each exactly once, in order.</param>
    /// <returns>(B, C, h, w) in single precision.</returns>
    public torch.Tensor Predict(torch.Tensor shown, int step)
    {
        double scale = run.BranchScale(step, timesteps.Count);
        EraseControl? acting = erase?.ActsAt(step, timesteps.Count) == true ? erase : null;
        bool isGuided = run.IsGuided && Guides(step);
        StepKind kind = plan.Next(step, new StepMode(isGuided, scale != 0, acting is not null));
        if (kind == StepKind.Forecast)
        {
            return plan.Foretell(timesteps[step]);
        }

        Part part = run.IsGuided && !isGuided ? caption! : whole;
        torch.Tensor single = shown.to(unet.WeightType); // (B, C, h, w)
        torch.Tensor input = isGuided ? single.repeat(2, 1, 1, 1) : single; // (2 B, C, h, w): without the captions, then with them
        BranchCall? call = scale == 0 ? null : new BranchCall(isGuided && brushnet.TakesText ? input : single, part.Condition)
        {
            Scale = scale,
            GuessMode = run.GuessMode,
            Text = part.Text,
        };
        torch.Tensor answer = Answer(input, call, part, timesteps[step], acting, kind).to(torch.ScalarType.Float32);
        Require(answer, call, part, step);
        torch.Tensor predicted = isGuided ? Guided(answer) : answer;
        plan.Keep(timesteps[step], predicted);
        return predicted;
    }

    /// <summary>Frees the prepared and kept tensors.</summary>
    public void Dispose()
    {
        // This includes the tensors of a constructor that failed midway.
        whole?.Dispose();
        caption?.Dispose();
        shifts?.Dispose();
        branchShifts?.Dispose();
        erase?.Dispose();
        plan?.Dispose();
    }

    private bool Guides(int step) => run.Savings.GuidesAt(step, timesteps.Count);

    private torch.Tensor Answer(torch.Tensor input, BranchCall? call, Part part, double timestep, EraseControl? acting, StepKind kind)
    {
        TimeFeed time = shifts.At(timestep, part.Rows);
        TimeFeed branchTime = branchShifts.At(timestep, part.Rows);
        if (kind == StepKind.Outer)
        {
            OuterResiduals? outer = call is null ? null : brushnet.Outer(call, part.BranchKeys, branchTime, plan.BranchDeep!);
            return unet.Outer(input, time, part.Keys, outer, null, acting, plan.Deep!);
        }

        BrushNetResiduals? residuals = call is null ? null : brushnet.Steered(call, part.BranchKeys, branchTime, plan.BranchDeep);
        return unet.Steered(input, time, part.Keys, residuals, new UNetSteering(Attention: acting, Deep: plan.Deep));
    }

    private torch.Tensor Guided(torch.Tensor answer)
    {
        torch.Tensor[] halves = answer.chunk(2, 0);
        return halves[0].Plus(halves[1].Minus(halves[0]).Times(run.GuidanceScale));
    }

    private void Require(torch.Tensor answer, BranchCall? call, Part part, int step)
    {
        if (Finite.AllFinite(answer))
        {
            return;
        }

        // The branch's outputs were added in place: run the branch again, alone.
        string when = $"at step {step + 1} of {timesteps.Count}";
        bool branch = call is not null
            && brushnet.Steered(call, part.BranchKeys, branchShifts.At(timesteps[step], part.Rows), null).All.Any(output => !Finite.AllFinite(output));
        throw branch ? Finite.Fault(answer, "BrushNet", when, brushnet) : Finite.Fault(answer, "U-Net", when, unet);
    }

    // The condition's last channel is 1 if the picture is kept.
    private static torch.Tensor[] Holes(torch.Tensor condition) =>
        [.. condition.narrow(1, condition.shape[1] - 1, 1).to(torch.ScalarType.Float32).FromOne().split(1, 0)];

    /// <summary>The inputs of a step: for all texts, or for the captions alone.</summary>
    /// <param name="Text">The texts.</param>
    /// <param name="Keys">Their keys and values in the base.</param>
    /// <param name="BranchKeys">Their keys and values in a branch with attention; null for a branch without.</param>
    /// <param name="Condition">The condition, for each row that the branch runs on.</param>
    /// <param name="Rows">The rows of the texts; null for all.</param>
    private sealed record Part(TextConditioning Text, TextKeyValues Keys, TextKeyValues? BranchKeys, torch.Tensor Condition, (long First, long Count)? Rows) : IDisposable
    {
        public void Dispose()
        {
            Keys.Dispose();
            BranchKeys?.Dispose();
        }
    }
}
