using BrushEdit.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Training;

/// <summary>What is right for a batch: B pictures, up to N things each, T text tokens.</summary>
/// <param name="Boxes">(B, N, 4): centre x, centre y, width, height, 0 to 1; rows beyond a picture's count are filled up.</param>
/// <param name="Tokens">(B, N, T): 1 for the tokens of the phrases that name a thing.</param>
/// <param name="Counts">For each picture its number of things.</param>
/// <param name="TokenMask">(B, T): true for a token, false for padding.</param>
public sealed record DetectorTruth(Tensor Boxes, Tensor Tokens, IReadOnlyList<int> Counts, Tensor TokenMask);

/// <summary>
/// The loss of Grounding DINO (arXiv 2303.05499): every decoder layer, and the proposals, are matched one to one with the truth, and judged
/// by a contrastive focal loss over the text's tokens, the absolute error of boxes and their generalised intersection over union.
/// </summary>
public static class DetectorLoss
{
    // Costs of matching and weights of the loss, as Grounding DINO was trained.
    private const double ClassCost = 1;
    private const double BoxCost = 5;
    private const double OverlapCost = 2;
    private const double ClassWeight = 2;
    private const double BoxWeight = 5;
    private const double OverlapWeight = 2;

    /// <summary>The loss of a batch, summed over all layers and the proposals.</summary>
    /// <param name="output">What the network said.</param>
    /// <param name="truth">What is right.</param>
    /// <returns>A scalar.</returns>
    public static Tensor Of(DinoOutput output, DetectorTruth truth)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(truth);
        using DisposeScope scope = NewDisposeScope();
        Tensor total = OfLayer(output.ProposalLogits, output.ProposalBoxes, truth);
        foreach ((Tensor logits, Tensor boxes) in output.LayerLogits.Zip(output.LayerBoxes))
        {
            total = total + OfLayer(logits, boxes, truth);
        }

        return total.MoveToOuterDisposeScope();
    }

    /// <summary>The loss of one layer.</summary>
    /// <param name="logits">(B, Q, T)</param>
    /// <param name="boxes">(B, Q, 4)</param>
    /// <param name="truth">What is right.</param>
    /// <returns>A scalar: sums over the batch, divided by its number of things.</returns>
    public static Tensor OfLayer(Tensor logits, Tensor boxes, DetectorTruth truth)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(boxes);
        ArgumentNullException.ThrowIfNull(truth);
        using DisposeScope scope = NewDisposeScope();

        // Padding has a logit of minus infinity, which no arithmetic survives; a very small one stands in for it.
        Tensor finite = logits.to(ScalarType.Float32).masked_fill(truth.TokenMask.logical_not().unsqueeze(1), -30);
        List<(int Picture, int Query, int Thing)> matches = Match(finite.detach(), boxes.detach(), truth);
        double things = Math.Max(1, matches.Count);
        Tensor targets = zeros_like(finite);
        Tensor boxLoss = zeros(1, device: logits.device);
        if (matches.Count > 0)
        {
            Tensor picture = Index(matches.Select(match => match.Picture), logits.device);
            Tensor query = Index(matches.Select(match => match.Query), logits.device);
            Tensor thing = Index(matches.Select(match => match.Thing), logits.device);
            targets.index_put_(truth.Tokens[TensorIndex.Tensor(picture), TensorIndex.Tensor(thing)], TensorIndex.Tensor(picture), TensorIndex.Tensor(query));
            Tensor found = boxes[TensorIndex.Tensor(picture), TensorIndex.Tensor(query)];
            Tensor wanted = truth.Boxes[TensorIndex.Tensor(picture), TensorIndex.Tensor(thing)];
            boxLoss = (BoxWeight * (found - wanted).abs().sum()) + (OverlapWeight * (1 - DetectionLosses.GeneralizedIoU(found, wanted)).sum());
        }

        Tensor words = DetectionLosses.Focal(finite, targets) * truth.TokenMask.unsqueeze(1);
        return (((ClassWeight * words.sum()) + boxLoss.sum()) / things).MoveToOuterDisposeScope();
    }

    /// <summary>Which box stands for which thing: the cheapest one-to-one choice for each picture.</summary>
    /// <param name="logits">(B, Q, T), finite.</param>
    /// <param name="boxes">(B, Q, 4)</param>
    /// <param name="truth">What is right.</param>
    internal static List<(int Picture, int Query, int Thing)> Match(Tensor logits, Tensor boxes, DetectorTruth truth)
    {
        List<(int Picture, int Query, int Thing)> matches = [];
        int most = truth.Counts.Max();
        if (most == 0)
        {
            return matches;
        }

        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        Tensor difference = DetectionLosses.Focal(logits, ones_like(logits)) - DetectionLosses.Focal(logits, zeros_like(logits));
        Tensor share = truth.Tokens / truth.Tokens.sum(-1, keepdim: true).clamp_min(1);
        Tensor words = difference.matmul(share.transpose(1, 2));
        Tensor mine = boxes.unsqueeze(2);
        Tensor theirs = truth.Boxes.unsqueeze(1);
        Tensor distance = (mine - theirs).abs().sum(-1);
        Tensor overlap = DetectionLosses.GeneralizedIoU(mine, theirs);
        Tensor costs = ((ClassCost * words) + (BoxCost * distance) - (OverlapCost * overlap)).to(ScalarType.Float32).cpu().contiguous();
        float[] flat = costs.data<float>().ToArray();
        (int queries, int columns) = ((int)costs.shape[1], (int)costs.shape[2]);
        for (int picture = 0; picture < truth.Counts.Count; picture++)
        {
            double[,] table = new double[truth.Counts[picture], queries];
            for (int thing = 0; thing < truth.Counts[picture]; thing++)
            {
                for (int query = 0; query < queries; query++)
                {
                    table[thing, query] = flat[(((picture * queries) + query) * columns) + thing];
                }
            }

            int[] chosen = Assignment.Solve(table);
            matches.AddRange(chosen.Select((query, thing) => (picture, query, thing)));
        }

        return matches;
    }

    private static Tensor Index(IEnumerable<int> places, Device device) => tensor(places.Select(place => (long)place).ToArray(), device: device);
}
