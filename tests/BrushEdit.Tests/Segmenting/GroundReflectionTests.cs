using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Orchestrating;
using BrushEdit.Segmenting;

namespace BrushEdit.Tests.Segmenting;

/// <summary>Reflections that the tests draw themselves: things of several shapes and colours on grounds of several patterns, with and without.</summary>
public sealed class GroundReflectionTests(ITestOutputHelper output)
{
    private const int Side = 160;

    public static TheoryData<string, double, double, int> Waters => new()
    {
        // Ground, share of the thing that is seen, height against the thing's, pixels by which ripples shift rows.
        { "plain", 0.5, 1, 0 },
        { "gradient", 0.6, 0.8, 1 },
        { "grain", 0.5, 1, 1 },
        { "waves", 0.6, 1.1, 2 },
        { "plain", 0.25, 0.9, 1 },
    };

    [Theory]
    [MemberData(nameof(Waters))]
    public void Is_found_with_little_else(string ground, double share, double height, int ripple)
    {
        List<(double Covered, double Needless)> all = [];
        for (int seed = 0; seed < 24; seed++)
        {
            Drawing drawing = Drawing.Of(seed, ground, share, height, ripple);
            Mask found = GroundReflection.Find(drawing.Picture, drawing.Thing);
            Assert.True(found.Intersect(drawing.Thing).IsEmpty);
            all.Add(drawing.Compare(found));
        }

        double covered = all.Average(one => one.Covered), needless = all.Average(one => one.Needless);
        output.WriteLine($"{ground}, share {share}, height {height}, ripples {ripple}: {covered:p0} covered, {needless:p0} of the thing's area needlessly, {all.Count(one => one.Covered > 0.5)} of {all.Count} found");
        Assert.True(covered >= 0.8, $"{covered:p0} is covered.");
        Assert.True(needless <= 0.25, $"{needless:p0} is needless.");
    }

    [Theory]
    [InlineData("plain", false)]
    [InlineData("gradient", false)]
    [InlineData("grain", false)]
    [InlineData("waves", false)]
    [InlineData("tiles", false)]
    [InlineData("plain", true)]
    [InlineData("grain", true)]
    public void None_is_seen_where_there_is_none(string ground, bool shadow)
    {
        int seen = 0;
        for (int seed = 0; seed < 40; seed++)
        {
            Drawing drawing = Drawing.Of(seed, ground, 0, 1, 0, shadow);
            seen += GroundReflection.Find(drawing.Picture, drawing.Thing).IsEmpty ? 0 : 1;
        }

        output.WriteLine($"{ground}{(shadow ? " with a shadow" : string.Empty)}: {seen} of 40 seen");
        Assert.True(seen <= 4, $"{seen} of 40.");
    }

    [Fact]
    public void Other_things_are_no_ground_and_stay_out()
    {
        Drawing drawing = Drawing.Of(3, "plain", 0.6, 1, 0);
        Mask other = Mask.FromBox(Side, Side, new Box(0, 100, Side, 12));
        Mask found = GroundReflection.Find(drawing.Picture, drawing.Thing, other);
        Assert.True(found.Intersect(other).IsEmpty);
    }

    [Fact]
    public void Masks_that_leave_nothing_to_look_at_give_none()
    {
        Drawing drawing = Drawing.Of(3, "plain", 0.6, 1, 0);
        Assert.True(GroundReflection.Find(drawing.Picture, Mask.Empty(Side, Side)).IsEmpty);
        Assert.True(GroundReflection.Find(drawing.Picture, Mask.Full(Side, Side)).IsEmpty);
        Assert.True(GroundReflection.Find(drawing.Picture, Mask.FromBox(Side, Side, new Box(40, Side - 30, 30, 30))).IsEmpty);
        Assert.True(GroundReflection.Find(drawing.Picture, Mask.FromBox(Side, Side, new Box(40, 40, 1, 1))).IsEmpty);
        Assert.Throws<EditException>(() => GroundReflection.Find(drawing.Picture, Mask.Empty(Side, Side - 1)));
    }

    [Fact]
    public void A_removal_takes_it_along_where_it_is_asked_and_a_new_background_does_not()
    {
        Drawing drawing = Drawing.Of(5, "plain", 0.6, 1, 0);
        (double Covered, double Needless) Shaped(EditType type, bool with)
        {
            ImageEdit edit = new(drawing.Picture) { Mask = drawing.Thing };
            MaskShapeOptions options = new() { Grow = 1, WithReflection = with, EdgeReach = 0 };
            return drawing.Compare(new ShapeStage(type, null, null, options).Complete(edit, new StageContext()).Mask!);
        }

        Assert.True(Shaped(EditType.Remove, true).Covered > 0.85);
        Assert.True(Shaped(EditType.Remove, false).Covered < 0.2);
        Assert.Equal(Shaped(EditType.Background, false), Shaped(EditType.Background, true));
    }

    /// <summary>A picture with a thing, and where its reflection is.</summary>
    private sealed record Drawing(Picture Picture, Mask Thing, bool[] Reflection)
    {
        public static Drawing Of(int seed, string ground, double share, double height, int ripple, bool shadow = false)
        {
            Random random = new(seed);
            int width = random.Next(24, 60), high = random.Next(30, 56), left = random.Next(20, Side - 20 - width), line = random.Next(70, 84), top = line - high;
            double[][] colors = [.. Enumerable.Range(0, 3).Select(_ => (double[])[random.Next(256), random.Next(256), random.Next(256)])];
            double[] water = [random.Next(60, 200), random.Next(60, 200), random.Next(60, 200)];
            bool isRound = random.Next(2) == 0;
            double[] noise = [.. Enumerable.Range(0, Side * Side).Select(_ => (random.NextDouble() + random.NextDouble() - 1) * 14)];
            bool Inside(int x, int y)
            {
                double u = (x - left + 0.5) / width, v = (y - top + 0.5) / high;
                return u is >= 0 and <= 1 && v is >= 0 and <= 1
                    && (isRound ? ((u - 0.5) * (u - 0.5)) + ((v - 0.5) * (v - 0.5)) <= 0.25 : v > 0.45 || Math.Abs(u - 0.5) <= v);
            }

            double[] Thing(int y) => colors[Math.Clamp((y - top) * 3 / high, 0, 2)];
            double Ground(int x, int y, int c) => water[c] + ground switch
            {
                "gradient" => (y - 80) * 0.4,
                "grain" => noise[(y * Side) + x],
                "waves" => 10 * Math.Sin((y * 0.9) + (x * 0.15)),
                "tiles" => ((x / 20) + (y / 20)) % 2 == 0 ? 30 : -30,
                _ => 0,
            };
            byte[] rgb = new byte[Side * Side * 3];
            byte[] mask = new byte[Side * Side];
            bool[] reflection = new bool[Side * Side];
            for (int y = 0; y < Side; y++)
            {
                for (int x = 0; x < Side; x++)
                {
                    int at = (y * Side) + x;
                    int from = (int)Math.Floor(line - ((y + 0.5 - line) / height)), across = x + (int)Math.Round(ripple * Math.Sin(y * 1.3));
                    bool own = Inside(x, y), copy = !own && y >= line && from >= 0 && Inside(across, from);
                    double shade = shadow && !own && Math.Pow((x - left - (width * 0.7)) / (width * 0.7), 2) + Math.Pow((y - line) / 8.0, 2) <= 1 ? 0.6 : 1;
                    mask[at] = own ? (byte)255 : (byte)0;
                    reflection[at] = copy && share > 0;
                    for (int c = 0; c < 3; c++)
                    {
                        double below = Ground(x, y, c) * shade;
                        double value = own ? Thing(y)[c] + (noise[at] / 4) : copy ? (share * Thing(from)[c]) + ((1 - share) * below) : below;
                        rgb[(3 * at) + c] = (byte)Math.Clamp(value + (noise[(at * 7) % noise.Length] / 5), 0, 255);
                    }
                }
            }

            return new Drawing(Picture.FromRgb(rgb, Side, Side), Mask.FromValues(mask, Side, Side), reflection);
        }

        public (double Covered, double Needless) Compare(Mask found)
        {
            (int there, int covered, int needless, int own) = (0, 0, 0, 0);
            for (int i = 0; i < Reflection.Length; i++)
            {
                bool isThing = Thing.Values[i] != 0;
                own += isThing ? 1 : 0;
                there += Reflection[i] ? 1 : 0;
                covered += Reflection[i] && found.Values[i] != 0 ? 1 : 0;
                needless += !Reflection[i] && !isThing && found.Values[i] != 0 ? 1 : 0;
            }

            return (there == 0 ? 0 : (double)covered / there, (double)needless / own);
        }
    }
}
