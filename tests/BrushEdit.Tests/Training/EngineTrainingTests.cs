using BrushEdit.Caching;
using BrushEdit.Editing;
using BrushEdit.Generating;
using BrushEdit.Imaging;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Sampling;
using BrushEdit.Synthesizing;
using BrushEdit.Tests.Support;
using BrushEdit.Tokenizing;
using BrushEdit.Training;
using TorchSharp;

namespace BrushEdit.Tests.Training;

/// <summary>The networks of the engines that BrushNet is compared with, in training on a small base.</summary>
public sealed class EngineTrainingTests : IDisposable
{
    private const int Side = 32;

    private readonly TemporaryFolder folder = new();
    private readonly InpaintNetworks bundle;

    public EngineTrainingTests()
    {
        TokenizerTraining.Write(folder["tokenizer"], Toybox.Words, Toybox.TextLength);
        ClipTokenizer tokenizer = ClipTokenizer.Open(folder["tokenizer"]);
        VaeConfig vae = new() { BlockOutChannels = [8, 8, 8], LayersPerBlock = 1, NormNumGroups = 4, SampleSize = Side, ForceUpcast = false };
        UNetConfig unet = TrainingTests.SmallUNet with { SampleSize = Side / 4 };
        ClipTextConfig text = TrainingTests.SmallText(tokenizer) with { MaxPositionEmbeddings = Toybox.TextLength };
        UNet2DConditionModel built = Toybox.Build(3, torch.CPU, () => new UNet2DConditionModel(unet));
        bundle = new InpaintNetworks(
            Toybox.Build(2, torch.CPU, () => new ClipTextModel(text)), tokenizer, Toybox.Build(1, torch.CPU, () => new AutoencoderKL(vae)), built, BrushNetModel.FromUNet(built), 0.5);
    }

    public void Dispose()
    {
        bundle.TextEncoder.Dispose();
        bundle.Vae.Dispose();
        bundle.UNet.Dispose();
        bundle.BrushNet.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData(EngineKind.SDInpainting, 9)]
    [InlineData(EngineKind.InstructPix2Pix, 8)]
    public void A_widened_network_predicts_at_first_what_its_bundlepredicts_whatever_else_it_sees(EngineKind engine, int channels)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using EngineNetworks networks = new(engine, bundle);
        (torch.Tensor noisy, torch.Tensor timestep, torch.Tensor context) = Inputs();
        torch.Tensor seen = torch.cat([noisy, torch.randn(2, channels - 4, 8, 8)], 1);

        Assert.Equal(channels, networks.UNet.Config.InChannels);
        Assert.True(networks.UNet.forward(seen, timestep, context).allclose(bundle.UNet.forward(noisy, timestep, context), atol: 1e-5));
    }

    [Fact]
    public void A_control_net_steers_nothing_at_first_and_is_a_copy_of_the_encoder()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using EngineNetworks networks = new(EngineKind.ControlNetInpaint, bundle);
        (torch.Tensor noisy, torch.Tensor timestep, torch.Tensor context) = Inputs();
        using TextKeyValues text = networks.Control!.TextKeysAndValues(context);
        ControlNetResiduals residuals = networks.Control.forward(noisy, timestep, text, torch.rand(2, 3, Side, Side));

        Assert.All(residuals.Down.Append(residuals.Mid), tensor => Assert.Equal(0f, tensor.abs().max().item<float>()));
        Assert.True(networks.Control.state_dict()["conv_in.weight"].equal(bundle.UNet.state_dict()["conv_in.weight"]).all().item<bool>());
    }

    [Theory]
    [InlineData(EngineKind.SDInpainting)]
    [InlineData(EngineKind.ControlNetInpaint)]
    [InlineData(EngineKind.InstructPix2Pix)]
    public void A_few_steps_change_the_engines_own_networks_alone_and_what_is_written_edits(EngineKind engine)
    {
        using EngineNetworks networks = new(engine, bundle);
        Dictionary<string, float[]> before = networks.Trained.ToDictionary(pair => pair.Key, pair => Numbers(pair.Value));
        float[] unet = Numbers(bundle.UNet), vae = Numbers(bundle.Vae), text = Numbers(bundle.TextEncoder);
        TrainingRow[] rows = engine == EngineKind.InstructPix2Pix
            ? [new TrainingRow(new InstructedSource(2, Side), 2, 1)]
            : [new TrainingRow(new SceneSource(1, Side), 2, 0.5), new TrainingRow(new SceneSource(2, Side, whole: true), 2, 0.5)];
        TrainingOptions options = new() { Steps = 3, BatchSize = 2, Accumulate = 2, SideBySide = 2, LearningRate = 1e-3, Seed = 1, CheckpointEvery = 1000 };
        EngineTraining.Train(networks, new NoiseSchedule(Toybox.Scheduler), rows, options, new InpaintTrainingOptions { HoleWeight = 3 }, folder["checkpoint"], null, default);

        Assert.All(networks.Trained, pair => Assert.NotEqual(before[pair.Key], Numbers(pair.Value)));
        Assert.Equal(unet, Numbers(bundle.UNet));
        Assert.Equal(vae, Numbers(bundle.Vae));
        Assert.Equal(engine != EngineKind.InstructPix2Pix, text.SequenceEqual(Numbers(bundle.TextEncoder)));

        BundleWriter.WriteEngine(folder["engine"], networks);
        Assert.Null(Record.Exception(() => Filled(engine)));
    }

    [Fact]
    public void Examples_for_an_engine_follow_the_conventions_of_its_fills()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradients = torch.no_grad();
        SceneSource source = new(1, Side);
        TrainingSample[] samples = [source.Sample(3), source.Sample(4)];
        torch.Tensor holes = TrainingBatch.Holes(samples, Side, Side, torch.CPU);
        LatentBatch Encoded(EngineKind engine) => new ExampleEncoder(bundle.Vae, 0.5, engine).Encode(source, samples, null);

        torch.Tensor marked = Encoded(EngineKind.ControlNetInpaint).Condition;
        Assert.Equal([2, 3, Side, Side], marked.shape);
        Assert.True(marked.eq(-1).any(1, keepdim: true).equal(holes.eq(1)).all().item<bool>());
        LatentBatch nine = Encoded(EngineKind.SDInpainting);
        Assert.Equal([2, 5, 8, 8], nine.Condition.shape);
        Assert.True((nine.Condition[.., 0..1] + nine.Keep).eq(1).all().item<bool>());

        InstructedSource edits = new(1, Side);
        TrainingSample edit = edits.Sample(5);
        torch.Tensor shown = TrainingBatch.Pixels([edit with { Rgb = edit.Shown! }], Side, Side, torch.CPU);
        LatentBatch told = new ExampleEncoder(bundle.Vae, 0.5, EngineKind.InstructPix2Pix).Encode(edits, [edit with { Hole = new byte[Side * Side] }], null);
        Assert.True(told.Condition.allclose(bundle.Vae.Encode(shown).Mean, atol: 1e-5));
    }

    [Fact]
    public void Examples_by_instruction_are_the_same_for_the_same_index_and_of_every_kind()
    {
        InstructedSource source = new(3, 64);
        TrainingSample[] samples = [.. Enumerable.Range(0, 24).Select(i => source.Sample(i))];
        Assert.All(samples, (sample, i) => Assert.Equal(sample.Rgb, source.Sample(i).Rgb));
        Assert.All(samples, sample => Assert.NotEqual(sample.Rgb, sample.Shown));
        Assert.True(samples.Select(sample => sample.Caption.Split(' ')[0]).Distinct().Count() >= 4);
    }

    [Theory]
    [InlineData(EngineKind.BrushNet)]
    [InlineData(EngineKind.SDEdit)]
    [InlineData(EngineKind.Server)]
    public void An_engine_without_a_network_of_its_own_is_refused(EngineKind engine)
    {
        EditException fault = Assert.Throws<EditException>(() => new EngineNetworks(engine, bundle));
        Assert.Contains(engine.ToString(), fault.Message, StringComparison.Ordinal);
    }

    private Picture Filled(EngineKind engine)
    {
        using ModelPool pool = new();
        EngineModels models = new(folder["engine"]);
        if (engine == EngineKind.ControlNetInpaint)
        {
            BundleWriter.WriteVae(folder["base"], bundle.Vae, 0.5);
            TokenizerTraining.Write(Path.Combine(folder["base"], "tokenizer"), Toybox.Words, Toybox.TextLength);
            BundleWriter.WriteDenoiser(folder["base"], bundle);
            models = new EngineModels(folder["base"]) { ControlNet = folder["engine"] };
        }

        IEditEngine opened = EngineCatalog.Open(engine, models, new ModelCatalog([]), ComputeDevice.Choose("cpu", "single"), pool);
        ToyScene scene = ToyScene.Draw(1, new ToySceneOptions { Width = Side, Height = Side });
        InpaintSettings settings = new() { Steps = 2, Seed = 1, Caption = "a red ball on sand", Instruction = "add a red ball" };
        settings = opened.Traits.TakesNegativePrompt ? settings : settings with { NegativePrompt = new InpaintSettings().NegativePrompt };
        return opened.Fill(Picture.FromRgb(scene.Rgb, Side, Side), Mask.Full(Side, Side), settings).Samples[0].Picture;
    }

    private static (torch.Tensor Noisy, torch.Tensor Timestep, torch.Tensor Context) Inputs() =>
        (torch.randn(2, 4, 8, 8), torch.tensor(new long[] { 10, 700 }), torch.randn(2, Toybox.TextLength, 16));

    private static float[] Numbers(torch.nn.Module network) => [.. network.parameters().SelectMany(parameter => parameter.detach().data<float>().ToArray())];
}
