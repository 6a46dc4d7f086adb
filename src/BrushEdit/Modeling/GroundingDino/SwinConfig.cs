using System.Globalization;
using System.Text.Json.Nodes;
using BrushEdit.Loading;

namespace BrushEdit.Modeling;

/// <summary>The shape of a Swin picture backbone: the <c>backbone_config</c> of a Grounding DINO checkpoint.</summary>
public sealed record SwinConfig
{
    /// <summary>Side of the square patches that the picture is split into, in pixels.</summary>
    public int PatchSize { get; init; } = 4;

    /// <summary>Channels of the picture.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>Channels of the first stage; each further stage has twice as many.</summary>
    public int EmbedDim { get; init; } = 96;

    /// <summary>Blocks of each stage.</summary>
    public IReadOnlyList<int> Depths { get; init; } = [2, 2, 6, 2];

    /// <summary>Attention heads of each stage; they divide the stage's channels.</summary>
    public IReadOnlyList<int> Heads { get; init; } = [3, 6, 12, 24];

    /// <summary>Side of an attention window, in tokens; every second block shifts it by half.</summary>
    public int WindowSize { get; init; } = 7;

    /// <summary>Ratio of the width of a block's feed-forward part to its channels.</summary>
    public double MlpRatio { get; init; } = 4;

    /// <summary>Whether query, key and value have biases.</summary>
    public bool QkvBias { get; init; } = true;

    /// <summary>Largest share of paths dropped in training (the last block's; it grows linearly from 0).</summary>
    public double DropPath { get; init; }

    /// <summary>Share of values dropped in training.</summary>
    public double Dropout { get; init; }

    /// <summary>Share of attention weights dropped in training.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>Added to the variance in every layer normalisation of a block.</summary>
    public double LayerNormEps { get; init; } = 1e-5;

    /// <summary>The stages, counted from 1, whose outputs are used, in rising order.</summary>
    public IReadOnlyList<int> OutputStages { get; init; } = [2, 3, 4];

    /// <summary>Channels of a stage.</summary>
    /// <param name="stage">The stage, counted from 1.</param>
    public int StageChannels(int stage) => EmbedDim << (stage - 1);

    /// <summary>Reads the published keys.</summary>
    /// <param name="config">The section <c>backbone_config</c>.</param>
    /// <exception cref="EditException">A key is missing, unknown, of the wrong type, or means something that is not supported.</exception>
    public static SwinConfig Read(ConfigReader config)
    {
        config.Expect("model_type", "\"swin\"");
        config.Expect("hidden_act", "\"gelu\"");
        config.Expect("use_absolute_embeddings", "false");
        config.Ignore("image_size", "encoder_stride", "hidden_size", "num_layers", "path_norm", "stage_names");
        PretrainedKeys.PassOver(config);
        SwinConfig standard = new();
        SwinConfig read = new()
        {
            PatchSize = config.Int("patch_size", standard.PatchSize, 1, 256),
            Channels = config.Int("num_channels", standard.Channels, 1, 16),
            EmbedDim = config.Int("embed_dim", standard.EmbedDim, 1, 4096),
            Depths = config.Ints("depths", standard.Depths, 1, 64),
            Heads = config.Ints("num_heads", standard.Heads, 1, 256),
            WindowSize = config.Int("window_size", standard.WindowSize, 1, 256),
            MlpRatio = config.Double("mlp_ratio", standard.MlpRatio, 1e-3, 64),
            QkvBias = config.Bool("qkv_bias", standard.QkvBias),
            DropPath = config.Double("drop_path_rate", 0.1, 0, 1),
            Dropout = config.Double("hidden_dropout_prob", 0, 0, 1),
            AttentionDropout = config.Double("attention_probs_dropout_prob", 0, 0, 1),
            LayerNormEps = config.Double("layer_norm_eps", standard.LayerNormEps, 0, 1),
            OutputStages = ReadStages(config),
        };
        config.Finish();
        return read;
    }

    /// <summary>Rejects impossible shapes.</summary>
    /// <exception cref="EditException">A setting is invalid; the message names it.</exception>
    public void Validate()
    {
        bool sound = PatchSize > 0 && Channels > 0 && EmbedDim > 0 && WindowSize > 0 && MlpRatio > 0
            && Depths.Count > 0 && Depths.Count == Heads.Count && Depths.All(depth => depth > 0)
            && Heads.Select((heads, stage) => heads > 0 && StageChannels(stage + 1) % heads == 0).All(fits => fits)
            && OutputStages.Count > 0 && OutputStages.All(stage => stage >= 1 && stage <= Depths.Count)
            && OutputStages.Zip(OutputStages.Skip(1)).All(pair => pair.First < pair.Second);
        if (!sound)
        {
            throw new EditException(
                EditFault.BadModel,
                $"The Swin backbone's settings do not match: depths [{string.Join(", ", Depths)}], heads [{string.Join(", ", Heads)}], "
                + $"{EmbedDim} channels, window {WindowSize}, output stages [{string.Join(", ", OutputStages)}].",
                "Check that config.json belongs to the checkpoint.",
                this);
        }
    }

    /// <summary>The published keys and values.</summary>
    internal JsonObject ToJson() => new()
    {
        ["model_type"] = "swin",
        ["patch_size"] = PatchSize,
        ["num_channels"] = Channels,
        ["embed_dim"] = EmbedDim,
        ["depths"] = new JsonArray([.. Depths.Select(value => JsonValue.Create(value))]),
        ["num_heads"] = new JsonArray([.. Heads.Select(value => JsonValue.Create(value))]),
        ["window_size"] = WindowSize,
        ["mlp_ratio"] = MlpRatio,
        ["qkv_bias"] = QkvBias,
        ["drop_path_rate"] = DropPath,
        ["hidden_dropout_prob"] = Dropout,
        ["attention_probs_dropout_prob"] = AttentionDropout,
        ["hidden_act"] = "gelu",
        ["use_absolute_embeddings"] = false,
        ["layer_norm_eps"] = LayerNormEps,
        ["out_features"] = new JsonArray([.. OutputStages.Select(stage => JsonValue.Create($"stage{stage}"))]),
        ["out_indices"] = new JsonArray([.. OutputStages.Select(value => JsonValue.Create(value))]),
    };

    private static IReadOnlyList<int> ReadStages(ConfigReader config)
    {
        int stages = config.Ints("depths", new SwinConfig().Depths, 1, 64).Count;
        IReadOnlyList<int> indices = config.Ints("out_indices", [], 1, 64);
        int[] named = [.. config.Texts("out_features", []).Select(name => StageNumber(name, config.Source))];
        if (named.Length > 0 && indices.Count > 0 && !named.SequenceEqual(indices))
        {
            throw ConfigReader.Broken(config.Source, "out_features and out_indices name different stages");
        }

        return named.Length > 0 ? named : indices.Count > 0 ? indices : [stages];
    }

    private static int StageNumber(string name, string source) =>
        name.StartsWith("stage", StringComparison.Ordinal)
            && int.TryParse(name.AsSpan("stage".Length), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new EditException(
                EditFault.BadModel,
                $"In the configuration '{source}' out_features names '{name}'; only stage1, stage2 ... are supported.",
                "Use a checkpoint without this setting.",
                name);
}
