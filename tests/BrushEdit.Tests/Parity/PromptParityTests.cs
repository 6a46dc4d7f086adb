using BrushEdit.Inpainting;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Tokenizing;
using TorchSharp;

namespace BrushEdit.Tests.Parity;

/// <summary>What the networks are told of texts: one encoder's state, or two encoders' states side by side with a pooled text.</summary>
[Trait("Category", "Parity")]
public sealed class PromptParityTests
{
    private static readonly string[] SdxlEncoders = ["clip-text-sdxl-1", "clip-text-sdxl-2"];

    public static TheoryData<string> Prompts => ParityCase.Named("prompt-sdxl");

    public static TheoryData<string> Skips => ParityCase.Named("clip-skip");

    [Theory]
    [MemberData(nameof(Prompts))]
    public void Two_encoders_give_the_reference_prompts(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ParityCase c = ParityCase.Open(name);
        using TextEncoders encoders = new([.. SdxlEncoders.Select(Encoder)]);
        TextConditioning Encode(string prefix, int skip) => encoders.Encode([c.Tensor($"in.{prefix}input_ids_1"), c.Tensor($"in.{prefix}input_ids_2")], skip);
        TextConditioning text = Encode(string.Empty, 0);
        TextConditioning negative = Encode("negative_", 0);
        c.AssertClose("out.embeds", text.Context);
        c.AssertClose("out.pooled", text.Pooled!);
        c.AssertClose("out.negative_embeds", negative.Context);
        c.AssertClose("out.negative_pooled", negative.Pooled!);
        c.AssertClose("out.no_negative_embeds", TextContext.Zeros(text).Context);
        c.AssertClose("out.no_negative_pooled", TextContext.Zeros(text).Pooled!);

        string[] skips = [.. c.TensorNames.Where(tensor => tensor.StartsWith("out.skip", StringComparison.Ordinal) && tensor.EndsWith(".embeds", StringComparison.Ordinal))];
        Assert.NotEmpty(skips);
        foreach (string tensor in skips)
        {
            string skip = tensor["out.skip".Length..^".embeds".Length];
            TextConditioning earlier = TextContext.Joined(negative, Encode(string.Empty, int.Parse(skip)));
            c.AssertClose(tensor, earlier.Rows(negative.Batch, text.Batch).Context);
            c.AssertClose($"out.skip{skip}.pooled", earlier.Rows(negative.Batch, text.Batch).Pooled!);
            c.AssertClose($"out.skip{skip}.negative_embeds", earlier.Rows(0, negative.Batch).Context);
        }
    }

    [Theory]
    [MemberData(nameof(Skips))]
    public void One_encoder_gives_the_reference_states_of_earlier_layers(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ParityCase c = ParityCase.Open(name);
        using TextEncoders encoders = new(Encoder(name));
        string[] skips = [.. c.TensorNames.Where(tensor => tensor.StartsWith("out.skip", StringComparison.Ordinal))];
        Assert.NotEmpty(skips);
        Assert.All(skips, tensor => c.AssertClose(tensor, encoders.Encode([c.Tensor("in.input_ids")], int.Parse(tensor["out.skip".Length..])).Context));
        EditException fault = Assert.Throws<EditException>(() => encoders.Encode([c.Tensor("in.input_ids")], encoders.MostClipSkip + 1));
        Assert.Contains($"0 to {encoders.MostClipSkip}", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>The second encoder's rows are filled with '!', which is a token of its own there, also within a text.</summary>
    [Fact]
    public void The_first_vocabulary_with_its_own_padding_gives_both_encoders_rows()
    {
        string folder = Path.Combine(ParityCase.ParityFolder, "tokenizer-clip");
        foreach ((string name, string? pad) in new[] { (SdxlEncoders[0], null), (SdxlEncoders[1], "!") })
        {
            using ParityCase c = ParityCase.Open(name);
            using torch.Tensor ids = c.Tensor("in.input_ids");
            ClipTokenizer tokenizer = ClipTokenizer.Open(folder, pad);
            long[] rows = [.. c.About.GetProperty("texts").EnumerateArray().SelectMany(text => tokenizer.Encode(text.GetString()!).Ids)];
            Assert.Equal(ids.data<long>().ToArray(), rows);
        }
    }

    internal static TextTower Encoder(string name) => Encoder(name, Path.Combine(ParityCase.ParityFolder, "tokenizer-clip"), null);

    internal static TextTower Encoder(string name, string vocabulary, string? padToken)
    {
        using ParityCase c = ParityCase.Open(name);
        using SafetensorsFile weights = c.Weights();
        ClipTextConfig config = ClipTextConfig.Read(c.Config());
        ClipTextModel model = ModuleLoader.Load(
            (device, type) => new ClipTextModel(config, device, type), weights, "CLIP text encoder", torch.ScalarType.Float32, torch.CPU, ClipTextModel.MayBeLeft);
        return new TextTower(ClipTokenizer.Open(vocabulary, padToken), model);
    }
}
