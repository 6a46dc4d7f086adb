using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>Masks for prompts; the receiver disposes it.</summary>
/// <param name="Masks">(B, P, K, 4 h, 4 w): logits, positive inside.</param>
/// <param name="IoU">(B, P, K): the network's estimate of how well each mask fits, about 0 to 1.</param>
public sealed record SamPrediction(Tensor Masks, Tensor IoU) : IDisposable
{
    /// <summary>Frees both tensors.</summary>
    public void Dispose()
    {
        Masks.Dispose();
        IoU.Dispose();
    }
}

/// <summary>
/// The mask decoder: prompts and image attend to each other, then every mask token yields a mask and the IoU token yields the masks' quality.
/// </summary>
public sealed class SamMaskDecoder : nn.Module<Tensor, Tensor, Tensor?, Tensor, SamPrediction>
{
    private readonly Embedding iou_token;
    private readonly Embedding mask_tokens;
    private readonly SamTwoWayTransformer transformer;
    private readonly ConvTranspose2d upscale_conv1;
    private readonly ConvTranspose2d upscale_conv2;
    private readonly SamLayerNorm upscale_layer_norm;
    private readonly ModuleList<SamFeedForward> output_hypernetworks_mlps;
    private readonly SamFeedForward iou_prediction_head;
    private readonly int masks;

    /// <summary>Builds the decoder.</summary>
    /// <param name="config">Its configuration.</param>
    /// <param name="device">The device of its tensors.</param>
    /// <param name="dtype">Their type.</param>
    public SamMaskDecoder(SamMaskDecoderConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(SamMaskDecoder))
    {
        int width = config.HiddenSize;
        masks = config.NumMultimaskOutputs + 1;
        iou_token = nn.Embedding(1, width, device: device, dtype: dtype);
        mask_tokens = nn.Embedding(masks, width, device: device, dtype: dtype);
        transformer = new SamTwoWayTransformer(config, device, dtype);
        upscale_conv1 = nn.ConvTranspose2d(width, width / 4, 2, 2, device: device, dtype: dtype);
        upscale_conv2 = nn.ConvTranspose2d(width / 4, width / 8, 2, 2, device: device, dtype: dtype);
        upscale_layer_norm = new SamLayerNorm(width / 4, 1e-6, device, dtype);
        output_hypernetworks_mlps = [.. Enumerable.Range(0, masks).Select(_ => new SamFeedForward(width, width, width / 8, 3, device, dtype))];
        iou_prediction_head = new SamFeedForward(width, config.IouHeadHiddenDim, masks, config.IouHeadDepth, device, dtype);
        RegisterComponents();
    }

    /// <summary>Returns all masks: first the one for a clear prompt, then those for an ambiguous one.</summary>
    /// <param name="image">The image embedding, (B, C, h, w).</param>
    /// <param name="imagePositions">Its positions, (1, C, h, w).</param>
    /// <param name="sparse">The prompts' tokens, (B, P, N, C); null for none, then P is D / B, at least 1.</param>
    /// <param name="dense">The mask prompts' embedding, (D, C, h, w), where D is 1, B or B x P.</param>
    /// <returns>Masks (B, P, 1 + multimask outputs, 4 h, 4 w) and their IoU.</returns>
    public override SamPrediction forward(Tensor image, Tensor imagePositions, Tensor? sparse, Tensor dense)
    {
        using DisposeScope scope = NewDisposeScope();
        (long batch, long channels, long height, long width) = (image.shape[0], image.shape[1], image.shape[2], image.shape[3]);
        long prompts = sparse is not null ? sparse.shape[1] : Math.Max(1, dense.shape[0] / batch);
        Tensor tokens = cat([iou_token.weight!, mask_tokens.weight!], 0).expand(batch * prompts, -1, -1);
        if (sparse is not null)
        {
            tokens = cat([tokens, sparse.flatten(0, 1)], 1);
        }

        // One copy of the image for every prompt; a mask prompt belongs to a picture or to a single prompt.
        Tensor seen = dense.shape[0] == 1 || dense.shape[0] == batch
            ? image.Plus(dense).repeat_interleave(prompts, 0)
            : image.repeat_interleave(prompts, 0).Plus(dense);
        (Tensor queries, Tensor keys) = transformer.forward(
            tokens, seen.flatten(2).transpose(1, 2), imagePositions.flatten(2).transpose(1, 2));

        Tensor fine = upscale_conv1.forward(keys.transpose(1, 2).reshape(batch * prompts, channels, height, width));
        fine = nn.functional.gelu(upscale_layer_norm.forward(fine));
        fine = nn.functional.gelu(upscale_conv2.forward(fine)); // (B P, C / 8, 4 h, 4 w)

        Tensor kernels = stack(output_hypernetworks_mlps.Select((mlp, at) => mlp.forward(queries.select(1, 1 + at))), 1);
        Tensor logits = kernels.matmul(fine.flatten(2)).view(batch, prompts, masks, 4 * height, 4 * width);
        Tensor iou = iou_prediction_head.forward(queries.select(1, 0)).view(batch, prompts, masks);
        return new SamPrediction(logits.MoveToOuterDisposeScope(), iou.MoveToOuterDisposeScope());
    }
}
