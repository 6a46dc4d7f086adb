using BrushEdit.Inpainting;
using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Generating;

/// <summary>A region encoded for an engine's run, once for all samples, which differ only in their noise.</summary>
/// <param name="Picture">The posterior of the picture; null if the run does not see it.</param>
/// <param name="Masked">The posterior of the picture with a grey hole; null if the run does not see it.</param>
/// <param name="Hole">The hole at latent size (1, 1, h, w), 1 = hole.</param>
/// <param name="Marked">The picture with its hole marked, in pixels (1, 3, H, W); null if the run does not see it.</param>
internal sealed record EncodedRegion(VaePosterior? Picture, VaePosterior? Masked, torch.Tensor Hole, torch.Tensor? Marked) : IDisposable
{
    /// <summary>Encodes what an engine's run needs.</summary>
    /// <param name="kind">The engine.</param>
    /// <param name="encode">Encodes pixels (1, 3, H, W) in [-1, 1] to their posterior.</param>
    /// <param name="factor">Pixels of a latent cell's side.</param>
    /// <param name="region">The region.</param>
    /// <param name="startsFromPicture">Whether the run starts from the picture.</param>
    public static EncodedRegion Of(EngineKind kind, Func<torch.Tensor, VaePosterior> encode, int factor, RegionPixels region, bool startsFromPicture)
    {
        bool seesPicture = startsFromPicture || kind != EngineKind.SDInpainting;
        return new EncodedRegion(
            seesPicture ? Encode(encode, RegionTensors.Pixels(region)) : null,
            kind == EngineKind.SDInpainting ? Encode(encode, RegionTensors.GreyHole(region)) : null,
            RegionTensors.Hole(region, region.Width / factor, region.Height / factor),
            kind == EngineKind.ControlNetInpaint ? RegionTensors.MarkedHole(region) : null);
    }

    /// <summary>A run of the engine. Draws, in this order, for the picture's posterior, for the start, for the masked picture's posterior.</summary>
    /// <param name="kind">The engine.</param>
    /// <param name="text">The texts.</param>
    /// <param name="draw">Draws unit normals of the latent's shape.</param>
    /// <param name="scalingFactor">The autoencoder's scaling factor.</param>
    /// <returns>A run that starts from noise; its tensors are in the caller's scope.</returns>
    public LatentRun Run(EngineKind kind, TextConditioning text, Func<torch.Tensor> draw, double scalingFactor)
    {
        torch.Tensor Sampled(VaePosterior posterior) =>
            posterior.Sample(draw().to(posterior.Mean.dtype, posterior.Mean.device)).to(torch.ScalarType.Float32).Times(scalingFactor);

        using DisposeScope scope = torch.NewDisposeScope();
        bool instructed = kind == EngineKind.InstructPix2Pix;
        torch.Tensor? clean = Picture is null || instructed ? null : Sampled(Picture);
        torch.Tensor noise = draw();
        torch.Tensor? channels = Masked is not null ? InpaintChannels(Sampled(Masked)) : instructed ? Picture!.Mean.to(torch.ScalarType.Float32) : null;
        return new LatentRun(text, noise.MoveToOuterDisposeScope())
        {
            Clean = clean?.MoveToOuterDisposeScope(),
            Channels = channels?.MoveToOuterDisposeScope(),
            Hole = kind is EngineKind.BlendedLatent or EngineKind.ControlNetInpaint ? Hole : null,
            FreshNoise = kind == EngineKind.BlendedLatent,
        };
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Picture?.Dispose();
        Masked?.Dispose();
        Hole.Dispose();
        Marked?.Dispose();
    }

    private static VaePosterior Encode(Func<torch.Tensor, VaePosterior> encode, torch.Tensor pixels)
    {
        using torch.Tensor shown = pixels;
        return encode(shown);
    }

    // (1, 1 + C, h, w): the mask, 1 = hole, then the masked picture's latent.
    private torch.Tensor InpaintChannels(torch.Tensor masked) => torch.cat([Hole.to(masked.device), masked], 1);
}
