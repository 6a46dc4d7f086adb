using System.Globalization;
using System.Text.RegularExpressions;
using BrushEdit.Loading;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// A checkpoint with each box head under one name. The published model has up to two names per layer for a head (its own list and the decoder's), and
/// all layers may share one head; which of these names a file contains depends on the program that wrote it.
/// </summary>
internal sealed partial class TiedBoxHeads : IWeights
{
    private readonly IWeights inner;
    private readonly Dictionary<string, List<string>> stored = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorInfo> tensors = new(StringComparer.Ordinal);

    public TiedBoxHeads(IWeights inner, GroundingDinoConfig config)
    {
        this.inner = inner;
        foreach ((string name, TensorInfo info) in inner.Tensors.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            string single = SingleName(name, config);
            if (tensors.TryGetValue(single, out TensorInfo? first) && !first.Shape.SequenceEqual(info.Shape))
            {
                throw Differ(stored[single][0], name, $"shapes {first.ShapeText} and {info.ShapeText}");
            }

            tensors.TryAdd(single, info with { Name = single });
            stored.TryAdd(single, []);
            stored[single].Add(name);
        }
    }

    public string Source => inner.Source;

    public IReadOnlyDictionary<string, TensorInfo> Tensors => tensors;

    public Tensor Read(string name)
    {
        if (!stored.TryGetValue(name, out List<string>? names))
        {
            return inner.Read(name);
        }

        Tensor tensor = inner.Read(names[0]);
        foreach (string copy in names.Skip(1))
        {
            using Tensor other = inner.Read(copy);
            using Tensor same = other.to(tensor.dtype);
            if (!same.Equals(tensor))
            {
                tensor.Dispose();
                throw Differ(names[0], copy, "values");
            }
        }

        return tensor;
    }

    // A head that is stored twice is read twice, so that both copies can be compared.
    StoredRange? IWeights.Find(string name) =>
        !stored.TryGetValue(name, out List<string>? names) ? inner.Find(name) : names is [string only] ? inner.Find(only) : null;

    /// <summary>The name of a stored tensor in this project's network.</summary>
    internal static string SingleName(string name, GroundingDinoConfig config)
    {
        Match match = BoxHead().Match(name);
        if (!match.Success
            || !int.TryParse(match.Groups["layer"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int layer)
            || layer >= config.DecoderLayers)
        {
            return name;
        }

        return $"bbox_embed.{(config.ShareBoxHeads ? 0 : layer)}.{match.Groups["rest"].Value}";
    }

    [GeneratedRegex(@"^(model\.decoder\.)?bbox_embed\.(?<layer>[0-9]+)\.(?<rest>.+)$", RegexOptions.CultureInvariant)]
    private static partial Regex BoxHead();

    private EditException Differ(string first, string second, string what) =>
        new(
            EditFault.BadModel,
            $"In '{Source}' the tensors '{first}' and '{second}' should be identical but have different {what}.",
            "Copy the model again, or set decoder_bbox_embed_share to false if the heads were trained separately.",
            second);
}
