using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Tokenizing;

namespace BrushEdit.Detecting;

/// <summary>Turns a network's scores and boxes into detections: thresholds, words, non-maximum suppression, pixels.</summary>
public static class BoxSelection
{
    /// <summary>Selects the boxes of every phrase.</summary>
    /// <param name="query">The phrases.</param>
    /// <param name="tokenizer">The tokenizer that created the query.</param>
    /// <param name="scores">How well each box matches each token of the query, 0 to 1: boxes x tokens, row by row.</param>
    /// <param name="boxes">Centre x, centre y, width and height of each box, 0 to 1 over the picture.</param>
    /// <param name="width">The picture's width in pixels.</param>
    /// <param name="height">The picture's height in pixels.</param>
    /// <param name="options">Which boxes are returned.</param>
    /// <remarks>
    /// A box's score for a phrase is that of its best word, or with <see cref="DetectionOptions.EveryWord"/> the mean; separators do not count. A box
    /// counts for the phrase it matches best, and also for any phrase with a word that passes the text threshold. Each phrase descends the ladder
    /// independently, so that its detections do not depend on the other phrases.
    /// </remarks>
    public static DetectionResult Choose(
        TextQuery query, BertTokenizer tokenizer, ReadOnlySpan<float> scores, ReadOnlySpan<float> boxes, int width, int height, DetectionOptions options)
    {
        options.Validate();
        int tokens = query.Ids.Count;
        int count = boxes.Length / 4;
        if (boxes.Length != count * 4 || scores.Length != (long)count * tokens)
        {
            throw new ArgumentException($"{scores.Length} scores and {boxes.Length} box values do not belong to {tokens} tokens.", nameof(scores));
        }

        double[,] mean = AllWords(query, scores, count);
        double[,] best = options.EveryWord ? mean : BestWords(query, scores, count);
        List<Detection> found = [];
        List<PhraseOutcome> outcomes = [];
        for (int phrase = 0; phrase < query.Phrases.Count; phrase++)
        {
            List<int> candidates = Candidates(best, phrase, options.TextThreshold);
            double top = Enumerable.Range(0, count).Select(box => best[box, phrase]).DefaultIfEmpty(0).Max();
            double threshold = options.Threshold ?? Step(candidates.Count > 0 ? best[candidates[0], phrase] : 0);
            List<Detection> kept = [];
            foreach (int box in candidates.TakeWhile(box => best[box, phrase] > threshold))
            {
                if (kept.Count >= options.Limit)
                {
                    break;
                }

                Box place = Box.FromCenter(boxes[box * 4] * width, boxes[(box * 4) + 1] * height, boxes[(box * 4) + 2] * width, boxes[(box * 4) + 3] * height)
                    .Clip(width, height);
                if (!place.IsEmpty && kept.All(other => other.Box.IoU(place) <= options.Overlap))
                {
                    string words = Words(query.Phrases[phrase], tokenizer, scores.Slice(box * tokens, tokens), options.TextThreshold);
                    kept.Add(new Detection(place, best[box, phrase], words) { Query = query.Phrases[phrase].Text, Fit = mean[box, phrase] });
                }
            }

            found.AddRange(kept);
            outcomes.Add(new PhraseOutcome(query.Phrases[phrase].Text, kept.Count, top, threshold));
        }

        return new DetectionResult([.. found.OrderByDescending(detection => detection.Score)], outcomes);
    }

    /// <summary>The step of the ladder that a best score reaches; the last step if it reaches none.</summary>
    private static double Step(double best) => DetectionOptions.Ladder.FirstOrDefault(step => best > step, DetectionOptions.Ladder[^1]);

    private static double[,] BestWords(TextQuery query, ReadOnlySpan<float> scores, int count)
    {
        double[,] best = new double[count, query.Phrases.Count];
        for (int box = 0; box < count; box++)
        {
            for (int phrase = 0; phrase < query.Phrases.Count; phrase++)
            {
                QueryPhrase words = query.Phrases[phrase];
                foreach (float score in scores.Slice((box * query.Ids.Count) + words.Start, words.Tokens.Count))
                {
                    // A score that is NaN never wins.
                    best[box, phrase] = score > best[box, phrase] ? score : best[box, phrase];
                }
            }
        }

        return best;
    }

    private static double[,] AllWords(TextQuery query, ReadOnlySpan<float> scores, int count)
    {
        double[,] mean = new double[count, query.Phrases.Count];
        for (int box = 0; box < count; box++)
        {
            for (int phrase = 0; phrase < query.Phrases.Count; phrase++)
            {
                QueryPhrase words = query.Phrases[phrase];
                double sum = 0;
                foreach (float score in scores.Slice((box * query.Ids.Count) + words.Start, words.Tokens.Count))
                {
                    sum += float.IsNaN(score) ? 0 : score;
                }

                mean[box, phrase] = sum / words.Tokens.Count;
            }
        }

        return mean;
    }

    /// <summary>The boxes that count for a phrase, most certain first.</summary>
    private static List<int> Candidates(double[,] best, int phrase, double textThreshold)
    {
        List<int> candidates = [];
        for (int box = 0; box < best.GetLength(0); box++)
        {
            bool leads = true;
            for (int other = 0; other < best.GetLength(1); other++)
            {
                leads &= best[box, other] <= best[box, phrase];
            }

            if (leads || best[box, phrase] > textThreshold)
            {
                candidates.Add(box);
            }
        }

        return [.. candidates.OrderByDescending(box => best[box, phrase])];
    }

    private static string Words(QueryPhrase phrase, BertTokenizer tokenizer, ReadOnlySpan<float> scores, double threshold)
    {
        List<int> matched = [];
        for (int i = 0; i < phrase.Tokens.Count; i++)
        {
            if (scores[phrase.Start + i] > threshold)
            {
                matched.Add(phrase.Tokens[i]);
            }
        }

        return matched.Count == 0 || matched.Count == phrase.Tokens.Count ? phrase.Text : tokenizer.Decode(matched);
    }
}
