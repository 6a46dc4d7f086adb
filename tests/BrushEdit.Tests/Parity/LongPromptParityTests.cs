using System.Text.Json;
using BrushEdit.Editing;
using BrushEdit.Inpainting;
using BrushEdit.Modeling;
using BrushEdit.Tokenizing;
using TorchSharp;

namespace BrushEdit.Tests.Parity;

/// <summary>Weighted and long prompts against the two public ways: pieces, rows with weights, and what the networks are told.</summary>
[Trait("Category", "Parity")]
public sealed class LongPromptParityTests
{
    public static TheoryData<string> Cases => ParityCase.Named("long-prompt");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Brackets_are_read_as_in_the_reference(string name)
    {
        using ParityCase c = ParityCase.Open(name);
        if (!c.About.TryGetProperty("parsed", out JsonElement parsed))
        {
            return;
        }

        foreach (JsonElement entry in parsed.EnumerateArray())
        {
            string text = entry.GetProperty("text").GetString()!;
            (string, double)[] expected = [.. entry.GetProperty("pieces").EnumerateArray().Select(piece => (piece[0].GetString()!, piece[1].GetDouble()))];
            (string, double)[] own = [.. PromptParser.Parse(text, Syntax(c)).Select(piece => piece.IsBreak ? ("BREAK", -1) : (piece.Text, piece.Weight))];
            Assert.Equal(expected.Select(piece => piece.Item1), own.Select(piece => piece.Item1));
            Assert.All(expected.Zip(own), pair => Assert.Equal(pair.First.Item2, pair.Second.Item2, 1e-9));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Rows_weights_and_states_are_the_reference(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ParityCase c = ParityCase.Open(name);
        using TextEncoders encoders = Encoders(c);
        TextContext context = new(encoders, TextInversions.None);
        if (c.About.TryGetProperty("rows", out JsonElement rows))
        {
            // A prompt and a negative prompt, filled up to the longer one's rows.
            foreach ((int i, JsonElement row) in rows.EnumerateArray().Index())
            {
                string[] texts = [row[0].GetString()!, row[1].GetString()!];
                int count = texts.Max(text => PromptRows.Of(encoders.All[0].Tokenizer, text, Syntax(c)).Ids.Count);
                Check(c, context, encoders, texts[0], $"out.{i}.", count);
                Check(c, context, encoders, texts[1], $"out.{i}.negative_", count);
            }

            return;
        }

        foreach ((int i, JsonElement text) in c.About.GetProperty("texts").EnumerateArray().Index())
        {
            Check(c, context, encoders, text.GetString()!, $"out.{i}.", 0);
        }
    }

    private static void Check(ParityCase c, TextContext context, TextEncoders encoders, string text, string prefix, int count)
    {
        foreach ((int place, TextTower one) in encoders.All.Index())
        {
            PromptRows rows = PromptRows.Of(one.Tokenizer, text, Syntax(c)).FilledTo(one.Tokenizer, count);
            string suffix = encoders.All.Count == 1 ? string.Empty : $"_{place + 1}";
            Assert.Equal(c.Tensor($"{prefix}tokens{suffix}").data<long>(), rows.Ids.SelectMany(row => row));
            c.AssertClose($"{prefix}weights", torch.tensor(rows.Weights.SelectMany(row => row).ToArray(), [rows.Ids.Count, one.Tokenizer.MaxLength]), 1e-6);
        }

        TextConditioning told = context.Encode(text, Syntax(c), count);
        c.AssertClose($"{prefix}embeds", told.Context);
        if (c.Has($"{prefix}pooled"))
        {
            c.AssertClose($"{prefix}pooled", told.Pooled!);
        }
    }

    // The case of diffusers' pipeline gives pairs; the web UI's single texts.
    private static PromptSyntax Syntax(ParityCase c) => c.About.TryGetProperty("rows", out _) ? PromptSyntax.Diffusers : PromptSyntax.WebUI;

    private static TextEncoders Encoders(ParityCase c)
    {
        bool alone = !c.About.TryGetProperty("uses", out JsonElement uses);
        string vocabulary = Path.Combine(ParityCase.ParityFolder, alone ? "tokenizer-clip" : uses.GetProperty("tokenizer").GetString()!);
        string[] names = alone ? [c.Name] : uses.TryGetProperty("text_encoder_2", out JsonElement second)
            ? [uses.GetProperty("text_encoder").GetString()!, second.GetString()!]
            : [uses.GetProperty("text_encoder").GetString()!];
        return new TextEncoders([.. names.Select((name, i) => PromptParityTests.Encoder(name, vocabulary, i == 0 ? null : "!"))]);
    }
}
