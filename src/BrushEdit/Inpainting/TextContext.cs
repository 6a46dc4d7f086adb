using BrushEdit.Editing;
using BrushEdit.Networks;
using BrushEdit.Text;
using TorchSharp;

namespace BrushEdit.Inpainting;

/// <summary>Turns caption and negative prompt into what the networks are told of them.</summary>
internal static class TextContext
{
    /// <summary>Encodes the texts; the negative prompt only where guidance uses it.</summary>
    /// <param name="encoders">The text encoders.</param>
    /// <param name="settings">Caption, negative prompt, guidance scale and clip skip.</param>
    /// <param name="zerosForNone">Whether no negative prompt is zeros to the networks, and not an empty text.</param>
    /// <param name="warnings">Gets a line for a text that is longer than the encoder reads, or that this process cannot normalize.</param>
    /// <returns>Two rows, the negative prompt first, or without guidance one; in single precision; the caller owns them.</returns>
    public static TextConditioning Encode(TextEncoders encoders, InpaintSettings settings, bool zerosForNone, List<string> warnings)
    {
        using IDisposable inference = torch.inference_mode();
        using DisposeScope scope = torch.NewDisposeScope();
        if (settings.GuidanceScale <= 1)
        {
            return Rows(encoders, [settings.Caption], settings.ClipSkip, warnings).MoveToOuterDisposeScope();
        }

        string negative = settings.NegativePrompt ?? string.Empty;
        bool zeros = settings.NegativePrompt is null && zerosForNone;

        // The clip skip is the caption's alone, as in diffusers; without one both texts share a pass.
        if (!zeros && settings.ClipSkip == 0)
        {
            return Rows(encoders, [negative, settings.Caption], 0, warnings).MoveToOuterDisposeScope();
        }

        TextConditioning caption = Rows(encoders, [settings.Caption], settings.ClipSkip, warnings);
        TextConditioning other = zeros ? Zeros(caption) : Rows(encoders, [negative], 0, warnings);
        return Joined(other, caption).MoveToOuterDisposeScope();
    }

    /// <summary>No negative prompt at all: zeros of a text's shape.</summary>
    /// <param name="text">The text.</param>
    internal static TextConditioning Zeros(TextConditioning text) =>
        new(torch.zeros_like(text.Context), text.Pooled is null ? null : torch.zeros_like(text.Pooled));

    /// <summary>The negative prompts' rows before the captions'.</summary>
    /// <param name="negative">The negative prompts.</param>
    /// <param name="caption">The captions.</param>
    internal static TextConditioning Joined(TextConditioning negative, TextConditioning caption) =>
        new(torch.cat([negative.Context, caption.Context], 0), caption.Pooled is null ? null : torch.cat([negative.Pooled!, caption.Pooled], 0));

    private static TextConditioning Rows(TextEncoders encoders, string[] texts, int clipSkip, List<string> warnings)
    {
        if (TextForms.WarnOnce(texts) is { } warning)
        {
            warnings.Add(warning);
        }

        return encoders.Encode([.. encoders.All.Select((one, i) => Ids(one.Tokenizer, texts, i == 0 ? warnings : null))], clipSkip);
    }

    // Every encoder cuts at the same place; one line tells of it.
    private static torch.Tensor Ids(ClipTokenizer tokenizer, string[] texts, List<string>? warnings)
    {
        List<long> ids = [];
        foreach (string text in texts)
        {
            ClipTokens tokens = tokenizer.Encode(text);
            ids.AddRange(tokens.Ids);
            if (tokens.Cut > 0)
            {
                warnings?.Add($"The text '{text}' is {tokens.Cut} tokens longer than the model reads ({tokenizer.MaxLength}, start and end included); the end of it was left out.");
            }
        }

        return torch.tensor(ids.ToArray(), [texts.Length, ids.Count / texts.Length]);
    }
}
