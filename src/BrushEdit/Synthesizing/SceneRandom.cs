namespace BrushEdit.Synthesizing;

/// <summary>
/// Random numbers that are the same on every platform and in every version: xoshiro256** (Blackman and Vigna, 2018),
/// its state filled from a seed and a stream number. Both mixes are bijective, so two streams never share an
/// initial state, whatever the seeds.
/// </summary>
internal sealed class SceneRandom
{
    private ulong s0;
    private ulong s1;
    private ulong s2;
    private ulong s3;

    /// <summary>Starts a sequence.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="stream">Which of the independent families of sequences.</param>
    public SceneRandom(ulong seed, ulong stream)
    {
        s0 = Mix(seed + 0x9E3779B97F4A7C15UL);
        s1 = Mix(stream + 0xD1B54A32D192ED03UL);
        s2 = Mix(s0 ^ 0x2545F4914F6CDD1DUL);
        s3 = Mix(s1 + s2) | 1;
        for (int i = 0; i < 4; i++)
        {
            Next();
        }
    }

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        ulong result = ulong.RotateLeft(s1 * 5, 7) * 9;
        ulong t = s1 << 17;
        s2 ^= s0;
        s3 ^= s1;
        s1 ^= s2;
        s0 ^= s3;
        s2 ^= t;
        s3 = ulong.RotateLeft(s3, 45);
        return result;
    }

    /// <summary>A number in [0, 1), a multiple of 2^-53.</summary>
    public double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number in [low, high).</summary>
    public double Between(double low, double high) => low + ((high - low) * Unit());

    /// <summary>A whole number in [0, count).</summary>
    public int Below(int count) => (int)Math.BigMul(Next(), (ulong)count, out _);

    /// <summary>True with the given probability.</summary>
    public bool Chance(double probability) => Unit() < probability;

    /// <summary>One of the items.</summary>
    public T Pick<T>(IReadOnlyList<T> items) => items[Below(items.Count)];

    /// <summary>Puts the items into random order, in place.</summary>
    public void Shuffle<T>(IList<T> items)
    {
        for (int i = items.Count - 1; i > 0; i--)
        {
            int j = Below(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>The finaliser of SplitMix64 (Steele, Lea and Flood, 2014): a bijection of 64-bit numbers.</summary>
    public static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
