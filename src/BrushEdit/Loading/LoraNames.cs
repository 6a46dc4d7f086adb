using System.Text.RegularExpressions;

namespace BrushEdit.Loading;

/// <summary>
/// The names under which LoRA files store a layer's factors, as pure functions: kohya's (<c>lora_unet_..._to_q.lora_down.weight</c>, with
/// diffusers' blocks or those of the original layout), PEFT's (<c>unet....to_q.lora_A.weight</c>), and the older ones of diffusers.
/// </summary>
/// <remarks>
/// Kohya replaces dots with underscores, which cannot be undone. A layer is therefore identified by its name with underscores throughout
/// ("folded") and looked up among the folded names of the network.
/// </remarks>
internal static partial class LoraNames
{
    private static readonly (string Ending, LoraFactor Factor)[] Endings =
    [
        (".lora_down.weight", LoraFactor.Down),
        (".lora_up.weight", LoraFactor.Up),
        (".lora_mid.weight", LoraFactor.Mid),
        (".lora_A.weight", LoraFactor.Down),
        (".lora_B.weight", LoraFactor.Up),
        (".lora.down.weight", LoraFactor.Down),
        (".lora.up.weight", LoraFactor.Up),
        (".lora_linear_layer.down.weight", LoraFactor.Down),
        (".lora_linear_layer.up.weight", LoraFactor.Up),
        ("_lora.down.weight", LoraFactor.Down),
        ("_lora.up.weight", LoraFactor.Up),
        (".alpha", LoraFactor.Alpha),
    ];

    // Of two prefixes that begin alike, the longer comes first.
    private static readonly (string Prefix, LoraTarget Target)[] Prefixes =
    [
        ("lora_unet_", LoraTarget.Unet),
        ("lora_te1_", LoraTarget.TextEncoder),
        ("lora_te2_", LoraTarget.TextEncoder2),
        ("lora_te_", LoraTarget.TextEncoder),
        ("unet.", LoraTarget.Unet),
        ("text_encoder_2.", LoraTarget.TextEncoder2),
        ("text_encoder.", LoraTarget.TextEncoder),
        (PeftPrefix, LoraTarget.Unet),
    ];

    // Attention processors and the oldest text encoder parts name a layer by its role.
    private static readonly Dictionary<string, (string Unet, string Text)> Roles = new(StringComparer.Ordinal)
    {
        ["to_q"] = ("to_q", "q_proj"),
        ["to_k"] = ("to_k", "k_proj"),
        ["to_v"] = ("to_v", "v_proj"),
        ["to_out"] = ("to_out.0", "out_proj"),
    };

    private static readonly Dictionary<string, string> Ends = new(StringComparer.Ordinal)
    {
        ["label_emb_0_0"] = "add_embedding_linear_1",
        ["label_emb_0_2"] = "add_embedding_linear_2",
    };

    /// <summary>The prefix of the names in an adapter that PEFT itself has saved.</summary>
    public const string PeftPrefix = "base_model.model.";

    /// <summary>Whether a tensor shows that its file is a LoRA or of a related kind, supported or not.</summary>
    /// <param name="name">The tensor's name.</param>
    public static bool IsLora(string name) => Read(name) is { Factor: not LoraFactor.Alpha } || Relative(name) is not null;

    /// <summary>The name of the kind related to LoRA that a tensor belongs to; null if it may belong to a LoRA.</summary>
    /// <param name="name">The tensor's name.</param>
    public static string? Relative(string name) =>
        name.Contains(".hada_", StringComparison.Ordinal) ? "a LoHa"
        : name.Contains(".lokr_", StringComparison.Ordinal) ? "a LoKr"
        : name.Contains(".oft_", StringComparison.Ordinal) ? "an OFT"
        : name.EndsWith(".dora_scale", StringComparison.Ordinal) || name.Contains(".lora_magnitude_vector", StringComparison.Ordinal) ? "a DoRA"
        : name.EndsWith(".diff", StringComparison.Ordinal) || name.EndsWith(".diff_b", StringComparison.Ordinal) ? "a whole difference of weights"
        : null;

    /// <summary>Parses a stored name.</summary>
    /// <param name="stored">The tensor's name.</param>
    /// <returns>The network, layer and factor that it names; null if it is not the name of a factor.</returns>
    public static (LoraTarget Target, string Layer, LoraFactor Factor)? Read(string stored)
    {
        ArgumentNullException.ThrowIfNull(stored);

        // PEFT may put the adapter's name before the last word.
        string name = AdapterName().Replace(stored, "$1.weight");
        foreach ((string ending, LoraFactor factor) in Endings)
        {
            if (name.EndsWith(ending, StringComparison.Ordinal))
            {
                (LoraTarget target, string layer) = Target(name[..^ending.Length]);
                bool byRole = ending.StartsWith("_lora", StringComparison.Ordinal) || (factor == LoraFactor.Alpha && layer.EndsWith("_lora", StringComparison.Ordinal));
                return layer.Length == 0 ? null : (target, byRole ? OfRole(target, layer) : layer, factor);
            }
        }

        return null;
    }

    /// <summary>A layer's name in diffusers' blocks, with underscores instead of dots.</summary>
    /// <param name="layer">The layer as <see cref="Read"/> returns it.</param>
    /// <param name="layersPerBlock">Residual layers per level of the U-Net.</param>
    public static string Fold(string layer, int layersPerBlock)
    {
        string folded = layer.Replace('.', '_');
        if (Ends.TryGetValue(folded, out string? end))
        {
            return end;
        }

        return OriginalBlock().Match(folded) is { Success: true } match
            && SingleFileNames.Unet($"{SingleFileNames.UnetPrefix}{Dotted(match)}.weight", layersPerBlock) is string today
            ? today[..^".weight".Length].Replace('.', '_')
            : folded;
    }

    private static string Dotted(Match match)
    {
        string place = $"{match.Groups["list"].Value}.{match.Groups["place"].Value.Replace('_', '.')}";
        string rest = match.Groups["rest"].Value;
        return rest.Length == 0 ? place : $"{place}.{Sublayer().Replace(rest, "$1.$2")}";
    }

    private static (LoraTarget Target, string Layer) Target(string name)
    {
        foreach ((string prefix, LoraTarget target) in Prefixes)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal))
            {
                return (target, name[prefix.Length..]);
            }
        }

        return (LoraTarget.Unet, name);
    }

    private static string OfRole(LoraTarget target, string layer)
    {
        layer = layer.EndsWith("_lora", StringComparison.Ordinal) ? layer[..^"_lora".Length] : layer;
        int dot = layer.LastIndexOf('.');
        string attention = dot < 0 ? string.Empty : layer[..dot];
        attention = attention.EndsWith(".processor", StringComparison.Ordinal) ? attention[..^".processor".Length] : attention;
        return Roles.TryGetValue(layer[(dot + 1)..], out (string Unet, string Text) role)
            ? $"{attention}.{(target == LoraTarget.Unet ? role.Unet : role.Text)}"
            : layer;
    }

    [GeneratedRegex(@"(\.lora_[AB])\.[^.]+\.weight$", RegexOptions.CultureInvariant)]
    private static partial Regex AdapterName();

    // The first words of the original layout, which are indices in a list; the rest is the name of a layer.
    [GeneratedRegex(@"^(?<list>input_blocks|output_blocks|middle_block|time_embed|out)_(?<place>(?<=s_)[0-9]{1,3}_[0-9]{1,2}|(?<!s_)[0-9])(?:_(?<rest>.+))?$", RegexOptions.CultureInvariant)]
    private static partial Regex OriginalBlock();

    [GeneratedRegex(@"^(in_layers|emb_layers|out_layers)_([0-9])$", RegexOptions.CultureInvariant)]
    private static partial Regex Sublayer();
}

/// <summary>The role of a LoRA tensor in its layer.</summary>
internal enum LoraFactor
{
    /// <summary>The factor next to the input: (r, in), or (r, in, kh, kw).</summary>
    Down,

    /// <summary>The factor next to the output: (out, r), or (out, r, 1, 1).</summary>
    Up,

    /// <summary>The factor between them: (r, r, kh, kw).</summary>
    Mid,

    /// <summary>The number that is divided by the rank.</summary>
    Alpha,
}
