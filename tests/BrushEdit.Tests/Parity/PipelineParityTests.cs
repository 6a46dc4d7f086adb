using System.Text.Json;
using BrushEdit.Inpainting;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Sampling;
using TorchSharp;

namespace BrushEdit.Tests.Parity;

/// <summary>The whole inpainting against the reference: condition, guided steps with the branch, decoded pixels.</summary>
[Trait("Category", "Parity")]
public class PipelineParityTests
{
    private const double PixelTolerance = 1e-3;

    /// <summary>The cases of the branch: those of other engines, and those that change the base's weights, have tests of their own.</summary>
    public static TheoryData<string> Cases
    {
        get
        {
            TheoryData<string> rows = [];
            foreach (string name in ParityCase.Named("pipeline-").Select(row => row.Data))
            {
                using ParityCase c = ParityCase.Open(name);
                ConfigReader config = c.Config();
                if (config.Has("brushnet_conditioning_scale") && !config.Has("lora_scale"))
                {
                    rows.Add(name);
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_pipeline_gives_the_reference_latents_and_pixels(string name)
    {
        using ParityCase c = ParityCase.Open(name);
        using DisposeScope scope = torch.NewDisposeScope();
        ConfigReader config = c.Config();
        using AutoencoderKL vae = Vae(Sibling(c, "vae"));
        using Denoiser denoiser = Denoiser(Sibling(c, "unet"), Sibling(c, "brushnet"));
        using ISampler sampler = SamplerFactory.Create(Scheduler(config, name), config.Int("steps", null, 1, 1000));
        torch.Tensor condition = Condition(c, vae);
        DenoisingRun run = new(
            Texts(c, config),
            condition,
            config.Double("guidance_scale", null, 0, 100),
            config.Double("brushnet_conditioning_scale", null, 0, 10));

        Assert.Equal(c.Tensor("out.timesteps").data<long>().Select(step => (double)step), sampler.Timesteps);
        torch.Tensor latent = denoiser.Run(run, sampler, () => c.Tensor("in.latents"), step => c.AssertClose($"out.latents.{step.Step}", step.Latent, PixelTolerance), default);

        torch.Tensor pixels = vae.Decode(latent / vae.Config.ScalingFactor).add(1).div(2).clamp(0, 1);
        c.AssertClose("out.image", pixels[0].permute(1, 2, 0), PixelTolerance);
    }

    // Texts of Stable Diffusion XL come with a pooled text, and with sizes that the case's configuration tells.
    private static TextConditioning Texts(ParityCase c, ConfigReader config)
    {
        torch.Tensor context = torch.cat([c.Tensor("in.negative"), c.Tensor("in.positive")], 0);
        if (!c.Has("in.time_ids"))
        {
            return new TextConditioning(context);
        }

        TextConditioning texts = new TextConditioning(context, torch.cat([c.Tensor("in.pooled_negative"), c.Tensor("in.pooled_positive")], 0))
            .WithSizes(Sizes(config, string.Empty), config.Has("negative_original_size") ? Sizes(config, "negative_") : null);
        Close.Assert($"{c.Name}/in.time_ids", c.Tensor("in.time_ids"), texts.TimeIds!, 0);
        return texts;
    }

    private static PictureSizes Sizes(ConfigReader config, string half)
    {
        IReadOnlyList<int> Pair(string key) => config.Ints(half + key, null, 0, 65536);
        (IReadOnlyList<int> original, IReadOnlyList<int> crop, IReadOnlyList<int> target) = (Pair("original_size"), Pair("crops_coords_top_left"), Pair("target_size"));
        return new PictureSizes(original[0], original[1], crop[0], crop[1], target[0], target[1]);
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

    internal static torch.Tensor Condition(ParityCase c, AutoencoderKL vae)
    {
        (byte[] rgb, bool[] hole, int width, int height) = Picture(c);
        using IDisposable inference = torch.inference_mode();
        VaePosterior posterior = vae.Encode(HoleCondition.MaskedPixels(rgb, hole, width, height));
        torch.Tensor keep = HoleCondition.Keep(hole, width, height, posterior.Mean.shape[3], posterior.Mean.shape[2]);
        torch.Tensor condition = HoleCondition.Join(posterior, c.Tensor("in.vae_noise"), vae.Config.ScalingFactor, keep);
        if (c.Has("out.condition"))
        {
            c.AssertClose("out.condition", condition.expand_as(c.Tensor("out.condition")));
        }

        return condition;
    }

    private static (byte[] Rgb, bool[] Hole, int Width, int Height) Picture(ParityCase c)
    {
        using torch.Tensor image = c.Tensor("in.image");
        using torch.Tensor mask = c.Tensor("in.mask");
        return (image.data<byte>().ToArray(), [.. mask.data<byte>().Select(value => value >= 128)], (int)image.shape[1], (int)image.shape[0]);
    }

    // The cases of the first set name their siblings by nothing, and the scheduler's class by their own name.
    private static string Sibling(ParityCase c, string network) =>
        c.About.TryGetProperty("uses", out JsonElement uses) ? uses.GetProperty(network).GetString()! : network;

    private static SamplerConfig Scheduler(ConfigReader config, string name)
    {
        SamplerConfig read = SamplerConfig.Read(config.Section("scheduler"));
        return config.Section("scheduler").Has("_class_name") ? read : read with { Kind = SamplerFactory.Parse(name["pipeline-".Length..]) };
    }

    internal static AutoencoderKL Vae(string name)
    {
        using ParityCase sibling = ParityCase.Open(name);
        using SafetensorsFile weights = sibling.Weights();
        VaeConfig config = VaeConfig.Read(sibling.Config());
        return ModuleLoader.Load((device, type) => new AutoencoderKL(config, device, type), weights, "VAE", torch.ScalarType.Float32, torch.CPU);
    }

    internal static Denoiser Denoiser(string unetName, string brushnetName)
    {
        using ParityCase unet = ParityCase.Open(unetName);
        using ParityCase brushnet = ParityCase.Open(brushnetName);
        Denoiser denoiser = new(UNetParityTests.Open(unet), BrushNetParityTests.Open(brushnet));
        BrushNetParityTests.ShareInputBiasWhereTheCaseDoes(brushnet, denoiser.UNet, denoiser.BrushNet);
        return denoiser;
    }
}
