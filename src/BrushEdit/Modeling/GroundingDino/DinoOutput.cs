using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// The output of Grounding DINO for a batch of pictures. B pictures, S picture tokens, T text tokens, Q boxes, C channels. Boxes are centre x, centre
/// y, width and height, 0 to 1 over the picture without its padding, single precision. Logits of padding tokens are minus infinity. Owns its tensors.
/// </summary>
public sealed class DinoOutput : IDisposable
{
    /// <summary>For each decoder layer, how well each box matches each token: (B, Q, T). All but the last serve auxiliary losses.</summary>
    public required IReadOnlyList<Tensor> LayerLogits { get; init; }

    /// <summary>For each decoder layer, its boxes: (B, Q, 4).</summary>
    public required IReadOnlyList<Tensor> LayerBoxes { get; init; }

    /// <summary>The final matches: the last of <see cref="LayerLogits"/>.</summary>
    public Tensor Logits => LayerLogits[^1];

    /// <summary>The final boxes: the last of <see cref="LayerBoxes"/>.</summary>
    public Tensor Boxes => LayerBoxes[^1];

    /// <summary>The final queries, normalised: (B, Q, C).</summary>
    public required Tensor LastState { get; init; }

    /// <summary>The enhanced picture: (B, S, C).</summary>
    public required Tensor Vision { get; init; }

    /// <summary>The enhanced words: (B, T, C).</summary>
    public required Tensor Text { get; init; }

    /// <summary>How well each picture token matches each word, before any box is chosen: (B, S, T).</summary>
    public required Tensor EncoderLogits { get; init; }

    /// <summary>The box that each picture token proposes, as logits: (B, S, 4); plus infinity if it may not propose one.</summary>
    public required Tensor EncoderBoxLogits { get; init; }

    /// <summary>The picture tokens chosen as queries, best first: (B, Q), whole numbers.</summary>
    public required Tensor Chosen { get; init; }

    /// <summary>The matches of the chosen tokens, with gradients, for the loss on proposals: (B, Q, T).</summary>
    public required Tensor ProposalLogits { get; init; }

    /// <summary>The boxes of the chosen tokens, with gradients, for the loss on proposals: (B, Q, 4).</summary>
    public required Tensor ProposalBoxes { get; init; }

    /// <summary>The boxes the decoder starts from: <see cref="ProposalBoxes"/> without gradients.</summary>
    public required Tensor InitialBoxes { get; init; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in LayerLogits.Concat(LayerBoxes))
        {
            tensor.Dispose();
        }

        foreach (Tensor tensor in new[] { LastState, Vision, Text, EncoderLogits, EncoderBoxLogits, Chosen, ProposalLogits, ProposalBoxes, InitialBoxes })
        {
            tensor.Dispose();
        }
    }
}
