using TorchSharp;

namespace BrushEdit.Measuring;

/// <summary>Pixels as metrics take them: sRGB of 8 bits, interleaved, row-major.</summary>
/// <param name="Pixels">Width * Height * 3 values.</param>
/// <param name="Width">Pixels across.</param>
/// <param name="Height">Pixels down.</param>
public sealed record RgbPicture(byte[] Pixels, int Width, int Height)
{
    /// <summary>The picture with one part of a mask black.</summary>
    /// <param name="mask">One byte a pixel: above 0 = edited.</param>
    /// <param name="keepEdited">True keeps the edited part, false the kept part.</param>
    public RgbPicture Only(ReadOnlySpan<byte> mask, bool keepEdited)
    {
        byte[] masked = new byte[Pixels.Length];
        for (int i = 0; i < mask.Length; i++)
        {
            if ((mask[i] > 0) == keepEdited)
            {
                Pixels.AsSpan(i * 3, 3).CopyTo(masked.AsSpan(i * 3));
            }
        }

        return this with { Pixels = masked };
    }

    /// <summary>Pictures of one size as numbers 0 to 255.</summary>
    /// <param name="pictures">At least one.</param>
    /// <param name="device">The device of the result.</param>
    /// <returns>(B, 3, H, W), single precision.</returns>
    public static torch.Tensor ToTensor(IReadOnlyList<RgbPicture> pictures, torch.Device device)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor[] each =
        [
            .. pictures.Select(picture => torch.tensor(picture.Pixels, [1, picture.Height, picture.Width, 3], torch.ScalarType.Byte)),
        ];
        return torch.cat(each, 0).to(device).permute(0, 3, 1, 2).to(torch.ScalarType.Float32).contiguous().MoveToOuterDisposeScope();
    }
}
