namespace BrushEdit.Imaging;

/// <summary>A connected part of a mask.</summary>
/// <param name="Label">Its number, from 1, in reading order of its first pixel.</param>
/// <param name="Area">The number of pixels.</param>
/// <param name="Bounds">The smallest box that contains it.</param>
public sealed record MaskComponent(int Label, int Area, Box Bounds);

/// <content>Connected parts, holes and specks. Values from 128 count as inside, and results are binary.</content>
public sealed partial class Mask
{
    /// <summary>The connected parts of the mask, in reading order of their first pixels.</summary>
    /// <param name="diagonal">Whether pixels that touch at a corner are connected.</param>
    public IReadOnlyList<MaskComponent> Components(bool diagonal = true) => Label(Binarize().values, 255, diagonal).Parts;

    /// <summary>One connected part as a mask.</summary>
    /// <param name="component">A part that <see cref="Components"/> of this mask returned.</param>
    /// <param name="diagonal">The same value as in that call.</param>
    public Mask Component(MaskComponent component, bool diagonal = true)
    {
        ArgumentNullException.ThrowIfNull(component);
        int[] labels = Label(Binarize().values, 255, diagonal).Labels;
        return new Mask(Array.ConvertAll(labels, l => l == component.Label ? (byte)255 : (byte)0), Width, Height);
    }

    /// <summary>The mask with its holes filled: kept parts that the mask surrounds, up to a size.</summary>
    /// <param name="largest">Pixels of the largest hole that is filled.</param>
    public Mask FillHoles(int largest = int.MaxValue)
    {
        byte[] hard = (byte[])Binarize().values.Clone();

        // Kept parts are joined by edges only, since the mask's parts are joined by corners too.
        (int[] labels, List<MaskComponent> parts) = Label(hard, 0, diagonal: false);
        bool[] filled = new bool[parts.Count + 1];
        foreach (MaskComponent part in parts)
        {
            Box b = part.Bounds;
            bool open = b.PixelLeft == 0 || b.PixelTop == 0 || b.PixelRight == Width || b.PixelBottom == Height;
            filled[part.Label] = !open && part.Area <= largest;
        }

        for (int i = 0; i < hard.Length; i++)
        {
            if (filled[labels[i]])
            {
                hard[i] = 255;
            }
        }

        return new Mask(hard, Width, Height);
    }

    /// <summary>The mask without its small parts.</summary>
    /// <param name="smallest">The number of pixels of the smallest part that is kept.</param>
    /// <param name="diagonal">Whether pixels that touch at a corner are connected.</param>
    public Mask RemoveSpecks(int smallest, bool diagonal = true)
    {
        (int[] labels, List<MaskComponent> parts) = Label(Binarize().values, 255, diagonal);
        return Keep(labels, parts, part => part.Area >= smallest);
    }

    /// <summary>The largest connected part alone; an empty mask stays empty.</summary>
    /// <param name="diagonal">Whether pixels that touch at a corner are connected.</param>
    public Mask LargestComponent(bool diagonal = true)
    {
        (int[] labels, List<MaskComponent> parts) = Label(Binarize().values, 255, diagonal);
        MaskComponent? largest = parts.MaxBy(part => part.Area);
        return Keep(labels, parts, part => part == largest);
    }

    private Mask Keep(int[] labels, List<MaskComponent> parts, Func<MaskComponent, bool> rule)
    {
        byte[] kept = new byte[parts.Count + 1];
        foreach (MaskComponent part in parts)
        {
            kept[part.Label] = rule(part) ? (byte)255 : (byte)0;
        }

        return new Mask(Array.ConvertAll(labels, l => kept[l]), Width, Height);
    }

    /// <summary>Labels the connected parts of one value, 0 elsewhere: two passes with a union of equivalent labels.</summary>
    private (int[] Labels, List<MaskComponent> Parts) Label(byte[] hard, byte value, bool diagonal)
    {
        int[] labels = new int[hard.Length];
        List<int> parents = [0];
        for (int y = 0, i = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++, i++)
            {
                if (hard[i] != value)
                {
                    continue;
                }

                int label = x > 0 ? labels[i - 1] : 0;
                if (y > 0)
                {
                    label = Join(parents, label, labels[i - Width]);
                    if (diagonal)
                    {
                        label = Join(parents, label, x > 0 ? labels[i - Width - 1] : 0);
                        label = Join(parents, label, x + 1 < Width ? labels[i - Width + 1] : 0);
                    }
                }

                if (label == 0)
                {
                    label = parents.Count;
                    parents.Add(label);
                }

                labels[i] = label;
            }
        }

        return (labels, Number(labels, parents));
    }

    private List<MaskComponent> Number(int[] labels, List<int> parents)
    {
        int[] final = new int[parents.Count];
        List<(int Area, int Left, int Top, int Right, int Bottom)> extents = [];
        for (int y = 0, i = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++, i++)
            {
                if (labels[i] == 0)
                {
                    continue;
                }

                int root = Root(parents, labels[i]);
                if (final[root] == 0)
                {
                    extents.Add((0, x, y, x + 1, y + 1));
                    final[root] = extents.Count;
                }

                labels[i] = final[root];
                (int area, int left, int top, int right, int bottom) = extents[labels[i] - 1];
                extents[labels[i] - 1] = (area + 1, Math.Min(left, x), Math.Min(top, y), Math.Max(right, x + 1), Math.Max(bottom, y + 1));
            }
        }

        return [.. extents.Select((e, n) => new MaskComponent(n + 1, e.Area, new Box(e.Left, e.Top, e.Right - e.Left, e.Bottom - e.Top)))];
    }

    private static int Root(List<int> parents, int label)
    {
        while (parents[label] != label)
        {
            parents[label] = parents[parents[label]];
            label = parents[label];
        }

        return label;
    }

    private static int Join(List<int> parents, int a, int b)
    {
        if (a == 0 || b == 0)
        {
            return a | b;
        }

        int rootA = Root(parents, a);
        int rootB = Root(parents, b);
        (int low, int high) = rootA < rootB ? (rootA, rootB) : (rootB, rootA);
        parents[high] = low;
        return low;
    }
}
