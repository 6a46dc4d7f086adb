using System.Runtime.CompilerServices;

namespace BrushEdit.Synthesizing;

/// <summary>
/// Mathematics of the renderer. It uses only additions, multiplications, divisions and square roots, which IEEE 754
/// rounds identically everywhere; the C library's sine and power differ between platforms.
/// </summary>
internal static class SceneMath
{
    /// <summary>Sine of an angle in turns, by a polynomial; the error is below 0.001.</summary>
    public static float SinTurns(float turns)
    {
        float t = turns - MathF.Floor(turns) - 0.5f; // [-0.5, 0.5): sin(2 pi turns) = -sin(2 pi t)
        float x = t * (8f - (16f * Math.Abs(t))); // parabola through the zeros and extremes
        return -(x + (0.225f * ((x * Math.Abs(x)) - x)));
    }

    /// <summary>Sine of a small angle in radians, by its Taylor polynomial of degree five.</summary>
    public static double SinSmall(double a) => a * (1 - (a * a / 6 * (1 - (a * a / 20))));

    /// <summary>Cosine of a small angle in radians, by its Taylor polynomial of degree four.</summary>
    public static double CosSmall(double a) => 1 - (a * a / 2 * (1 - (a * a / 12)));

    /// <summary>0 below a, 1 above b, a cubic in between.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Smooth(float a, float b, float x)
    {
        float t = Math.Clamp((x - a) / (b - a), 0f, 1f);
        return t * t * (3f - (2f * t));
    }

    /// <summary>Share of a pixel of this width that lies inside an edge at this signed distance (negative inside).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Coverage(float distance, float pixel) => Math.Clamp(0.5f - (distance / pixel), 0f, 1f);

    /// <summary>A hash of two lattice coordinates and a seed, 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Hash(int x, int y, uint seed)
    {
        uint h = ((uint)x * 0x8DA6B343u) ^ ((uint)y * 0xD8163841u) ^ (seed * 0xCB1AB31Fu);
        h ^= h >> 15;
        h *= 0x2C1B3C6Du;
        h ^= h >> 12;
        h *= 0x297A2D39u;
        return h ^ (h >> 15);
    }

    /// <summary>A hash as a number in [0, 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Random(int x, int y, uint seed) => (Hash(x, y, seed) >> 8) * (1f / 16777216f);

    /// <summary>Smooth noise in [-1, 1], interpolated between random values at whole coordinates.</summary>
    public static float Noise(float x, float y, uint seed)
    {
        float fx = MathF.Floor(x), fy = MathF.Floor(y);
        int ix = (int)fx, iy = (int)fy;
        float tx = x - fx, ty = y - fy;
        tx = tx * tx * (3f - (2f * tx));
        ty = ty * ty * (3f - (2f * ty));
        float a = Random(ix, iy, seed), b = Random(ix + 1, iy, seed), c = Random(ix, iy + 1, seed), d = Random(ix + 1, iy + 1, seed);
        float top = a + ((b - a) * tx), bottom = c + ((d - c) * tx);
        return (2f * (top + ((bottom - top) * ty))) - 1f;
    }
}

/// <summary>A colour with component-wise arithmetic; components nominally 0 to 1.</summary>
internal struct SceneColor(float r, float g, float b)
{
    /// <summary>Red.</summary>
    public float R = r;

    /// <summary>Green.</summary>
    public float G = g;

    /// <summary>Blue.</summary>
    public float B = b;

    public static SceneColor operator *(SceneColor c, float k) => new(c.R * k, c.G * k, c.B * k);

    public static SceneColor operator *(SceneColor c, SceneColor k) => new(c.R * k.R, c.G * k.G, c.B * k.B);

    public static SceneColor operator +(SceneColor c, SceneColor k) => new(c.R + k.R, c.G + k.G, c.B + k.B);

    /// <summary>Interpolates linearly from one colour (t = 0) to another (t = 1).</summary>
    public static SceneColor Mix(SceneColor a, SceneColor b, float t) => new(a.R + ((b.R - a.R) * t), a.G + ((b.G - a.G) * t), a.B + ((b.B - a.B) * t));
}
