using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Tests.Parity;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Tests.GroundingDino;

[Trait("Category", "Parity")]
public class GroundingDinoParityTests
{
    public static TheoryData<string> Cases => ParityCase.Named("grounding-dino");

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_network_gives_the_reference_numbers(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ParityCase reference = ParityCase.Open(name);
        GroundingDinoConfig config = GroundingDinoConfig.Read(reference.Config());
        using SafetensorsFile weights = reference.Weights();
        using GroundingDinoNetwork network = GroundingDinoNetwork.Load(config, weights);
        using IDisposable noGradients = torch.no_grad();

        using DinoText text = network.EncodeText(
            Rows(reference.Tensor("in.input_ids")),
            Separators(reference),
            Flags(reference.Tensor("in.attention_mask")),
            Rows(reference.Tensor("in.token_type_ids")));
        Tensor mask = reference.Tensor("in.pixel_mask");
        using DinoOutput output = network.Forward(reference.Tensor("in.pixel_values"), mask, text);
        Compare(reference, config, output);

        // A mask that hides nothing is the same as none, and then the layout comes from the cache, as does the second run's.
        if (mask.all().item<bool>())
        {
            for (int i = 0; i < 2; i++)
            {
                using DinoOutput again = network.Forward(reference.Tensor("in.pixel_values"), null, text);
                Compare(reference, config, again);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_form_that_learns_gives_the_same_numbers(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ParityCase reference = ParityCase.Open(name);
        GroundingDinoConfig config = GroundingDinoConfig.Read(reference.Config());
        using SafetensorsFile weights = reference.Weights();
        using GroundingDinoNetwork network = GroundingDinoNetwork.Load(config, weights);
        using DinoText text = network.EncodeText(
            Rows(reference.Tensor("in.input_ids")), Separators(reference), Flags(reference.Tensor("in.attention_mask")), Rows(reference.Tensor("in.token_type_ids")));
        using DinoOutput output = network.Forward(reference.Tensor("in.pixel_values"), reference.Tensor("in.pixel_mask"), text);
        Compare(reference, config, output);
    }

    private static void Compare(ParityCase reference, GroundingDinoConfig config, DinoOutput output)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradients = torch.no_grad();
        reference.AssertClose("out.encoder_last_hidden_state_vision", output.Vision);
        reference.AssertClose("out.encoder_last_hidden_state_text", output.Text);
        AssertCloseWithInfinities(reference, "out.enc_outputs_class", PadText(output.EncoderLogits, config));
        AssertCloseWithInfinities(reference, "out.enc_outputs_coord_logits", output.EncoderBoxLogits);
        reference.AssertClose("out.init_reference_points", output.InitialBoxes);
        reference.AssertClose("out.last_hidden_state", output.LastState);
        AssertCloseWithInfinities(reference, "out.logits", PadText(output.Logits, config));
        reference.AssertClose("out.pred_boxes", output.Boxes);
    }

    /// <summary>The published network fills its logits up to the longest text it reads.</summary>
    private static Tensor PadText(Tensor logits, GroundingDinoConfig config) =>
        torch.nn.functional.pad(logits, [0L, config.MaxTextLength - logits.shape[^1]], value: double.NegativeInfinity);

    /// <summary>Infinities are stored as 1e30 and would drown all else in a norm: they must lie in the same places, and the rest be close.</summary>
    private static void AssertCloseWithInfinities(ParityCase reference, string name, Tensor actual)
    {
        Tensor expected = reference.Tensor(name);
        Assert.Equal(expected.shape, actual.shape);
        Tensor infinite = expected.abs() > 1e29;
        Assert.True(infinite.eq(actual.isinf()).all().item<bool>(), $"{name}: infinities in other places");
        Assert.True(expected.sign().eq(actual.sign()).logical_or(infinite.logical_not()).all().item<bool>(), $"{name}: infinities of the other sign");
        Close.Assert(name, expected.masked_fill(infinite, 0), actual.masked_fill(infinite, 0), 1e-4);
    }

    private static PhraseTokens Separators(ParityCase reference)
    {
        System.Text.Json.JsonElement special = reference.About.GetProperty("special_tokens");
        return new PhraseTokens(
            special.GetProperty("cls").GetInt64(),
            special.GetProperty("sep").GetInt64(),
            special.GetProperty(".").GetInt64(),
            special.GetProperty("?").GetInt64());
    }

    private static long[,] Rows(Tensor tensor)
    {
        long[] flat = tensor.data<long>().ToArray();
        long[,] rows = new long[tensor.shape[0], tensor.shape[1]];
        Buffer.BlockCopy(flat, 0, rows, 0, flat.Length * sizeof(long));
        return rows;
    }

    private static bool[,] Flags(Tensor tensor)
    {
        long[,] rows = Rows(tensor);
        bool[,] flags = new bool[rows.GetLength(0), rows.GetLength(1)];
        for (int row = 0; row < flags.GetLength(0); row++)
        {
            for (int column = 0; column < flags.GetLength(1); column++)
            {
                flags[row, column] = rows[row, column] != 0;
            }
        }

        return flags;
    }
}
