namespace BrushEdit.Synthesizing;

/// <summary>An object as it appears in a picture: what it is, where, and which pixels show it.</summary>
public sealed class SceneObject
{
    private readonly SceneRendering rendering;
    private readonly int width;
    private readonly int height;
    private byte[]? fullMask;
    private byte[]? visibleMask;
    private byte[]? shadowMask;

    internal SceneObject(int index, SceneThing thing, SceneRendering rendering, int width, int height)
    {
        Index = index;
        Thing = thing;
        this.rendering = rendering;
        this.width = width;
        this.height = height;
    }

    /// <summary>Its index in the scene's list and caption.</summary>
    public int Index { get; }

    /// <summary>The object as data.</summary>
    public SceneThing Thing { get; }

    /// <summary>One of <see cref="SceneVocabulary.Kinds"/>.</summary>
    public string Kind => Thing.Kind;

    /// <summary>One of <see cref="SceneVocabulary.Colors"/>.</summary>
    public string Color => Thing.Color;

    /// <summary>One of <see cref="SceneVocabulary.Sizes"/>.</summary>
    public string Size => Thing.Size;

    /// <summary>"red ball".</summary>
    public string Phrase => Thing.Phrase;

    /// <summary>Its opacity times 255, including where a nearer object hides it; height x width, row-major.</summary>
    public byte[] FullMask => fullMask ??= Map((x, y) => rendering.Objects[Index].At(x, y));

    /// <summary>How much of each pixel shows it, times 255; height x width, row-major.</summary>
    public byte[] VisibleMask => visibleMask ??= Map(Visible);

    /// <summary>How much its shadow darkens what each pixel shows, times 255 (at most about 128); height x width, row-major.</summary>
    public byte[] ShadowMask => shadowMask ??= Map(VisibleShadow);

    /// <summary>Box of its whole extent within the picture, including hidden parts (opacity of at least one half).</summary>
    public SceneBox Box => SceneBox.Around(FullMask, width, 128);

    /// <summary>Box of its visible part (at least half of a pixel); empty if it is hidden.</summary>
    public SceneBox VisibleBox => SceneBox.Around(VisibleMask, width, 128);

    /// <summary>Share of the object that is visible, 0 to 1.</summary>
    public double VisibleShare
    {
        get
        {
            long all = 0, seen = 0;
            byte[] full = FullMask, visible = VisibleMask;
            for (int i = 0; i < full.Length; i++)
            {
                all += full[i];
                seen += visible[i];
            }

            return all == 0 ? 0 : (double)seen / all;
        }
    }

    /// <summary>Sets to 255 every pixel that shows any part of the object or, if requested, of its shadow.</summary>
    internal void Touch(byte[] map, bool shadow)
    {
        SceneLayer thing = rendering.Objects[Index], dark = rendering.Shadows[Index];
        for (int y = thing.Top; y < thing.Top + thing.Height; y++)
        {
            for (int x = thing.Left; x < thing.Left + thing.Width; x++)
            {
                if (Visible(x, y) > 0f)
                {
                    map[(y * width) + x] = 255;
                }
            }
        }

        for (int y = dark.Top; shadow && y < dark.Top + dark.Height; y++)
        {
            for (int x = dark.Left; x < dark.Left + dark.Width; x++)
            {
                if (VisibleShadow(x, y) > 0f)
                {
                    map[(y * width) + x] = 255;
                }
            }
        }
    }

    /// <summary>Sets to 0 every pixel that the object covers completely.</summary>
    internal void Clear(byte[] map)
    {
        SceneLayer thing = rendering.Objects[Index];
        for (int y = 0, o = 0; y < thing.Height; y++)
        {
            for (int x = 0; x < thing.Width; x++, o++)
            {
                if (thing.Alpha[o] >= 1f)
                {
                    map[((thing.Top + y) * width) + thing.Left + x] = 0;
                }
            }
        }
    }

    private float Visible(int x, int y)
    {
        float a = rendering.Objects[Index].At(x, y);
        for (int i = rendering.Order.Length - 1; a > 0f && rendering.Order[i] != Index; i--)
        {
            a *= 1f - rendering.Objects[rendering.Order[i]].At(x, y);
        }

        return a;
    }

    private float VisibleShadow(int x, int y)
    {
        float a = rendering.Shadows[Index].At(x, y);
        foreach (SceneLayer other in rendering.Objects)
        {
            a *= 1f - other.At(x, y);
        }

        return a;
    }

    private byte[] Map(Func<int, int, float> value)
    {
        byte[] map = new byte[width * height];
        SceneLayer a = rendering.Objects[Index], b = rendering.Shadows[Index];
        int right = Math.Max(a.Left + a.Width, b.Left + b.Width), bottom = Math.Max(a.Top + a.Height, b.Top + b.Height);
        for (int y = Math.Min(a.Top, b.Top); y < bottom; y++)
        {
            for (int x = Math.Min(a.Left, b.Left); x < right; x++)
            {
                map[(y * width) + x] = (byte)((value(x, y) * 255f) + 0.5f);
            }
        }

        return map;
    }
}
