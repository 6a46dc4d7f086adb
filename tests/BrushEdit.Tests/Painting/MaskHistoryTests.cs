using BrushEdit.Imaging;
using BrushEdit.Painting;

namespace BrushEdit.Tests.Painting;

public sealed class MaskHistoryTests
{
    private const int Side = 60;

    [Fact]
    public void The_mask_after_any_step_is_the_same_whatever_was_asked_before()
    {
        Random random = new(3);
        List<PaintStep> steps = [.. Enumerable.Range(0, 90).Select(i => Step(random, i))];
        MaskHistory history = new(Start());
        history.Replace(0, steps);
        byte[][] expected = [.. Enumerable.Range(0, steps.Count + 1).Select(at => Done(steps.Take(at)))];
        foreach (int at in Enumerable.Range(0, 200).Select(_ => random.Next(steps.Count + 1)))
        {
            Assert.Equal(expected[at], history.ValuesAt(at).ToArray());
        }
    }

    [Fact]
    public void New_steps_forget_what_was_taken_back()
    {
        MaskHistory history = new(Start());
        PaintStep[] first = [.. Enumerable.Range(0, 50).Select(i => Step(new Random(i), i))];
        history.Replace(0, first);
        history.ValuesAt(50);
        PaintStep other = new WholeStep(WholeChange.Invert);
        history.Replace(20, [other]);
        Assert.Equal(21, history.Count);
        Assert.Equal(Done([.. first.Take(20), other]), history.ValuesAt(21).ToArray());
        history.Replace(21, []);
        Assert.Equal(21, history.Count);
    }

    [Fact]
    public void Steps_touch_nothing_beside_them()
    {
        Mask start = Start();
        MaskHistory history = new(start);
        history.Replace(0, [new StrokeStep([new(20, 20, 5), new(30, 24, 8)], 0.5, Erases: false), new ShapeStep(PaintShape.Rectangle, [(40, 40), (50, 45)], Erases: true)]);
        Mask after = history.MaskAt(2);
        for (int y = 0; y < Side; y++)
        {
            for (int x = 0; x < Side; x++)
            {
                bool isStroke = x is >= 14 and <= 39 && y is >= 14 and <= 33;
                bool isShape = x is >= 40 and < 50 && y is >= 40 and < 45;
                Assert.True(isStroke || isShape || start[x, y] == after[x, y]);
                Assert.True(!isShape || after[x, y] == 0);
            }
        }
    }

    [Fact]
    public void A_brush_is_a_disk_that_fades_as_its_softness_says()
    {
        MaskCanvas canvas = new(21, 21);
        canvas.Do(new StrokeStep([new(10.5, 10.5, 8)], 0.5, Erases: false));
        Mask mask = canvas.ToMask();
        Assert.Equal(255, mask[14, 10]);

        // 6 of 8 pixels away, half-way down the slope; 7 of 8, a quarter up: u² (3 - 2u).
        Assert.Equal(128, mask[16, 10]);
        Assert.Equal(40, mask[17, 10]);
        Assert.Equal(0, mask[18, 10]);
        canvas.Do(new StrokeStep([new(10.5, 10.5, 8)], 0.5, Erases: true));
        Assert.Equal(127, canvas.ToMask()[16, 10]);
        Assert.Equal(0, canvas.ToMask()[10, 10]);
    }

    private static Mask Start()
    {
        byte[] values = new byte[Side * Side];
        new Random(1).NextBytes(values);
        return Mask.FromValues(values.AsSpan(), Side, Side);
    }

    private static byte[] Done(IEnumerable<PaintStep> steps)
    {
        MaskCanvas canvas = new(Side, Side);
        canvas.Load(PackedMask.Of(Start()));
        foreach (PaintStep step in steps)
        {
            canvas.Do(step);
        }

        return canvas.Values.ToArray();
    }

    private static PaintStep Step(Random random, int number)
    {
        double Next() => random.Next(-100, 16 * (Side + 6)) / 16.0;
        bool erases = random.Next(2) == 0;
        return (number % 9) switch
        {
            0 => new WholeStep(WholeChange.Grow, 1 + random.Next(3)),
            1 => new WholeStep(WholeChange.Invert),
            2 => new ShapeStep(PaintShape.Ellipse, [(Next(), Next()), (Next(), Next())], erases),
            3 => new ShapeStep(PaintShape.Polygon, [(Next(), Next()), (Next(), Next()), (Next(), Next())], erases),
            4 => new WholeStep(WholeChange.FillHoles),
            5 => new MaskStep(PackedMask.Of(Mask.FromBox(Side, Side, new Box(random.Next(40), random.Next(40), 15, 10))), erases),
            _ => new StrokeStep([new(Next(), Next(), 0.5 + random.Next(9)), new(Next(), Next(), 0.5 + random.Next(9))], random.NextDouble(), erases),
        };
    }
}
