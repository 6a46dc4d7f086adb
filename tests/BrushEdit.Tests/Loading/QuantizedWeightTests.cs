using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Tests.Support;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Loading;

/// <summary>Weights in 8 bits: within half a step of what is stored, channel by channel, and everything else as it is.</summary>
public sealed class QuantizedWeightTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Path => folder["model.safetensors"];

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(ScalarType.Float32, ScalarType.Float32)]
    [InlineData(ScalarType.Float16, ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16, ScalarType.Float32)]
    [InlineData(ScalarType.Float64, ScalarType.Float32)]
    [InlineData(ScalarType.Float32, ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16, ScalarType.BFloat16)]
    [InlineData(ScalarType.Float32, ScalarType.Float16)]
    public void What_is_read_lies_within_half_a_step_of_what_is_stored_and_the_rest_is_as_it_was(ScalarType from, ScalarType to)
    {
        using DisposeScope scope = NewDisposeScope();
        Write(from);
        using SafetensorsFile file = SafetensorsFile.Open(Path);
        using Nested network = Load(file, to, eightBits: true);
        using Nested plain = Load(file, to, eightBits: false);
        Dictionary<string, Tensor> tensors = network.state_dict(), usual = plain.state_dict();
        foreach (string name in (string[])["inner.linear.weight", "inner.conv.weight"])
        {
            Tensor stored = file.Read(name).to(ScalarType.Float32);
            Tensor numbers = tensors[name], scales = tensors[QuantizedWeight.ScaleOf(name)];
            Assert.Equal((ScalarType.Int8, to), (numbers.dtype, scales.dtype));

            // Half a step, and the rounding of the product in the type that is computed in.
            Tensor step = scales.to(ScalarType.Float32);
            Tensor read = QuantizedWeight.Expand(numbers, scales).to(ScalarType.Float32);
            Tensor bound = step * tensor(0.5001f) + stored.abs() * tensor(to == ScalarType.Float32 ? 1e-6f : to == ScalarType.Float16 ? 1f / 1024 : 1f / 128);
            Assert.True((read - stored).abs().le(bound).all().item<bool>(), name);
            Assert.Equal(127, numbers.flatten(1).abs().max(1).values.max().item<sbyte>());

            // One step is a 127th of the channel's largest, but for the rounding up of the step.
            Tensor largest = stored.flatten(1).abs().amax([1]);
            Assert.True(step.flatten().le(largest * tensor(1.01f / 127) + tensor(6e-8f)).all().item<bool>(), name);

            // Whatever way it is read, it is the same.
            (Tensor again, Tensor scalesAgain) = QuantizedWeight.Of(stored, to);
            Assert.Equal(again.bytes.ToArray(), numbers.bytes.ToArray());
            Assert.Equal(scalesAgain.bytes.ToArray(), scales.bytes.ToArray());
        }

        string[] kept = ["first.weight", "first.bias", "inner.linear.bias", "inner.conv.bias", "inner.time_embedding.weight", "inner.time_embedding.bias"];
        foreach (string name in kept)
        {
            Assert.Equal(to, tensors[name].dtype);
            Assert.Equal(usual[name].bytes.ToArray(), tensors[name].bytes.ToArray());
        }

        Assert.Equal([.. kept, "inner.conv.weight", "inner.conv.weight_scale", "inner.linear.weight", "inner.linear.weight_scale"], tensors.Keys.OrderBy(name => kept.Contains(name) ? 0 : 1).ThenBy(name => Array.IndexOf(kept, name)).ThenBy(name => name, StringComparer.Ordinal));
    }

    [Fact]
    public void A_layer_answers_as_with_the_expanded_weight()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable inference = inference_mode();
        Write(ScalarType.Float32);
        using SafetensorsFile file = SafetensorsFile.Open(Path);
        using Nested network = Load(file, ScalarType.Float32, eightBits: true);
        Dictionary<string, Tensor> tensors = network.state_dict();
        Tensor Expanded(string name) => QuantizedWeight.Expand(tensors[name], tensors[QuantizedWeight.ScaleOf(name)]);
        Tensor rows = randn(5, Nested.Inputs), map = randn(1, 6, 9, 7);
        Tensor linear = nn.functional.linear(rows, Expanded("inner.linear.weight"), tensors["inner.linear.bias"]);
        Tensor conv = nn.functional.conv2d(map, Expanded("inner.conv.weight"), tensors["inner.conv.bias"], strides: [2, 2], padding: [1, 1]);
        Assert.True(linear.equal(network.Inner.Linear.Run(rows)).all().item<bool>());
        Assert.True(conv.equal(network.Inner.Conv.Run(map)).all().item<bool>());
        Assert.Equal([1, 4, 5, 4], conv.shape);
    }

    [Fact]
    public void A_channel_of_zeros_stays_one_and_NaN_is_told_by_the_name_of_its_weight()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor weight = randn(4, 100);
        weight[1].zero_();
        (Tensor numbers, Tensor scales) = QuantizedWeight.Of(weight, ScalarType.Float32);
        Assert.True(QuantizedWeight.Expand(numbers, scales)[1].eq(Scalars.Of(0)).all().item<bool>());
        Write(ScalarType.Float32, tensors => tensors["inner.linear.weight"][2, 77] = tensor(float.NaN));
        using SafetensorsFile file = SafetensorsFile.Open(Path);
        using Nested network = Load(file, ScalarType.Float32, eightBits: true);
        Tensor answer = network.Inner.Linear.Run(ones(1, Nested.Inputs));
        EditException fault = Assert.ThrowsAny<EditException>(() => Finite.Require(answer, "network", "at once", network));
        Assert.Contains("'inner.linear.weight'", fault.Message, StringComparison.Ordinal);
    }

    private static Nested Load(SafetensorsFile file, ScalarType type, bool eightBits) =>
        ModuleLoader.Load((device, kind) => new Nested(device, kind), file, "network", type, CPU, eightBits: eightBits);

    private void Write(ScalarType type, Action<Dictionary<string, Tensor>>? change = null)
    {
        using DisposeScope scope = NewDisposeScope();
        random.manual_seed(1);
        using Nested drawn = new(CPU, ScalarType.Float32);
        Dictionary<string, Tensor> tensors = drawn.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.detach().clone());

        // Channels of very different size: a step of one is not that of another.
        tensors["inner.linear.weight"].mul_(logspace(-3, 2, Nested.Outputs).unsqueeze(1));
        change?.Invoke(tensors);
        SafetensorsWriter.Write(Path, tensors.ToDictionary(entry => entry.Key, entry => entry.Value.to(type)));
    }

    /// <summary>Layers within, which are held in 8 bits; one at the top and one that embeds, which are not.</summary>
    private sealed class Nested : nn.Module
    {
        // 10 MB in single precision: more than one piece.
        public const int Inputs = 1250;
        public const int Outputs = 2003;

        private readonly Within inner;

        public Nested(Device device, ScalarType type)
            : base(nameof(Nested))
        {
            inner = new Within(device, type);
            RegisterComponents();
            register_module("first", nn.Linear(8, 8, device: device, dtype: type));
        }

        public Within Inner => inner;
    }

    private sealed class Within : nn.Module
    {
        private readonly Linear linear;
        private readonly Conv2d conv;

        public Within(Device device, ScalarType type)
            : base(nameof(Within))
        {
            linear = nn.Linear(Nested.Inputs, Nested.Outputs, device: device, dtype: type);
            conv = nn.Conv2d(6, 4, 3, stride: 2, padding: 1, device: device, dtype: type);
            RegisterComponents();
            register_module("time_embedding", nn.Linear(6, 6, device: device, dtype: type));
        }

        public Linear Linear => linear;

        public Conv2d Conv => conv;
    }
}
