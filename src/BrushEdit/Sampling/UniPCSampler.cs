using TorchSharp;

namespace BrushEdit.Sampling;

/// <summary>
/// UniPC, arXiv 2302.04867: a predictor of the next sample (UniP) and, once the network has been evaluated there, a corrector of it (UniC), both of
/// up to third order, on the clean sample or on the noise. Results match UniPCMultistepScheduler of diffusers 0.40. If the configuration requires it,
/// a run ends at the least noise level instead of none.
/// </summary>
internal sealed class UniPCSampler : SigmaSampler
{
    private readonly SamplerConfig config;
    private readonly List<torch.Tensor> memory = [];
    private torch.Tensor? last;
    private int lastOrder;

    /// <summary>Sets the run.</summary>
    /// <param name="config">The settings.</param>
    /// <param name="schedule">The noise schedule.</param>
    /// <param name="steps">The number of steps.</param>
    public UniPCSampler(SamplerConfig config, NoiseSchedule schedule, int steps)
        : base(SamplerKind.UniPC, config.Prediction, Levels(config, schedule, steps)) => this.config = config;

    /// <inheritdoc/>
    protected override torch.Tensor Advance(torch.Tensor output, int step, torch.Tensor sample, Func<torch.Tensor> noise)
    {
        (double alpha, double sigma) = Split(Sigmas[step]);
        torch.Tensor model = config.PredictX0 ? Clean(output, sample, alpha, sigma) : Noise(output, sample, alpha, sigma);

        torch.Tensor current = sample;
        if (last is not null && !config.DisableCorrector.Contains(step - 1))
        {
            current = Update(last, step - 1, lastOrder, model);
        }

        Remember(memory, model, config.SolverOrder);
        LetGo(last);
        last = Keep(current.clone());

        int order = config.LowerOrderFinal ? Math.Min(config.SolverOrder, Timesteps.Count - step) : config.SolverOrder;
        lastOrder = Math.Min(order, memory.Count);
        if (Sigmas[step + 1] == 0)
        {
            // The limit of either form: only the clean sample remains.
            return config.PredictX0 ? Sum((1, model)) : Sum((1 / alpha, current), (-sigma / alpha, model));
        }

        return Update(last, step, lastOrder, null);
    }

    /// <summary>From the sample before a step to the one after it, by UniP or, with the network's output there, by UniC.</summary>
    /// <param name="start">The sample before the step.</param>
    /// <param name="step">The step; the memory's newest entry belongs to it.</param>
    /// <param name="order">How many entries of the memory are used.</param>
    /// <param name="arrived">The network's output after the step; null for the predictor.</param>
    private torch.Tensor Update(torch.Tensor start, int step, int order, torch.Tensor? arrived)
    {
        (double alphaFrom, double sigmaFrom) = Split(Sigmas[step]);
        (double alphaTo, double sigmaTo) = Split(Sigmas[step + 1]);
        double h = Math.Log(Sigmas[step]) - Math.Log(Sigmas[step + 1]);
        if (h == 0)
        {
            return start.clone();
        }

        double signed = config.PredictX0 ? -h : h;
        double grown = ExpMinusOne(signed);
        double size = config.SolverType == Sampling.SolverType.Bh1 ? signed : grown;
        double scale = config.PredictX0 ? alphaTo : sigmaTo;

        // The positions of the earlier outputs, in units of the step, relative to its start (negative); its end is at 1.
        double[] places = [.. Enumerable.Range(1, order - 1).Select(i => (Math.Log(Sigmas[step]) - Math.Log(Sigmas[step - i])) / h)];
        double[] shares = Shares(places, arrived is not null, signed, grown, size);

        List<(double, torch.Tensor)> terms = [(config.PredictX0 ? sigmaTo / sigmaFrom : alphaTo / alphaFrom, start)];
        double newest = -scale * grown;
        for (int i = 0; i < places.Length; i++)
        {
            double weight = -scale * size * shares[i] / places[i];
            terms.Add((weight, memory[i + 1]));
            newest -= weight;
        }

        if (arrived is not null)
        {
            double weight = -scale * size * shares[^1];
            terms.Add((weight, arrived));
            newest -= weight;
        }

        terms.Add((newest, memory[0]));
        return Sum([.. terms]);
    }

    // The coefficients of the differences: theorem 3.1 of the paper, R(h) a = phi(h) / B(h). A single unknown is set to one half, as in the paper,
    // which preserves the order independently of h.
    private static double[] Shares(double[] places, bool correct, double signed, double grown, double size)
    {
        double[] points = correct ? [.. places, 1] : places;
        if (points.Length <= 1)
        {
            return points.Length == 0 ? [] : [0.5];
        }

        double[,] matrix = new double[points.Length, points.Length];
        double[] right = new double[points.Length];
        double phi = grown / signed - 1;
        double factorial = 1;
        for (int row = 0; row < points.Length; row++)
        {
            for (int column = 0; column < points.Length; column++)
            {
                matrix[row, column] = Math.Pow(points[column], row);
            }

            right[row] = phi * factorial / size;
            factorial *= row + 2;
            phi = phi / signed - 1 / factorial;
        }

        return Solve(matrix, right);
    }

    // Gaussian elimination with pivoting, for two or three unknowns.
    private static double[] Solve(double[,] matrix, double[] right)
    {
        int size = right.Length;
        for (int column = 0; column < size; column++)
        {
            int pivot = Enumerable.Range(column, size - column).MaxBy(row => Math.Abs(matrix[row, column]));
            for (int k = 0; k < size; k++)
            {
                (matrix[column, k], matrix[pivot, k]) = (matrix[pivot, k], matrix[column, k]);
            }

            (right[column], right[pivot]) = (right[pivot], right[column]);
            for (int row = 0; row < size; row++)
            {
                if (row != column)
                {
                    double factor = matrix[row, column] / matrix[column, column];
                    for (int k = column; k < size; k++)
                    {
                        matrix[row, k] -= factor * matrix[column, k];
                    }

                    right[row] -= factor * right[column];
                }
            }
        }

        return [.. right.Select((value, row) => value / matrix[row, row])];
    }

    // exp(x) - 1 without losing the digits of a small x.
    private static double ExpMinusOne(double x) => Math.Abs(x) < 1e-5 ? x * (1 + x / 2 * (1 + x / 3)) : Math.Exp(x) - 1;

    private static (double[] Timesteps, double[] Sigmas) Levels(SamplerConfig config, NoiseSchedule schedule, int steps)
    {
        if (Given(config, schedule, whole: true) is { } given)
        {
            return given;
        }

        if (!config.KarrasSigmas)
        {
            return At(config, schedule, Spacing.Exclusive(config.Spacing ?? TimestepSpacing.Linspace, config.TrainTimesteps, config.TrainTimesteps, steps, config.StepsOffset));
        }

        double[] karras = Spacing.Karras(config.SigmaMax ?? schedule.Sigmas[^1], config.SigmaMin ?? schedule.Sigmas[0], steps);
        double final = config.FinalSigma == FinalSigma.Zero ? 0 : karras[^1];
        return ([.. karras.Select(sigma => Math.Round(Spacing.TimestepOf(schedule, sigma)))], [.. karras, final]);
    }
}
