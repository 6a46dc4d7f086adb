using BrushEdit.Generating;
using BrushEdit.Sampling;
using TorchSharp;

namespace BrushEdit.Tests.Generating;

public sealed class StartingLatentTests
{
    [Theory]
    [InlineData("DDIM")]
    [InlineData("LCM")]
    public void A_noisy_latent_is_that_of_the_schedule_to_the_bit(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.random.manual_seed(1);
        SamplerConfig config = new();
        NoiseSchedule schedule = new(config);
        using ISampler sampler = SamplerFactory.Create(config, 7, SamplerFactory.Parse(name));
        torch.Tensor clean = torch.randn(1, 4, 8, 8), noise = torch.randn(1, 4, 8, 8);
        for (int step = 0; step < sampler.Timesteps.Count; step++)
        {
            torch.Tensor expected = schedule.AddNoise(clean, noise, torch.tensor((long)sampler.Timesteps[step]));
            Assert.Equal(expected.bytes.ToArray(), StartingLatent.At(sampler, schedule, clean, noise, step).bytes.ToArray());
        }

        Assert.Equal(clean.bytes.ToArray(), StartingLatent.At(sampler, schedule, clean, noise, sampler.Timesteps.Count).bytes.ToArray());
    }
}
