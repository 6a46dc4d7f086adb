namespace BrushEdit.Sampling;

/// <summary>The samplers that are supported.</summary>
public enum SamplerKind
{
    /// <summary>UniPC, a predictor and corrector of several steps (arXiv 2302.04867). The default.</summary>
    UniPC,

    /// <summary>DDIM (arXiv 2010.02502): deterministic at eta 0, as noisy as DDPM at eta 1.</summary>
    Ddim,

    /// <summary>PNDM without its Runge-Kutta start, that is, linear multistep (arXiv 2202.09778).</summary>
    Pndm,

    /// <summary>DPM-Solver++ of second order with two steps of memory (arXiv 2211.01095).</summary>
    DpmPlusPlus2M,

    /// <summary>The same for the stochastic differential equation: fresh noise at every step.</summary>
    DpmPlusPlus2MSde,

    /// <summary>DPM-Solver++ of third order with three steps of memory.</summary>
    DpmPlusPlus3M,

    /// <summary>The same for the stochastic differential equation.</summary>
    DpmPlusPlus3MSde,

    /// <summary>Euler's method on the probability flow (arXiv 2206.00364, without churn).</summary>
    Euler,

    /// <summary>Euler's method with ancestral noise at every step.</summary>
    EulerAncestral,

    /// <summary>Heun's method on the probability flow: two calls of the network a step except for the last (arXiv 2206.00364, without churn).</summary>
    Heun,

    /// <summary>Latent consistency sampling, for models distilled to need few steps (arXiv 2310.04378).</summary>
    Lcm,

    /// <summary>Trajectory consistency sampling, for models distilled to need few steps (arXiv 2402.19159).</summary>
    Tcd,
}

/// <summary>What the network's output means.</summary>
public enum PredictionType
{
    /// <summary>The noise in the sample.</summary>
    Epsilon,

    /// <summary>The velocity: sqrt(a) noise - sqrt(1 - a) clean (arXiv 2202.00512).</summary>
    VPrediction,

    /// <summary>The clean sample itself.</summary>
    Sample,
}

/// <summary>How the noise grows over the training timesteps.</summary>
public enum BetaSchedule
{
    /// <summary>Betas evenly spaced.</summary>
    Linear,

    /// <summary>Square roots of the betas evenly spaced: the schedule of Stable Diffusion.</summary>
    ScaledLinear,

    /// <summary>The cosine schedule, betas capped at 0.999 (arXiv 2102.09672).</summary>
    SquaredCosCapV2,
}

/// <summary>Which training timesteps an edit visits; the names are those of arXiv 2305.08891, table 2.</summary>
public enum TimestepSpacing
{
    /// <summary>Evenly from the last timestep to the first.</summary>
    Linspace,

    /// <summary>Multiples of a whole stride, counted from 0, plus the offset: the last timestep itself is left out.</summary>
    Leading,

    /// <summary>Multiples of a stride counted down from the end.</summary>
    Trailing,
}

/// <summary>The variant of a multistep solver's formula.</summary>
public enum SolverType
{
    /// <summary>UniPC with B(h) = h.</summary>
    Bh1,

    /// <summary>UniPC with B(h) = exp(h) - 1.</summary>
    Bh2,

    /// <summary>DPM-Solver++ with the midpoint rule.</summary>
    Midpoint,

    /// <summary>DPM-Solver++ with Heun's rule.</summary>
    Heun,
}

/// <summary>The noise level that the last step arrives at.</summary>
public enum FinalSigma
{
    /// <summary>None: the last step returns the clean sample.</summary>
    Zero,

    /// <summary>The smallest noise level of training, as in the BrushNet authors' pipeline.</summary>
    SigmaMin,
}
