using BrushEdit.Imaging;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Segmenting;

/// <summary>The settings in a SAM folder's <c>preprocessor_config.json</c>; the defaults are those of the published models.</summary>
public sealed record SamProcessorConfig
{
    /// <summary>The length that a picture's longer side is scaled to, in pixels.</summary>
    public int LongestEdge { get; init; } = 1024;

    /// <summary>The side of the square that is padded with zeros to the right and below, in pixels: the network's input.</summary>
    public int PadSize { get; init; } = 1024;

    /// <summary>The factor by which samples are multiplied first.</summary>
    public double RescaleFactor { get; init; } = 1 / 255.0;

    /// <summary>Mean of red, green and blue.</summary>
    public IReadOnlyList<double> Mean { get; init; } = [0.485, 0.456, 0.406];

    /// <summary>Standard deviation of red, green and blue.</summary>
    public IReadOnlyList<double> Deviation { get; init; } = [0.229, 0.224, 0.225];

    /// <summary>The published preprocessing for a network of another input size.</summary>
    /// <param name="imageSize">Side of the network's square input, in pixels.</param>
    public static SamProcessorConfig For(int imageSize) => new() { LongestEdge = imageSize, PadSize = imageSize };

    /// <summary>Reads a <c>preprocessor_config.json</c>.</summary>
    /// <param name="config">The reader; it is finished here.</param>
    /// <exception cref="EditException">It contains an unsupported setting.</exception>
    public static SamProcessorConfig Read(ConfigReader config)
    {
        SamProcessorConfig otherwise = new();
        foreach (string key in new[] { "do_resize", "do_rescale", "do_normalize", "do_pad", "do_convert_rgb" })
        {
            config.Expect(key, "true");
        }

        config.Expect("do_center_crop", "false");
        config.Expect("resample", "2");
        config.Expect("data_format", "\"channels_first\"");
        config.Ignore(
            "image_processor_type", "feature_extractor_type", "processor_class", "mask_size", "mask_pad_size", "default_to_square",
            "crop_size", "device", "disable_grouping", "input_data_format", "return_tensors", "size_divisor");
        ConfigReader? size = config.Has("size") ? config.Section("size") : null;
        int longest = size?.Int("longest_edge", null, 1, 4096) ?? otherwise.LongestEdge;
        size?.Finish();
        ConfigReader? pad = config.Has("pad_size") ? config.Section("pad_size") : null;
        int height = pad?.Int("height", null, 1, 4096) ?? longest;
        int width = pad?.Int("width", null, 1, 4096) ?? longest;
        pad?.Finish();
        SamProcessorConfig read = new()
        {
            LongestEdge = longest,
            PadSize = height,
            RescaleFactor = config.Double("rescale_factor", otherwise.RescaleFactor, 1e-9, 1e3),
            Mean = config.Channels("image_mean", otherwise.Mean),
            Deviation = config.Channels("image_std", otherwise.Deviation),
        };
        config.Finish();
        if (read.Deviation.Any(value => value <= 0))
        {
            throw ConfigReader.Broken(config.Source, "image_std is not above 0");
        }

        if (height != width || longest > height || longest < 1)
        {
            throw ConfigReader.Broken(config.Source, $"a longest edge of {longest} does not suit {width} x {height}; only a square of at least that size is supported");
        }

        return read;
    }
}

/// <summary>
/// Converts a picture and its coordinates to the network's square input, and the network's low-resolution logits back to the picture's
/// pixels. Verified against the reference case image-sam.
/// </summary>
public sealed class SamProcessor
{
    /// <summary>
    /// The logit inside a rough mask; outside it is the negative of this. The decoder was trained on its own logits as mask prompts, which are in
    /// about this range.
    /// </summary>
    public const double MaskPromptLogit = 10;

    /// <summary>Creates a processor.</summary>
    /// <param name="config">Its sizes and normalisation.</param>
    public SamProcessor(SamProcessorConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
    }

    /// <summary>Sizes and normalisation.</summary>
    public SamProcessorConfig Config { get; }

    /// <summary>The size that a picture is scaled to before it is padded to the square: its longer side has the configured length.</summary>
    /// <param name="width">The picture's width.</param>
    /// <param name="height">The picture's height.</param>
    public (int Width, int Height) FittedSize(int width, int height) => Fit(width, height, Config.LongestEdge);

    /// <summary>A picture as the network's input.</summary>
    /// <param name="picture">The picture.</param>
    /// <returns>(1, 3, pad size, pad size), single precision, on the CPU; the caller owns it.</returns>
    public Tensor Pixels(Picture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        using DisposeScope scope = NewDisposeScope();
        (int width, int height) = FittedSize(picture.Width, picture.Height);
        byte[] rgb = picture.ToRgb(width, height, ResizeFilter.Bilinear);
        Tensor samples = tensor(rgb, ScalarType.Byte).view(height, width, 3).permute(2, 0, 1).to(ScalarType.Float32);
        Tensor mean = tensor(Config.Mean.ToArray(), ScalarType.Float32).view(3, 1, 1);
        Tensor deviation = tensor(Config.Deviation.ToArray(), ScalarType.Float32).view(3, 1, 1);
        Tensor normal = samples.Times(Config.RescaleFactor).Minus(mean) / deviation;
        return nn.functional.pad(normal, [0, Config.PadSize - width, 0, Config.PadSize - height]).unsqueeze(0).MoveToOuterDisposeScope();
    }

    /// <summary>Boxes in the network's pixels.</summary>
    /// <param name="boxes">Boxes of the picture.</param>
    /// <param name="width">The picture's width.</param>
    /// <param name="height">The picture's height.</param>
    /// <returns>(1, boxes, 4): left, top, right, bottom; the caller owns it.</returns>
    public Tensor Boxes(IReadOnlyList<Box> boxes, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(boxes);
        (double across, double down) = Factors(width, height);
        float[] corners = [.. boxes.SelectMany(box => new[]
        {
            (float)(box.X * across), (float)(box.Y * down), (float)(box.Right * across), (float)(box.Bottom * down),
        })];
        return tensor(corners, [1, boxes.Count, 4]);
    }

    /// <summary>Points in the network's pixels, the same number for each prompt.</summary>
    /// <param name="points">The points of each prompt in the picture; all lists are equally long.</param>
    /// <param name="width">The picture's width.</param>
    /// <param name="height">The picture's height.</param>
    /// <returns>(1, prompts, points, 2): x and y; the caller owns it.</returns>
    public Tensor Points(IReadOnlyList<IReadOnlyList<(double X, double Y)>> points, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(points);
        (double across, double down) = Factors(width, height);
        float[] flat = [.. points.SelectMany(list => list).SelectMany(point => new[] { (float)(point.X * across), (float)(point.Y * down) })];
        return tensor(flat, [1, points.Count, points[0].Count, 2]);
    }

    /// <summary>A rough mask as the prompt encoder's input.</summary>
    /// <param name="mask">A mask of the picture's size; soft values become intermediate logits.</param>
    /// <param name="lowSize">Side of the decoder's logits.</param>
    /// <returns>(1, 1, low size, low size), logits; the caller owns it.</returns>
    public Tensor MaskPrompt(Mask mask, int lowSize)
    {
        ArgumentNullException.ThrowIfNull(mask);
        using DisposeScope scope = NewDisposeScope();
        (int width, int height) = Fit(mask.Width, mask.Height, (int)Math.Round((double)lowSize * Config.LongestEdge / Config.PadSize));
        byte[] small = Resizer.Resize(mask.Values, mask.Width, mask.Height, 1, width, height, ResizeFilter.Bilinear);
        Tensor inside = tensor(small, ScalarType.Byte).view(1, 1, height, width).to(ScalarType.Float32).Over(255);
        Tensor square = nn.functional.pad(inside, [0, lowSize - width, 0, lowSize - height]);
        return square.Times(2).Minus(1).Times(MaskPromptLogit).MoveToOuterDisposeScope();
    }

    /// <summary>The decoder's logits, interpolated to the picture's size.</summary>
    /// <param name="lowResolution">(B, K, low, low).</param>
    /// <param name="width">The picture's width.</param>
    /// <param name="height">The picture's height.</param>
    /// <returns>(B, K, height, width), positive inside; the caller owns it.</returns>
    public Tensor Restore(Tensor lowResolution, int width, int height)
    {
        using DisposeScope scope = NewDisposeScope();
        (int fittedWidth, int fittedHeight) = FittedSize(width, height);
        Tensor square = Resize(lowResolution.to(ScalarType.Float32), Config.PadSize, Config.PadSize);
        Tensor fitted = square.narrow(2, 0, fittedHeight).narrow(3, 0, fittedWidth);
        return Resize(fitted, height, width).MoveToOuterDisposeScope();

        static Tensor Resize(Tensor logits, long high, long wide) =>
            nn.functional.interpolate(logits, size: [high, wide], mode: InterpolationMode.Bilinear, align_corners: false);
    }

    /// <summary>Area in pixels of the picture per cell of the decoder's logits, the smallest detail that can be distinguished.</summary>
    /// <param name="width">The picture's width.</param>
    /// <param name="height">The picture's height.</param>
    /// <param name="lowSize">Side of the decoder's logits.</param>
    public double CellArea(int width, int height, int lowSize)
    {
        double side = Math.Max(width, height) * (double)Config.PadSize / ((double)Config.LongestEdge * lowSize);
        return side * side;
    }

    private static (int Width, int Height) Fit(int width, int height, int longest)
    {
        double factor = (double)longest / Math.Max(width, height);
        return (Math.Max(1, (int)((width * factor) + 0.5)), Math.Max(1, (int)((height * factor) + 0.5)));
    }

    private (double Across, double Down) Factors(int width, int height)
    {
        (int fittedWidth, int fittedHeight) = FittedSize(width, height);
        return ((double)fittedWidth / width, (double)fittedHeight / height);
    }
}
