using BrushEdit.Caching;
using BrushEdit.Modeling;
using BrushEdit.Sampling;

namespace BrushEdit.Inpainting;

/// <summary>
/// A base model with a BrushNet, whose parts are lent one by one: nothing is read before it is used, and the parts in the pool are
/// shared with every other edit.
/// </summary>
public interface IInpaintModel
{
    /// <summary>The model's name in results: base, branch and additions.</summary>
    string Name { get; }

    /// <summary>The device that the model runs on.</summary>
    ComputeDevice Device { get; }

    /// <summary>The side, in pixels, of the pictures it was trained on.</summary>
    int NativeSide { get; }

    /// <summary>The side up to which whole pictures are filled at their own size; no smaller than <see cref="NativeSide"/>.</summary>
    int LargestSide => NativeSide;

    /// <summary>Pixels of a latent cell's side.</summary>
    int Factor { get; }

    /// <summary>The factor that latents are multiplied by before diffusion.</summary>
    double ScalingFactor { get; }

    /// <summary>The noise schedule it was trained with.</summary>
    SamplerConfig Scheduler { get; }

    /// <summary>The guidance that its authors recommend, from 1; null if they state none.</summary>
    double? GuidanceScale { get; }

    /// <summary>Whether the networks receive the guidance scale as an input, so that no negative half is run.</summary>
    bool EmbedsGuidance { get; }

    /// <summary>Words of prompts that have their own embedding vectors.</summary>
    TextInversions Inversions { get; }

    /// <summary>Whether a missing negative prompt is encoded as zeros (Stable Diffusion XL) and not as an empty text.</summary>
    bool ZerosForNoPrompt { get; }

    /// <summary>Notes for users about the choice of models, one line each: reported with every result.</summary>
    IReadOnlyList<string> Warnings { get; }

    /// <summary>Lends the text encoders with their tokenizers.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="use">Uses them.</param>
    T WithText<T>(Func<TextEncoders, T> use);

    /// <summary>Lends the autoencoder.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="use">Uses it.</param>
    T WithVae<T>(Func<Autoencoder, T> use);

    /// <summary>Whether previews have a tiny autoencoder, so that one at every step costs little.</summary>
    bool HasPreviewVae { get; }

    /// <summary>Lends the autoencoder that decodes previews: a tiny one if available, else the one used for the results.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="use">Uses it.</param>
    T WithPreviewVae<T>(Func<Autoencoder, T> use);

    /// <summary>Lends U-Net and branch.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="use">Uses them.</param>
    T WithDenoiser<T>(Func<Denoiser, T> use);
}
