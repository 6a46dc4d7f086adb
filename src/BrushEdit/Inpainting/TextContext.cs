using BrushEdit.Editing;
using BrushEdit.Networks;
using BrushEdit.Text;
using BrushEdit.Weights;
using TorchSharp;

namespace BrushEdit.Inpainting;

/// <summary>Turns caption and negative prompt into what the U-Net attends to.</summary>
internal static class TextContext
{
    /// <summary>Encodes the texts; the negative prompt only where guidance uses it.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="encoder">The text encoder.</param>
    /// <param name="settings">Caption, negative prompt and guidance scale.</param>
    /// <param name="warnings">Gets a line for a text that is longer than the encoder reads, or that this process cannot normalize.</param>
    /// <returns>(2, L, D), the negative prompt first, or (1, L, D) without guidance; in single precision.</returns>
    public static torch.Tensor Encode(ClipTokenizer tokenizer, ClipTextModel encoder, InpaintSettings settings, List<string> warnings)
    {
        string[] texts = settings.GuidanceScale > 1 ? [settings.NegativePrompt, settings.Caption] : [settings.Caption];
        if (TextForms.WarnOnce(texts) is { } warning)
        {
            warnings.Add(warning);
        }

        List<long> ids = [];
        foreach (string text in texts)
        {
            ClipTokens tokens = tokenizer.Encode(text);
            ids.AddRange(tokens.Ids);
            if (tokens.Cut > 0)
            {
                warnings.Add($"The text '{text}' is {tokens.Cut} tokens longer than the model reads ({tokenizer.MaxLength}, start and end included); the end of it was left out.");
            }
        }

        using IDisposable inference = torch.inference_mode();
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor batch = torch.tensor(ids.ToArray(), [texts.Length, ids.Count / texts.Length], device: encoder.WeightDevice());
        torch.Tensor states = encoder.forward(batch).LastHiddenState;
        Finite.Require(states, "text encoder", "when it read the caption", encoder);
        return states.to(torch.ScalarType.Float32).MoveToOuterDisposeScope();
    }
}
