using BrushEdit.Caching;
using BrushEdit.Editing;
using BrushEdit.Inpainting;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Sampling;
using BrushEdit.Tests.Parity;
using TorchSharp;

namespace BrushEdit.Tests.Inpainting;

/// <summary>The exact savings against the plain way of computing the same step.</summary>
public class DenoiserTests(TinyBundle bundle) : IClassFixture<TinyBundle>
{
    [Theory]
    [InlineData(1.0)]
    [InlineData(0.6)]
    public void A_guided_step_equals_the_one_that_runs_everything_twice(double scale) => bundle.Model.WithDenoiser(denoiser =>
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable inference = torch.inference_mode();
        (torch.Tensor noise, torch.Tensor condition, torch.Tensor context) = Inputs(denoiser, texts: 2);
        torch.Tensor? predicted = null;
        using ISampler sampler = SamplerFactory.Create(bundle.Model.Scheduler, 1);

        denoiser.Run(new DenoisingRun(new TextConditioning(context), condition, 7.5, scale), sampler, () => noise.clone(), step => predicted = step.Predicted.clone().MoveToOtherDisposeScope(scope), default);

        torch.Tensor both = torch.cat([noise, noise], 0);
        torch.Tensor time = torch.tensor(sampler.Timesteps[0], dtype: torch.ScalarType.Float32).repeat(2);
        BrushNetResiduals residuals = denoiser.BrushNet.forward(both, time, torch.cat([condition, condition], 0), scale);
        torch.Tensor[] halves = denoiser.UNet.forward(both, time, context, residuals).chunk(2, 0);
        torch.Tensor expected = halves[0] + (7.5 * (halves[1] - halves[0]));
        Close.Assert("guided step", expected, predicted!, 1e-5);
        return true;
    });

    [Fact]
    public void Without_guidance_the_caption_alone_is_run() => bundle.Model.WithDenoiser(denoiser =>
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable inference = torch.inference_mode();
        (torch.Tensor noise, torch.Tensor condition, torch.Tensor context) = Inputs(denoiser, texts: 1);
        torch.Tensor? predicted = null;
        using ISampler sampler = SamplerFactory.Create(bundle.Model.Scheduler, 1);

        denoiser.Run(new DenoisingRun(new TextConditioning(context), condition, 7.5), sampler, () => noise.clone(), step => predicted = step.Predicted.clone().MoveToOtherDisposeScope(scope), default);

        torch.Tensor time = torch.tensor(sampler.Timesteps[0], dtype: torch.ScalarType.Float32);
        torch.Tensor expected = denoiser.UNet.forward(noise, time, context, denoiser.BrushNet.forward(noise, time, condition));
        Close.Assert("step without guidance", expected, predicted!, 1e-5);
        return true;
    });

    [Fact]
    public void A_branch_scaled_to_zero_adds_nothing() => bundle.Model.WithDenoiser(denoiser =>
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable inference = torch.inference_mode();
        (torch.Tensor noise, torch.Tensor condition, torch.Tensor context) = Inputs(denoiser, texts: 1);
        torch.Tensor? predicted = null;
        using ISampler sampler = SamplerFactory.Create(bundle.Model.Scheduler, 1);

        denoiser.Run(new DenoisingRun(new TextConditioning(context), condition, 1, 0), sampler, () => noise.clone(), step => predicted = step.Predicted.clone().MoveToOtherDisposeScope(scope), default);

        torch.Tensor expected = denoiser.UNet.forward(noise, torch.tensor(sampler.Timesteps[0], dtype: torch.ScalarType.Float32), context);
        Close.Assert("base alone", expected, predicted!, 1e-6);
        return true;
    });

    [Theory]
    [InlineData("UniPC", 1)]
    [InlineData("Euler", 2)]
    [InlineData("DPM++2M", 2)]
    public void Nothing_is_uploaded_between_two_steps(string sampler, int texts) => bundle.Model.WithDenoiser(denoiser =>
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable inference = torch.inference_mode();
        (torch.Tensor noise, torch.Tensor condition, torch.Tensor context) = Inputs(denoiser, texts);
        long before = HostValues.Uploads;
        List<long> uploads = [];
        using ISampler fresh = SamplerFactory.Create(bundle.Model.Scheduler, 6, SamplerFactory.Parse(sampler));

        denoiser.Run(new DenoisingRun(new TextConditioning(context), condition, 7.5), fresh, () => noise.clone(), _ => uploads.Add(HostValues.Uploads), default);

        Assert.Equal(fresh.Timesteps.Count, uploads.Count);
        Assert.NotEqual(before, uploads[0]);
        Assert.All(uploads, count => Assert.Equal(uploads[0], count));
        return true;
    });

    [Theory]
    [InlineData(EraseMode.Full)]
    [InlineData(EraseMode.Graded)]
    public void An_erased_hole_is_uploaded_at_the_first_step_alone(EraseMode mode) => bundle.Model.WithDenoiser(denoiser =>
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable inference = torch.inference_mode();
        (torch.Tensor noise, torch.Tensor condition, torch.Tensor context) = Inputs(denoiser, 1);
        condition.narrow(1, condition.shape[1] - 1, 1).fill_(1).narrow(2, 2, 3).narrow(3, 1, 3).fill_(0);
        List<long> uploads = [];
        using ISampler sampler = SamplerFactory.Create(bundle.Model.Scheduler, 6);

        denoiser.Run(new DenoisingRun(new TextConditioning(context), condition, 7.5) { Erase = mode }, sampler, () => noise.clone(), _ => uploads.Add(HostValues.Uploads), default);

        Assert.Equal(6, uploads.Count);
        Assert.All(uploads, count => Assert.Equal(uploads[0], count));
        return true;
    });

    [Fact]
    public void The_branch_runs_only_in_its_fraction_of_the_steps()
    {
        DenoisingRun run = new(new TextConditioning(torch.zeros(1)), torch.zeros(1), ConditioningScale: 0.8, ConditioningStart: 0.2, ConditioningEnd: 0.6);

        Assert.Equal([0, 0, 0.8, 0.8, 0.8, 0.8, 0, 0, 0, 0], Enumerable.Range(0, 10).Select(step => run.BranchScale(step, 10)));
    }

    [Fact]
    public void The_base_is_read_once_whether_it_is_lent_with_a_branch_or_without()
    {
        using TinyBundle own = new();
        ModelPool pool = own.Pool;
        InpaintModel alone = InpaintModel.OpenBase(new ModelCatalog([]), own.Folder, ModelKind.StableDiffusion, own.Model.Device, pool);

        UNet2DConditionModel first = own.Model.WithDenoiser(denoiser => denoiser.UNet);
        BrushNetModel branch = own.Model.WithDenoiser(denoiser => denoiser.BrushNet);

        Assert.Same(first, alone.WithUNet(unet => unet));
        Assert.Same(branch, own.Model.WithDenoiser(denoiser => denoiser.BrushNet));
        Assert.Equal(["brushnet", "unet"], pool.Loaded.Select(one => one.Part).Order(StringComparer.Ordinal));

        pool.LowMemory = true;
        Assert.Same(first, alone.WithUNet(unet => unet));
        Assert.Equal(["brushnet"], pool.Loaded.Select(one => one.Part));
        Assert.NotSame(first, own.Model.WithDenoiser(denoiser => denoiser.UNet));
        Assert.Empty(pool.Loaded);
    }

    [Fact]
    public void A_broken_branch_leaves_no_base_in_memory()
    {
        using TinyBundle broken = new();
        int weightsOfBase = broken.Model.WithDenoiser(denoiser => denoiser.UNet.parameters().Count());
        broken.Pool.Clear();
        string weights = Path.Combine(broken.Folder, "brushnet", "diffusion_pytorch_model.safetensors");
        using (FileStream file = File.OpenWrite(weights))
        {
            file.SetLength(file.Length - 8);
        }

        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        Assert.Throws<EditException>(() => broken.Model.WithDenoiser(denoiser => denoiser));

        // Loading leaves some handles to the garbage collector; the weights of the base are not among them.
        Assert.InRange(DisposeScopeManager.Statistics.ThreadTotalLiveCount - before, 0, weightsOfBase / 2);
        Assert.Empty(broken.Pool.Loaded);
    }

    private static (torch.Tensor Noise, torch.Tensor Condition, torch.Tensor Context) Inputs(Denoiser denoiser, int texts)
    {
        torch.random.manual_seed(3);
        int channels = denoiser.UNet.Config.InChannels;
        return (torch.randn(1, channels, 8, 6), torch.randn(1, channels + 1, 8, 6), torch.randn(texts, 5, denoiser.UNet.Config.CrossAttentionDim));
    }
}
