namespace BrushEdit.Synthesizing;

/// <summary>A rectangular part of the canvas with opacity: an object, or a shadow (opacity only).</summary>
/// <param name="Left">First column.</param>
/// <param name="Top">First row.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Alpha">Opacity, 0 to 1, row-major.</param>
/// <param name="Colors">Lit colours; empty for a shadow.</param>
internal sealed record SceneLayer(int Left, int Top, int Width, int Height, float[] Alpha, SceneColor[] Colors)
{
    /// <summary>Opacity at a pixel of the canvas; 0 outside the layer.</summary>
    public float At(int x, int y)
    {
        x -= Left;
        y -= Top;
        return (uint)x < (uint)Width && (uint)y < (uint)Height ? Alpha[(y * Width) + x] : 0f;
    }
}

/// <summary>The result of rendering: the picture and, for each object in the scene's order, its layers.</summary>
/// <param name="Rgb">Pixels, interleaved, row-major.</param>
/// <param name="Ground">The background alone, lit, before rounding; reused by edits that keep it.</param>
/// <param name="Objects">Objects' layers.</param>
/// <param name="Shadows">Shadows' layers.</param>
/// <param name="Order">Indices of the objects from the farthest to the nearest.</param>
internal sealed record SceneRendering(byte[] Rgb, SceneColor[] Ground, SceneLayer[] Objects, SceneLayer[] Shadows, int[] Order);

/// <summary>Draws descriptions: ground, shadows on it, then the objects from far to near.</summary>
internal static class SceneRenderer
{
    /// <summary>Draws a scene.</summary>
    /// <param name="scene">What to draw.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="ground">The ground of an earlier rendering of the same background, light, texture and size; null to draw it.</param>
    public static SceneRendering Render(SceneDescription scene, int width, int height, SceneColor[]? ground = null)
    {
        int side = Math.Min(width, height);
        SceneLighting lighting = SceneLighting.Of(scene.Light);
        float[] across = new float[width];
        for (int x = 0; x < width; x++)
        {
            across[x] = lighting.At((x + 0.5f) / width, scene.LightFromLeft);
        }

        ground ??= Ground(scene, width, height, across);
        var canvas = (SceneColor[])ground.Clone();
        int count = scene.Things.Count;
        int[] order = [.. Enumerable.Range(0, count).OrderBy(i => scene.Things[i].Y).ThenBy(i => i)];
        var shadows = new SceneLayer[count];
        var objects = new SceneLayer[count];
        foreach (int i in order)
        {
            shadows[i] = Shadow(scene.Things[i], lighting, scene.LightFromLeft, width, height, side);
            objects[i] = Thing(scene.Things[i], lighting, scene.LightFromLeft, width, height, side, across);
        }

        foreach (int i in order)
        {
            Darken(canvas, width, shadows[i]);
        }

        foreach (int i in order)
        {
            Cover(canvas, width, objects[i]);
        }

        byte[] rgb = new byte[3 * canvas.Length];
        for (int i = 0, o = 0; i < canvas.Length; i++, o += 3)
        {
            rgb[o] = ToByte(canvas[i].R);
            rgb[o + 1] = ToByte(canvas[i].G);
            rgb[o + 2] = ToByte(canvas[i].B);
        }

        return new SceneRendering(rgb, ground, objects, shadows, order);
    }

    private static byte ToByte(float v) => (byte)((Math.Clamp(v, 0f, 1f) * 255f) + 0.5f);

    private static SceneColor[] Ground(SceneDescription scene, int width, int height, float[] across)
    {
        int side = Math.Min(width, height);
        float pixel = 1f / side;
        var texture = new SceneGround(scene, (float)width / side, (float)height / side, pixel);
        var ground = new SceneColor[width * height];
        for (int y = 0, o = 0; y < height; y++)
        {
            float v = (y + 0.5f) * pixel;
            for (int x = 0; x < width; x++, o++)
            {
                ground[o] = texture.At((x + 0.5f) * pixel, v) * across[x];
            }
        }

        return ground;
    }

    private static SceneLayer Empty(float left, float top, float right, float bottom, int width, int height, bool colors)
    {
        int x0 = Math.Clamp((int)MathF.Floor(left), 0, width), x1 = Math.Clamp((int)MathF.Ceiling(right), x0, width);
        int y0 = Math.Clamp((int)MathF.Floor(top), 0, height), y1 = Math.Clamp((int)MathF.Ceiling(bottom), y0, height);
        int area = (x1 - x0) * (y1 - y0);
        return new SceneLayer(x0, y0, x1 - x0, y1 - y0, new float[area], colors ? new SceneColor[area] : []);
    }

    private static SceneLayer Thing(SceneThing thing, SceneLighting lighting, bool fromLeft, int width, int height, int side, float[] across)
    {
        float half = (float)(SceneVocabulary.SizeOf(thing.Size) * side / 2);
        (_, float bottom) = SceneShape.Foot(thing.Kind);
        float cx = (float)(thing.X * side), cy = ((float)(thing.Y * side)) - (bottom * half);
        float cos = (float)SceneMath.CosSmall(thing.Tilt), sin = (float)SceneMath.SinSmall(thing.Tilt);
        float reach = (1.25f * half) + 1.5f, pixel = 1f / half;
        float lightX = fromLeft == thing.Flip ? 1f : -1f;
        SceneColor main = SceneShape.Palette(thing.Color);
        SceneLayer layer = Empty(cx - reach, cy - reach, cx + reach, cy + reach, width, height, true);
        for (int y = 0, o = 0; y < layer.Height; y++)
        {
            float dy = (layer.Top + y + 0.5f - cy) / half;
            for (int x = 0; x < layer.Width; x++, o++)
            {
                float dx = (layer.Left + x + 0.5f - cx) / half;
                float lx = (cos * dx) + (sin * dy), ly = (cos * dy) - (sin * dx);
                if (Math.Max(Math.Abs(lx), Math.Abs(ly)) > 1.06f + pixel)
                {
                    continue;
                }

                layer.Alpha[o] = SceneShape.At(thing.Kind, main, thing.Flip ? -lx : lx, ly, lightX, pixel, out SceneColor color);
                layer.Colors[o] = color * lighting.Tint * across[layer.Left + x];
            }
        }

        return layer;
    }

    private static SceneLayer Shadow(SceneThing thing, SceneLighting lighting, bool fromLeft, int width, int height, int side)
    {
        float half = (float)(SceneVocabulary.SizeOf(thing.Size) * side / 2);
        (float foot, _) = SceneShape.Foot(thing.Kind);
        float rx = half * foot * (1.10f + (0.45f * lighting.Reach)), ry = half * (0.13f + (0.12f * foot));
        float cx = ((float)(thing.X * side)) + ((fromLeft ? 1f : -1f) * lighting.Reach * half * foot);
        float cy = ((float)(thing.Y * side)) - (0.35f * ry);
        SceneLayer layer = Empty(cx - rx - 1f, cy - ry - 1f, cx + rx + 1f, cy + ry + 1f, width, height, false);
        for (int y = 0, o = 0; y < layer.Height; y++)
        {
            float dy = (layer.Top + y + 0.5f - cy) / ry;
            for (int x = 0; x < layer.Width; x++, o++)
            {
                float dx = (layer.Left + x + 0.5f - cx) / rx;
                float r2 = (dx * dx) + (dy * dy);
                layer.Alpha[o] = r2 >= 1f ? 0f : lighting.Shadow * (1f - SceneMath.Smooth(0.45f, 1f, MathF.Sqrt(r2)));
            }
        }

        return layer;
    }

    private static void Darken(SceneColor[] canvas, int width, SceneLayer shadow)
    {
        for (int y = 0, o = 0; y < shadow.Height; y++)
        {
            int row = ((shadow.Top + y) * width) + shadow.Left;
            for (int x = 0; x < shadow.Width; x++, o++)
            {
                float a = shadow.Alpha[o];
                if (a > 0f)
                {
                    canvas[row + x] *= 1f - a;
                }
            }
        }
    }

    private static void Cover(SceneColor[] canvas, int width, SceneLayer thing)
    {
        for (int y = 0, o = 0; y < thing.Height; y++)
        {
            int row = ((thing.Top + y) * width) + thing.Left;
            for (int x = 0; x < thing.Width; x++, o++)
            {
                float a = thing.Alpha[o];
                if (a >= 1f)
                {
                    // No arithmetic with the colour behind: a hidden object must not change a bit of what hides it.
                    canvas[row + x] = thing.Colors[o];
                }
                else if (a > 0f)
                {
                    canvas[row + x] = SceneColor.Mix(canvas[row + x], thing.Colors[o], a);
                }
            }
        }
    }
}
