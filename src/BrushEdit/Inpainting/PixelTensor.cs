using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Inpainting;

/// <summary>Pixels of a tensor as bytes.</summary>
internal static class PixelTensor
{
    /// <summary>Rounds pixels to 8 bits.</summary>
    /// <param name="pixels">(1, 3, H, W) in [-1, 1]; values beyond are clamped.</param>
    /// <returns>sRGB, interleaved, row-major: H * W * 3.</returns>
    public static byte[] ToBytes(torch.Tensor pixels)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor bytes = pixels[0].to(torch.ScalarType.Float32).Plus(1).Times(127.5).round().clamp(Scalars.Of(0), Scalars.Of(255));
        return bytes.permute(1, 2, 0).contiguous().to(torch.ScalarType.Byte).cpu().data<byte>().ToArray();
    }
}
