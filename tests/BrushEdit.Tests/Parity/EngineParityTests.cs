using System.Text.Json;
using BrushEdit.Generating;
using BrushEdit.Inpainting;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Sampling;
using TorchSharp;

namespace BrushEdit.Tests.Parity;

/// <summary>The engines without a BrushNet against the pipelines of diffusers: what the U-Net sees first, every latent, the pixels.</summary>
[Trait("Category", "Parity")]
public class EngineParityTests
{
    private const double PixelTolerance = 1e-3;

    public static TheoryData<string, EngineKind> Cases
    {
        get
        {
            TheoryData<string, EngineKind> rows = [];
            foreach ((string prefix, EngineKind kind) in ((string, EngineKind)[])[
                ("pipeline-sd-inpainting", EngineKind.SDInpainting),
                ("pipeline-controlnet-inpaint", EngineKind.ControlNetInpaint),
                ("pipeline-sdedit", EngineKind.SDEdit),
                ("pipeline-instruct-pix2pix", EngineKind.InstructPix2Pix)])
            {
                foreach (ITheoryDataRow row in ParityCase.Named(prefix))
                {
                    rows.Add((string)row.GetData()[0]!, kind);
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_engine_gives_the_reference_latents_and_pixels(string name, EngineKind kind)
    {
        using ParityCase c = ParityCase.Open(name);
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable inference = torch.inference_mode();
        JsonElement uses = c.About.GetProperty("uses");
        using AutoencoderKL vae = Vae(uses.GetProperty("vae").GetString()!);
        using ParityCase unetCase = ParityCase.Open(uses.GetProperty("unet").GetString()!);
        using UNet2DConditionModel unet = UNetParityTests.Open(unetCase);
        using ControlNetModel? control = uses.TryGetProperty("controlnet", out JsonElement sibling) ? Control(sibling.GetString()!) : null;

        ConfigReader config = c.Config();
        SamplerConfig schedulerConfig = SamplerConfig.Read(config.Section("scheduler"));
        int steps = config.Int("steps", null, 1, 1000);
        double strength = config.Has("strength") ? config.Double("strength", null, 0, 1) : 1;
        using ISampler sampler = SamplerFactory.Create(schedulerConfig, steps);
        bool fromPicture = kind == EngineKind.SDEdit || strength < 1;

        // The draws come in the order in which the engine asks for them.
        Queue<torch.Tensor> draws = new(c.About.GetProperty("draws").EnumerateArray().Select(draw => $"in.{draw.GetString()}").Where(c.Has).Select(c.Tensor));
        if (c.Has("in.step_noise"))
        {
            foreach (torch.Tensor noise in c.Tensor("in.step_noise").unbind(0))
            {
                draws.Enqueue(noise);
            }
        }

        torch.Tensor context = torch.cat([c.Tensor("in.negative"), c.Tensor("in.positive")], 0);
        using EncodedRegion region = EncodedRegion.Of(kind, pixels => vae.Encode(pixels), vae.Config.ScaleFactor, Region(c), fromPicture);
        LatentRun run = region.Run(kind, new TextConditioning(context), draws.Dequeue, vae.Config.ScalingFactor) with
        {
            FromPicture = fromPicture,
            FirstStep = StartingLatent.FirstStep(sampler, steps, strength),
            Guidance = config.Double("guidance_scale", null, 0, 100),
            ImageGuidance = config.Has("image_guidance_scale") ? config.Double("image_guidance_scale", null, 0, 100) : null,
            Control = control is null ? null : new ControlSteering(control, region.Marked!, config.Double("controlnet_conditioning_scale", null, 0, 10)),
        };

        Assert.Equal(Timesteps(c).Select(step => (float)step), sampler.Timesteps.Skip(run.FirstStep).Select(step => (float)step));
        torch.Tensor latent = new LatentDenoiser(unet).Run(
            run,
            sampler,
            new NoiseSchedule(schedulerConfig),
            draws.Dequeue,
            step =>
            {
                if (step.Step == 0)
                {
                    AssertFirstInput(c, LatentDenoiser.Input(run, step.Shown));
                }

                c.AssertClose($"out.latents.{step.Step}", step.Latent, PixelTolerance);
            },
            default);

        torch.Tensor pixels = vae.Decode(latent / vae.Config.ScalingFactor).add(1).div(2).clamp(0, 1);
        c.AssertClose("out.image", pixels[0].permute(1, 2, 0), PixelTolerance);
    }

    // diffusers puts the rows of InstructPix2Pix in another order: text and picture, picture, neither.
    private static void AssertFirstInput(ParityCase c, torch.Tensor input)
    {
        torch.Tensor ordered = input.shape[0] == 3 ? torch.cat([input.narrow(0, 2, 1), input.narrow(0, 1, 1), input.narrow(0, 0, 1)], 0) : input;
        c.AssertClose("out.first_input", ordered, PixelTolerance);
    }

    private static IEnumerable<double> Timesteps(ParityCase c)
    {
        using torch.Tensor steps = c.Tensor("out.timesteps").to(torch.ScalarType.Float64);
        return steps.data<double>().ToArray();
    }

    private static RegionPixels Region(ParityCase c)
    {
        using torch.Tensor image = c.Tensor("in.image");
        int height = (int)image.shape[0];
        int width = (int)image.shape[1];
        bool[] hole = new bool[width * height];
        if (c.Has("in.mask"))
        {
            using torch.Tensor mask = c.Tensor("in.mask");
            hole = [.. mask.data<byte>().Select(value => value >= 128)];
        }

        return new RegionPixels(new WorkRegion(0, 0, width, height, width, height), image.data<byte>().ToArray(), hole);
    }

    private static AutoencoderKL Vae(string name)
    {
        using ParityCase sibling = ParityCase.Open(name);
        using SafetensorsFile weights = sibling.Weights();
        VaeConfig config = VaeConfig.Read(sibling.Config());
        return ModuleLoader.Load((device, type) => new AutoencoderKL(config, device, type), weights, "VAE", torch.ScalarType.Float32, torch.CPU);
    }

    private static ControlNetModel Control(string name)
    {
        using ParityCase sibling = ParityCase.Open(name);
        return ControlNetParityTests.Open(sibling);
    }
}
