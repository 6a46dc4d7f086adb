using System.Text.Json;
using BrushEdit.Training;
using TorchSharp;

namespace BrushEdit.Tests.Parity;

/// <summary>BrushData's layout and codes, what becomes of its samples, and the random brush.</summary>
[Trait("Category", "Parity")]
public sealed class TrainingDataParityTests
{
    private const int Masks = 4000;

    public static TheoryData<string> Codes => ParityCase.Named("rle-brushdata");

    public static TheoryData<string> Shards => ParityCase.Named("data-brushdata");

    public static TheoryData<string> Brushes => ParityCase.Named("mask-random-brush");

    [Theory]
    [MemberData(nameof(Codes))]
    public void Run_length_codes_give_the_reference_masks(string name)
    {
        using ParityCase reference = ParityCase.Open(name);
        JsonElement config = reference.Json("config.json");
        int at = 0;
        foreach (JsonElement code in reference.About.GetProperty("codes").EnumerateArray())
        {
            bool[] mask = RunLengths.Decode([.. code.EnumerateArray().Select(number => number.GetInt32())], config.GetProperty("width").GetInt32(), config.GetProperty("height").GetInt32());
            using torch.Tensor expected = reference.Tensor($"out.mask.{at++}");
            Assert.Equal(expected.data<byte>().ToArray().Select(value => value != 0), mask);
        }

        Assert.True(at > 0);
    }

    [Theory]
    [MemberData(nameof(Shards))]
    public void Sizes_are_those_of_the_authors_loader(string name)
    {
        using ParityCase reference = ParityCase.Open(name);
        foreach (JsonElement row in reference.About.GetProperty("geometry").EnumerateArray())
        {
            (int width, int height) = BranchPreparation.Resized(row.GetProperty("width").GetInt32(), row.GetProperty("height").GetInt32(), row.GetProperty("resolution").GetInt32());
            Assert.Equal((row.GetProperty("resized_width").GetInt32(), row.GetProperty("resized_height").GetInt32()), (width, height));
        }
    }

    [Theory]
    [MemberData(nameof(Shards))]
    public void Samples_of_a_shard_become_the_reference_examples(string name)
    {
        using ParityCase reference = ParityCase.Open(name);
        int side = reference.Json("config.json").GetProperty("resolution").GetInt32();
        ShardPictures shard = new([.. Directory.GetFiles(reference.Folder, "*.tar")]);
        Assert.Empty(shard.Problems);
        int at = 0;
        foreach (JsonElement draw in reference.About.GetProperty("draws").EnumerateArray())
        {
            TrainingPicture picture = shard.Read(draw.GetProperty("sample").GetInt32());
            using torch.Tensor decoded = reference.Tensor($"in.{at}.image");
            byte[] rgb = decoded.data<byte>().ToArray();
            Assert.Equal((decoded.shape[1], decoded.shape[0]), (picture.Width, picture.Height));

            // Two decoders of JPEG may differ by a level or two.
            Assert.True(rgb.Zip(picture.Rgb).All(pair => Math.Abs(pair.First - pair.Second) <= 3), $"draw {at}: the picture differs");
            bool brush = reference.Has($"in.{at}.brush_keep");
            bool[] keep = brush ? Truth(reference, $"in.{at}.brush_keep")
                : picture.Holes.Count == 0 ? [.. Enumerable.Repeat(true, picture.Width * picture.Height)]
                : Array.ConvertAll(picture.Holes[draw.GetProperty("mask").GetInt32()], hole => !hole);
            bool opens = draw.GetProperty("open").GetBoolean();
            keep = opens ? SquareMorphology.Open(keep, picture.Width, picture.Height, SquareMorphology.PublishedSide) : keep;
            bool inverts = draw.GetProperty("invert").GetBoolean();
            BranchSample made = BranchPreparation.Prepare(
                rgb,
                picture.Width,
                picture.Height,
                Array.ConvertAll(keep, kept => kept == inverts),
                side,
                draw.GetProperty("crop_used")[1].GetInt32(),
                draw.GetProperty("crop_used")[0].GetInt32(),
                picture.Caption,
                rounded: !brush || opens);
            Within(reference, $"out.{at}.pixels", made.Pixels);
            Within(reference, $"out.{at}.masked", made.Masked);
            Within(reference, $"out.{at}.mask", made.Keep);
            at++;
        }

        Assert.True(at > 0);
    }

    [Theory]
    [MemberData(nameof(Brushes))]
    public void Random_brush_masks_have_the_reference_statistics(string name)
    {
        using ParityCase reference = ParityCase.Open(name);
        double[] quantiles = [.. reference.Json("config.json").GetProperty("quantiles").EnumerateArray().Select(value => value.GetDouble())];
        foreach (JsonProperty set in reference.About.GetProperty("statistics").EnumerateObject())
        {
            int height = set.Value.GetProperty("height").GetInt32();
            int width = set.Value.GetProperty("width").GetInt32();
            Random random = new(17);
            double[] strokes = new double[4];
            double[] vertices = new double[8];
            List<double> segments = [];
            List<double> shares = [];
            for (int mask = 0; mask < Masks; mask++)
            {
                IReadOnlyList<IReadOnlyList<(int X, int Y)>> drawn = RandomBrush.Strokes(random, width, height);
                strokes[drawn.Count]++;
                foreach (IReadOnlyList<(int X, int Y)> stroke in drawn)
                {
                    vertices[stroke.Count - 1]++;
                    segments.AddRange(stroke.Zip(stroke.Skip(1)).Select(pair => Math.Sqrt(Math.Pow(pair.Second.X - pair.First.X, 2) + Math.Pow(pair.Second.Y - pair.First.Y, 2))));
                }

                shares.Add((double)RandomBrush.Draw(random, width, height).Count(hole => hole) / (width * height));
            }

            Compare(reference, $"out.{set.Name}.strokes", strokes, 0.02);
            Compare(reference, $"out.{set.Name}.vertices", vertices, 0.02);
            Assert.Equal(set.Value.GetProperty("share_mean").GetDouble(), shares.Average(), 0.01);
            Assert.Equal(set.Value.GetProperty("share_of_empty").GetDouble(), shares.Count(share => share == 0) / (double)Masks, 0.03);
            Assert.Equal(set.Value.GetProperty("segment_mean").GetDouble(), segments.Average(), 2.0);
            using torch.Tensor expected = reference.Tensor($"out.{set.Name}.share_quantiles");
            shares.Sort();
            for (int at = 0; at < quantiles.Length; at++)
            {
                // A quarter of the masks is empty, so that the quantile jumps there: a hundredth of the masks to either side are chance.
                double low = shares[(int)(Math.Max(0, quantiles[at] - 0.01) * (Masks - 1))] - 0.02;
                double high = shares[(int)(Math.Min(1, quantiles[at] + 0.01) * (Masks - 1))] + 0.02;
                Assert.True(expected[at].item<double>() >= low && expected[at].item<double>() <= high, $"{set.Name}, quantile {quantiles[at]}: {low} to {high}, expected {expected[at].item<double>()}");
            }
        }
    }

    private static bool[] Truth(ParityCase reference, string name)
    {
        using torch.Tensor values = reference.Tensor(name);
        return Array.ConvertAll(values.data<byte>().ToArray(), value => value != 0);
    }

    private static void Compare(ParityCase reference, string name, double[] counts, double tolerance)
    {
        using torch.Tensor stored = reference.Tensor(name);
        double[] expected = stored.data<double>().ToArray();
        double sum = expected.Sum();
        double total = counts.Sum();
        for (int at = 0; at < expected.Length; at++)
        {
            Assert.True(Math.Abs((expected[at] / sum) - (counts[at] / total)) <= tolerance, $"{name}, {at}: {counts[at] / total}, expected {expected[at] / sum}");
        }
    }

    // 8-bit resizing agrees within one level; as a norm, to a thousandth.
    private static void Within(ParityCase reference, string name, float[] actual)
    {
        using torch.Tensor stored = reference.Tensor(name);
        float[] expected = stored.data<float>().ToArray();
        Assert.Equal(expected.Length, actual.Length);
        const float level = 1 / 127.5f;
        for (int at = 0; at < expected.Length; at++)
        {
            Assert.True(Math.Abs(expected[at] - actual[at]) <= 1.01f * level, $"{name}, value {at}: {actual[at]}, expected {expected[at]}");
        }

        using torch.Tensor made = torch.tensor(actual).reshape(stored.shape);
        Close.Assert(name, stored, made, 2e-3);
    }
}
