using BrushEdit.Modeling;
using BrushEdit.Tokenizing;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Training;

/// <summary>
/// Trains a small CLIP to recognise which of a few texts describes a part of a picture: cross-entropy over each example's own texts and
/// over those of the whole batch.
/// </summary>
public static class JudgeTraining
{
    private const int PoolSize = 6144;
    private const int FirstFill = 1024;

    // How often an example is shown on average, each time with a new random crop and mirroring.
    private const int ShownTimes = 8;

    // The share of fills in a batch; the rest are drawn examples.
    private const double FilledShare = 0.3;

    // The weight of the loss over all texts of the batch, relative to the loss over an example's own texts.
    private const double AmongAllShare = 0.5;

    private static readonly float[] Mean = [0.48145466f, 0.4578275f, 0.40821073f];
    private static readonly float[] Deviation = [0.26862954f, 0.26130258f, 0.27577711f];

    /// <summary>Trains in place; continues from the folder's checkpoint if one exists.</summary>
    /// <param name="network">The network.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="source">Drawn examples.</param>
    /// <param name="filled">Results of the fill network; may be empty.</param>
    /// <param name="options">Steps, batch size, learning rate.</param>
    /// <param name="checkpoint">The checkpoint's folder.</param>
    /// <param name="progress">Receives the loss.</param>
    /// <param name="cancellation">Ends the run after the current step, with a checkpoint.</param>
    public static void Train(
        JudgeNetwork network,
        ClipTokenizer tokenizer,
        JudgeSource source,
        IReadOnlyList<JudgeExample> filled,
        TrainingOptions options,
        string checkpoint,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(filled);
        ArgumentNullException.ThrowIfNull(options);
        List<JudgeExample> pool = [];
        int next = 0;
        void Refill(long start, int count)
        {
            foreach (JudgeExample example in source.Draw(start, count))
            {
                if (pool.Count < PoolSize)
                {
                    pool.Add(example);
                }
                else
                {
                    pool[next++ % PoolSize] = example;
                }
            }
        }

        const int refillEvery = 8;
        int fresh = Math.Max(1, options.BatchSize * options.Accumulate / ShownTimes);
        TrainingLoop.Train(
            "judge",
            new Dictionary<string, nn.Module> { ["judge"] = network },
            options,
            (step, part) =>
            {
                Random random = new(SampleSeed.Of((options.Seed << 40) + ((ulong)step * (ulong)options.Accumulate) + (ulong)part));
                JudgeExample[] batch = [.. Enumerable.Range(0, options.BatchSize)
                    .Select(_ => filled.Count > 0 && random.NextDouble() < FilledShare ? filled[random.Next(filled.Count)] : pool[random.Next(pool.Count)])];
                return Loss(network, tokenizer, batch, random);
            },
            checkpoint,
            progress,
            cancellation,
            begun => Refill(Math.Max(0, ((long)begun * fresh) - PoolSize), FirstFill),
            step =>
            {
                if (step % refillEvery == 0)
                {
                    Refill(FirstFill + ((long)step * fresh), fresh * refillEvery);
                }
            });
    }

    /// <summary>The loss of a batch.</summary>
    /// <param name="network">The network.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="batch">The examples.</param>
    /// <param name="random">The random source of crops and mirroring.</param>
    internal static Tensor Loss(JudgeNetwork network, ClipTokenizer tokenizer, IReadOnlyList<JudgeExample> batch, Random random)
    {
        using DisposeScope scope = NewDisposeScope();
        string[] texts = [.. batch.SelectMany(example => example.Texts).Distinct(StringComparer.Ordinal)];
        Dictionary<string, long> places = texts.Index().ToDictionary(pair => pair.Item, pair => (long)pair.Index, StringComparer.Ordinal);
        Tensor logits = network.Logits(Pixels(batch, random), Ids(tokenizer, texts));
        int most = batch.Max(example => example.Texts.Count);
        long[] index = new long[batch.Count * most];
        float[] absent = new float[batch.Count * most];
        Array.Fill(absent, -1e4f);
        foreach ((int row, JudgeExample example) in batch.Index())
        {
            foreach ((int column, string text) in example.Texts.Index())
            {
                index[(row * most) + column] = places[text];
                absent[(row * most) + column] = 0;
            }
        }

        Tensor offered = logits.gather(1, tensor(index, [batch.Count, most])) + tensor(absent, [batch.Count, most]);
        Tensor right = tensor(batch.Select(example => (long)example.Right).ToArray()).unsqueeze(1);
        Tensor weight = tensor(batch.Select(example => (float)example.Weight).ToArray());
        Tensor each = -nn.functional.log_softmax(offered, 1).gather(1, right).squeeze(1);

        // Also against the texts of all examples, as CLIP is trained: this teaches the names of objects; the own texts teach the judge's task.
        Tensor place = tensor(batch.Select(example => places[example.Texts[example.Right]]).ToArray()).unsqueeze(1);
        each = each.Minus(nn.functional.log_softmax(logits, 1).gather(1, place).squeeze(1).Times(AmongAllShare));
        return ((each * weight).sum() / weight.sum()).MoveToOuterDisposeScope();
    }

    private static Tensor Ids(ClipTokenizer tokenizer, string[] texts)
    {
        long[][] rows = [.. texts.Select(text => (long[])[tokenizer.StartTokenId, .. tokenizer.Tokenize(text).Select(id => (long)id), tokenizer.EndTokenId])];
        int most = Math.Min(Toybox.TextLength, rows.Max(row => row.Length));
        long[] ids = [.. rows.SelectMany(row => row.Concat(Enumerable.Repeat((long)tokenizer.EndTokenId, most)).Take(most))];
        return tensor(ids, [texts.Length, most]);
    }

    private static Tensor Pixels(IReadOnlyList<JudgeExample> batch, Random random)
    {
        const int side = Toybox.JudgeSide;
        byte[] all = new byte[batch.Count * side * side * 3];
        foreach ((int place, JudgeExample example) in batch.Index())
        {
            (int left, int top, bool mirrored) = (random.Next((2 * JudgeExample.Room) + 1), random.Next((2 * JudgeExample.Room) + 1), random.Next(2) == 0);
            for (int y = 0; y < side; y++)
            {
                for (int x = 0; x < side; x++)
                {
                    int from = 3 * (((top + y) * JudgeExample.Side) + left + (mirrored ? side - 1 - x : x));
                    example.Rgb.AsSpan(from, 3).CopyTo(all.AsSpan(3 * ((((place * side) + y) * side) + x)));
                }
            }
        }

        Tensor pixels = tensor(all, [batch.Count, side, side, 3], ScalarType.Byte).permute(0, 3, 1, 2).to(ScalarType.Float32) / 255;
        return ((pixels - tensor(Mean).view(1, 3, 1, 1)) / tensor(Deviation).view(1, 3, 1, 1)).contiguous();
    }
}
