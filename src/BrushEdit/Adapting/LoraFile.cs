using BrushEdit.Loading;
using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Adapting;

/// <summary>
/// A LoRA ("LoRA: Low-Rank Adaptation of Large Language Models", arXiv 2106.09685) as stored on disk: small factors whose products are added to a
/// model's weights. The header is read and checked when the file is opened, a layer's numbers when they are requested.
/// </summary>
/// <remarks>
/// Supports the names of kohya, of diffusers and PEFT, and of older diffusers versions; layers of different ranks; convolutions of two and three
/// factors; and alpha as a tensor or in the metadata. A weight W becomes W + weight * alpha / rank * up x down.
/// </remarks>
public sealed class LoraFile
{
    private const string Remedy = "Download the LoRA again from where it is published.";
    private const int Shown = 3;

    private readonly Lazy<string> digest;

    private LoraFile(string path, IReadOnlyList<LoraLayer> layers)
    {
        Source = path;
        Layers = layers;
        digest = new Lazy<string>(() => DigestOf(path));
    }

    /// <summary>The file.</summary>
    public string Source { get; }

    /// <summary>How many layers it changes.</summary>
    public int Count => Layers.Count;

    internal IReadOnlyList<LoraLayer> Layers { get; }

    /// <summary>The SHA-256 of its content, in hexadecimal; computed on first use.</summary>
    /// <exception cref="EditException">The file cannot be read.</exception>
    internal string Digest => digest.Value;

    /// <summary>Opens a LoRA; reads its header only.</summary>
    /// <param name="path">A <c>.safetensors</c> file.</param>
    /// <exception cref="EditException">
    /// It is missing, pickled, broken, not a LoRA, of an unsupported kind, or its factors are inconsistent.
    /// </exception>
    public static LoraFile Open(string path)
    {
        ModelRecognition.RefusePickle(path);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        if (file.Tensors.Keys.Select(LoraNames.Relative).FirstOrDefault(relative => relative is not null) is string kind)
        {
            throw Refuse(path, $"is {kind}, a relative of LoRA that is not supported", "Use a LoRA or a LoCon.");
        }

        Dictionary<(LoraTarget, string), Dictionary<LoraFactor, TensorInfo>> parts = [];
        foreach ((string name, TensorInfo info) in file.Tensors)
        {
            if (LoraNames.Read(name) is (LoraTarget target, string layer, LoraFactor factor))
            {
                (parts.TryGetValue((target, layer), out Dictionary<LoraFactor, TensorInfo>? known) ? known : parts[(target, layer)] = [])[factor] = info;
            }
        }

        LoraSettings settings = LoraSettings.Of(file);
        LoraLayer[] layers = [.. parts.Where(part => part.Value.Keys.Any(factor => factor != LoraFactor.Alpha)).Select(part => Layer(path, part.Key.Item1, part.Key.Item2, part.Value, settings))];
        return layers.Length > 0 ? new LoraFile(path, layers) : throw Refuse(path, "contains no layer of a LoRA", "Use a LoRA in a .safetensors file.");
    }

    /// <summary>Requires that all its numbers are finite. Reads the whole file.</summary>
    /// <exception cref="EditException">One is NaN or infinite.</exception>
    public void RequireFinite()
    {
        using SafetensorsFile file = SafetensorsFile.Open(Source);
        foreach (TensorInfo info in Layers.SelectMany(layer => (TensorInfo?[])[layer.Down, layer.Up, layer.Mid, layer.Alpha]).OfType<TensorInfo>())
        {
            using torch.Tensor tensor = file.Read(info.Name);
            if (!Finite.AllFinite(tensor))
            {
                throw Refuse(Source, $"contains NaN or infinity in '{info.Name}'", Remedy);
            }
        }
    }

    /// <summary>Finds the weights of a model's networks that this LoRA changes; reads no file.</summary>
    /// <param name="networks">The shapes of the networks' tensors by their name.</param>
    /// <exception cref="EditException">It matches no layer, or was made for layers of another size and so belongs to another family.</exception>
    internal LoraFit Fit(IReadOnlyDictionary<LoraTarget, IReadOnlyDictionary<string, TensorInfo>> networks)
    {
        Dictionary<LoraTarget, Dictionary<string, TensorInfo>> folded = networks.ToDictionary(network => network.Key, network => Folded(network.Value));
        int layersPerBlock = networks.TryGetValue(LoraTarget.Unet, out IReadOnlyDictionary<string, TensorInfo>? unet) ? LayersPerBlock(unet) : 2;
        List<LoraChange> changes = [];
        List<string> left = [];
        foreach (LoraLayer layer in Layers)
        {
            string name = layer.Target == LoraTarget.Unet ? LoraNames.Fold(layer.Name, layersPerBlock) : LoraNames.Fold(layer.Name, 0);
            if (!folded.TryGetValue(layer.Target, out Dictionary<string, TensorInfo>? weights) || !weights.TryGetValue(name, out TensorInfo? weight))
            {
                left.Add(layer.Name);
            }
            else if (!layer.Fits(weight.Shape))
            {
                throw Refuse(
                    Source,
                    $"was made for another model{Family}: its layer '{layer.Name}' ({layer.Up.ShapeText} times {(layer.Mid ?? layer.Down).ShapeText}) does not fit the weight '{weight.Name}' of {weight.ShapeText}",
                    "Use a LoRA of the base model's family.");
            }
            else
            {
                changes.Add(new LoraChange(weight.Name, layer));
            }
        }

        return changes.Count > 0 ? new LoraFit(this, changes, left) : throw Refuse(
            Source,
            $"was made for another model{Family}: this model has none of its {Count} layers ({List(left)})",
            "Use a LoRA of the base model's family.");
    }

    /// <summary>Formats some of the names for an error or a warning.</summary>
    internal static string List(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(Shown).Select(name => $"'{name}'")) + (names.Count > Shown ? $" and {names.Count - Shown} more" : string.Empty);

    // Inferred from known properties of published families; empty if unknown.
    private string Family
    {
        get
        {
            bool Has(string word) => Layers.Any(layer => layer.Name.Contains(word, StringComparison.Ordinal));
            long text = Layers.FirstOrDefault(layer => layer.Target == LoraTarget.Unet && (layer.Name.EndsWith("attn2_to_k", StringComparison.Ordinal) || layer.Name.EndsWith("attn2.to_k", StringComparison.Ordinal)))?.Down.Shape[1] ?? 0;
            return Has("double_blocks") || Has("single_transformer_blocks") || Has("single_blocks") ? " (FLUX by its names)"
                : Has("joint_blocks") || Has("add_q_proj") ? " (Stable Diffusion 3 by its names)"
                : text switch { 768 => " (Stable Diffusion 1 by its sizes)", 1024 => " (Stable Diffusion 2 by its sizes)", 2048 => " (Stable Diffusion XL by its sizes)", _ => string.Empty };
        }
    }

    private static string DigestOf(string path)
    {
        try
        {
            return RegularFile.Hash(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Refuse(path, $"cannot be read ({fault.Message})", Remedy);
        }
    }

    private static LoraLayer Layer(string path, LoraTarget target, string name, Dictionary<LoraFactor, TensorInfo> parts, LoraSettings settings)
    {
        if (!parts.TryGetValue(LoraFactor.Down, out TensorInfo? down) || !parts.TryGetValue(LoraFactor.Up, out TensorInfo? up))
        {
            throw Refuse(path, $"lacks one of the two factors of its layer '{name}'", Remedy);
        }

        LoraLayer layer = new(target, name, down, up, parts.GetValueOrDefault(LoraFactor.Mid), parts.GetValueOrDefault(LoraFactor.Alpha))
        {
            Scaling = settings.Scaling(target, name),
        };
        return layer.Alpha is { Count: not 1 } ? throw Refuse(path, $"has an alpha of {layer.Alpha.ShapeText} for its layer '{name}', not one number", Remedy)
            : layer.Fault is { } fault ? throw Refuse(path, $"is broken: its layer '{name}' {fault}", Remedy)
            : layer;
    }

    private static Dictionary<string, TensorInfo> Folded(IReadOnlyDictionary<string, TensorInfo> weights)
    {
        const string ending = ".weight";
        Dictionary<string, TensorInfo> folded = new(StringComparer.Ordinal);
        foreach ((string name, TensorInfo info) in weights)
        {
            if (name.EndsWith(ending, StringComparison.Ordinal))
            {
                folded[name[..^ending.Length].Replace('.', '_')] = info with { Name = name };
            }
        }

        return folded;
    }

    private static int LayersPerBlock(IReadOnlyDictionary<string, TensorInfo> unet)
    {
        int count = 0;
        while (unet.ContainsKey($"down_blocks.0.resnets.{count}.conv1.weight"))
        {
            count++;
        }

        return Math.Max(1, count);
    }

    private static EditException Refuse(string path, string what, string remedy) => new(EditFault.BadModel, $"The LoRA '{path}' {what}.", remedy, path);
}
