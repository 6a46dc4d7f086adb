using static BrushEdit.Synthesizing.SceneMath;

namespace BrushEdit.Synthesizing;

/// <summary>
/// The kinds of objects as functions of position: colour and opacity of a pixel in object coordinates, where
/// the enclosing square is [-1, 1] x [-1, 1] and y points down. Outlines are signed distances, negative inside.
/// </summary>
internal ref struct SceneShape
{
    private static readonly float[] StarOutline = Star();
    private static readonly float[] Tier1 = [0f, -1f, 0.46f, -0.38f, -0.46f, -0.38f];
    private static readonly float[] Tier2 = [0f, -0.70f, 0.62f, 0.10f, -0.62f, 0.10f];
    private static readonly float[] Tier3 = [0f, -0.30f, 0.78f, 0.64f, -0.78f, 0.64f];
    private static readonly float[] HeartTip = [-0.86f, -0.13f, -0.48f, -0.42f, 0f, -0.45f, 0.48f, -0.42f, 0.86f, -0.13f, 0f, 0.97f];
    private static readonly float[] CubeOutline = [-0.95f, -0.42f, -0.40f, -0.95f, 0.95f, -0.95f, 0.95f, 0.42f, 0.42f, 0.97f, -0.95f, 0.97f];
    private static readonly float[] CubeTop = [-0.95f, -0.42f, -0.40f, -0.95f, 0.95f, -0.95f, 0.42f, -0.42f];
    private static readonly float[] CubeSide = [0.42f, -0.42f, 0.95f, -0.95f, 0.95f, 0.42f, 0.42f, 0.97f];
    private static readonly float[] CupBody = [-0.80f, -0.72f, 0.38f, -0.72f, 0.26f, 0.86f, -0.68f, 0.86f];
    private static readonly float[] FishTail = [0.30f, 0f, 0.98f, -0.58f, 0.84f, 0f, 0.98f, 0.58f];
    private static readonly float[] FishFin = [-0.35f, -0.38f, 0.15f, -0.80f, 0.32f, -0.25f];
    private static readonly float[] Roof = [-0.98f, -0.12f, 0f, -0.98f, 0.98f, -0.12f];
    private static readonly float[] Cabin = [-0.56f, -0.02f, -0.34f, -0.56f, 0.34f, -0.56f, 0.66f, -0.02f];
    private static readonly float[] CabinGlass = [-0.42f, -0.04f, -0.26f, -0.45f, 0.28f, -0.45f, 0.50f, -0.04f];

    private readonly float x;
    private readonly float y;
    private readonly float pixel;
    private SceneColor color;
    private float outline;

    private SceneShape(float x, float y, float pixel)
    {
        this.x = x;
        this.y = y;
        this.pixel = pixel;
        outline = 9f;
    }

    /// <summary>Half the width of a kind at its foot, and the distance of its foot below the centre, in units of half the object's size.</summary>
    public static (float FootHalfWidth, float Bottom) Foot(string kind) => kind switch
    {
        "ball" => (0.62f, 0.96f),
        "cube" => (0.90f, 0.97f),
        "star" => (0.72f, 0.84f),
        "heart" => (0.42f, 0.95f),
        "tree" => (0.55f, 0.97f),
        "mushroom" => (0.52f, 0.95f),
        "cup" => (0.66f, 0.92f),
        "fish" => (0.72f, 0.60f),
        "house" => (0.88f, 0.95f),
        "car" => (1.0f, 0.62f),
        "flower" => (0.36f, 0.98f),
        _ => throw new EditException(EditFault.BadArgument, $"'{kind}' is not a kind of scene object.", $"Choose from {string.Join(", ", SceneVocabulary.Kinds)}.", kind),
    };

    /// <summary>The main colour of objects by name, before lighting.</summary>
    public static SceneColor Palette(string color) => color switch
    {
        "red" => new SceneColor(0.88f, 0.10f, 0.12f),
        "orange" => new SceneColor(1.00f, 0.50f, 0.04f),
        "yellow" => new SceneColor(0.99f, 0.88f, 0.10f),
        "green" => new SceneColor(0.07f, 0.55f, 0.16f),
        "cyan" => new SceneColor(0.08f, 0.82f, 0.86f),
        "blue" => new SceneColor(0.10f, 0.22f, 0.86f),
        "purple" => new SceneColor(0.52f, 0.14f, 0.72f),
        "pink" => new SceneColor(1.00f, 0.50f, 0.74f),
        "white" => new SceneColor(0.98f, 0.98f, 0.98f),
        "black" => new SceneColor(0.11f, 0.11f, 0.13f),
        _ => throw new EditException(EditFault.BadArgument, $"'{color}' is not a colour of scene objects.", $"Choose from {string.Join(", ", SceneVocabulary.Colors)}.", color),
    };

    /// <summary>One pixel of an object.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="main">Its main colour.</param>
    /// <param name="x">Horizontal position, -1 to 1.</param>
    /// <param name="y">Vertical position, -1 to 1.</param>
    /// <param name="lightX">Where the light comes from: -1 left, 1 right, in object coordinates.</param>
    /// <param name="pixel">Width of a pixel in these coordinates.</param>
    /// <param name="color">The colour there, before lighting.</param>
    /// <returns>The opacity there, 0 to 1.</returns>
    public static float At(string kind, SceneColor main, float x, float y, float lightX, float pixel, out SceneColor color)
    {
        var shape = new SceneShape(x, y, pixel);
        // Brighter towards the light, which also comes from above.
        float slope = Math.Clamp(1.0f + (0.13f * x * lightX) - (0.11f * y), 0.74f, 1.22f);
        switch (kind)
        {
            case "ball":
                shape.Ball(main, lightX);
                break;
            case "cube":
                shape.Cube(main, lightX);
                break;
            case "star":
                shape.StarShape(main, slope);
                break;
            case "heart":
                shape.Heart(main, lightX, slope);
                break;
            case "tree":
                shape.Tree(main, slope);
                break;
            case "mushroom":
                shape.Mushroom(main, slope);
                break;
            case "cup":
                shape.Cup(main, lightX);
                break;
            case "fish":
                shape.Fish(main);
                break;
            case "house":
                shape.House(main, slope);
                break;
            case "car":
                shape.Car(main, slope);
                break;
            default:
                shape.Flower(main, slope);
                break;
        }

        // A darker rim sets the object off from a ground of the same colour.
        float rim = 1f - Smooth(-Math.Max(0.055f, 0.8f * pixel), -0.2f * pixel, shape.outline) * 0.42f;
        color = shape.color * rim;
        return Coverage(shape.outline, pixel);
    }

    private void Paint(float distance, SceneColor paint)
    {
        float cover = outline > 8f ? 1f : Coverage(distance, pixel);
        color = SceneColor.Mix(color, paint, cover);
        outline = Math.Min(outline, distance);
    }

    private readonly SceneColor Gloss(SceneColor c, float gx, float gy, float radius, float amount)
    {
        float d = MathF.Sqrt(((x - gx) * (x - gx)) + ((y - gy) * (y - gy))) / radius;
        return SceneColor.Mix(c, new SceneColor(1f, 1f, 1f), amount * (1f - Smooth(0.2f, 1f, d)));
    }

    private void Ball(SceneColor main, float lightX)
    {
        float r2 = ((x * x) + (y * y)) / 0.9409f;
        float z = MathF.Sqrt(Math.Max(0f, 1f - r2));
        float lambert = Math.Max(0f, (0.45f * x * lightX) - (0.55f * y) + (0.70f * z));
        Paint(MathF.Sqrt((x * x) + (y * y)) - 0.97f, Gloss(main * (0.58f + (0.52f * lambert)), 0.36f * lightX, -0.42f, 0.34f, 0.6f));
    }

    private void Cube(SceneColor main, float lightX)
    {
        float right = lightX > 0f ? 0.86f : 0.66f;
        Paint(Polygon(CubeOutline), main * (lightX > 0f ? 0.84f : 0.95f));
        Paint(Polygon(CubeTop), main * 1.12f + new SceneColor(0.07f, 0.07f, 0.07f));
        Paint(Polygon(CubeSide), main * right);
    }

    private void StarShape(SceneColor main, float slope)
    {
        // Facets: each arm has a lit and a dark half, determined by the side of its axis.
        float best = -9f, side = 0f;
        for (int i = 0; i < 5; i++)
        {
            float ax = StarOutline[4 * i], ay = StarOutline[(4 * i) + 1] - 0.06f;
            float along = (x * ax) + ((y - 0.06f) * ay);
            if (along > best)
            {
                best = along;
                side = (x * ay) - ((y - 0.06f) * ax);
            }
        }

        float facet = 0.92f + (0.12f * Smooth(-pixel, pixel, -side));
        Paint(Polygon(StarOutline) - 0.03f, main * (facet * slope));
    }

    private void Heart(SceneColor main, float lightX, float slope)
    {
        float mirrored = Math.Abs(x);
        float lobe = MathF.Sqrt(((mirrored - 0.48f) * (mirrored - 0.48f)) + ((y + 0.42f) * (y + 0.42f))) - 0.49f;
        Paint(Math.Min(lobe, Polygon(HeartTip)), Gloss(main * slope, 0.45f * lightX, -0.52f, 0.28f, 0.5f));
    }

    private void Tree(SceneColor main, float slope)
    {
        Paint(Box(0f, 0.78f, 0.14f, 0.20f), new SceneColor(0.46f, 0.30f, 0.18f));
        Paint(Polygon(Tier3) - 0.03f, main * (slope * (0.78f + (0.30f * Smooth(-0.2f, 0.6f, y)))));
        Paint(Polygon(Tier2) - 0.03f, main * (slope * (0.84f + (0.26f * Smooth(-0.6f, 0.1f, y)))));
        Paint(Polygon(Tier1) - 0.02f, main * (slope * (0.92f + (0.20f * Smooth(-0.9f, -0.4f, y)))));
    }

    private void Mushroom(SceneColor main, float slope)
    {
        Paint(Box(0f, 0.52f, 0.28f, 0.34f) - 0.10f, new SceneColor(0.90f, 0.84f, 0.72f) * (0.78f + (0.22f * Smooth(0.1f, 0.5f, y))));
        float cap = Math.Max(Ellipse(0f, 0.12f, 0.97f, 1.08f), y - 0.14f) - 0.02f;
        Paint(cap, main * slope);
        SceneColor dots = Luma(main) > 0.8f ? new SceneColor(0.72f, 0.62f, 0.55f) : new SceneColor(0.97f, 0.95f, 0.90f);
        float dot = Math.Min(Ellipse(-0.42f, -0.30f, 0.17f, 0.17f), Math.Min(Ellipse(0.16f, -0.58f, 0.16f, 0.14f), Ellipse(0.50f, -0.12f, 0.14f, 0.15f)));
        Paint(Math.Max(dot, cap + 0.06f), dots * slope);
    }

    private void Cup(SceneColor main, float lightX)
    {
        float round = 1f + (0.20f * x * lightX) - (0.10f * Smooth(0.2f, 0.8f, Math.Abs(x + 0.18f)));
        float ring = Math.Abs(MathF.Sqrt(((x - 0.48f) * (x - 0.48f)) + ((y + 0.02f) * (y + 0.02f) * 0.8f)) - 0.40f) - 0.11f;
        Paint(ring, main * 0.84f);
        Paint(Polygon(CupBody) - 0.05f, main * round);
        Paint(Ellipse(-0.21f, -0.72f, 0.64f, 0.20f), main * 1.06f + new SceneColor(0.06f, 0.06f, 0.06f));
        Paint(Ellipse(-0.21f, -0.70f, 0.52f, 0.13f), main * 0.42f);
    }

    private void Fish(SceneColor main)
    {
        Paint(Polygon(FishTail) - 0.02f, main * 0.84f);
        Paint(Polygon(FishFin) - 0.02f, main * 0.80f);
        float body = Ellipse(-0.22f, 0f, 0.75f, 0.52f);
        float scales = 1.10f - (0.34f * Smooth(-0.5f, 0.6f, y));
        Paint(body, main * scales);
        Paint(Math.Max(body + 0.02f, Math.Abs(Ellipse(-0.98f, 0f, 0.62f, 0.66f)) - 0.025f), main * 0.66f);
        Paint(Ellipse(-0.64f, -0.13f, 0.14f, 0.14f), new SceneColor(0.97f, 0.97f, 0.97f));
        Paint(Ellipse(-0.67f, -0.13f, 0.07f, 0.07f), new SceneColor(0.05f, 0.05f, 0.07f));
    }

    private void House(SceneColor main, float slope)
    {
        Paint(Box(0.52f, -0.60f, 0.13f, 0.30f), new SceneColor(0.50f, 0.33f, 0.28f));
        Paint(Box(0f, 0.42f, 0.78f, 0.55f), main * slope);
        Paint(Polygon(Roof), new SceneColor(0.47f, 0.31f, 0.25f) * (1f - (0.12f * Smooth(-0.4f, -0.1f, y))));
        Paint(Box(-0.34f, 0.66f, 0.18f, 0.30f), new SceneColor(0.34f, 0.23f, 0.17f));
        Paint(Box(0.36f, 0.38f, 0.20f, 0.18f), new SceneColor(0.97f, 0.93f, 0.72f));
    }

    private void Car(SceneColor main, float slope)
    {
        Paint(Polygon(Cabin) - 0.05f, main * (0.95f * slope));
        Paint(Polygon(CabinGlass), new SceneColor(0.70f, 0.84f, 0.92f));
        Paint(Box(0.04f, -0.26f, 0.025f, 0.24f), main * 0.8f);
        Paint(Box(0f, 0.19f, 0.84f, 0.12f) - 0.13f, main * (1.12f - (0.30f * Smooth(-0.05f, 0.45f, y))));
        Paint(Ellipse(0.88f, 0.14f, 0.08f, 0.08f), new SceneColor(0.98f, 0.94f, 0.70f));
        Wheel(-0.52f);
        Wheel(0.52f);
    }

    private void Wheel(float at)
    {
        Paint(Ellipse(at, 0.38f, 0.25f, 0.25f), new SceneColor(0.16f, 0.16f, 0.18f));
        Paint(Ellipse(at, 0.38f, 0.11f, 0.11f), new SceneColor(0.74f, 0.74f, 0.76f));
    }

    private void Flower(SceneColor main, float slope)
    {
        var stem = new SceneColor(0.30f, 0.50f, 0.20f);
        Paint(Box(0f, 0.50f, 0.085f, 0.48f), stem);
        Paint(Ellipse(0.30f, 0.58f, 0.27f, 0.14f), stem * 1.1f);
        Paint(Ellipse(-0.29f, 0.74f, 0.26f, 0.13f), stem * 0.95f);
        float petals = 9f;
        for (int i = 0; i < 5; i++)
        {
            petals = Math.Min(petals, Ellipse(StarOutline[4 * i] * 0.43f, (StarOutline[(4 * i) + 1] * 0.43f) - 0.36f, 0.27f, 0.27f));
        }

        float middle = MathF.Sqrt((x * x) + ((y + 0.36f) * (y + 0.36f)));
        Paint(petals, main * (slope * (0.80f + (0.26f * Smooth(0.15f, 0.6f, middle)))));
        Paint(middle - 0.23f, Luma(main) > 0.7f ? new SceneColor(0.62f, 0.38f, 0.12f) : new SceneColor(0.98f, 0.84f, 0.30f));
    }

    private static float Luma(SceneColor c) => (0.3f * c.R) + (0.59f * c.G) + (0.11f * c.B);

    private readonly float Box(float cx, float cy, float hx, float hy)
    {
        float dx = Math.Abs(x - cx) - hx, dy = Math.Abs(y - cy) - hy;
        float ox = Math.Max(dx, 0f), oy = Math.Max(dy, 0f);
        return MathF.Sqrt((ox * ox) + (oy * oy)) + Math.Min(Math.Max(dx, dy), 0f);
    }

    // Distance to an ellipse to first order: exact for circles and on the outline.
    private readonly float Ellipse(float cx, float cy, float rx, float ry)
    {
        float ux = (x - cx) / rx, uy = (y - cy) / ry;
        float k = MathF.Sqrt((ux * ux) + (uy * uy));
        float vx = ux / rx, vy = uy / ry;
        float gradient = MathF.Sqrt((vx * vx) + (vy * vy));
        return gradient < 1e-6f ? -Math.Min(rx, ry) : k * (k - 1f) / gradient;
    }

    // Distance to a closed polygon: to the nearest point of its edges, signed by the even-odd rule.
    private readonly float Polygon(float[] points)
    {
        float best = float.MaxValue;
        bool inside = false;
        float px = points[^2], py = points[^1];
        for (int i = 0; i < points.Length; i += 2)
        {
            float qx = points[i], qy = points[i + 1];
            float ex = qx - px, ey = qy - py, wx = x - px, wy = y - py;
            float t = Math.Clamp(((wx * ex) + (wy * ey)) / ((ex * ex) + (ey * ey)), 0f, 1f);
            float dx = wx - (ex * t), dy = wy - (ey * t);
            best = Math.Min(best, (dx * dx) + (dy * dy));
            if ((qy > y) != (py > y) && x < px + (ex * (y - py) / ey))
            {
                inside = !inside;
            }

            px = qx;
            py = qy;
        }

        float distance = MathF.Sqrt(best);
        return inside ? -distance : distance;
    }

    private static float[] Star()
    {
        // Cosine and sine of multiples of 36 degrees, tip upwards.
        float[] cos = [1f, 0.80901699f, 0.30901699f, -0.30901699f, -0.80901699f, -1f, -0.80901699f, -0.30901699f, 0.30901699f, 0.80901699f];
        float[] sin = [0f, 0.58778525f, 0.95105652f, 0.95105652f, 0.58778525f, 0f, -0.58778525f, -0.95105652f, -0.95105652f, -0.58778525f];
        float[] points = new float[20];
        for (int i = 0; i < 10; i++)
        {
            float radius = i % 2 == 0 ? 0.98f : 0.44f;
            points[2 * i] = radius * sin[i];
            points[(2 * i) + 1] = (-radius * cos[i]) + 0.06f;
        }

        return points;
    }
}
