using static BrushEdit.Synthesizing.SceneMath;

namespace BrushEdit.Synthesizing;

/// <summary>
/// The backgrounds as functions of position. Their structure is measured in short sides, so that a picture of any size
/// shows the same scene; finer detail fades in where there are enough pixels to show it.
/// </summary>
internal sealed class SceneGround
{
    private readonly string background;
    private readonly string light;
    private readonly bool fromLeft;
    private readonly SceneColor tint;
    private readonly float width;
    private readonly float height;
    private readonly float pixel;
    private readonly uint seed;
    private readonly float du;
    private readonly float dv;
    private readonly float scale;
    private readonly float tone;

    /// <summary>Prepares a scene's background.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="width">Width in short sides.</param>
    /// <param name="height">Height in short sides.</param>
    /// <param name="pixel">Width of a pixel in short sides.</param>
    public SceneGround(SceneDescription scene, float width, float height, float pixel)
    {
        var random = new SceneRandom(scene.Texture, 0x7E07);
        background = scene.Background;
        light = scene.Light;
        fromLeft = scene.LightFromLeft;
        tint = SceneLighting.Of(light).Tint;
        this.width = width;
        this.height = height;
        this.pixel = pixel;
        seed = (uint)random.Next();
        du = (float)random.Between(0, 8);
        dv = (float)random.Between(0, 8);
        scale = (float)random.Between(0.88, 1.15);
        tone = (float)random.Between(0.95, 1.05);
    }

    /// <summary>Where the sky ends, as a share of the height; 0 if there is no sky.</summary>
    public static double Horizon(string background) => background switch
    {
        "field" => 0.36,
        "beach" => 0.46,
        "desert" => 0.34,
        _ => 0,
    };

    /// <summary>Lit colour at a position in short sides.</summary>
    public SceneColor At(float u, float v)
    {
        float x = (u / scale) + du, y = (v / scale) + dv;
        SceneColor ground = background switch
        {
            "grass" => Grass(x, y),
            "sand" => Sand(x, y),
            "snow" => Snow(x, y),
            "water" => Water(x, y),
            "wood" => Wood(x, y),
            "bricks" => Bricks(x, y),
            "stone" => Stone(x, y),
            "tiles" => Tiles(x, y),
            "carpet" => Carpet(x, y),
            "field" => Field(u, v, x, y),
            "beach" => Beach(u, v, x, y),
            _ => Desert(u, v, x, y),
        };
        float horizon = (float)Horizon(background) * height;
        SceneColor lit = ground * tint * tone;
        if (horizon == 0f)
        {
            return lit;
        }

        // The line between sky and land waves a little, except over the sea.
        float line = horizon + (background == "beach" ? -0.16f * height : Noise(x * 2.2f, 0.5f, seed + 40) * 0.035f);
        float land = Smooth(line - (0.5f * pixel), line + (0.5f * pixel), v);
        return land >= 1f ? lit : SceneColor.Mix(Sky(u, v, x, y), lit, land);
    }

    private float Detail(float x, float y, float cell, float amount, uint salt)
    {
        float pixels = cell / pixel;
        return pixels <= 2f ? 0f : amount * Math.Min(1f, (pixels - 2f) * 0.5f) * Noise(x / cell, y / cell, seed + salt);
    }

    private SceneColor Grass(float x, float y)
    {
        float patch = Noise(x * 3f, y * 3f, seed);
        float blades = (0.6f * Noise((x * 17f) + (patch * 0.7f), y * 6f, seed + 1)) + Detail(x, y * 0.35f, 0.02f, 0.8f, 2) + Detail(x, y * 0.3f, 0.008f, 0.7f, 3);
        return SceneColor.Mix(new SceneColor(0.50f, 0.66f, 0.32f), new SceneColor(0.60f, 0.73f, 0.38f), 0.5f + (0.5f * patch)) * (1f + (0.11f * blades));
    }

    private SceneColor Sand(float x, float y)
    {
        float warp = Noise(x * 2.2f, y * 2.2f, seed);
        float ripple = SinTurns((y * 7f) + (warp * 0.9f) + (x * 0.6f));
        float grain = Detail(x, y, 0.012f, 0.03f, 1) + Detail(x, y, 0.005f, 0.03f, 2);
        return new SceneColor(0.87f, 0.77f, 0.57f) * (1f + (0.045f * ripple) + (0.04f * warp) + grain);
    }

    private SceneColor Snow(float x, float y)
    {
        // Wind-blown drifts: soft crests with a blue shade on one side.
        float warp = Noise(x * 1.8f, y * 1.8f, seed);
        float crest = (y * 3.2f) + (0.5f * warp) + (0.9f * SinTurns((x * 0.55f) + (0.2f * warp)) * 0.4f);
        float phase = crest - MathF.Floor(crest);
        float shade = Smooth(0f, 0.25f, phase) * (1f - (0.75f * phase));
        float bumps = 0.25f * Noise(x * 7f, y * 9f, seed + 1);
        float sparkle = Detail(x, y, 0.006f, 0.02f, 2);
        return SceneColor.Mix(new SceneColor(0.74f, 0.82f, 0.92f), new SceneColor(0.91f, 0.94f, 0.97f), Math.Clamp(shade + bumps, 0f, 1f)) * (1f + sparkle);
    }

    private SceneColor Water(float x, float y)
    {
        float warp = Noise(x * 3f, y * 3f, seed);
        float wave = SinTurns((y * 6f) + (warp * 1.1f)) + (0.6f * SinTurns((y * 11f) - (x * 1.7f) + (warp * 0.8f)));
        float glint = Smooth(0.75f, 1.5f, wave);
        float fine = Detail(x, y * 2.5f, 0.03f, 0.05f, 2);
        return SceneColor.Mix(new SceneColor(0.27f, 0.52f, 0.66f), new SceneColor(0.58f, 0.76f, 0.83f), 0.55f * glint) * (1f + (0.05f * wave) + fine);
    }

    private SceneColor Wood(float x, float y)
    {
        float rows = y * 5f;
        int plank = (int)MathF.Floor(rows);
        float inside = rows - plank;
        float shift = Random(plank, 3, seed);
        float board = (x * 0.9f) + (shift * 5f);
        int piece = (int)MathF.Floor(board);
        float across = board - piece;
        float shade = Random(plank, piece, seed + 1);
        float warp = Noise(x * 2.5f, (y * 7f) + (plank * 5f), seed + 2);
        float grain = SinTurns((inside * 2.2f) + (warp * 0.8f) + (shade * 3f));
        float seam = Smooth(0.0f, Math.Max(0.05f, 7f * pixel), Math.Min(inside, 1f - inside)) * Smooth(0f, Math.Max(0.009f, 1.4f * pixel), Math.Min(across, 1f - across));
        float fine = Detail(x * 0.15f, y, 0.008f, 0.05f, 3) + Detail(x * 0.1f, y, 0.004f, 0.04f, 4);
        return new SceneColor(0.72f, 0.52f, 0.33f) * ((0.88f + (0.16f * shade) + (0.05f * grain) + fine) * (0.66f + (0.34f * seam)));
    }

    private SceneColor Bricks(float x, float y)
    {
        float rows = y * 6f;
        int row = (int)MathF.Floor(rows);
        float columns = (x * 3f) + ((row & 1) * 0.5f);
        int column = (int)MathF.Floor(columns);
        float ty = rows - row, tx = columns - column;
        float dy = Math.Min(ty, 1f - ty) / 6f, dx = Math.Min(tx, 1f - tx) / 3f;
        float edge = Math.Min(dx, dy);
        float brick = Smooth(0.007f, 0.007f + Math.Max(0.004f, 1.5f * pixel), edge);
        float shade = Random(column, row, seed);
        float rough = (0.05f * Noise(x * 12f, y * 12f, seed + 1)) + Detail(x, y, 0.015f, 0.06f, 2) + Detail(x, y, 0.006f, 0.05f, 3);
        SceneColor clay = SceneColor.Mix(new SceneColor(0.58f, 0.36f, 0.30f), new SceneColor(0.70f, 0.46f, 0.38f), shade) * (1f + rough);
        return SceneColor.Mix(new SceneColor(0.72f, 0.69f, 0.65f) * (1f + (0.5f * rough)), clay, brick);
    }

    private SceneColor Stone(float x, float y)
    {
        // Cobbles, from the nearest and second nearest of a grid of jittered points, one per cell.
        float cx = x * 4.6f, cy = y * 5.2f;
        int ix = (int)MathF.Floor(cx), iy = (int)MathF.Floor(cy);
        float first = 9f, second = 9f;
        int bx = 0, by = 0;
        for (int j = -1; j <= 1; j++)
        {
            for (int i = -1; i <= 1; i++)
            {
                float px = ix + i + 0.2f + (0.6f * Random(ix + i, iy + j, seed)) - cx;
                float py = iy + j + 0.2f + (0.6f * Random(ix + i, iy + j, seed + 1)) - cy;
                float d = (px * px) + (py * py);
                if (d < first)
                {
                    second = first;
                    first = d;
                    bx = ix + i;
                    by = iy + j;
                }
                else if (d < second)
                {
                    second = d;
                }
            }
        }

        float gap = MathF.Sqrt(second) - MathF.Sqrt(first);
        float cobble = Smooth(0.06f, 0.06f + Math.Max(0.10f, 10f * pixel), gap);
        float shade = Random(bx, by, seed + 2);
        float rough = Detail(x, y, 0.02f, 0.05f, 3) + Detail(x, y, 0.008f, 0.05f, 4);
        SceneColor face = SceneColor.Mix(new SceneColor(0.56f, 0.56f, 0.57f), new SceneColor(0.72f, 0.70f, 0.67f), shade) * (1f + rough - (0.10f * first));
        return SceneColor.Mix(new SceneColor(0.40f, 0.39f, 0.38f), face, cobble);
    }

    private SceneColor Tiles(float x, float y)
    {
        float cx = x * 4f, cy = y * 4f;
        int ix = (int)MathF.Floor(cx), iy = (int)MathF.Floor(cy);
        float tx = cx - ix, ty = cy - iy;
        float edge = Math.Min(Math.Min(tx, 1f - tx), Math.Min(ty, 1f - ty)) / 4f;
        float face = Smooth(0.003f, 0.003f + Math.Max(0.003f, 1.3f * pixel), edge);
        float vein = 0.03f * Noise(x * 5f, y * 5f, seed + 1);
        float shine = Detail(x, y, 0.025f, 0.02f, 2);
        SceneColor tile = (((ix + iy) & 1) == 0 ? new SceneColor(0.86f, 0.83f, 0.77f) : new SceneColor(0.56f, 0.62f, 0.66f)) * (1f + vein + shine);
        return SceneColor.Mix(new SceneColor(0.48f, 0.47f, 0.46f), tile, face);
    }

    private SceneColor Carpet(float x, float y)
    {
        // A lattice of diamonds with a dot in each.
        float a = (x + y) * 2.6f, b = (x - y) * 2.6f;
        float ta = a - MathF.Floor(a), tb = b - MathF.Floor(b);
        float edge = Math.Min(Math.Min(ta, 1f - ta), Math.Min(tb, 1f - tb)) / 3.7f;
        float soft = Math.Max(0.006f, 1.3f * pixel);
        float face = Smooth(0.012f, 0.012f + soft, edge);
        float dot = 1f - Smooth(0.045f, 0.045f + soft, 0.13f - edge);
        float weave = (0.03f * Noise(x * 10f, y * 10f, seed)) + Detail(x, y, 0.010f, 0.06f, 1) + Detail(x, y, 0.005f, 0.07f, 2);
        SceneColor pile = SceneColor.Mix(new SceneColor(0.55f, 0.40f, 0.47f), new SceneColor(0.70f, 0.60f, 0.54f), 1f - dot);
        return SceneColor.Mix(new SceneColor(0.78f, 0.69f, 0.58f), pile, face) * (1f + weave);
    }

    private SceneColor Field(float u, float v, float x, float y)
    {
        float horizon = (float)Horizon("field") * height;
        float depth = (v - horizon) / (height - horizon);
        float near = Math.Clamp(depth, 0f, 1f);

        // Mown stripes that run towards the horizon's middle.
        float stripe = SinTurns(((u - (0.5f * width)) / (0.25f + near)) * 1.3f + (du * 0.3f));
        float patch = Noise(x * 3f, y * 6f, seed);
        float blades = Detail(x, y * 0.5f, 0.02f, 0.05f, 2) + Detail(x, y * 0.4f, 0.008f, 0.05f, 3);
        float band = Smooth(-0.1f, 0.1f, stripe);
        return SceneColor.Mix(new SceneColor(0.47f, 0.63f, 0.33f), new SceneColor(0.58f, 0.71f, 0.36f), band) * (1f + (0.04f * patch) + blades - (0.10f * (1f - near)));
    }

    private SceneColor Beach(float u, float v, float x, float y)
    {
        float shore = ((float)Horizon("beach") * height) + (0.02f * Noise(u * 2.5f, du, seed + 5)) - 0.01f;
        float top = shore - (0.16f * height);
        float wet = Smooth(-0.004f, 0.004f + pixel, v - shore);
        float foam = 1f - Smooth(0.010f, 0.014f + pixel, Math.Abs(v - shore));
        float wave = SinTurns(((v - top) / height * 26f) + (0.5f * Noise(x * 4f, y * 3f, seed + 6)));
        SceneColor sea = SceneColor.Mix(new SceneColor(0.20f, 0.46f, 0.62f), new SceneColor(0.36f, 0.66f, 0.72f), Math.Clamp((v - top) / (0.16f * height), 0f, 1f)) * (1f + (0.06f * wave));
        SceneColor sand = Sand(x, y) * (0.86f + (0.14f * Smooth(0f, 0.08f, v - shore)));
        return SceneColor.Mix(SceneColor.Mix(sea, sand, wet), new SceneColor(0.93f, 0.95f, 0.95f), 0.8f * foam);
    }

    private SceneColor Desert(float u, float v, float x, float y)
    {
        float horizon = (float)Horizon("desert") * height;
        float depth = Math.Clamp((v - horizon) / (height - horizon), 0f, 1f);

        // Dunes: the faces towards the light are bright, and the ridges wander.
        float ridge = (depth * 2.6f) + (0.35f * Noise(u * 1.7f, depth * 2f, seed + 1)) + (0.12f * u);
        float phase = ridge - MathF.Floor(ridge);
        float face = Smooth(0f, 0.12f, phase) * (1f - phase);
        float ripple = Detail(x + (0.3f * y), y * 3f, 0.04f, 0.04f, 2) + Detail(x, y, 0.006f, 0.03f, 3);
        return SceneColor.Mix(new SceneColor(0.74f, 0.52f, 0.34f), new SceneColor(0.90f, 0.70f, 0.46f), face) * (1f + ripple);
    }

    private SceneColor Sky(float u, float v, float x, float y)
    {
        float horizon = Math.Max(0.1f, (float)Horizon(background) * height);
        float t = Math.Clamp(v / horizon, 0f, 1f);
        float cloud = Smooth(0.1f, 0.75f, Noise(x * 2.2f, y * 6f, seed + 50) + (0.45f * Noise(x * 5.5f, y * 13f, seed + 51)) + Detail(x, y, 0.06f, 0.2f, 52));
        float bodyX = width * (fromLeft ? 0.2f : 0.8f), bodyY = 0.4f * horizon;
        float away = MathF.Sqrt(((u - bodyX) * (u - bodyX)) + ((v - bodyY) * (v - bodyY)));
        switch (light)
        {
            case "day":
                {
                    SceneColor sky = SceneColor.Mix(new SceneColor(0.40f, 0.64f, 0.90f), new SceneColor(0.78f, 0.89f, 0.96f), t);
                    return SceneColor.Mix(sky, new SceneColor(0.97f, 0.98f, 1f), 0.75f * cloud);
                }

            case "dusk":
                {
                    SceneColor sky = SceneColor.Mix(new SceneColor(0.42f, 0.32f, 0.52f), new SceneColor(0.97f, 0.62f, 0.38f), t);
                    sky = SceneColor.Mix(sky, new SceneColor(0.86f, 0.44f, 0.42f), 0.6f * cloud);
                    sky = SceneColor.Mix(sky, new SceneColor(1f, 0.82f, 0.52f), 0.5f * (1f - Smooth(0f, 0.4f, away)));
                    return SceneColor.Mix(sky, new SceneColor(1f, 0.93f, 0.70f), Coverage(away - 0.055f, Math.Max(pixel, 0.004f)));
                }

            default:
                {
                    SceneColor sky = SceneColor.Mix(new SceneColor(0.05f, 0.06f, 0.17f), new SceneColor(0.16f, 0.20f, 0.36f), t);
                    sky = SceneColor.Mix(sky, new SceneColor(0.22f, 0.25f, 0.38f), 0.5f * cloud) + (new SceneColor(0.95f, 0.92f, 0.78f) * Star(x, y));
                    sky += new SceneColor(0.10f, 0.10f, 0.13f) * (1f - Smooth(0f, 0.3f, away));
                    float moon = Coverage(away - 0.05f, Math.Max(pixel, 0.004f));
                    return SceneColor.Mix(sky, new SceneColor(0.93f, 0.92f, 0.82f), moon);
                }
        }
    }

    private float Star(float x, float y)
    {
        float cx = x * 9f, cy = y * 9f;
        int ix = (int)MathF.Floor(cx), iy = (int)MathF.Floor(cy);
        if (Random(ix, iy, seed + 60) > 0.4f)
        {
            return 0f;
        }

        float px = (cx - ix - 0.2f - (0.6f * Random(ix, iy, seed + 61))) / 9f, py = (cy - iy - 0.2f - (0.6f * Random(ix, iy, seed + 62))) / 9f;
        float radius = Math.Max(0.005f, 0.8f * pixel);
        return (0.4f + (0.5f * Random(ix, iy, seed + 63))) * (1f - Smooth(0.3f * radius, radius, MathF.Sqrt((px * px) + (py * py))));
    }
}
