using BrushEdit.Modeling;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Training;

/// <summary>The ground truth of a batch: B pictures, up to N objects each, T text tokens.</summary>
/// <param name="Boxes">(B, N, 4): centre x, centre y, width, height, 0 to 1; rows beyond a picture's count are padding.</param>
/// <param name="Tokens">(B, N, T): 1 for the tokens of the phrases that name an object.</param>
/// <param name="Counts">The number of objects in each picture.</param>
/// <param name="TokenMask">(B, T): true for a token, false for padding.</param>
public sealed record DetectorTruth(Tensor Boxes, Tensor Tokens, IReadOnlyList<int> Counts, Tensor TokenMask);

/// <summary>
/// The loss of Grounding DINO (arXiv 2303.05499): the output of every decoder layer and the proposals are matched one to one with the ground
/// truth; the loss adds a contrastive focal loss over the text's tokens, the absolute error of boxes and their generalised IoU.
/// All picture tokens of the encoder are supervised as well, several of them for each object: without this one-to-many supervision, a network
/// trained from scratch learns from only a few tokens per picture (Zong et al., arXiv 2211.12860, use it for the same purpose).
/// </summary>
public static class DetectorLoss
{
    // Matching costs and loss weights of Grounding DINO's training.
    private const double ClassCost = 1;
    private const double BoxCost = 5;
    private const double OverlapCost = 2;
    private const double ClassWeight = 2;
    private const double BoxWeight = 5;
    private const double OverlapWeight = 2;

    // The number of picture tokens per object in the loss on all tokens.
    private const int TokensEach = 4;

    /// <summary>The loss of a batch, summed over all layers and the proposals.</summary>
    /// <param name="output">The network's output.</param>
    /// <param name="truth">The ground truth.</param>
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

        return (total + OfAllTokens(output, truth)).MoveToOuterDisposeScope();
    }

    /// <summary>The loss of all picture tokens: the best few are matched to each object, all others to none.</summary>
    /// <param name="output">The network's output.</param>
    /// <param name="truth">The ground truth.</param>
    /// <returns>A scalar, the mean over objects.</returns>
    internal static Tensor OfAllTokens(DinoOutput output, DetectorTruth truth)
    {
        using DisposeScope scope = NewDisposeScope();

        // A token that must not propose a box has infinite box logits.
        Tensor boxes = output.EncoderBoxLogits.to(ScalarType.Float32).clamp(-30, 30).sigmoid();
        Tensor finite = Finite(output.EncoderLogits, truth);
        return Judge(finite, boxes, MatchMany(finite.detach(), boxes.detach(), truth), truth).MoveToOuterDisposeScope();
    }

    /// <summary>The loss of one layer.</summary>
    /// <param name="logits">(B, Q, T)</param>
    /// <param name="boxes">(B, Q, 4)</param>
    /// <param name="truth">The ground truth.</param>
    /// <returns>A scalar: sums over the batch, divided by its number of objects.</returns>
    public static Tensor OfLayer(Tensor logits, Tensor boxes, DetectorTruth truth)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(boxes);
        ArgumentNullException.ThrowIfNull(truth);
        using DisposeScope scope = NewDisposeScope();

        Tensor finite = Finite(logits, truth);
        return Judge(finite, boxes, Match(finite.detach(), boxes.detach(), truth), truth).MoveToOuterDisposeScope();
    }

    // Padding has a logit of minus infinity, which breaks the arithmetic; a very low one replaces it.
    private static Tensor Finite(Tensor logits, DetectorTruth truth) =>
        logits.to(ScalarType.Float32).masked_fill(truth.TokenMask.logical_not().unsqueeze(1), -30);

    private static Tensor Judge(Tensor finite, Tensor boxes, List<(int Picture, int Query, int Thing)> matches, DetectorTruth truth)
    {
        using DisposeScope scope = NewDisposeScope();
        double things = Math.Max(1, matches.Count);
        Device device = finite.device;
        Tensor targets = zeros_like(finite);
        Tensor boxLoss = zeros(1, device: device);
        if (matches.Count > 0)
        {
            Tensor picture = Index(matches.Select(match => match.Picture), device);
            Tensor query = Index(matches.Select(match => match.Query), device);
            Tensor thing = Index(matches.Select(match => match.Thing), device);
            targets.index_put_(truth.Tokens[TensorIndex.Tensor(picture), TensorIndex.Tensor(thing)], TensorIndex.Tensor(picture), TensorIndex.Tensor(query));
            Tensor found = boxes[TensorIndex.Tensor(picture), TensorIndex.Tensor(query)];
            Tensor wanted = truth.Boxes[TensorIndex.Tensor(picture), TensorIndex.Tensor(thing)];
            boxLoss = (BoxWeight * (found - wanted).abs().sum()) + (OverlapWeight * (1 - DetectionLosses.GeneralizedIoU(found, wanted)).sum());
        }

        Tensor words = DetectionLosses.Focal(finite, targets) * truth.TokenMask.unsqueeze(1);
        return (((ClassWeight * words.sum()) + boxLoss.sum()) / things).MoveToOuterDisposeScope();
    }

    /// <summary>Matches boxes to objects: the cheapest one-to-one assignment for each picture.</summary>
    /// <param name="logits">(B, Q, T), finite.</param>
    /// <param name="boxes">(B, Q, 4)</param>
    /// <param name="truth">The ground truth.</param>
    internal static List<(int Picture, int Query, int Thing)> Match(Tensor logits, Tensor boxes, DetectorTruth truth)
    {
        List<(int Picture, int Query, int Thing)> matches = [];
        if (truth.Counts.Max() == 0)
        {
            return matches;
        }

        (float[] flat, int queries, int columns) = Costs(logits, boxes, truth);
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

    /// <summary>Matches tokens to objects: the cheapest few for each object; a contested token goes to the object for which it is cheapest.</summary>
    private static List<(int Picture, int Query, int Thing)> MatchMany(Tensor logits, Tensor boxes, DetectorTruth truth)
    {
        if (truth.Counts.Max() == 0)
        {
            return [];
        }

        (float[] flat, int queries, int columns) = Costs(logits, boxes, truth);
        Dictionary<(int Picture, int Query), (int Thing, float Cost)> taken = [];
        for (int picture = 0; picture < truth.Counts.Count; picture++)
        {
            for (int thing = 0; thing < truth.Counts[picture]; thing++)
            {
                float Cost(int query) => flat[(((picture * queries) + query) * columns) + thing];
                foreach (int query in Enumerable.Range(0, queries).OrderBy(Cost).Take(TokensEach))
                {
                    if (!taken.TryGetValue((picture, query), out (int Thing, float Cost) other) || Cost(query) < other.Cost)
                    {
                        taken[(picture, query)] = (thing, Cost(query));
                    }
                }
            }
        }

        return [.. taken.Select(pair => (pair.Key.Picture, pair.Key.Query, pair.Value.Thing))];
    }

    /// <summary>The costs of matching boxes to objects, (B, Q, N) in row-major order, with Q and N.</summary>
    private static (float[] Flat, int Queries, int Columns) Costs(Tensor logits, Tensor boxes, DetectorTruth truth)
    {
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
        return (costs.data<float>().ToArray(), (int)costs.shape[1], (int)costs.shape[2]);
    }

    private static Tensor Index(IEnumerable<int> places, Device device) => tensor(places.Select(place => (long)place).ToArray(), device: device);
}
