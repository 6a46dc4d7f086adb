using BrushEdit.Modeling;
using BrushEdit.Tests.Parity;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Tests.GroundingDino;

public class GroundingDinoNetworkTests
{
    [Fact]
    public void Gradients_reach_every_weight_and_no_loss_is_without_number()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.manual_seed(5);

        // A path dropped for both pictures would rightly get no gradient.
        GroundingDinoConfig config = SmallDino.Config with { FusionDropPath = 0, Backbone = SmallDino.Config.Backbone with { DropPath = 0 } };
        using GroundingDinoNetwork network = new(config);
        network.Initialize();

        // Heads that begin at zero would pass no gradient on in the first step.
        Shake(network, "layers.2.weight", "sampling_offsets.weight", "attention_weights.weight");
        network.train();
        using DinoText text = network.EncodeText(SmallDino.Ids, SmallDino.Separators);
        using DinoOutput output = network.Forward(torch.randn([2, 3, 40, 52]), null, text);
        Tensor loss = output.ProposalBoxes.sum() + output.ProposalLogits.sigmoid().sum();
        for (int layer = 0; layer < SmallDino.Config.DecoderLayers; layer++)
        {
            loss += output.LayerLogits[layer].sigmoid().pow(2).sum() + output.LayerBoxes[layer].pow(2).sum();
        }

        loss.backward();
        Assert.True(loss.isfinite().item<bool>());
        string[] untouched = [.. network.named_parameters().Where(entry => entry.parameter.grad is null).Select(entry => entry.name)];
        Assert.Empty(untouched);
        string[] bad = [.. network.named_parameters().Where(entry => !entry.parameter.grad!.isfinite().all().item<bool>()).Select(entry => entry.name)];
        Assert.Empty(bad);
        string[] still = [.. network.named_parameters().Where(entry => entry.parameter.grad!.abs().sum().item<float>() == 0 && !MayStandStill(entry.name)).Select(entry => entry.name)];
        Assert.Empty(still);
    }

    [Fact]
    public void A_few_steps_of_training_lower_a_loss()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.manual_seed(6);
        using GroundingDinoNetwork network = new(SmallDino.Config with { Dropout = 0, FusionDropPath = 0 });
        network.Initialize();
        network.train();
        Tensor pixels = torch.randn([1, 3, 32, 32]);
        Tensor target = torch.tensor([0.3f, 0.6f, 0.2f, 0.4f]);
        using torch.optim.Optimizer optimizer = torch.optim.AdamW(network.parameters(), 5e-3);
        float first = 0;
        float last = 0;
        for (int step = 0; step < 25; step++)
        {
            using DisposeScope inner = torch.NewDisposeScope();
            using DinoText text = network.EncodeText(SmallDino.Ids, SmallDino.Separators);
            using DinoOutput output = network.Forward(pixels, null, text);
            Tensor loss = (output.Boxes - target).abs().mean() + (output.LayerBoxes[0] - target).abs().mean();
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
            last = loss.item<float>();
            first = step == 0 ? last : first;
        }

        Assert.True(last < first * 0.9, $"{first} to {last}");
    }

    [Fact]
    public void A_batch_of_pictures_with_the_same_words_gives_what_single_pictures_give()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradients = torch.no_grad();
        torch.manual_seed(7);
        using GroundingDinoNetwork network = new(SmallDino.Config);
        network.eval();
        Tensor pixels = torch.randn([2, 3, 37, 45]);
        using DinoText text = network.EncodeText(SmallDino.Ids, SmallDino.Separators);
        using DinoOutput both = network.Forward(pixels, null, text);
        for (int i = 0; i < 2; i++)
        {
            using DinoOutput one = network.Forward(pixels.narrow(0, i, 1), null, text);
            Close.Assert("logits", one.Logits[0], both.Logits[i], 1e-4);
            Close.Assert("boxes", one.Boxes[0], both.Boxes[i], 1e-4);
        }
    }

    [Theory]
    [InlineData(4, 4)]
    [InlineData(1, 1)]
    [InlineData(3, 61)]
    public void Pictures_of_odd_sizes_work_and_give_no_more_boxes_than_there_are_places(int height, int width)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradients = torch.no_grad();
        using GroundingDinoNetwork network = new(SmallDino.Config);
        network.eval();
        using DinoText text = network.EncodeText(SmallDino.Ids, SmallDino.Separators);
        using DinoOutput output = network.Forward(torch.randn([1, 3, height, width]), null, text);
        Assert.Equal(Math.Min(SmallDino.Config.Queries, output.EncoderLogits.shape[1]), output.Boxes.shape[1]);
        Assert.True(output.Boxes.isfinite().all().item<bool>());
    }

    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void Half_precision_gives_nearly_the_same_features(ScalarType type)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradients = torch.no_grad();
        torch.manual_seed(8);
        using GroundingDinoNetwork exact = new(SmallDino.Config);
        exact.Initialize();
        exact.eval();
        using GroundingDinoNetwork half = GroundingDinoNetwork.Load(SmallDino.Config, new StoredTensors(exact.state_dict()), dtype: type);
        Tensor pixels = torch.randn([1, 3, 32, 48]);
        using DinoText words = exact.EncodeText(SmallDino.Ids, SmallDino.Separators);
        using DinoText halfWords = half.EncodeText(SmallDino.Ids, SmallDino.Separators);
        using DinoOutput expected = exact.Forward(pixels, null, words);
        using DinoOutput output = half.Forward(pixels.to(type), null, halfWords);
        Assert.Equal(type, output.Vision.dtype);
        Close.Assert("vision", expected.Vision, output.Vision, 0.05);
        Close.Assert("text", expected.Text, output.Text, 0.05);
        Assert.Equal(ScalarType.Float32, output.Boxes.dtype);
        Assert.True(output.Boxes.isfinite().all().item<bool>());
    }

    [Fact]
    public void Native_memory_does_not_grow_with_use()
    {
        using GroundingDinoNetwork network = new(SmallDino.Config);
        network.eval();
        Run(network, 32, 40);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 3; i++)
        {
            Run(network, 32, 40);
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        // Of many sizes only a few are kept.
        for (int i = 0; i < 40; i++)
        {
            Run(network, 32, 44 + (4 * i));
        }

        Assert.InRange(DisposeScopeManager.Statistics.ThreadTotalLiveCount - before, -60, 60);
    }

    [Fact]
    public void Text_the_network_cannot_read_is_an_error()
    {
        using GroundingDinoNetwork network = new(SmallDino.Config);
        EditException fault = Assert.Throws<EditException>(() => network.EncodeText(new long[1, 13], SmallDino.Separators));
        Assert.Equal(EditFault.BadArgument, fault.Kind);
        Assert.Contains("13", fault.Message, StringComparison.Ordinal);
        Assert.Equal(EditFault.BadModel, Assert.Throws<EditException>(() => network.EncodeText(new long[,] { { 1, 40, 2 } }, SmallDino.Separators)).Kind);

        using DinoText two = network.EncodeText(new long[,] { { 1, 10, 3, 2 }, { 1, 11, 3, 2 } }, SmallDino.Separators);
        using Tensor pixels = torch.zeros(3, 3, 16, 16);
        Assert.Contains("3 pictures and 2 texts", Assert.Throws<EditException>(() => network.Forward(pixels, null, two)).Message, StringComparison.Ordinal);
    }

    private static void Run(GroundingDinoNetwork network, int height, int width)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradients = torch.no_grad();
        using DinoText text = network.EncodeText(SmallDino.Ids, SmallDino.Separators);
        using DinoOutput output = network.Forward(torch.zeros([1, 3, height, width]), null, text);
    }

    private static void Shake(GroundingDinoNetwork network, params string[] endings)
    {
        using IDisposable noGradients = torch.no_grad();
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in network.named_parameters())
        {
            if (endings.Any(ending => name.EndsWith(ending, StringComparison.Ordinal)))
            {
                torch.nn.init.normal_(parameter, 0, 0.05);
            }
        }
    }

    /// <summary>A key's bias shifts all affinities of a query alike, which softmax does not see.</summary>
    private static bool MayStandStill(string name) => name.EndsWith(".key.bias", StringComparison.Ordinal);
}
