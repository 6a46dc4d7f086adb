using TorchSharp;

namespace BrushEdit.Training;

/// <summary>A set of examples in the form that the networks use.</summary>
/// <param name="Latents">Scaled latents of the true pictures, (B, C, h, w).</param>
/// <param name="Masked">Scaled latents of the pictures with their holes black, (B, C, h, w).</param>
/// <param name="Keep">The masks, (B, 1, h, w): 1 = keep, 0 = hole.</param>
/// <param name="Context">The text encoder's output, (B, L, D).</param>
/// <param name="Noise">Unit normals, (B, C, h, w).</param>
/// <param name="Timesteps">Whole timesteps, (B).</param>
public sealed record BranchBatch(
    torch.Tensor Latents, torch.Tensor Masked, torch.Tensor Keep, torch.Tensor Context, torch.Tensor Noise, torch.Tensor Timesteps);
