using System.Security.Cryptography;
using System.Text.Json.Nodes;
using BrushEdit.Caching;
using BrushEdit.Imaging;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Synthesizing;
using BrushEdit.Tests.Inpainting;
using BrushEdit.Tests.Support;
using BrushEdit.Training;
using TorchSharp;

namespace BrushEdit.Tests.Training;

public sealed class BranchTrainingTests : IDisposable
{
    private const int Side = 32;

    private readonly TinyBundle bundle = new();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        bundle.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void A_run_stopped_at_any_step_and_resumed_ends_with_the_bits_of_an_unbroken_one(int stop)
    {
        BranchTrainingResult whole = Run("whole", Options());
        using CancellationTokenSource cancel = new();
        BranchTrainingResult stopped = Run("broken", Options(), cancellation: cancel.Token, progress: at =>
        {
            if (at.Step == stop)
            {
                cancel.Cancel();
            }
        });
        Assert.True(stopped.Interrupted);
        Assert.Equal(stop, stopped.Steps);
        Assert.False(File.Exists(Path.Combine(stopped.Path, "config.json")));
        BranchTrainingResult resumed = Run("broken", Options(), resume: true);

        Assert.False(resumed.Interrupted);
        Assert.Equal(Hash(whole), Hash(resumed));
        Assert.Equal(Lines(whole), Lines(resumed));
        Assert.Equal(whole.LastScore!.HolePsnr, resumed.LastScore!.HolePsnr);
    }

    [Fact]
    public void A_run_that_was_killed_goes_on_from_its_last_checkpoint_and_ends_with_the_same_bits()
    {
        BranchTrainingOptions options = Options();
        BranchTrainingResult whole = Run("whole", options);
        Assert.Throws<TimeoutException>(() => Run("killed", options, progress: at =>
        {
            if (at.Step == 5)
            {
                throw new TimeoutException();
            }
        }));
        File.AppendAllText(Path.Combine(folder["killed"], BranchTraining.MetricsName), "{\"step\": 5, \"lo");
        BranchTrainingResult resumed = Run("killed", options, resume: true);

        Assert.Equal(Hash(whole), Hash(resumed));
        Assert.Equal(Lines(whole), Lines(resumed));
        Assert.Equal(options.Training.KeepCheckpoints, new Checkpoints(Path.Combine(resumed.Path, BranchTraining.CheckpointFolder), 9).Files.Count);
    }

    [Fact]
    public void A_checkpoint_that_is_broken_is_told_and_the_one_before_it_is_taken()
    {
        BranchTrainingResult whole = Run("whole", Options());
        string before = Hash(whole);
        Checkpoints checkpoints = new(Path.Combine(whole.Path, BranchTraining.CheckpointFolder), 2);
        byte[] newest = File.ReadAllBytes(checkpoints.Files[0]);
        File.WriteAllBytes(checkpoints.Files[0], newest[..(newest.Length / 2)]);
        List<string> warnings = [];
        BranchTrainingResult again = Run("whole", Options(), resume: true, warn: warnings.Add);

        Assert.Equal(before, Hash(again));
        Assert.Contains(warnings, warning => warning.Contains("step-00000006", StringComparison.Ordinal));
    }

    [Fact]
    public void Another_run_is_not_gone_on_with_and_the_message_names_what_differs()
    {
        Run("whole", Options());
        BranchTrainingOptions options = Options();
        EditException fault = Assert.Throws<EditException>(() =>
            Run("whole", options with { SnrGamma = 5, Training = options.Training with { LearningRate = 1 } }, resume: true));

        Assert.Contains("learning_rate was", fault.Message, StringComparison.Ordinal);
        Assert.Contains("snr_gamma was nothing and is 5", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("batch_size", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_base_is_the_same_to_the_bit_and_the_branch_is_not()
    {
        using TrainingBase model = Base();
        string[] before = [.. Frozen(model)];
        using BrushNetModel branch = BrushNetModel.FromUNet(model.UNet);
        using BrushNetModel untouched = BrushNetModel.FromUNet(model.UNet);
        BranchTrainingResult result = new BranchTraining(model, Pictures(), Options(), folder["run"]).Run(branch, true, false, [], null, null, null, default);

        Assert.Equal(before, Frozen(model));
        Assert.All(model.UNet.parameters(), parameter => Assert.Null(parameter.grad));
        Dictionary<string, torch.Tensor> fresh = untouched.state_dict();
        string[] same = [.. branch.state_dict().Where(pair => pair.Value.equal(fresh[pair.Key]).all().item<bool>()).Select(pair => pair.Key)];
        Assert.Equal(["conv_in_condition.bias"], same);
        Assert.True(BranchFolder.ZeroConvolutionWeight(branch) > 0);
        using SafetensorsFile written = SafetensorsFile.Open(Path.Combine(result.Path, BranchFolder.WeightsName));
        ModuleWeights.Check(untouched.state_dict(), written, "BrushNet");
    }

    [Theory]
    [InlineData(BrushNetVariant.Half, false)]
    [InlineData(BrushNetVariant.ControlNet, true)]
    public void Variants_train_and_what_is_written_fills(BrushNetVariant variant, bool attention)
    {
        using TrainingBase model = Base();
        using BrushNetModel branch = BrushNetModel.FromUNet(model.UNet, variant: variant, attention: attention);
        BranchTrainingResult result = new BranchTraining(model, Pictures(), Options(), folder["run"]).Run(branch, true, false, [], null, null, null, default);
        using ModelPool pool = new();
        using BrushNetModel read = BranchMaker.Open(ModelFiles.Open(result.Path), model.Files, torch.CPU, torch.ScalarType.Float32);

        Assert.Equal(variant, read.Config.Variant);
        Assert.Equal(attention, read.Config.Attention is not null);
        Assert.True(double.IsFinite(result.LastScore!.WholePsnr));
        string card = File.ReadAllText(Path.Combine(result.Path, "README.md"));
        Assert.Contains(variant.ToString(), card, StringComparison.Ordinal);
        Assert.Contains(Hash(result), card, StringComparison.Ordinal);
        Assert.True(Picture.Open(Path.Combine(result.Path, BranchTraining.CurveName)).Width > 100);
    }

    [Fact]
    public void Weights_in_bfloat16_have_masters_that_move_less_than_bfloat16_can_tell()
    {
        BranchTrainingOptions options = Options();
        options = options with { Training = options.Training with { LearningRate = 1e-6, Average = null } };
        using TrainingBase model = Base(torch.ScalarType.BFloat16);
        using BrushNetModel branch = BrushNetModel.FromUNet(model.UNet);
        BranchTrainingResult result = new BranchTraining(model, Pictures(), options, folder["run"]).Run(branch, true, false, [], null, null, null, default);
        using SafetensorsFile written = SafetensorsFile.Open(Path.Combine(result.Path, BranchFolder.WeightsName));
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor master = written.Read("mid_block.resnets.0.conv1.weight");
        torch.Tensor computed = branch.state_dict()["mid_block.resnets.0.conv1.weight"].to(torch.ScalarType.Float32);

        Assert.Equal(torch.ScalarType.Float32, master.dtype);
        Assert.True(master.equal(computed).logical_not().any().item<bool>());
        Assert.True(master.to(torch.ScalarType.BFloat16).to(torch.ScalarType.Float32).equal(computed).all().item<bool>());
    }

    [Fact]
    public void Latents_on_disk_are_those_that_are_computed_and_are_made_once()
    {
        BranchTrainingOptions options = Options() with { LatentCache = folder["latents"] };
        options = options with { Data = options.Data with { Crop = TrainingCrop.Center } };
        string first = Hash(Run("first", options));
        string[] files = Directory.GetFiles(folder["latents"]);
        DateTime written = File.GetLastWriteTimeUtc(files[0]);
        string second = Hash(Run("second", options));

        Assert.Equal(first, second);
        Assert.InRange(files.Length, 1, 8);
        Assert.Equal(written, File.GetLastWriteTimeUtc(files[0]));
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_written_is_told_by_name()
    {
        Directory.CreateDirectory(folder["run"]);
        File.WriteAllText(Path.Combine(folder["run"], BranchTraining.CheckpointFolder), "in the way");
        EditException fault = Assert.Throws<EditException>(() => Run("run", Options()));

        Assert.Equal(EditFault.CannotWrite, fault.Kind);
        Assert.Contains("step-00000002", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_is_told_in_parts_and_grows_with_the_batch()
    {
        UNetConfig unet = new();
        MemoryNeed one = MemoryNeed.Of(1_000_000, unet, BrushNetConfig.FromUNet(unet), 64, new TrainingOptions { BatchSize = 1 }, torch.ScalarType.Float32);
        MemoryNeed four = MemoryNeed.Of(1_000_000, unet, BrushNetConfig.FromUNet(unet), 64, new TrainingOptions { BatchSize = 4 }, torch.ScalarType.Float32);
        MemoryNeed half = MemoryNeed.Of(1_000_000, unet, BrushNetConfig.FromUNet(unet, BrushNetVariant.Half), 64, new TrainingOptions { BatchSize = 1 }, torch.ScalarType.Float32);

        Assert.Equal(4 * one.Activations, four.Activations);
        Assert.Equal(one.Gradients, four.Gradients);
        Assert.Equal(3 * one.Gradients, one.Optimizer);
        Assert.True(half.Total < one.Total);
        Assert.InRange(one.Gradients, 2_000_000_000, 3_000_000_000);
    }

    private static BranchTrainingOptions Options() => new()
    {
        Training = new TrainingOptions
        {
            Steps = 6,
            BatchSize = 2,
            Accumulate = 2,
            LearningRate = 1e-3,
            Course = LearningRateCourse.Cosine,
            WarmupSteps = 2,
            ReportEvery = 1,
            CheckpointEvery = 2,
            Seed = 7,
        },
        Data = new BranchDataOptions { Side = Side, StrokeWidth = 8 },
        ValidationCount = 2,
        ValidateEvery = 4,
        ValidationSteps = 2,
    };

    private static GivenPictures Pictures() => new(
        "scenes",
        [.. Enumerable.Range(0, 10).Select(seed =>
        {
            ToyScene scene = ToyScene.Draw((ulong)seed, new ToySceneOptions { Width = 40, Height = 36 });
            bool[] hole = seed % 2 == 0 ? [.. Enumerable.Range(0, 40 * 36).Select(at => at % 40 > 20)] : [];
            return new TrainingPicture(scene.Rgb, 40, 36, scene.Caption, hole.Length > 0 ? [hole] : []);
        })]);

    private TrainingBase Base(torch.ScalarType type = torch.ScalarType.Float32) =>
        TrainingBase.Open(new ModelCatalog([]), bundle.Folder, null, new ComputeDevice(torch.CPU, type));

    private BranchTrainingResult Run(
        string name, BranchTrainingOptions options, bool resume = false, Action<TrainingProgress>? progress = null, Action<string>? warn = null, CancellationToken cancellation = default)
    {
        using TrainingBase model = Base();
        using BrushNetModel branch = BrushNetModel.FromUNet(model.UNet);
        return new BranchTraining(model, Pictures(), options, folder[name]).Run(
            branch, true, resume, [], progress is null ? null : new Watcher(progress), null, warn, cancellation);
    }

    private static string Hash(BranchTrainingResult result) => PendingFile.HashOf(Path.Combine(result.Path, BranchFolder.WeightsName));

    private static IEnumerable<string> Lines(BranchTrainingResult result) =>
        MetricsFile.Read(Path.Combine(result.Path, BranchTraining.MetricsName)).Select(line => ((JsonNode)line).ToJsonString()).Where(line => !line.Contains("psnr", StringComparison.Ordinal));

    private static IEnumerable<string> Frozen(TrainingBase model) =>
        new torch.nn.Module[] { model.UNet, model.Text, model.Vae }.SelectMany(network => network.state_dict())
            .Select(pair => pair.Key + Convert.ToHexString(SHA256.HashData(pair.Value.bytes.ToArray())));

    private sealed class Watcher(Action<TrainingProgress> watch) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => watch(value);
    }
}
