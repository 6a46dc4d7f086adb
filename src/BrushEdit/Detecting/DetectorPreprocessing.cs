using BrushEdit.Imaging;
using BrushEdit.Loading;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Detecting;

/// <summary>Preprocessing of pictures for Grounding DINO, as in its <c>preprocessor_config.json</c>.</summary>
public sealed record DetectorPreprocessing
{
    // Eight times the published pixels.
    private const int LargestSide = 4096;

    /// <summary>The target length of the short side, in pixels, unless the long side would become too long.</summary>
    public int ShortSide { get; init; } = 800;

    /// <summary>The maximum length of the long side, in pixels.</summary>
    public int LongSide { get; init; } = 1333;

    /// <summary>The factor for an 8-bit level.</summary>
    public double Rescale { get; init; } = 1.0 / 255;

    /// <summary>The mean that is subtracted from red, green and blue; ImageNet's by default.</summary>
    public IReadOnlyList<double> Mean { get; init; } = [0.485, 0.456, 0.406];

    /// <summary>The standard deviation that the difference is divided by; ImageNet's by default.</summary>
    public IReadOnlyList<double> Deviation { get; init; } = [0.229, 0.224, 0.225];

    /// <summary>Reads the published keys; an absent key has the published default.</summary>
    /// <param name="config">The processor's configuration.</param>
    /// <exception cref="EditException">A key is unknown, has the wrong type, or requires an unsupported option.</exception>
    public static DetectorPreprocessing Read(ConfigReader config)
    {
        config.Expect("do_resize", "true");
        config.Expect("do_rescale", "true");
        config.Expect("do_normalize", "true");
        config.Expect("do_convert_rgb", "true");
        config.Expect("do_center_crop", "false");
        config.Expect("resample", "2");
        config.Expect("image_processor_type", "\"GroundingDinoImageProcessor\"", "\"GroundingDinoImageProcessorFast\"", "\"GroundingDinoImageProcessorPil\"");

        // Pictures are processed one by one, so that no padding is needed; annotations are only used in training.
        config.Ignore(
            "do_pad", "pad_size", "do_convert_annotations", "format", "feature_extractor_type", "processor_class", "default_to_square",
            "crop_size", "device", "data_format", "input_data_format", "return_tensors", "disable_grouping", "size_divisor", "max_size");
        DetectorPreprocessing standard = new();
        (int shortSide, int longSide) = (standard.ShortSide, standard.LongSide);
        if (config.Has("size"))
        {
            ConfigReader size = config.Section("size");
            shortSide = size.Int("shortest_edge", null, 1, 4096);
            longSide = size.Int("longest_edge", LargestSide, 1, LargestSide);
            size.Finish();
        }

        DetectorPreprocessing read = new()
        {
            ShortSide = shortSide,
            LongSide = longSide,
            Rescale = config.Double("rescale_factor", standard.Rescale, 1e-9, 1e3),
            Mean = config.Channels("image_mean", standard.Mean),
            Deviation = config.Channels("image_std", standard.Deviation),
        };
        config.Finish();
        return read.ShortSide > 0 && read.LongSide > 0 && read.Deviation.All(value => value > 0)
            ? read
            : throw ConfigReader.Broken(config.Source, "a size or deviation is not positive");
    }

    /// <summary>
    /// The resized size of a picture: the short side as configured, the long side in proportion (rounded down), both reduced if the long side is too
    /// long.
    /// </summary>
    /// <param name="width">The picture's width, from 1.</param>
    /// <param name="height">The picture's height, from 1.</param>
    public (int Width, int Height) SizeFor(int width, int height)
    {
        (int shorter, int longer) = (Math.Min(width, height), Math.Max(width, height));
        double exact = ShortSide;
        if ((double)longer / shorter * ShortSide > LongSide)
        {
            exact = (double)LongSide * shorter / longer;
        }

        int rounded = (int)Math.Round(exact, MidpointRounding.ToEven);
        if (shorter == rounded)
        {
            return (width, height);
        }

        int small = Math.Max(1, rounded);
        int large = Math.Max(1, (int)(exact * longer / shorter));
        return width < height ? (small, large) : (large, small);
    }

    /// <summary>Resizes (bilinear with antialiasing, 8 bits) and normalises.</summary>
    /// <param name="rgb">Interleaved 8-bit sRGB, width * height * 3 values.</param>
    /// <param name="width">The picture's width.</param>
    /// <param name="height">The picture's height.</param>
    /// <param name="device">The result's device; null is the CPU.</param>
    /// <param name="dtype">Its type; null is single precision.</param>
    /// <returns>(1, 3, h, w); the caller owns it.</returns>
    /// <exception cref="EditException">The number of values does not fit the size.</exception>
    public Tensor Prepare(ReadOnlySpan<byte> rgb, int width, int height, Device? device = null, ScalarType? dtype = null)
    {
        if (width < 1 || height < 1 || rgb.Length != (long)width * height * 3)
        {
            throw new EditException(EditFault.BadPicture, $"A picture of {width} x {height} has {(long)width * height * 3} samples, but {rgb.Length} were given.", null, rgb.Length);
        }

        (int newWidth, int newHeight) = SizeFor(width, height);
        byte[] resized = Resizer.Resize(rgb, width, height, 3, newWidth, newHeight, ResizeFilter.Bilinear);
        float[] planes = new float[resized.Length];
        int area = newWidth * newHeight;
        Span<float> levels = stackalloc float[256];
        for (int channel = 0; channel < 3; channel++)
        {
            for (int level = 0; level < levels.Length; level++)
            {
                levels[level] = (float)(((level * Rescale) - Mean[channel]) / Deviation[channel]);
            }

            Span<float> plane = planes.AsSpan(channel * area, area);
            for (int i = 0; i < area; i++)
            {
                plane[i] = levels[resized[(i * 3) + channel]];
            }
        }

        using DisposeScope scope = torch.NewDisposeScope();
        return torch.tensor(planes, [1, 3, newHeight, newWidth]).to(dtype ?? ScalarType.Float32).to(device ?? torch.CPU).MoveToOuterDisposeScope();
    }
}
