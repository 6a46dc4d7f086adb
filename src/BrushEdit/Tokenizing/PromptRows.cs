using BrushEdit.Editing;

namespace BrushEdit.Tokenizing;

/// <summary>A prompt as rows of ids for the text encoder, with a weight for every token.</summary>
/// <param name="Ids">Each row: start, text, end, filling; an id below 0 stands for vector -1 - id of the embeddings.</param>
/// <param name="Weights">For each row the factors on its tokens' states; 1 for start, end and filling.</param>
/// <param name="Cut">Tokens that did not fit.</param>
public sealed record PromptRows(IReadOnlyList<long[]> Ids, IReadOnlyList<double[]> Weights, int Cut)
{
    // How many tokens back from the end of a full row a comma may be for the row to end there instead.
    private const int CommaReach = 20;
    private const int MostDiffusersRows = 3;

    /// <summary>Whether all tokens have the weight 1, so that the states remain unchanged.</summary>
    public bool IsEven => Weights.All(row => row.All(weight => weight == 1));

    /// <summary>Splits a prompt into rows.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="prompt">The prompt.</param>
    /// <param name="syntax">How its brackets are read, and how it is cut.</param>
    /// <param name="words">The words that stand for their own vectors; null for none.</param>
    /// <param name="most">The largest number of rows; tokens that do not fit are cut.</param>
    public static PromptRows Of(ClipTokenizer tokenizer, string prompt, PromptSyntax syntax, EmbeddingWords? words = null, int most = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        Filler filler = new(tokenizer, syntax != PromptSyntax.Diffusers);
        foreach (PromptPiece piece in PromptParser.Parse(prompt, syntax))
        {
            if (piece.IsBreak)
            {
                filler.EndRow();
                continue;
            }

            foreach (long[] unit in (words ?? EmbeddingWords.None).Tokenize(tokenizer, piece.Text))
            {
                filler.Add(unit, piece.Weight);
            }
        }

        return filler.Finish(syntax == PromptSyntax.Diffusers ? Math.Min(most, MostDiffusersRows) : most);
    }

    /// <summary>The same, followed by rows without text.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="count">The resulting number of rows.</param>
    public PromptRows FilledTo(ClipTokenizer tokenizer, int count)
    {
        if (count <= Ids.Count)
        {
            return this;
        }

        PromptRows empty = new Filler(tokenizer, true).Finish(1);
        int more = count - Ids.Count;
        return this with { Ids = [.. Ids, .. Enumerable.Repeat(empty.Ids[0], more)], Weights = [.. Weights, .. Enumerable.Repeat(empty.Weights[0], more)] };
    }

    /// <summary>Fills one row after another, as the web UI's prompt parser does.</summary>
    private sealed class Filler(ClipTokenizer tokenizer, bool atCommas)
    {
        private readonly int room = tokenizer.MaxLength - 2;
        private readonly List<(List<long> Ids, List<double> Weights)> rows = [];
        private List<long> ids = [];
        private List<double> weights = [];
        private int lastComma = -1;

        public void Add(long[] unit, double weight)
        {
            if (atCommas && unit is [long only] && only == tokenizer.CommaTokenId)
            {
                lastComma = ids.Count;
            }
            else if (atCommas && ids.Count == room && lastComma >= 0 && ids.Count - lastComma <= CommaReach)
            {
                EndRowAt(lastComma + 1);
            }

            if (ids.Count + unit.Length > room && ids.Count > 0)
            {
                EndRow();
            }

            // A unit longer than a row is split.
            foreach (long id in unit)
            {
                if (ids.Count == room)
                {
                    EndRow();
                }

                ids.Add(id);
                weights.Add(weight);
            }
        }

        public void EndRow()
        {
            rows.Add((ids, weights));
            ids = [];
            weights = [];
            lastComma = -1;
        }

        public PromptRows Finish(int most)
        {
            if (ids.Count > 0 || rows.Count == 0)
            {
                EndRow();
            }

            return new PromptRows(
                [.. rows.Take(most).Select(row => Row(row.Ids))],
                [.. rows.Take(most).Select(row => (double[])[1, .. row.Weights, .. Enumerable.Repeat(1.0, room - row.Weights.Count + 1)])],
                rows.Skip(most).Sum(row => row.Ids.Count));
        }

        private void EndRowAt(int place)
        {
            List<long> moved = ids[place..];
            List<double> movedWeights = weights[place..];
            ids.RemoveRange(place, ids.Count - place);
            weights.RemoveRange(place, weights.Count - place);
            EndRow();
            ids = moved;
            weights = movedWeights;
        }

        // An encoder that was trained with another filling receives it after the first end token.
        private long[] Row(List<long> text)
        {
            int first = text.IndexOf(tokenizer.EndTokenId);
            long[] row = [tokenizer.StartTokenId, .. text, tokenizer.EndTokenId, .. Enumerable.Repeat((long)tokenizer.PadTokenId, room - text.Count)];
            if (first >= 0 && tokenizer.PadTokenId != tokenizer.EndTokenId)
            {
                Array.Fill(row, tokenizer.PadTokenId, first + 2, row.Length - first - 2);
            }

            return row;
        }
    }
}
