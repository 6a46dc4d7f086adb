namespace BrushEdit.Synthesizing;

/// <summary>Connected regions of a map of pixels.</summary>
internal static class SceneRegions
{
    /// <summary>The largest 4-connected region, with its holes filled; empty if no pixel is marked.</summary>
    /// <param name="map">Marked pixels, row-major.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="area">Its number of pixels.</param>
    public static bool[] Largest(bool[] map, int width, int height, out int area)
    {
        int[] label = Label(map, width, height, out List<int> sizes);
        area = 0;
        bool[] region = new bool[map.Length];
        if (sizes.Count == 0)
        {
            return region;
        }

        int biggest = sizes.IndexOf(sizes.Max());
        bool[] outside = new bool[map.Length];
        for (int i = 0; i < map.Length; i++)
        {
            outside[i] = label[i] != biggest + 1;
        }

        int[] holes = Label(outside, width, height, out List<int> holeSizes);
        bool[] open = new bool[holeSizes.Count + 1];
        for (int i = 0; i < map.Length; i++)
        {
            int x = i % width, y = i / width;
            if (x == 0 || y == 0 || x == width - 1 || y == height - 1)
            {
                open[holes[i]] = true;
            }
        }

        for (int i = 0; i < map.Length; i++)
        {
            region[i] = !outside[i] || (!open[holes[i]] && holes[i] > 0);
            area += region[i] ? 1 : 0;
        }

        return region;
    }

    private static int[] Label(bool[] map, int width, int height, out List<int> sizes)
    {
        int[] label = new int[map.Length];
        sizes = [];
        var stack = new Stack<int>();
        for (int start = 0; start < map.Length; start++)
        {
            if (!map[start] || label[start] != 0)
            {
                continue;
            }

            int size = 0;
            label[start] = sizes.Count + 1;
            stack.Push(start);
            while (stack.TryPop(out int i))
            {
                size++;
                int x = i % width, y = i / width;
                Visit(x > 0, i - 1);
                Visit(x < width - 1, i + 1);
                Visit(y > 0, i - width);
                Visit(y < height - 1, i + width);
            }

            sizes.Add(size);

            void Visit(bool there, int j)
            {
                if (there && map[j] && label[j] == 0)
                {
                    label[j] = label[start];
                    stack.Push(j);
                }
            }
        }

        return label;
    }
}
