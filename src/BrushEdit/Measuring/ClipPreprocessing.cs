using System.Text.Json;
using BrushEdit.Imaging;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Measuring;

/// <summary>
/// Prepares pictures for CLIP as its image processor does: the short side to the network's size (8 bits, bicubic with antialiasing), the
/// centre cropped, padded with black, then normalised by mean and deviation.
/// </summary>
/// <param name="ShortSide">Pixels the short side is resized to.</param>
/// <param name="Side">The side of the crop in pixels.</param>
/// <param name="Mean">The channels' means, for values of 0 to 1.</param>
/// <param name="Deviation">The channels' deviations.</param>
internal sealed record ClipPreprocessing(int ShortSide, int Side, IReadOnlyList<float> Mean, IReadOnlyList<float> Deviation)
{
    private static readonly float[] PublishedMean = [0.48145466f, 0.4578275f, 0.40821073f];
    private static readonly float[] PublishedDeviation = [0.26862954f, 0.26130258f, 0.27577711f];

    /// <summary>Reads <c>preprocessor_config.json</c>; without that file, uses the values of all published networks.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="side">The network's own size.</param>
    /// <exception cref="EditException">The file requires something that is not supported, or does not fit the network (BadModel).</exception>
    public static ClipPreprocessing Read(string folder, int side)
    {
        string file = Path.Combine(folder, "preprocessor_config.json");
        if (!File.Exists(file))
        {
            return new ClipPreprocessing(side, side, PublishedMean, PublishedDeviation);
        }

        ConfigReader json = ConfigReader.Open(file);
        json.Expect("do_resize", "true");
        json.Expect("do_center_crop", "true");
        json.Expect("do_normalize", "true");
        json.Expect("do_rescale", "true");
        json.Expect("resample", "3");
        json.Ignore("do_convert_rgb", "rescale_factor", "image_processor_type", "feature_extractor_type", "processor_class", "size", "crop_size", "image_mean", "image_std");
        json.Finish();
        int cut = Number(json.Raw("crop_size"), "height") ?? side;
        return cut == side
            ? new ClipPreprocessing(Number(json.Raw("size"), "shortest_edge") ?? side, cut, Three(json.Raw("image_mean")) ?? PublishedMean, Three(json.Raw("image_std")) ?? PublishedDeviation)
            : throw new EditException(EditFault.BadModel, $"'{file}' crops pictures to {cut} pixels, but the network takes {side}.", "Copy the model again.", file);
    }

    /// <summary>Crops a picture to the network's size.</summary>
    /// <param name="picture">The picture.</param>
    public RgbPicture Cut(RgbPicture picture)
    {
        bool upright = picture.Width <= picture.Height;
        int longSide = (int)((long)ShortSide * Math.Max(picture.Width, picture.Height) / Math.Min(picture.Width, picture.Height));
        (int width, int height) = upright ? (ShortSide, longSide) : (longSide, ShortSide);
        byte[] resized = Resizer.Resize(picture.Pixels, picture.Width, picture.Height, 3, width, height);
        byte[] cut = new byte[Side * Side * 3];
        int left = Offset(width);
        int top = Offset(height);
        for (int y = Math.Max(0, -top); y < Side && y + top < height; y++)
        {
            int from = Math.Max(0, -left);
            int count = Math.Min(Side - from, width - left - from);
            resized.AsSpan(((((y + top) * width) + left + from) * 3), count * 3).CopyTo(cut.AsSpan(((y * Side) + from) * 3));
        }

        return new RgbPicture(cut, Side, Side);
    }

    /// <summary>Converts pictures to the network's input.</summary>
    /// <param name="pictures">Pictures cropped to the network's size.</param>
    /// <param name="device">The device of the result.</param>
    /// <returns>(B, 3, side, side).</returns>
    public torch.Tensor Normalise(IReadOnlyList<RgbPicture> pictures, torch.Device device)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor mean = torch.tensor(Mean.ToArray(), device: device).view(1, 3, 1, 1);
        torch.Tensor deviation = torch.tensor(Deviation.ToArray(), device: device).view(1, 3, 1, 1);
        return RgbPicture.ToTensor(pictures, device).Over(255).Minus(mean).div(deviation).MoveToOuterDisposeScope();
    }

    private int Offset(int size) => (int)Math.Floor((size - Side) / 2.0);

    // Older files contain a number, newer ones an object.
    private static int? Number(JsonElement value, string key) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetInt32(out int number) && number is > 0 and <= 4096 => number,
        JsonValueKind.Object when value.TryGetProperty(key, out JsonElement inner) => Number(inner, key),
        _ => null,
    };

    private static float[]? Three(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 3 && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number)
            ? [.. value.EnumerateArray().Select(item => item.GetSingle())]
            : null;
}
