using BrushEdit.Modeling;
using BrushEdit.Segmenting;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Training;

/// <summary>The kinds of prompts; a batch has prompts of one kind.</summary>
public enum PromptKind
{
    /// <summary>An inexact box.</summary>
    Box,

    /// <summary>One click on the object.</summary>
    Click,

    /// <summary>Two clicks on the object, one next to it.</summary>
    Clicks,

    /// <summary>A box, a click on the object and one next to it.</summary>
    BoxAndClicks,

    /// <summary>A box and a rough mask.</summary>
    RoughMask,
}

/// <summary>Draws prompts like those of a user or a detector, for objects with known outlines.</summary>
internal static class SegmenterPrompts
{
    // A corner is off by up to this share of the box's side (Segment Anything: a tenth).
    private const double Jitter = 0.1;

    private static readonly (double Share, PromptKind Kind)[] Mixture =
        [(0.4, PromptKind.Box), (0.25, PromptKind.Click), (0.1, PromptKind.Clicks), (0.1, PromptKind.BoxAndClicks), (0.15, PromptKind.RoughMask)];

    /// <summary>Draws a kind.</summary>
    public static PromptKind Choose(Random random)
    {
        double drawn = random.NextDouble();
        foreach ((double share, PromptKind kind) in Mixture)
        {
            drawn -= share;
            if (drawn < 0)
            {
                return kind;
            }
        }

        return PromptKind.Box;
    }

    /// <summary>Draws one prompt for each object of a batch.</summary>
    /// <param name="samples">B samples with P objects each.</param>
    /// <param name="size">The side in pixels.</param>
    /// <param name="lowSize">The side of mask prompts.</param>
    /// <param name="kind">The kind of prompts.</param>
    /// <param name="random">The random source of inexactness.</param>
    /// <param name="device">The tensors' device.</param>
    public static SamPrompt Draw(SegmenterSample[] samples, int size, int lowSize, PromptKind kind, Random random, Device device)
    {
        byte[][] things = [.. samples.SelectMany(sample => sample.Things)];
        (long batch, long each) = (samples.Length, samples[0].Things.Count);
        Tensor? boxes = null;
        if (kind is PromptKind.Box or PromptKind.BoxAndClicks or PromptKind.RoughMask)
        {
            boxes = tensor(things.SelectMany(thing => Box(thing, size, random)).ToArray(), [batch, each, 4], device: device);
        }

        bool[] on = kind switch
        {
            PromptKind.Click => [true],
            PromptKind.Clicks => [true, true, false],
            PromptKind.BoxAndClicks => [true, false],
            _ => [],
        };
        Tensor? points = null, labels = null;
        if (on.Length > 0)
        {
            points = tensor(things.SelectMany(thing => on.SelectMany(inside => Point(thing, size, inside, random))).ToArray(), [batch, each, on.Length, 2], device: device);
            labels = tensor(things.SelectMany(_ => on.Select(inside => inside ? SamPrompt.Foreground : SamPrompt.Background)).ToArray(), [batch, each, on.Length], device: device);
        }

        return new SamPrompt(points, labels, boxes, kind == PromptKind.RoughMask ? Rough(things, size, lowSize, random, device) : null);
    }

    /// <summary>An object's extent in pixels: left, top, right and bottom; right and bottom are exclusive.</summary>
    internal static (int Left, int Top, int Right, int Bottom) Extent(byte[] thing, int size)
    {
        (int left, int top, int right, int bottom) = (size, size, 0, 0);
        for (int at = 0; at < thing.Length; at++)
        {
            if (thing[at] != 0)
            {
                (int x, int y) = (at % size, at / size);
                (left, top) = (Math.Min(left, x), Math.Min(top, y));
                (right, bottom) = (Math.Max(right, x + 1), Math.Max(bottom, y + 1));
            }
        }

        return (left, top, right, bottom);
    }

    private static float[] Box(byte[] thing, int size, Random random)
    {
        (int left, int top, int right, int bottom) = Extent(thing, size);
        double Off(int length) => ((random.NextDouble() * 2) - 1) * Jitter * length;
        (int width, int height) = (right - left, bottom - top);
        return
        [
            (float)Math.Clamp(left + Off(width), 0, size - 1),
            (float)Math.Clamp(top + Off(height), 0, size - 1),
            (float)Math.Clamp(right + Off(width), 1, size),
            (float)Math.Clamp(bottom + Off(height), 1, size),
        ];
    }

    private static float[] Point(byte[] thing, int size, bool inside, Random random)
    {
        (int left, int top, int right, int bottom) = Extent(thing, size);
        if (!inside)
        {
            // Next to the object, where a user would remove excess area.
            int margin = Math.Max(2, Math.Max(right - left, bottom - top) / 3);
            (left, top) = (Math.Max(0, left - margin), Math.Max(0, top - margin));
            (right, bottom) = (Math.Min(size, right + margin), Math.Min(size, bottom + margin));
        }

        int[] places = [.. Enumerable.Range(0, (right - left) * (bottom - top))
            .Select(at => ((top + (at / (right - left))) * size) + left + (at % (right - left)))
            .Where(at => thing[at] != 0 == inside)];
        int place = places.Length > 0 ? places[random.Next(places.Length)] : (inside ? (top * size) + left : 0);
        return [place % size, place / size];
    }

    /// <summary>Outlines like those that users paint: dilated or eroded, and shifted a little.</summary>
    private static Tensor Rough(byte[][] things, int size, int lowSize, Random random, Device device)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor exact = tensor(things.SelectMany(thing => thing).ToArray(), [things.Length, 1, size, size], ScalarType.Byte, device).to(ScalarType.Float32) / 255;
        Tensor small = nn.functional.adaptive_avg_pool2d(exact, lowSize);
        List<Tensor> drawn = [];
        for (int at = 0; at < things.Length; at++)
        {
            Tensor one = small.narrow(0, at, 1);
            int reach = random.Next(0, 3);
            Tensor grown = nn.functional.max_pool2d(one, [(2 * reach) + 1, (2 * reach) + 1], [1, 1], [reach, reach]);
            Tensor eaten = 1 - nn.functional.max_pool2d(1 - one, [3, 3], [1, 1], [1, 1]);

            // A thin object would be eroded completely.
            bool eats = random.NextDouble() < 0.3 && eaten.max().item<float>() > 0.5f;
            Tensor changed = eats ? eaten : grown;
            drawn.Add(changed.roll([random.Next(-2, 3), random.Next(-2, 3)], [2, 3]));
        }

        return (((2 * cat(drawn, 0)) - 1) * SamProcessor.MaskPromptLogit).MoveToOuterDisposeScope();
    }
}
