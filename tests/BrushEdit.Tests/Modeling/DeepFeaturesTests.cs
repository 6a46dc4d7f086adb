using BrushEdit.Modeling;
using BrushEdit.Tests.Parity;
using TorchSharp;

namespace BrushEdit.Tests.Modeling;

/// <summary>The outer blocks alone against the whole networks, and what timesteps add, prepared against computed on the spot.</summary>
public sealed class DeepFeaturesTests
{
    private static readonly double[] Timesteps = [981, 640.5, 20];

    public static TheoryData<BrushNetVariant, bool, int, int> Branches
    {
        get
        {
            TheoryData<BrushNetVariant, bool, int, int> rows = [];
            foreach (BrushNetVariant variant in Enum.GetValues<BrushNetVariant>())
            {
                foreach (bool attention in (bool[])[false, true])
                {
                    rows.Add(variant, attention, 1, 2);
                    rows.Add(variant, attention, 2, 2);
                    rows.Add(variant, attention, 9, 1);
                }
            }

            return rows;
        }
    }

    /// <summary>On the step they come from, the outer blocks give what the whole networks gave, to the bit; on another step, something else.</summary>
    [Theory]
    [MemberData(nameof(Branches))]
    public void The_outer_blocks_on_their_own_step_give_what_the_whole_networks_gave(BrushNetVariant variant, bool attention, int layers, int levels)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradients = torch.no_grad();
        torch.manual_seed(5);
        using UNet2DConditionModel unet = new(Small.Config(levels == 1 ? [8] : [8, 16], false));
        using BrushNetModel branch = BrushNetModel.FromUNet(unet, variant: variant, attention: attention);
        foreach ((string name, TorchSharp.Modules.Parameter weight) in branch.named_parameters())
        {
            _ = name.StartsWith("brushnet_", StringComparison.Ordinal) ? torch.nn.init.normal_(weight, 0, 0.1) : weight;
        }

        torch.Tensor sample = torch.randn(2, 4, 8, 6);
        TextConditioning context = new(torch.randn(2, 3, 6));
        using TextKeyValues text = unet.TextKeysAndValues(context);
        using TextKeyValues? branchText = attention ? branch.TextKeysAndValues(context.Context) : null;
        using TimestepShifts shifts = unet.Shifts(Timesteps, text);
        using TimestepShifts branchShifts = branch.Shifts(Timesteps, context);
        using DeepFeatures deep = new(layers), branchDeep = new(layers);
        BranchCall call = new(sample, torch.randn(2, 5, 8, 6)) { Scale = 0.7, GuessMode = true };
        torch.Tensor Whole(double timestep) => unet.Steered(
            sample, shifts.At(timestep), text, branch.Steered(call, branchText, branchShifts.At(timestep), branchDeep), new UNetSteering(Deep: deep));
        torch.Tensor Outer(double timestep) => unet.Outer(
            sample, shifts.At(timestep), text, branch.Outer(call, branchText, branchShifts.At(timestep), branchDeep), null, null, deep);

        torch.Tensor plain = unet.Steered(
            sample, torch.tensor(Timesteps[1], dtype: torch.ScalarType.Float32), text, branch.forward(sample, torch.tensor(Timesteps[1], dtype: torch.ScalarType.Float32), call.Condition, 0.7, true, context), new UNetSteering());
        torch.Tensor whole = Whole(Timesteps[1]);
        Close.Assert("whole", plain, whole, 0);
        Close.Assert("outer", whole, Outer(Timesteps[1]), 0);
        Assert.False(Outer(Timesteps[0]).allclose(Whole(Timesteps[0])));
        Assert.Equal((2 * 2, 2 * 2), ((int)unet.Passes.OuterRows, (int)branch.Passes.OuterRows));
        Assert.Throws<InvalidOperationException>(() => unet.Outer(sample.narrow(0, 0, 1), shifts.At(20), text, null, null, null, deep));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_ControlNets_outer_blocks_do_too(int layers)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradients = torch.no_grad();
        torch.manual_seed(6);
        UNetConfig config = Small.Config([8, 16], false);
        using UNet2DConditionModel unet = new(config);
        using ControlNetModel control = new(new ControlNetConfig { Network = config, ConditioningWidths = [4, 8] });
        foreach (TorchSharp.Modules.Parameter weight in control.named_parameters().Where(entry => entry.name.StartsWith("controlnet_", StringComparison.Ordinal)).Select(entry => entry.parameter))
        {
            torch.nn.init.normal_(weight, 0, 0.2);
        }

        torch.Tensor sample = torch.randn(2, 4, 8, 8);
        torch.Tensor seen = torch.randn(1, 3, 16, 16);
        torch.Tensor context = torch.randn(2, 3, 6);
        torch.Tensor time = torch.tensor(640.5f);
        using TextKeyValues text = unet.TextKeysAndValues(context);
        using TextKeyValues controlText = control.TextKeysAndValues(context);
        using TimestepShifts shifts = unet.Shifts(Timesteps, text);
        using DeepFeatures deep = new(layers);
        torch.Tensor whole = unet.Steered(sample, shifts.At(640.5), text, null, new UNetSteering(control.forward(sample, time, controlText, seen, 0.8), Deep: deep));
        torch.Tensor outer = unet.Outer(sample, shifts.At(640.5), text, null, control.Outer(sample, time, controlText, seen, 0.8, deep), null, deep);
        Close.Assert("outer", whole, outer, 0);
        Assert.False(whole.allclose(unet.Outer(sample, shifts.At(640.5), text, null, null, null, deep)));
    }

    /// <summary>One timestep at a time, as on a processor, to the bit; all at once, as on a GPU, but for rounding.</summary>
    [Fact]
    public void What_timesteps_add_is_the_same_prepared_and_on_the_spot()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradients = torch.no_grad();
        torch.manual_seed(7);
        TimestepEmbedding embedding = new(32, true, 0, null, null, 16);
        TorchSharp.Modules.Linear[] layers = [torch.nn.Linear(128, 40), torch.nn.Linear(128, 24)];
        torch.Tensor added = torch.randn(3, 128);
        torch.Tensor guidance = embedding.Guidance(6)!;
        double[] many = [.. Enumerable.Range(0, 50).Select(i => 981 - (i * 19.6)), 981];
        foreach ((torch.Tensor? text, torch.Tensor? scale) in new (torch.Tensor?, torch.Tensor?)[] { (null, null), (added, guidance) })
        {
            using TimestepShifts prepared = TimestepShifts.Of(embedding, layers, many, text, scale, together: false);
            using TimestepShifts together = TimestepShifts.Of(embedding, layers, many, text, scale, together: true);
            using TimestepShifts usual = TimestepShifts.Of(embedding, layers, many, text, scale);
            foreach (double timestep in many)
            {
                TimeFeed spot = new(embedding.forward(torch.tensor(timestep, dtype: torch.ScalarType.Float32), text, scale));
                foreach (TorchSharp.Modules.Linear layer in layers)
                {
                    torch.Tensor expected = spot.Shift(layer);
                    Close.Assert("one by one", expected, prepared.At(timestep).Shift(layer), 0);
                    Close.Assert("as usual on a processor", expected, usual.At(timestep).Shift(layer), 0);
                    Close.Assert("all at once", expected, together.At(timestep).Shift(layer), 1e-5);
                }
            }

            torch.Tensor rows = prepared.At(981, (1, 2)).Shift(layers[0]);
            Assert.Equal(text is null ? 1 : 2, rows.shape[0]);
        }
    }
}
