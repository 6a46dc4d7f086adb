using BrushEdit.Caching;
using BrushEdit.Modeling;
using BrushEdit.Sampling;

namespace BrushEdit.Inpainting;

/// <summary>
/// A base model with a BrushNet, ready to be lent part by part: nothing is read before it is used, and what the pool keeps is
/// shared with every other edit.
/// </summary>
public interface IInpaintModel
{
    /// <summary>What the model is called in results: base, branch and what is added to them.</summary>
    string Name { get; }

    /// <summary>Where it runs.</summary>
    ComputeDevice Device { get; }

    /// <summary>The side, in pixels, of the pictures it was trained on.</summary>
    int NativeSide { get; }

    /// <summary>The side up to which whole pictures are filled at their own size; no smaller than <see cref="NativeSide"/>.</summary>
    int LargestSide => NativeSide;

    /// <summary>Pixels of a latent cell's side.</summary>
    int Factor { get; }

    /// <summary>What latents are multiplied by before diffusion.</summary>
    double ScalingFactor { get; }

    /// <summary>The noise schedule it was trained with.</summary>
    SamplerConfig Scheduler { get; }

    /// <summary>The guidance its makers propose, from 1; null if they say nothing.</summary>
    double? GuidanceScale { get; }

    /// <summary>Whether the networks are given the guidance scale themselves, so that no negative half is run.</summary>
    bool EmbedsGuidance { get; }

    /// <summary>Words of prompts that have vectors of their own.</summary>
    TextInversions Inversions { get; }

    /// <summary>Whether no negative prompt at all is zeros to the networks (Stable Diffusion XL), and not an empty text.</summary>
    bool ZerosForNoPrompt { get; }

    /// <summary>What users should know of the choice of models, a line each: told with every result.</summary>
    IReadOnlyList<string> Warnings { get; }

    /// <summary>Lends the text encoders with their tokenizers.</summary>
    /// <typeparam name="T">What is made with them.</typeparam>
    /// <param name="use">Uses them.</param>
    T WithText<T>(Func<TextEncoders, T> use);

    /// <summary>Lends the autoencoder.</summary>
    /// <typeparam name="T">What is made with it.</typeparam>
    /// <param name="use">Uses it.</param>
    T WithVae<T>(Func<Autoencoder, T> use);

    /// <summary>Whether previews have a tiny autoencoder, so that one at every step costs little.</summary>
    bool HasPreviewVae { get; }

    /// <summary>Lends the autoencoder that decodes previews: a tiny one where there is one, else that of the results.</summary>
    /// <typeparam name="T">What is made with it.</typeparam>
    /// <param name="use">Uses it.</param>
    T WithPreviewVae<T>(Func<Autoencoder, T> use);

    /// <summary>Lends U-Net and branch.</summary>
    /// <typeparam name="T">What is made with them.</typeparam>
    /// <param name="use">Uses them.</param>
    T WithDenoiser<T>(Func<Denoiser, T> use);
}
