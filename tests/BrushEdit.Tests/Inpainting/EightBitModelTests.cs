using BrushEdit.Adapting;
using BrushEdit.Caching;
using BrushEdit.Editing;
using BrushEdit.Generating;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Synthesizing;
using BrushEdit.Tests.Generating;
using BrushEdit.Tests.Parity;
using BrushEdit.Tests.Support;
using BrushEdit.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Inpainting;

/// <summary>Models whose weights are held in 8 bits: what they fill, what they take, what they are called, and what they do not go with.</summary>
public sealed class EightBitModelTests(EngineBundles bundles) : IClassFixture<EngineBundles>, IDisposable
{
    private static readonly ComputeDevice Single = new(CPU, ScalarType.Float32);
    private static readonly ComputeDevice EightBit = Single with { EightBitWeights = true };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_bundle_fills_nearly_as_in_single_precision_with_less_memory()
    {
        using ModelPool pool = new();
        string toybox = Path.GetFullPath(Path.Combine(Fixtures.Root, "..", "..", "weights", "toybox"));
        InpaintModel single = Open(toybox, Single, pool), eightBit = Open(toybox, EightBit, pool);
        ToyScene scene = ToyScene.Draw(3, new ToySceneOptions { Width = 64, Height = 64, MaxObjects = 3, Split = SceneSplit.HeldOutSeeds });
        SceneEdit edit = scene.Edit(SceneEditForm.Remove, 3);
        byte[] Fill(InpaintModel model) => new InpaintPipeline(model).Fill(
            Picture.FromRgb(scene.Rgb, 64, 64),
            Mask.FromValues(edit.Mask, 64, 64),
            new InpaintSettings { Caption = edit.CaptionAfter, Steps = 6, Seed = 5, WholePicture = true }).Samples[0].Picture.ToRgb();
        byte[] first = Fill(single), second = Fill(eightBit);
        byte[] Part(byte[] rgb, byte value) => [.. rgb.Where((_, at) => edit.Mask[at / 3] == value)];
        Assert.Equal(Part(first, 0), Part(second, 0));
        Assert.NotEqual(first, second);
        Assert.InRange(ImageMetrics.Psnr(Part(first, 255), Part(second, 255)), 26, 100);

        // As a listing counts them by the headers of the files, and all of it a third of what single precision takes at the most.
        (long whole, long held) = (single.WithDenoiser(Bytes), eightBit.WithDenoiser(Bytes));
        Assert.True(3 * held < whole, $"{held} of {whole} bytes");
        Assert.Equal(held, Counted(toybox, ModelPart.Unet, ModelKind.StableDiffusion) + Counted(toybox, ModelPart.Network, ModelKind.BrushNet));
        (whole, held) = (single.WithText(encoders => Bytes(encoders.All[0].Encoder)), eightBit.WithText(encoders => Bytes(encoders.All[0].Encoder)));
        Assert.True(held < whole);
        Assert.Equal(held, Counted(toybox, ModelPart.TextEncoder, ModelKind.StableDiffusion));

        // The autoencoder is the same one.
        Assert.Same(single.WithVae(vae => vae), eightBit.WithVae(vae => vae));
        Assert.Equal(
            [.. Enumerable.Repeat("cpu, single", 4), .. Enumerable.Repeat("cpu, single, 8-bit weights", 3)],
            pool.Loaded.Select(model => model.Device.ToString()).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(EngineKind.BrushNet)]
    [InlineData(EngineKind.SDInpainting)]
    [InlineData(EngineKind.ControlNetInpaint)]
    [InlineData(EngineKind.BlendedLatent)]
    [InlineData(EngineKind.SDEdit)]
    [InlineData(EngineKind.InstructPix2Pix)]
    [InlineData(EngineKind.DdimP2P)]
    [InlineData(EngineKind.DirectP2P)]
    public void Every_other_engine_runs_with_it(EngineKind kind)
    {
        using ModelPool pool = new();
        IEditEngine engine = bundles.Open(kind, EightBit with { Type = ScalarType.BFloat16 }, pool);
        Picture picture = Picture.FromRgb([.. Enumerable.Range(0, 32 * 32 * 3).Select(at => (byte)(at * 37 % 251))], 32, 32);
        Mask mask = engine.Traits.TakesMask ? Mask.FromBox(32, 32, new Box(8, 8, 14, 14)) : Mask.FromBox(32, 32, new Box(0, 0, 32, 32));
        InpaintSettings settings = new() { Caption = "a red ball", Instruction = "a ball", CaptionBefore = engine.Traits.TakesTwoCaptions ? "a ball" : null, Steps = 3, Seed = 1 };
        Assert.False(engine.Fill(picture, mask, settings).Samples[0].Picture.SameSamples(picture));
        Assert.All(pool.Loaded.Where(model => model.Part != "vae"), model => Assert.Equal("cpu, bfloat16, 8-bit weights", model.Device.ToString()));
        Assert.Contains(pool.Loaded, model => model.Part.StartsWith("unet", StringComparison.Ordinal));
    }

    [Fact]
    public void What_learns_refuses_it_by_name()
    {
        EditException fault = Assert.Throws<EditException>(() => bundles.Open(EngineKind.NullTextP2P, EightBit, new ModelPool()));
        Assert.Equal(EditFault.BadArgument, fault.Kind);
        Assert.Contains("NullTextP2P", fault.Message, StringComparison.Ordinal);
        Assert.Contains("EightBitWeights", fault.Message, StringComparison.Ordinal);
        Assert.Contains("DirectP2P", fault.Remedy, StringComparison.Ordinal);
        Assert.Contains("8 bits", Assert.Throws<EditException>(() => TrainingBase.Open(new ModelCatalog([]), bundles.PlainFolder, null, EightBit)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_LoRA_is_added_before_the_weights_are_quantised_and_is_gone_without_a_trace()
    {
        const string layer = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k";
        using DisposeScope scope = NewDisposeScope();
        random.manual_seed(3);

        // Far below half a step: added to what is held, it would be rounded away.
        Tensor down = randn(2, 8).mul_(tensor(0.01f)), up = randn(16, 2).mul_(tensor(0.01f));
        SafetensorsWriter.Write(folder["style.safetensors"], new Dictionary<string, Tensor>
        {
            [$"lora_unet_{layer.Replace('.', '_')}.lora_down.weight"] = down,
            [$"lora_unet_{layer.Replace('.', '_')}.lora_up.weight"] = up,
        });
        using ModelPool pool = new();
        InpaintModel plain = Open(bundles.PlainFolder, EightBit, pool);
        InpaintModel with = InpaintModel.Open(new ModelCatalog([folder.Path]), bundles.PlainFolder, null, EightBit, pool, null, [new LoraChoice("style")]);
        Dictionary<string, byte[]> before = plain.WithDenoiser(State);
        Dictionary<string, byte[]> changed = with.WithDenoiser(State);
        Dictionary<string, byte[]> after = plain.WithDenoiser(State);
        using IWeightsFile file = ModelFiles.Open(bundles.PlainFolder).OpenWeights(ModelPart.Unet);
        (Tensor numbers, Tensor scales) = QuantizedWeight.Of(file.Read($"{layer}.weight").to(ScalarType.Float32).add(up.matmul(down), Scalars.One), ScalarType.Float32);
        Assert.Equal(numbers.bytes.ToArray(), changed[$"{layer}.weight"]);
        Assert.Equal(scales.bytes.ToArray(), changed[$"{layer}.weight_scale"]);
        Assert.NotEqual(before[$"{layer}.weight"], changed[$"{layer}.weight"]);
        foreach ((string name, byte[] bytes) in before)
        {
            Assert.Equal(bytes, after[name]);
            Assert.True(name.StartsWith(layer, StringComparison.Ordinal) || bytes.AsSpan().SequenceEqual(changed[name]), name);
        }

        static Dictionary<string, byte[]> State(Denoiser denoiser) => denoiser.UNet.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.bytes.ToArray());
    }

    [Fact]
    public void Only_layers_within_are_held_in_8_bits()
    {
        using ModelPool pool = new();
        using DisposeScope scope = NewDisposeScope();
        Open(bundles.PlainFolder, EightBit, pool).WithDenoiser(denoiser =>
        {
            foreach ((string name, Tensor tensor) in denoiser.UNet.state_dict().Concat(denoiser.BrushNet.state_dict()))
            {
                bool layer = name.EndsWith(".weight", StringComparison.Ordinal) && tensor.dim() >= 2;
                bool outer = name is "conv_in.weight" or "conv_out.weight" or "conv_in_condition.weight" or "brushnet_mid_block.weight";
                Assert.Equal(layer && !outer && !name.Contains("time_emb", StringComparison.Ordinal) ? ScalarType.Int8 : ScalarType.Float32, tensor.dtype);
            }

            return true;
        });
    }

    [Fact]
    public void What_is_cleared_frees_numbers_and_scales()
    {
        using ModelPool pool = new();
        List<Tensor> held = [];
        InpaintModel model = Open(bundles.PlainFolder, EightBit, pool);
        held.AddRange(model.WithText(encoders => encoders.All[0].Encoder.state_dict().Values));
        held.AddRange(model.WithDenoiser(denoiser => denoiser.UNet.state_dict().Values.Concat(denoiser.BrushNet.state_dict().Values)));
        held.AddRange(model.WithUNet(unet => unet.state_dict().Values));
        ModelFiles files = ModelFiles.Open(Path.Combine(bundles.PlainFolder, "controlnet"));
        using (IWeightsFile weights = files.OpenWeights(ModelPart.Network))
        {
            ControlNetConfig config = ControlNetConfig.Read(files.Config(ModelPart.Network)!);
            using ControlNetModel control = ModuleLoader.Load((device, type) => new ControlNetModel(config, device, type), weights, "ControlNet", ScalarType.Float32, CPU, eightBits: true);
            held.AddRange(control.state_dict().Values);
        }

        Assert.Equal(3, pool.Clear().Count);
        Assert.Contains(held, tensor => tensor.IsInvalid);
        Assert.All(held, tensor => Assert.True(tensor.IsInvalid));
    }

    private static InpaintModel Open(string path, ComputeDevice device, ModelPool pool) => InpaintModel.Open(new ModelCatalog([]), path, null, device, pool);

    private static long Bytes(Denoiser denoiser) => Bytes(denoiser.UNet) + Bytes(denoiser.BrushNet);

    private static long Bytes(nn.Module network) => network.state_dict().Values.Sum(tensor => tensor.numel() * tensor.element_size());

    private static long Counted(string path, ModelPart part, ModelKind kind)
    {
        using IWeightsFile weights = new ModelCatalog([]).Open(path, kind).OpenWeights(part);
        return weights.Tensors.Values.Sum(tensor => QuantizedWeight.Bytes(tensor, sizeof(float)));
    }
}
