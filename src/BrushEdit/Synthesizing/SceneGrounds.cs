using System.Collections.Concurrent;

namespace BrushEdit.Synthesizing;

/// <summary>Recognises a background by the colour and roughness of three horizontal bands, compared with drawn examples of every background.</summary>
internal static class SceneGrounds
{
    private const int Bands = 3;
    private const int Features = 8;
    private const int Examples = 10;
    private static readonly ConcurrentDictionary<(int Width, int Height, string Light), (string Name, double[] Values)[]> Known = new();

    /// <summary>The name of the background that a picture shows.</summary>
    /// <param name="rgb">Interleaved RGB.</param>
    /// <param name="mask">Where the background is visible: not 0; height x width.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="light">Light of the scene.</param>
    public static string Name(ReadOnlySpan<byte> rgb, ReadOnlySpan<byte> mask, int width, int height, string light)
    {
        double[] seen = Measure(rgb, mask, width, height);
        string best = "";
        double least = double.MaxValue;
        foreach ((string name, double[] values) in Known.GetOrAdd((width, height, light), key => Draw(key.Width, key.Height, key.Light)))
        {
            double distance = 0;
            for (int i = 0; i < values.Length; i++)
            {
                distance += double.IsNaN(seen[i]) ? 0 : (seen[i] - values[i]) * (seen[i] - values[i]);
            }

            if (distance < least)
            {
                (least, best) = (distance, name);
            }
        }

        return best;
    }

    private static (string Name, double[] Values)[] Draw(int width, int height, string light)
    {
        var made = new List<(string, double[])>();
        byte[] all = new byte[width * height];
        all.AsSpan().Fill(1);
        foreach (string name in SceneVocabulary.Backgrounds)
        {
            for (ulong i = 0; i < Examples; i++)
            {
                var scene = new SceneDescription([], name, light, SceneRandom.Mix(i + 1), i % 2 == 0);
                made.Add((name, Measure(SceneRenderer.Render(scene, width, height).Rgb, all, width, height)));
            }
        }

        return [.. made];
    }

    // Per band: mean (3) and standard deviation (3) of the channels, mean difference of green between neighbours across and down, doubled (2).
    private static double[] Measure(ReadOnlySpan<byte> rgb, ReadOnlySpan<byte> mask, int width, int height)
    {
        double[] values = new double[Bands * Features];
        for (int band = 0; band < Bands; band++)
        {
            double[] sum = new double[Features];
            long count = 0, across = 0, down = 0;
            int last = (band + 1) * height / Bands, step = Math.Max(1, Math.Min(width, height) / 64);
            for (int y = band * height / Bands; y < last; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    int i = (y * width) + x;
                    if (mask[i] == 0)
                    {
                        continue;
                    }

                    count++;
                    for (int c = 0; c < 3; c++)
                    {
                        double v = rgb[(3 * i) + c];
                        sum[c] += v;
                        sum[3 + c] += v * v;
                    }

                    if (x + step < width && mask[i + step] != 0)
                    {
                        across++;
                        sum[6] += Math.Abs(rgb[(3 * i) + 1] - rgb[(3 * (i + step)) + 1]);
                    }

                    if (y + step < height && mask[i + (step * width)] != 0)
                    {
                        down++;
                        sum[7] += Math.Abs(rgb[(3 * i) + 1] - rgb[(3 * (i + (step * width))) + 1]);
                    }
                }
            }

            for (int c = 0; c < 3; c++)
            {
                double mean = sum[c] / count;
                values[(band * Features) + c] = count == 0 ? double.NaN : mean;
                values[(band * Features) + 3 + c] = count == 0 ? double.NaN : Math.Sqrt(Math.Max(0, (sum[3 + c] / count) - (mean * mean)));
            }

            values[(band * Features) + 6] = across == 0 ? double.NaN : 2 * sum[6] / across;
            values[(band * Features) + 7] = down == 0 ? double.NaN : 2 * sum[7] / down;
        }

        return values;
    }
}
