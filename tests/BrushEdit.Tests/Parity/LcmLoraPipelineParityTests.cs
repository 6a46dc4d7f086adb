using System.Text.Json;
using BrushEdit.Adapting;
using BrushEdit.Inpainting;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Sampling;
using TorchSharp;

namespace BrushEdit.Tests.Parity;

/// <summary>The whole inpainting in few steps: a distilled LoRA in the U-Net, LCM's sampler, no negative half.</summary>
[Trait("Category", "Parity")]
public sealed class LcmLoraPipelineParityTests
{
    private const double PixelTolerance = 1e-3;

    public static TheoryData<string> Cases =>
        [.. ParityCase.Named("pipeline-").Select(row => row.Data).Where(name => File.Exists(Path.Combine(ParityCase.ParityFolder, name, "lora.safetensors")))];

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_pipeline_gives_the_reference_latents_and_pixels(string name)
    {
        using ParityCase c = ParityCase.Open(name);
        using DisposeScope scope = torch.NewDisposeScope();
        ConfigReader config = c.Config();
        JsonElement uses = c.About.GetProperty("uses");
        using AutoencoderKL vae = PipelineParityTests.Vae(uses.GetProperty("vae").GetString()!);
        using Denoiser denoiser = PipelineParityTests.Denoiser(uses.GetProperty("unet").GetString()!, uses.GetProperty("brushnet").GetString()!);
        using AdaptedWeights adapted = new(denoiser.UNet, LoraTarget.Unet);
        Dictionary<string, TensorInfo> shapes = denoiser.UNet.state_dict().ToDictionary(entry => entry.Key, entry => new TensorInfo(entry.Key, entry.Value.dtype, entry.Value.shape));
        LoraFit fit = LoraFile.Open(c.File("lora.safetensors")).Fit(new Dictionary<LoraTarget, IReadOnlyDictionary<string, TensorInfo>> { [LoraTarget.Unet] = shapes });
        Assert.Empty(fit.Left);
        adapted.Set([new LoraUse(fit, config.Double("lora_scale", null, -10, 10))]);

        using ISampler sampler = SamplerFactory.Create(SamplerConfig.Read(config.Section("scheduler")), config.Int("steps", null, 1, 1000));
        Assert.Equal(c.Tensor("out.timesteps").data<long>().Select(step => (double)step), sampler.Timesteps);
        DenoisingRun run = new(
            new TextConditioning(c.Tensor("in.positive")),
            PipelineParityTests.Condition(c, vae),
            config.Double("guidance_scale", null, 0, 100),
            config.Double("brushnet_conditioning_scale", null, 0, 10));
        Assert.False(run.IsGuided);
        Queue<torch.Tensor> noises = new([c.Tensor("in.latents"), .. c.Tensor("in.step_noise").unbind(0)]);
        torch.Tensor latent = denoiser.Run(run, sampler, noises.Dequeue, step => c.AssertClose($"out.latents.{step.Step}", step.Latent, PixelTolerance), default);

        torch.Tensor pixels = vae.Decode(latent / vae.Config.ScalingFactor).add(1).div(2).clamp(0, 1);
        c.AssertClose("out.image", pixels[0].permute(1, 2, 0), PixelTolerance);
    }
}
