namespace BrushEdit.Generating;

/// <summary>
/// Alignment of the tokens of two captions for prompt-to-prompt (arXiv 2208.01626). The captions of the picture before and
/// after the edit are called source and target.
/// </summary>
internal static class PromptAlignment
{
    private const int Match = 1;
    private const int Mismatch = -1;

    /// <summary>Returns for every target position the source position of the same token.</summary>
    /// <param name="source">The caption before.</param>
    /// <param name="target">The caption after.</param>
    /// <returns>The positions, -1 for new tokens, beyond the target's end the position itself; and 1 for old tokens, 0 for new ones.</returns>
    public static (long[] Mapper, float[] Old) Refine(PromptTokens source, PromptTokens target)
    {
        int[] aligned = Align(source.Ids, target.Ids);
        long[] mapper = [.. Enumerable.Range(0, target.Length).Select(at => at < aligned.Length ? aligned[at] : (long)at)];
        return (mapper, [.. mapper.Select((from, at) => at < aligned.Length && from < 0 ? 0f : 1f)]);
    }

    /// <summary>Returns how much each source position contributes to each target position when words replace words.</summary>
    /// <param name="source">The caption before.</param>
    /// <param name="target">The caption after; with as many words.</param>
    /// <returns>Source by target.</returns>
    /// <exception cref="EditException">They differ in their number of words.</exception>
    public static float[,] Replace(PromptTokens source, PromptTokens target)
    {
        if (source.Words.Count != target.Words.Count)
        {
            throw new EditException(
                EditFault.BadArgument, $"The captions have {source.Words.Count} and {target.Words.Count} words; replacing words needs captions of the same length.", "Give captions with the same number of words.", target);
        }

        int length = target.Length;
        float[,] mapper = new float[length, length];
        Queue<(int[] From, int[] To)> swaps = new(Enumerable.Range(0, target.Words.Count)
            .Where(word => source.Words[word] != target.Words[word])
            .Select(word => (source.PlacesOf(word), target.PlacesOf(word)))
            .Where(swap => swap.Item1.Length > 0 && swap.Item2.Length > 0));
        int from = 0;
        int to = 0;
        while (from < length && to < length)
        {
            if (swaps.Count == 0)
            {
                // After the last swap, both captions are assumed to use the target's positions.
                mapper[to, to] = 1;
            }
            else if (swaps.Peek().From[0] == from)
            {
                (int[] old, int[] now) = swaps.Dequeue();
                Swap(mapper, old, now);
                from += old.Length;
                to += now.Length;
                continue;
            }
            else
            {
                mapper[from, to] = 1;
            }

            from++;
            to++;
        }

        return mapper;
    }

    /// <summary>Returns for every step and target token whether the source's attention is used.</summary>
    /// <param name="target">The caption after.</param>
    /// <param name="steps">Steps of the run.</param>
    /// <param name="all">The fraction of the steps, from and to, during which it is used; for all tokens.</param>
    /// <param name="words">Other fractions for words; empty for none.</param>
    /// <returns>(steps + 1) by tokens; fractions are of steps + 1, truncated.</returns>
    public static float[,] Times(PromptTokens target, int steps, (double From, double To) all, IReadOnlyDictionary<string, (double From, double To)> words)
    {
        float[,] times = new float[steps + 1, target.Length];
        Set(Enumerable.Range(0, target.Length), all);
        foreach ((string word, (double From, double To) window) in words)
        {
            Set(target.PlacesOf(word), window);
        }

        return times;

        void Set(IEnumerable<int> places, (double From, double To) window)
        {
            int first = (int)(window.From * (steps + 1));
            int end = (int)(window.To * (steps + 1));
            foreach (int place in places)
            {
                for (int step = 0; step <= steps; step++)
                {
                    times[step, place] = step >= first && step < end ? 1 : 0;
                }
            }
        }
    }

    /// <summary>Returns the factor for the attention to every token.</summary>
    /// <param name="target">The caption after.</param>
    /// <param name="scales">The factors of words; 1 for all others.</param>
    public static float[] Equalizer(PromptTokens target, IReadOnlyDictionary<string, double> scales)
    {
        float[] equalizer = [.. Enumerable.Repeat(1f, target.Length)];
        foreach ((string word, double scale) in scales)
        {
            foreach (int place in target.PlacesOf(word))
            {
                equalizer[place] = (float)scale;
            }
        }

        return equalizer;
    }

    /// <summary>Returns 1 at the positions of words, 0 elsewhere.</summary>
    /// <param name="caption">The caption.</param>
    /// <param name="words">The words.</param>
    public static float[] Marked(PromptTokens caption, params IEnumerable<string> words)
    {
        float[] marked = new float[caption.Length];
        foreach (int place in words.SelectMany(caption.PlacesOf))
        {
            marked[place] = 1;
        }

        return marked;
    }

    private static void Swap(float[,] mapper, int[] old, int[] now)
    {
        for (int column = 0; column < now.Length; column++)
        {
            if (old.Length == now.Length)
            {
                mapper[old[column], now[column]] = 1;
                continue;
            }

            foreach (int row in old)
            {
                mapper[row, now[column]] = 1f / now.Length;
            }
        }
    }

    // Global alignment (Needleman and Wunsch) with free gaps; ties prefer a gap in the source, then one in the target.
    private static int[] Align(IReadOnlyList<long> source, IReadOnlyList<long> target)
    {
        int[,] score = new int[source.Count + 1, target.Count + 1];
        for (int i = 1; i <= source.Count; i++)
        {
            for (int j = 1; j <= target.Count; j++)
            {
                score[i, j] = Math.Max(Math.Max(score[i, j - 1], score[i - 1, j]), score[i - 1, j - 1] + Cost(i, j));
            }
        }

        int[] places = new int[target.Count];
        int row = source.Count;
        for (int column = target.Count; column > 0;)
        {
            if (row == 0 || score[row, column] == score[row, column - 1])
            {
                places[--column] = -1;
            }
            else if (score[row, column] == score[row - 1, column])
            {
                row--;
            }
            else
            {
                places[--column] = --row;
            }
        }

        return places;

        int Cost(int i, int j) => source[i - 1] == target[j - 1] ? Match : Mismatch;
    }
}
