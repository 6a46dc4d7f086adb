using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// The text inputs of the denoising networks. Stable Diffusion 1.5 only attends to the text; Stable Diffusion XL also takes a pooled text and the
/// picture's sizes. Under guidance the rows of the negative prompts come first.
/// </summary>
/// <param name="Context">The attention context: (B, L, D).</param>
/// <param name="Pooled">One vector a text, (B, P); null for a network that does not take it.</param>
/// <param name="TimeIds">The picture's sizes as numbers, (B, 6), see <see cref="PictureSizes"/>; null for a network that does not take it.</param>
public sealed record TextConditioning(Tensor Context, Tensor? Pooled = null, Tensor? TimeIds = null) : IDisposable
{
    /// <summary>The number of texts.</summary>
    public long Batch => Context.shape[0];

    /// <summary>Combines texts that were encoded separately into one batch: first all negative prompts, if any, then all prompts.</summary>
    /// <param name="texts">Texts of one kind: all with a negative prompt (two rows), or all without.</param>
    /// <returns>The batch, of new tensors; the caller's scope owns them.</returns>
    public static TextConditioning Batched(IReadOnlyList<TextConditioning> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        Tensor Rows(Func<TextConditioning, Tensor> part) => cat(
            [.. Enumerable.Range(0, (int)texts[0].Batch).SelectMany(half => texts.Select(text => part(text).narrow(0, half, 1)))], 0);
        return new TextConditioning(
            Rows(text => text.Context),
            texts[0].Pooled is null ? null : Rows(text => text.Pooled!),
            texts[0].TimeIds is null ? null : Rows(text => text.TimeIds!));
    }

    /// <summary>The texts for several samples of the same pictures: each half under guidance is repeated consecutively.</summary>
    /// <param name="times">How many samples.</param>
    /// <param name="pictures">How many pictures.</param>
    /// <returns>A batch of new tensors; the caller owns them.</returns>
    public TextConditioning Repeated(int times, int pictures)
    {
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        Tensor Part(Tensor whole) => cat([.. whole.split(pictures, 0).SelectMany(half => Enumerable.Repeat(half, times))], 0);
        return new TextConditioning(Part(Context), Pooled is null ? null : Part(Pooled), TimeIds is null ? null : Part(TimeIds)).MoveToOuterDisposeScope();
    }

    /// <summary>The same texts with the picture's sizes, which a network takes only together with a pooled text.</summary>
    /// <param name="sizes">The sizes, for every row.</param>
    /// <param name="negative">The sizes of the negative half under guidance; null for <paramref name="sizes"/>.</param>
    /// <returns>A view: the context and the pooled text are this object's own.</returns>
    public TextConditioning WithSizes(PictureSizes sizes, PictureSizes? negative = null)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        if (Pooled is null)
        {
            return this;
        }

        IEnumerable<PictureSizes> rows = Enumerable.Range(0, (int)Batch).Select(row => negative is not null && row < Batch / 2 ? negative : sizes);
        return this with { TimeIds = tensor(rows.SelectMany(row => row.Numbers).ToArray(), [Batch, PictureSizes.Count], device: Pooled.device) };
    }

    /// <summary>The texts in a network's type and on its device; the sizes stay in single precision, which half precision cannot distinguish.</summary>
    /// <param name="type">The type.</param>
    /// <param name="device">The device.</param>
    public TextConditioning To(ScalarType type, Device device) =>
        new(Context.to(type, device), Pooled?.to(type, device), TimeIds?.to(ScalarType.Float32, device));

    /// <summary>Some of the rows, as views.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="count">How many.</param>
    public TextConditioning Rows(long first, long count) =>
        new(Context.narrow(0, first, count), Pooled?.narrow(0, first, count), TimeIds?.narrow(0, first, count));

    /// <summary>Moves the tensors to the enclosing dispose scope.</summary>
    public TextConditioning MoveToOuterDisposeScope()
    {
        Context.MoveToOuterDisposeScope();
        Pooled?.MoveToOuterDisposeScope();
        TimeIds?.MoveToOuterDisposeScope();
        return this;
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Context.Dispose();
        Pooled?.Dispose();
        TimeIds?.Dispose();
    }
}

/// <summary>
/// The sizes that Stable Diffusion XL is conditioned on ("SDXL: Improving Latent Diffusion Models for High-Resolution Image Synthesis",
/// arXiv 2307.01952, section 2.2), in pixels.
/// </summary>
/// <param name="OriginalHeight">Height of the picture before it was scaled; small numbers stand for blurred pictures.</param>
/// <param name="OriginalWidth">Its width.</param>
/// <param name="CropTop">Rows cut off above; values other than 0 stand for objects that are cut off.</param>
/// <param name="CropLeft">Columns cut off on the left.</param>
/// <param name="TargetHeight">Height of the generated picture.</param>
/// <param name="TargetWidth">Its width.</param>
public sealed record PictureSizes(int OriginalHeight, int OriginalWidth, int CropTop, int CropLeft, int TargetHeight, int TargetWidth)
{
    /// <summary>How many numbers there are.</summary>
    public const int Count = 6;

    /// <summary>The numbers in the order that the networks expect.</summary>
    public IReadOnlyList<float> Numbers => [OriginalHeight, OriginalWidth, CropTop, CropLeft, TargetHeight, TargetWidth];

    /// <summary>The sizes of an uncropped, unscaled picture, which lead to the sharpest result.</summary>
    /// <param name="height">Its height, in pixels.</param>
    /// <param name="width">Its width.</param>
    public static PictureSizes Whole(int height, int width) => new(height, width, 0, 0, height, width);
}
