using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Tests.Modeling;

public sealed class UNetTests
{
    [Theory]
    [InlineData(new[] { 8 }, false, 5, 7)]
    [InlineData(new[] { 8, 16 }, true, 5, 7)]
    [InlineData(new[] { 8, 12, 16 }, false, 9, 6)]
    public void Any_number_of_levels_and_any_size_works(int[] widths, bool linear, long height, long width)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradients = torch.no_grad();
        using UNet2DConditionModel unet = new(Small.Config(widths, linear));
        using BrushNetModel brushNet = Small.Trained(unet);
        torch.Tensor sample = torch.randn(1, 4, height, width);
        torch.Tensor context = torch.randn(1, 3, 6);
        BrushNetResiduals residuals = brushNet.forward(sample, torch.tensor(3L), torch.randn(1, 5, height, width));
        torch.Tensor noise = unet.forward(sample, torch.tensor(3L), context, residuals);
        Assert.Equal([1, 4, height, width], noise.shape);
        Assert.True(noise.isfinite().all().item<bool>());
        Assert.Equal((brushNet.Config.DownOutputs, brushNet.Config.UpOutputs), (residuals.Down.Count, residuals.Up.Count));
    }

    [Fact]
    public void A_BrushNet_before_training_changes_nothing()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradients = torch.no_grad();
        using UNet2DConditionModel unet = new(Small.Config([8, 16], false));
        using BrushNetModel brushNet = BrushNetModel.FromUNet(unet);
        (torch.Tensor sample, torch.Tensor timestep, torch.Tensor context, torch.Tensor condition) = Inputs(1);
        torch.Tensor plain = unet.forward(sample, timestep, context);
        torch.Tensor injected = unet.forward(sample, timestep, context, brushNet.forward(sample, timestep, condition));
        Assert.True(plain.equal(injected).all().item<bool>());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void One_run_of_the_branch_serves_both_halves_of_a_guided_batch(int samples)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradients = torch.no_grad();
        using UNet2DConditionModel unet = new(Small.Config([8, 16], false));
        using BrushNetModel brushNet = Small.Trained(unet);
        (torch.Tensor sample, torch.Tensor timestep, _, torch.Tensor condition) = Inputs(samples);
        torch.Tensor both = torch.cat([sample, sample]);
        torch.Tensor context = torch.randn(2 * samples, 3, 6);
        BrushNetResiduals once = brushNet.forward(sample, timestep, condition);
        BrushNetResiduals twice = brushNet.forward(both, timestep, torch.cat([condition, condition]));
        torch.Tensor shared = unet.forward(both, timestep, context, once);
        torch.Tensor original = unet.forward(both, timestep, context, twice);
        Assert.True(torch.allclose(shared, original, 1e-5, 1e-6));
        Assert.False(torch.allclose(shared, unet.forward(both, timestep, context), 1e-3, 1e-3));
    }

    [Fact]
    public void A_scalar_timestep_and_one_text_serve_the_whole_batch()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradients = torch.no_grad();
        using UNet2DConditionModel unet = new(Small.Config([8, 16], true));
        torch.Tensor sample = torch.randn(2, 4, 8, 8);
        torch.Tensor context = torch.randn(1, 3, 6);
        torch.Tensor one = unet.forward(sample, torch.tensor(400.5), context);
        torch.Tensor each = unet.forward(sample, torch.tensor(new[] { 400.5, 400.5 }), torch.cat([context, context]));
        using TextKeyValues text = unet.TextKeysAndValues(context);
        torch.Tensor prepared = unet.forward(sample, torch.tensor(400.5), text);
        Assert.True(torch.allclose(one, each, 1e-5, 1e-6));
        Assert.True(one.equal(prepared).all().item<bool>());
        Assert.Equal(1, text.Batch);
    }

    [Fact]
    public void Scales_multiply_the_outputs()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradients = torch.no_grad();
        using UNet2DConditionModel unet = new(Small.Config([8, 16], false));
        using BrushNetModel brushNet = Small.Trained(unet);
        (torch.Tensor sample, torch.Tensor timestep, _, torch.Tensor condition) = Inputs(1);
        torch.Tensor[] full = [.. brushNet.forward(sample, timestep, condition).All];
        torch.Tensor[] half = [.. brushNet.forward(sample, timestep, condition, 0.5).All];
        torch.Tensor[] guess = [.. brushNet.forward(sample, timestep, condition, 0.5, guessMode: true).All];
        for (int i = 0; i < full.Length; i++)
        {
            Assert.True(torch.allclose(full[i] * 0.5, half[i]), $"output {i}");
            Assert.True(torch.allclose(half[i] * Math.Pow(10, -1 + (i / (full.Length - 1.0))), guess[i], 1e-4, 1e-7), $"output {i} in guess mode");
        }
    }

    [Fact]
    public void Every_parameter_of_both_networks_gets_a_gradient()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using UNet2DConditionModel unet = new(Small.Config([8, 16], false));
        using BrushNetModel brushNet = Small.Trained(unet);
        (torch.Tensor sample, torch.Tensor timestep, torch.Tensor context, torch.Tensor condition) = Inputs(2);
        unet.forward(sample, timestep, context, brushNet.forward(sample, timestep, condition)).pow(2).mean().backward();
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in unet.named_parameters().Concat(brushNet.named_parameters()))
        {
            torch.Tensor? gradient = parameter.grad;
            Assert.True(gradient is not null && gradient.isfinite().all().item<bool>() && gradient.abs().sum().item<float>() > 0, $"'{name}' gets no gradient.");
        }
    }

    [Fact]
    public void A_frozen_UNet_passes_gradients_to_the_branch_from_its_first_step()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using UNet2DConditionModel unet = new(Small.Config([8, 16], false));
        using BrushNetModel brushNet = BrushNetModel.FromUNet(unet);
        foreach (TorchSharp.Modules.Parameter parameter in unet.parameters())
        {
            parameter.requires_grad = false;
        }

        (torch.Tensor sample, torch.Tensor timestep, torch.Tensor context, torch.Tensor condition) = Inputs(1);
        unet.forward(sample, timestep, context, brushNet.forward(sample, timestep, condition)).pow(2).mean().backward();
        Assert.All(unet.parameters(), parameter => Assert.Null(parameter.grad));
        Assert.All(
            brushNet.named_parameters().Where(entry => entry.name.StartsWith("brushnet_", StringComparison.Ordinal)),
            entry => Assert.True(entry.parameter.grad!.abs().sum().item<float>() > 0, entry.name));
    }

    [Fact]
    public void Networks_keep_no_tensor_of_a_call()
    {
        using IDisposable noGradients = torch.no_grad();
        using UNet2DConditionModel unet = new(Small.Config([8, 16], false));
        using BrushNetModel brushNet = Small.Trained(unet);
        (torch.Tensor sample, torch.Tensor timestep, torch.Tensor context, torch.Tensor condition) = Inputs(1);
        long before = 0;
        for (int run = 0; run < 4; run++)
        {
            using (BrushNetResiduals residuals = brushNet.forward(sample, timestep, condition, 0.7))
            using (TextKeyValues text = unet.TextKeysAndValues(context))
            using (unet.forward(sample, timestep, text, residuals))
            using (unet.forward(sample, timestep, context))
            {
            }

            long live = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            Assert.True(run == 0 || live == before, $"{live - before} tensors more than before.");
            before = live;
        }
    }

    [Fact]
    public void Inputs_that_do_not_fit_are_refused()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using UNet2DConditionModel unet = new(Small.Config([8, 16], false));
        using BrushNetModel brushNet = BrushNetModel.FromUNet(unet);
        (torch.Tensor sample, torch.Tensor timestep, torch.Tensor context, torch.Tensor condition) = Inputs(1);
        Assert.Throws<ArgumentException>(() => unet.forward(torch.randn(1, 3, 8, 8), timestep, context));
        Assert.Throws<ArgumentException>(() => unet.forward(sample, torch.tensor(new[] { 1L, 2L }), context));
        Assert.Throws<ArgumentException>(() => unet.forward(sample, timestep, torch.randn(1, 3, 7)));
        Assert.Throws<ArgumentException>(() => brushNet.forward(sample, timestep, torch.randn(1, 5, 4, 4)));
        Assert.Throws<ArgumentException>(() => brushNet.forward(sample, timestep, condition[torch.TensorIndex.Colon, ..4]));
        TextKeyValues text = unet.TextKeysAndValues(context);
        text.Dispose();
        Assert.Throws<ArgumentException>(() => unet.forward(sample, timestep, text));
        using UNet2DConditionModel deeper = new(Small.Config([8, 16, 16], false));
        Assert.Throws<EditException>(() => deeper.forward(sample, timestep, context, brushNet.forward(sample, timestep, condition)));
        Assert.Throws<ArgumentException>(() => unet.forward(torch.randn(3, 4, 8, 8), timestep, context, brushNet.forward(torch.randn(2, 4, 8, 8), timestep, torch.randn(2, 5, 8, 8))));
    }

    private static (torch.Tensor Sample, torch.Tensor Timestep, torch.Tensor Context, torch.Tensor Condition) Inputs(int batch) =>
        (torch.randn(batch, 4, 8, 8), torch.tensor(250L), torch.randn(batch, 3, 6), torch.randn(batch, 5, 8, 8));
}
