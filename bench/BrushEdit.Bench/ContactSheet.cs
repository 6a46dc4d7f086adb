using BrushEdit.Imaging;

namespace BrushEdit.Bench;

/// <summary>Rows of pictures of one size, for visual inspection.</summary>
/// <param name="side">The side of a picture in pixels.</param>
internal sealed class ContactSheet(int side)
{
    private const int Gap = 4;
    private const int MostRows = 12;
    private readonly int scale = side > 64 ? 2 : 3;
    private readonly List<byte[][]> rows = [];

    /// <summary>Adds a row; after every twelve rows, a new block of columns begins.</summary>
    /// <param name="pictures">Interleaved RGB; every row must have the same number.</param>
    public void Add(params byte[][] pictures) => rows.Add(pictures);

    /// <summary>A picture with its mask in red.</summary>
    /// <param name="rgb">Interleaved RGB.</param>
    /// <param name="mask">Nonzero = masked.</param>
    public static byte[] Tint(byte[] rgb, byte[] mask)
    {
        byte[] tinted = [.. rgb];
        for (int i = 0; i < mask.Length; i++)
        {
            if (mask[i] != 0)
            {
                tinted[3 * i] = (byte)((rgb[3 * i] + 510) / 3);
                tinted[(3 * i) + 1] = (byte)(rgb[(3 * i) + 1] / 3);
                tinted[(3 * i) + 2] = (byte)(rgb[(3 * i) + 2] / 3);
            }
        }

        return tinted;
    }

    /// <summary>Writes the sheet, each pixel magnified two or three times.</summary>
    /// <param name="path">The file.</param>
    public void Save(string path)
    {
        int cell = (side * scale) + Gap;
        int perRow = rows[0].Length;
        int blockWidth = (perRow * cell) + (3 * Gap);
        int blocks = (rows.Count + MostRows - 1) / MostRows;
        int width = blocks * blockWidth, height = Math.Min(rows.Count, MostRows) * cell;
        byte[] sheet = new byte[width * height * 3];
        sheet.AsSpan().Fill(255);
        for (int row = 0; row < rows.Count; row++)
        {
            for (int column = 0; column < perRow; column++)
            {
                int left = (row / MostRows * blockWidth) + (column * cell), top = row % MostRows * cell;
                for (int y = 0; y < side * scale; y++)
                {
                    for (int x = 0; x < side * scale; x++)
                    {
                        int from = (y / scale * side) + (x / scale), to = ((top + y) * width) + left + x;
                        rows[row][column].AsSpan(3 * from, 3).CopyTo(sheet.AsSpan(3 * to));
                    }
                }
            }
        }

        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        Picture.FromRgb(sheet, width, height).Save(path, new PictureSaveOptions { Rule = WriteRule.For(force: true) });
    }
}
