using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Generating;

/// <summary>Restricts an edit to the positions that attend to some words: prompt-to-prompt's local blend.</summary>
/// <param name="marked">(2, L): 1 at the words' tokens, of the caption before and of the one after.</param>
/// <param name="subtracted">(2, L): words whose positions are excluded; null for none.</param>
/// <param name="start">Steps that are not blended.</param>
/// <param name="threshold">The share of its maximum that the attention must exceed.</param>
internal sealed class WordBlend(torch.Tensor marked, torch.Tensor? subtracted, int start, double threshold = WordBlend.UsualThreshold) : IDisposable
{
    /// <summary>The default share of the maximum.</summary>
    public const double UsualThreshold = 0.3;

    /// <summary>The default share of the steps that are not blended.</summary>
    public const double UsualStart = 0.2;

    // The maps in use have about a quarter of the latent's side: 16 of 64 for SD 1.5.
    private const double MapShare = 0.25;

    private int uses;

    /// <summary>Called with every mask, (2, 1, h, w) of Booleans: the marked words', then the subtracted ones' before inversion.</summary>
    public Action<torch.Tensor>? OnMask { get; init; }

    /// <summary>Restores the original where positions do not attend to the words.</summary>
    /// <param name="latents">(2, C, h, w): the original's, then the edited picture's.</param>
    /// <param name="control">The attention control that kept the maps.</param>
    /// <returns>The same shape, in the caller's scope; a separate handle.</returns>
    public torch.Tensor Apply(torch.Tensor latents, PromptControl control)
    {
        if (++uses <= start)
        {
            return latents.alias();
        }

        using DisposeScope scope = torch.NewDisposeScope();
        AttentionMap[] maps = Chosen(control, latents.shape[2]);
        torch.Tensor mask = Mask(maps, marked, latents, grows: true);
        if (subtracted is not null)
        {
            mask = mask.logical_and(Mask(maps, subtracted, latents, grows: false).logical_not());
        }

        torch.Tensor source = latents.narrow(0, 0, 1).expand_as(latents);
        return torch.where(mask.expand_as(latents), latents, source).MoveToOuterDisposeScope();
    }

    /// <summary>Frees the marks.</summary>
    public void Dispose()
    {
        marked.Dispose();
        subtracted?.Dispose();
    }

    private static AttentionMap[] Chosen(PromptControl control, long side)
    {
        AttentionMap[] all = [.. control.Maps(AttentionPlace.Down), .. control.Maps(AttentionPlace.Up)];
        if (all.Length == 0)
        {
            throw new EditException(
                EditFault.BadModel, "The base model has no cross-attention at 32 x 32 or less, so an edit cannot be restricted to words.", "Omit -BlendWord, or use a picture of the model's native size.");
        }

        int height = all.MinBy(map => Math.Abs(Math.Log(map.Height / (side * MapShare))))!.Height;
        return [.. all.Where(map => map.Height == height)];
    }

    private torch.Tensor Mask(AttentionMap[] maps, torch.Tensor words, torch.Tensor latents, bool grows)
    {
        torch.Tensor weights = words.to(torch.ScalarType.Float32, latents.device).reshape(2, 1, 1, -1);
        torch.Tensor[] looked = [.. maps.Select(map => (map.Sum * weights).sum(-1).unflatten(2, map.Height, map.Width))]; // (2, heads, h, w)
        torch.Tensor mean = torch.cat(looked, 1).mean([1], keepdim: true);
        torch.Tensor near = grows ? torch.nn.functional.max_pool2d(mean, 3, stride: 1, padding: 1) : mean;
        torch.Tensor large = torch.nn.functional.interpolate(near, size: [latents.shape[2], latents.shape[3]], mode: torch.InterpolationMode.Nearest);
        using Scalar least = threshold.ToScalar();
        torch.Tensor mask = large.div(large.amax([2, 3], keepdim: true)).gt(least);
        torch.Tensor both = mask.logical_or(mask.narrow(0, 0, 1));
        OnMask?.Invoke(both);
        return both;
    }
}
