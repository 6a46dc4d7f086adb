using BrushEdit.Loading;
using BrushEdit.Modeling;
using TorchSharp;
using TorchSharp.Modules;

namespace BrushEdit.Tests.Modeling;

public sealed class ModuleLoaderTests
{
    [Fact]
    public void A_loaded_network_equals_the_one_it_was_stored_from()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradients = torch.no_grad();
        using UNet2DConditionModel original = new(Small.Config([8, 16], false));
        MemoryWeights weights = new(original.state_dict());
        using UNet2DConditionModel loaded = ModuleLoader.Load(
            (device, type) => new UNet2DConditionModel(original.Config, device, type), weights, "U-Net", torch.ScalarType.Float32, torch.CPU);
        torch.Tensor sample = torch.randn(1, 4, 8, 8);
        torch.Tensor context = torch.randn(1, 3, 6);
        Assert.True(original.forward(sample, torch.tensor(5L), context).equal(loaded.forward(sample, torch.tensor(5L), context)).all().item<bool>());
        Assert.Equal(weights.Tensors.Count, weights.Reads);
        Assert.All(loaded.state_dict(), entry => Assert.False(entry.Value.is_meta, entry.Key));
        Assert.All(loaded.parameters(), parameter => Assert.True(parameter.requires_grad));
        Assert.False(loaded.training);
    }

    [Fact]
    public void Types_are_converted_and_conversion_afterwards_still_works()
    {
        using Odd original = new(torch.CPU, torch.ScalarType.Float32);
        using Odd loaded = ModuleLoader.Load(
            (device, type) => new Odd(device, type), new MemoryWeights(original.state_dict()), "odd", torch.ScalarType.BFloat16, torch.CPU);
        Dictionary<string, torch.Tensor> state = loaded.state_dict();
        Assert.Equal(original.state_dict().Keys.Order(), state.Keys.Order());
        Assert.All(state, entry => Assert.Equal(entry.Key == "ids" ? torch.ScalarType.Int64 : torch.ScalarType.BFloat16, entry.Value.dtype));
        loaded.to(torch.ScalarType.Float32);
        using torch.Tensor input = torch.tensor(new[] { 1L, 2L });
        using torch.Tensor a = original.forward(input);
        using torch.Tensor b = loaded.forward(input);
        Assert.True(torch.allclose(a, b, 0.05, 0.05), $"{a} {b}");
    }

    [Fact]
    public void Fields_that_hold_a_parameter_or_a_buffer_are_replaced_too()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using Odd original = new(torch.CPU, torch.ScalarType.Float32);
        using Odd loaded = ModuleLoader.Load(
            (device, type) => new Odd(device, type), new MemoryWeights(original.state_dict()), "odd", torch.ScalarType.Float32, torch.CPU);
        torch.Tensor input = torch.tensor(new[] { 1L, 2L });
        Assert.True(original.forward(input).equal(loaded.forward(input)).all().item<bool>());
        loaded.forward(input).sum().backward();
        Assert.All(loaded.named_parameters(), entry => Assert.NotNull(entry.parameter.grad));
    }

    [Fact]
    public void A_network_outlives_the_scope_it_was_loaded_in_and_leaves_nothing_behind()
    {
        using UNet2DConditionModel original = new(Small.Config([8], true));
        MemoryWeights weights = new(original.state_dict());
        long before = 0;
        for (int run = 0; run < 3; run++)
        {
            UNet2DConditionModel loaded;
            using (torch.NewDisposeScope())
            {
                loaded = ModuleLoader.Load(
                    (device, type) => new UNet2DConditionModel(original.Config, device, type), weights, "U-Net", torch.ScalarType.Float32, torch.CPU);
            }

            Assert.All(loaded.state_dict(), entry => Assert.False(entry.Value.IsInvalid, entry.Key));
            Assert.True(loaded.state_dict()["conv_in.weight"].equal(original.state_dict()["conv_in.weight"]).all().item<bool>());
            loaded.Dispose();
            long live = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            Assert.True(run == 0 || live - before < 20, $"{live - before} tensors more than before.");
            before = live;
        }
    }

    [Theory]
    [InlineData("proj.weight", true)]
    [InlineData("scale", false)]
    public void A_wrong_checkpoint_is_refused_before_anything_is_read(string name, bool misshapen)
    {
        using Odd original = new(torch.CPU, torch.ScalarType.Float32);
        Dictionary<string, torch.Tensor> state = original.state_dict();
        using torch.Tensor wrong = torch.zeros(3, 3, 3);
        state.Remove(name);
        if (misshapen)
        {
            state[name] = wrong;
        }

        MemoryWeights weights = new(state);
        EditException fault = Assert.Throws<EditException>(() => ModuleLoader.Load(
            (device, type) => new Odd(device, type), weights, "odd", torch.ScalarType.Float32, torch.CPU));
        Assert.Contains(name, fault.Message, StringComparison.Ordinal);
        Assert.Equal(0, weights.Reads);
    }

    [Fact]
    public void A_tensor_that_no_checkpoint_fills_is_named()
    {
        using Forgetful original = new(torch.CPU);
        InvalidOperationException fault = Assert.Throws<InvalidOperationException>(() => ModuleLoader.Load(
            (device, _) => new Forgetful(device), new MemoryWeights(original.state_dict()), "forgetful", torch.ScalarType.Float32, torch.CPU));
        Assert.Contains("constant", fault.Message, StringComparison.Ordinal);
    }

    private sealed class Odd : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private readonly Embedding table;
        private readonly LayerNorm norm;
        private readonly Linear proj;
        private readonly Parameter scale;
        private readonly torch.Tensor ids;

        public Odd(torch.Device device, torch.ScalarType type)
            : base(nameof(Odd))
        {
            table = torch.nn.Embedding(5, 4, device: device, dtype: type);
            norm = torch.nn.LayerNorm(4, device: device, dtype: type);
            proj = torch.nn.Linear(4, 3, device: device, dtype: type);
            scale = new Parameter(torch.randn(3, device: device, dtype: type));
            ids = torch.arange(2, device: device);
            RegisterComponents();
        }

        public override torch.Tensor forward(torch.Tensor input)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            return (proj.forward(norm.forward(table.forward(input + ids))) * scale).MoveToOuterDisposeScope();
        }
    }

    private sealed class Forgetful : torch.nn.Module
    {
        private readonly Linear proj;
        private readonly torch.Tensor constant;

        public Forgetful(torch.Device device)
            : base(nameof(Forgetful))
        {
            proj = torch.nn.Linear(2, 2, device: device);
            constant = torch.ones(2, device: device);
            register_buffer(nameof(constant), constant, persistent: false);
            RegisterComponents();
        }

        public torch.Tensor Run(torch.Tensor input) => proj.forward(input + constant);
    }

    private sealed class MemoryWeights(Dictionary<string, torch.Tensor> state) : IWeights
    {
        public int Reads { get; private set; }

        public string Source => "memory";

        public IReadOnlyDictionary<string, TensorInfo> Tensors { get; } =
            state.ToDictionary(entry => entry.Key, entry => new TensorInfo(entry.Key, entry.Value.dtype, entry.Value.shape));

        public torch.Tensor Read(string name)
        {
            Reads++;
            return state[name].detach().clone();
        }
    }
}
