using BrushEdit.Editing;
using BrushEdit.Modeling;
using BrushEdit.Tokenizing;
using TorchSharp;

namespace BrushEdit.Inpainting;

/// <summary>Turns caption and negative prompt into the networks' text inputs.</summary>
/// <param name="encoders">The text encoders.</param>
/// <param name="inversions">Words with their own embedding vectors.</param>
internal sealed class TextContext(TextEncoders encoders, TextInversions inversions)
{
    // This is CLIP's native row length: a text may use several rows. A model that was trained on shorter rows reads one.
    private const int UsualRow = 77;

    /// <summary>Encodes the texts; the negative prompt only if guidance uses it.</summary>
    /// <param name="settings">Caption, negative prompt and how they are read, guidance scale and clip skip.</param>
    /// <param name="isGuided">Whether the negative prompt is used.</param>
    /// <param name="zerosForNone">Whether a missing negative prompt is encoded as zeros and not as an empty text.</param>
    /// <param name="warnings">Receives a line for a text that is longer than the model reads, or that this process cannot normalize.</param>
    /// <returns>Two rows, the negative prompt first, or one row without guidance; in single precision; the caller owns them.</returns>
    public TextConditioning Encode(InpaintSettings settings, bool isGuided, bool zerosForNone, List<string> warnings)
    {
        using IDisposable inference = torch.inference_mode();
        using DisposeScope scope = torch.NewDisposeScope();
        Prompt caption = Read(settings.Caption, settings.CaptionSyntax ?? settings.PromptSyntax, warnings);
        if (!isGuided)
        {
            return Encode([caption], settings.ClipSkip)[0].MoveToOuterDisposeScope();
        }

        if (settings.NegativePrompt is null && zerosForNone)
        {
            TextConditioning text = Encode([caption], settings.ClipSkip)[0];
            return Joined(Zeros(text), text).MoveToOuterDisposeScope();
        }

        Prompt negative = Read(settings.NegativePrompt ?? string.Empty, settings.PromptSyntax, warnings);
        int most = Math.Max(negative.Count, caption.Count);
        if (caption.Syntax == PromptSyntax.Diffusers && negative.Syntax == PromptSyntax.Diffusers)
        {
            (negative, caption) = (Filled(negative, most), Filled(caption, most));
        }

        // The clip skip applies only to the caption, as in diffusers; without one, both texts share a pass.
        IReadOnlyList<TextConditioning> both = settings.ClipSkip == 0
            ? Encode([negative, caption], 0)
            : [Encode([negative], 0)[0], Encode([caption], settings.ClipSkip)[0]];
        both = Even(both);
        return Joined(both[0], both[1]).MoveToOuterDisposeScope();
    }

    /// <summary>Encodes one prompt alone.</summary>
    /// <param name="text">The prompt.</param>
    /// <param name="syntax">The syntax of the prompt.</param>
    /// <param name="rows">The number of rows that it is padded to; 0 for as many as it needs.</param>
    internal TextConditioning Encode(string text, PromptSyntax syntax, int rows = 0)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return Encode([Filled(Read(text, syntax, []), rows)], 0)[0].MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Brings texts to one length by repeating the shorter ones. Attention is not affected: a token that occurs twice counts half each
    /// time, and positions are not distinguished.
    /// </summary>
    /// <param name="texts">Texts of any lengths.</param>
    /// <returns>Texts of one length; the input itself if the lengths already agree.</returns>
    internal static IReadOnlyList<TextConditioning> Even(IReadOnlyList<TextConditioning> texts)
    {
        long common = texts.Select(text => text.Context.shape[1]).Aggregate(CommonMultiple);
        return [.. texts.Select(text => text.Context.shape[1] == common ? text : text with { Context = text.Context.repeat(1, common / text.Context.shape[1], 1) })];
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

    private Prompt Read(string text, PromptSyntax syntax, List<string> warnings)
    {
        if (TextForms.WarnOnce([text]) is { } warning)
        {
            warnings.Add(warning);
        }

        ClipTokenizer first = encoders.All[0].Tokenizer;
        int most = first.MaxLength < UsualRow ? 1 : int.MaxValue;
        Prompt prompt = new(syntax, [.. encoders.All.Select(one => PromptRows.Of(one.Tokenizer, text, syntax, inversions.Words, most))]);

        // Every encoder truncates at the same position; one line reports it.
        if (prompt.Rows[0].Cut > 0)
        {
            int read = most == 1 ? first.MaxLength : prompt.Count * (first.MaxLength - 2);
            warnings.Add($"The text '{text}' is {prompt.Rows[0].Cut} tokens longer than the model's limit ({read}{(most == 1 ? ", start and end included" : string.Empty)}); its end was cut off.");
        }

        return prompt;
    }

    private Prompt Filled(Prompt prompt, int rows) =>
        prompt with { Rows = [.. prompt.Rows.Select((one, i) => one.FilledTo(encoders.All[i].Tokenizer, rows))] };

    // In one pass, row by row; then each prompt's rows one after another.
    private List<TextConditioning> Encode(IReadOnlyList<Prompt> prompts, int clipSkip)
    {
        torch.Tensor[] ids = [.. encoders.All.Select((one, i) =>
        {
            long[][] rows = [.. prompts.SelectMany(prompt => prompt.Rows[i].Ids)];
            return torch.tensor(rows.SelectMany(row => row).ToArray(), [rows.Length, one.Tokenizer.MaxLength]);
        })];
        TextConditioning all = encoders.Encode(ids, clipSkip, inversions.Vectors(encoders.All.Count));
        List<TextConditioning> texts = [];
        int next = 0;
        foreach (Prompt prompt in prompts)
        {
            TextConditioning rows = all.Rows(next, prompt.Count);
            next += prompt.Count;
            torch.Tensor context = Weighed(rows.Context, prompt);
            texts.Add(new TextConditioning(context.reshape(1, -1, context.shape[2]), rows.Pooled?.narrow(0, 0, 1)));
        }

        return texts;
    }

    // The tokens' weights multiply their states; the original mean is then restored, separately for each encoder's states: by
    // diffusers over the whole prompt, by the web UI row by row.
    private torch.Tensor Weighed(torch.Tensor context, Prompt prompt)
    {
        if (prompt.Rows[0].IsEven)
        {
            return context;
        }

        long[] over = prompt.Syntax == PromptSyntax.Diffusers ? [0, 1, 2] : [1, 2];
        List<torch.Tensor> parts = [];
        long start = 0;
        foreach (TextTower one in encoders.All)
        {
            torch.Tensor states = context.narrow(2, start, one.Encoder.Config.HiddenSize); // (R, L, C)
            start += one.Encoder.Config.HiddenSize;
            double[] flat = [.. prompt.Rows[0].Weights.SelectMany(row => row)];
            torch.Tensor weights = torch.tensor(flat, [states.shape[0], states.shape[1], 1]).to(states.dtype, states.device);
            torch.Tensor weighed = states * weights;
            parts.Add(weighed * (states.mean(over, keepdim: true) / weighed.mean(over, keepdim: true)));
        }

        return parts is [torch.Tensor only] ? only : torch.cat([.. parts], 2);
    }

    private static long CommonMultiple(long a, long b)
    {
        (long x, long y) = (a, b);
        while (y != 0)
        {
            (x, y) = (y, x % y);
        }

        return a / x * b;
    }

    /// <summary>A prompt's rows for each encoder; all have the same number.</summary>
    private sealed record Prompt(PromptSyntax Syntax, IReadOnlyList<PromptRows> Rows)
    {
        public int Count => Rows[0].Ids.Count;
    }
}
