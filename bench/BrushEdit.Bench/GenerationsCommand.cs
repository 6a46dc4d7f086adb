using BrushEdit.Imaging;
using BrushEdit.Synthesizing;

namespace BrushEdit.Bench;

/// <summary>Edits a JPEG repeatedly, each time from the previous file, and measures the loss in the kept region.</summary>
internal static class GenerationsCommand
{
    private const int Side = 512;

    /// <summary>Measures and prints.</summary>
    /// <param name="options">The command's options.</param>
    public static void Run(BenchOptions options)
    {
        int count = options.Count("count");
        string folder = Directory.CreateTempSubdirectory("brushedit-generations-").FullName;
        try
        {
            Console.WriteLine("| JPEG | edits | kept region, every block coded anew, dB | kept region, blocks kept, dB | untouched blocks, blocks kept, dB |");
            Console.WriteLine("|---|---|---|---|---|");
            foreach ((int quality, string sampling) in ((int, string)[])[(75, "4:2:0"), (90, "4:2:0"), (95, "4:4:4")])
            {
                string original = Path.Combine(folder, $"original-{quality}.jpg");
                Source(options["picture"]).Save(original, new PictureSaveOptions { Quality = quality, ChromaSubsampling = sampling });
                foreach (int edits in ((int[])[1, count]).Distinct())
                {
                    Picture before = Picture.Open(original);
                    Mask mask = Hole(before);
                    Picture anew = Edited(original, folder, mask, edits, coded => new PictureSaveOptions { Quality = coded.Quality, ChromaSubsampling = coded.ChromaSubsampling });
                    Picture kept = Edited(original, folder, mask, edits, _ => PictureSaveOptions.Default);

                    // Blocks of 16 x 16 cover every chroma subsampling; at their borders, upsampled chroma mixes in one pixel of the next block.
                    Mask touched = Blocks(mask).Grow(1);
                    Console.WriteLine($"| quality {quality}, {sampling} | {edits} | {Psnr(before, anew, mask)} | {Psnr(before, kept, mask)} | {Psnr(before, kept, touched)} |");
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Picture Source(string path)
    {
        if (path.Length > 0)
        {
            return Picture.Open(path);
        }

        ToyScene scene = ToyScene.Draw(7, new ToySceneOptions { Width = Side, Height = Side });
        return Picture.FromRgb(scene.Rgb, scene.Width, scene.Height);
    }

    private static Mask Hole(Picture picture) => Mask.FromEllipse(
        picture.Width, picture.Height, new Box(picture.Width * 0.4, picture.Height * 0.35, picture.Width * 0.25, picture.Height * 0.3));

    private static Picture Edited(string original, string folder, Mask mask, int edits, Func<PictureEncoding, PictureSaveOptions> how)
    {
        string path = original;
        for (int edit = 0; edit < edits; edit++)
        {
            Picture picture = Picture.Open(path);
            byte[] drawn = new byte[picture.Width * picture.Height * 3];
            Array.Fill(drawn, (byte)(40 + (edit * 17 % 170)));
            path = Path.Combine(folder, $"{Guid.NewGuid():N}.jpg");
            picture.Compose(drawn, mask.ToFloats()).Save(path, how(picture.Encoding));
        }

        return Picture.Open(path);
    }

    private static Mask Blocks(Mask mask)
    {
        const int Block = 16;
        Mask blocks = Mask.Empty(mask.Width, mask.Height);
        for (int y = 0; y < mask.Height; y += Block)
        {
            for (int x = 0; x < mask.Width; x += Block)
            {
                Mask block = Mask.FromBox(mask.Width, mask.Height, new Box(x, y, Block, Block));
                blocks = mask.Intersect(block).IsEmpty ? blocks : blocks.Union(block);
            }
        }

        return blocks;
    }

    private static string Psnr(Picture before, Picture after, Mask edited)
    {
        double error = 0;
        long count = 0;
        for (int i = 0; i < edited.Values.Length; i++)
        {
            for (int band = 0; band < 3 && edited.Values[i] == 0; band++, count++)
            {
                double difference = (before.Rgb[(i * 3) + band] - after.Rgb[(i * 3) + band]) / 255.0;
                error += difference * difference;
            }
        }

        double psnr = ImageMetrics.Psnr(error / count);
        return double.IsInfinity(psnr) ? "infinite" : $"{psnr:0.0}";
    }
}
