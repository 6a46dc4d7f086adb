using TorchSharp;

namespace BrushEdit.Training;

/// <summary>A set of examples in the form that a denoiser uses.</summary>
/// <param name="Latent">Scaled latents of the true pictures, (B, C, h, w).</param>
/// <param name="Condition">What else the networks see; <see cref="ExampleEncoder"/> lists it by engine.</param>
/// <param name="Keep">1 where the picture is kept, 0 in the hole, (B, 1, h, w).</param>
/// <param name="Captions">The captions.</param>
internal sealed record LatentBatch(torch.Tensor Latent, torch.Tensor Condition, torch.Tensor Keep, string[] Captions);
