using BrushEdit.Inpainting;
using BrushEdit.Networks;
using BrushEdit.Samplers;
using BrushEdit.Weights;
using TorchSharp;

namespace BrushEdit.Tests.Parity;

/// <summary>The whole inpainting against the reference: condition, guided steps with the branch, decoded pixels.</summary>
[Trait("Category", "Parity")]
public class PipelineParityTests
{
    private const double PixelTolerance = 1e-3;

    // The cases of other engines, samplers and families name the siblings whose networks they use; these use the first set's.
    public static TheoryData<string> Cases => ParityCase.Named("pipeline-", where: c => !c.About.TryGetProperty("uses", out _));

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_pipeline_gives_the_reference_latents_and_pixels(string name)
    {
        using ParityCase c = ParityCase.Open(name);
        using DisposeScope scope = torch.NewDisposeScope();
        ConfigReader config = c.Config();
        using AutoencoderKL vae = Vae();
        using Denoiser denoiser = Denoiser();
        using ISampler sampler = SamplerFactory.Create(Scheduler(config, name), config.Int("steps", null, 1, 1000));
        torch.Tensor condition = Condition(c, vae);
        DenoisingRun run = new(
            torch.cat([c.Tensor("in.negative"), c.Tensor("in.positive")], 0),
            condition,
            config.Double("guidance_scale", null, 0, 100),
            config.Double("brushnet_conditioning_scale", null, 0, 10));

        Assert.Equal(c.Tensor("out.timesteps").data<long>().Select(step => (double)step), sampler.Timesteps);
        torch.Tensor latent = denoiser.Run(run, sampler, () => c.Tensor("in.latents"), step => c.AssertClose($"out.latents.{step.Step}", step.Latent, PixelTolerance), default);

        torch.Tensor pixels = vae.Decode(latent / vae.Config.ScalingFactor).add(1).div(2).clamp(0, 1);
        c.AssertClose("out.image", pixels[0].permute(1, 2, 0), PixelTolerance);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_masked_picture_is_black_in_the_hole(string name)
    {
        using ParityCase c = ParityCase.Open(name);
        using DisposeScope scope = torch.NewDisposeScope();
        (byte[] rgb, bool[] hole, int width, int height) = Picture(c);
        torch.Tensor own = HoleCondition.MaskedPixels(rgb, hole, width, height);
        torch.Tensor expected = c.Tensor("in.masked_image").permute(2, 0, 1).unsqueeze(0).to(torch.ScalarType.Float32).div(127.5).sub(1);
        Close.Assert("masked pixels", expected, own, 1e-6);
    }

    private static torch.Tensor Condition(ParityCase c, AutoencoderKL vae)
    {
        (byte[] rgb, bool[] hole, int width, int height) = Picture(c);
        using IDisposable inference = torch.inference_mode();
        VaePosterior posterior = vae.Encode(HoleCondition.MaskedPixels(rgb, hole, width, height));
        torch.Tensor keep = HoleCondition.Keep(hole, width, height, posterior.Mean.shape[3], posterior.Mean.shape[2]);
        return HoleCondition.Join(posterior, c.Tensor("in.vae_noise"), vae.Config.ScalingFactor, keep);
    }

    private static (byte[] Rgb, bool[] Hole, int Width, int Height) Picture(ParityCase c)
    {
        using torch.Tensor image = c.Tensor("in.image");
        using torch.Tensor mask = c.Tensor("in.mask");
        return (image.data<byte>().ToArray(), [.. mask.data<byte>().Select(value => value >= 128)], (int)image.shape[1], (int)image.shape[0]);
    }

    // The class of the scheduler is not in its configuration; the case's name tells it.
    private static SamplerConfig Scheduler(ConfigReader config, string name) =>
        SamplerConfig.Read(config.Section("scheduler")) with { Kind = SamplerFactory.Parse(name["pipeline-".Length..]) };

    private static AutoencoderKL Vae()
    {
        using ParityCase sibling = ParityCase.Open("vae");
        using SafetensorsFile weights = sibling.Weights();
        VaeConfig config = VaeConfig.Read(sibling.Config());
        return ModuleLoader.Load((device, type) => new AutoencoderKL(config, device, type), weights, "VAE", torch.ScalarType.Float32, torch.CPU);
    }

    private static Denoiser Denoiser()
    {
        using ParityCase unet = ParityCase.Open("unet");
        using ParityCase brushnet = ParityCase.Open("brushnet");
        Denoiser denoiser = new(UNetParityTests.Open(unet), BrushNetParityTests.Open(brushnet));
        BrushNetParityTests.ShareInputBiasWhereTheCaseDoes(brushnet, denoiser.UNet, denoiser.BrushNet);
        return denoiser;
    }
}
