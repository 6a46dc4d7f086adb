using BrushEdit.Loading;

namespace BrushEdit.Modeling;

/// <summary>The three parts of a SAM checkpoint's <c>config.json</c>; defaults are those of sam-vit-base.</summary>
public sealed record SamConfig
{
    /// <summary>The image encoder.</summary>
    public SamVisionConfig Vision { get; init; } = new();

    /// <summary>The prompt encoder.</summary>
    public SamPromptEncoderConfig PromptEncoder { get; init; } = new();

    /// <summary>The mask decoder.</summary>
    public SamMaskDecoderConfig MaskDecoder { get; init; } = new();

    /// <summary>Side of the mask logits that the decoder returns and of the mask prompts that it accepts: four per embedding cell.</summary>
    public int LowResolutionSize => 4 * Vision.EmbeddingSize;

    /// <summary>Reads a <c>config.json</c> of model type <c>sam</c>.</summary>
    /// <param name="config">The reader; it is finished here.</param>
    /// <exception cref="EditException">It is of another kind, contradicts itself, or requires something that is not supported.</exception>
    public static SamConfig Read(ConfigReader config)
    {
        string type = config.Text("model_type", "sam");
        if (type != "sam")
        {
            throw new EditException(
                EditFault.BadModel,
                $"The configuration '{config.Source}' is of a '{type}' model, not of SAM.",
                "Point to a folder of facebook/sam-vit-base, -large or -huge, or of the project's own segmenter.",
                config.Source);
        }

        SamConfig read = new()
        {
            Vision = config.Has("vision_config") ? SamVisionConfig.Read(config.Section("vision_config")) : new(),
            PromptEncoder = config.Has("prompt_encoder_config") ? SamPromptEncoderConfig.Read(config.Section("prompt_encoder_config")) : new(),
            MaskDecoder = config.Has("mask_decoder_config") ? SamMaskDecoderConfig.Read(config.Section("mask_decoder_config")) : new(),
        };
        IgnoreCommon(config);
        config.Finish();
        read.Check(config.Source);
        return read;
    }

    /// <summary>Checks the three parts for consistent widths, sizes and divisions.</summary>
    /// <param name="source">What errors call the configuration.</param>
    /// <exception cref="EditException">Two settings are inconsistent; the message names them.</exception>
    public void Check(string source)
    {
        Require(Vision.ImageSize % Vision.PatchSize == 0, $"image_size {Vision.ImageSize} is not a multiple of patch_size {Vision.PatchSize}");
        Require(Vision.HiddenSize % Vision.NumAttentionHeads == 0, $"hidden_size {Vision.HiddenSize} is not a multiple of num_attention_heads {Vision.NumAttentionHeads}");
        Require(Vision.OutputChannels == PromptEncoder.HiddenSize, $"output_channels {Vision.OutputChannels} differs from the prompt encoder's hidden_size {PromptEncoder.HiddenSize}");
        Require(PromptEncoder.HiddenSize == MaskDecoder.HiddenSize, $"the prompt encoder's hidden_size {PromptEncoder.HiddenSize} differs from the mask decoder's {MaskDecoder.HiddenSize}");
        Require(2 * Vision.NumPosFeats == PromptEncoder.HiddenSize, $"num_pos_feats {Vision.NumPosFeats} is not half of the prompt encoder's hidden_size {PromptEncoder.HiddenSize}");
        Require(PromptEncoder.ImageSize == Vision.ImageSize && PromptEncoder.PatchSize == Vision.PatchSize, "the prompt encoder's image_size and patch_size differ from the image encoder's");
        Require(PromptEncoder.MaskInputChannels % 4 == 0, $"mask_input_channels {PromptEncoder.MaskInputChannels} is not a multiple of 4");
        Require(MaskDecoder.HiddenSize % 8 == 0, $"the mask decoder's hidden_size {MaskDecoder.HiddenSize} is not a multiple of 8");
        Require(
            MaskDecoder.HiddenSize % (MaskDecoder.AttentionDownsampleRate * MaskDecoder.NumAttentionHeads) == 0,
            $"the mask decoder's hidden_size {MaskDecoder.HiddenSize} is not a multiple of attention_downsample_rate x num_attention_heads");
        Require(MaskDecoder.IouHeadDepth >= 2, $"iou_head_depth {MaskDecoder.IouHeadDepth} is less than 2");

        void Require(bool holds, string fault)
        {
            if (!holds)
            {
                throw ConfigReader.Broken(source, fault);
            }
        }
    }

    /// <summary>Keys that transformers writes into every configuration and that do not change what SAM computes.</summary>
    internal static void IgnoreCommon(ConfigReader config) => config.Ignore(
        "model_type", "architectures", "transformers_version", "dtype", "torch_dtype", "initializer_range", "tie_word_embeddings",
        "output_hidden_states", "output_attentions", "return_dict", "chunk_size_feed_forward", "is_encoder_decoder", "is_decoder",
        "id2label", "label2id", "problem_type", "add_cross_attention", "bad_words_ids", "begin_suppress_tokens", "bos_token_id",
        "cross_attention_hidden_size", "decoder_start_token_id", "diversity_penalty", "do_sample", "early_stopping",
        "encoder_no_repeat_ngram_size", "eos_token_id", "exponential_decay_length_penalty", "finetuning_task", "forced_bos_token_id",
        "forced_eos_token_id", "length_penalty", "max_length", "min_length", "no_repeat_ngram_size", "num_beam_groups", "num_beams",
        "num_return_sequences", "output_scores", "pad_token_id", "prefix", "pruned_heads", "remove_invalid_values",
        "repetition_penalty", "return_dict_in_generate", "sep_token_id", "suppress_tokens", "task_specific_params", "temperature",
        "tf_legacy_loss", "tie_encoder_decoder", "tokenizer_class", "top_k", "top_p", "torchscript", "typical_p", "use_bfloat16");
}

/// <summary>The image encoder: a vision transformer with windowed layers and a few global ones.</summary>
public sealed record SamVisionConfig
{
    /// <summary>Width of the tokens.</summary>
    public int HiddenSize { get; init; } = 768;

    /// <summary>Channels of the image embedding.</summary>
    public int OutputChannels { get; init; } = 256;

    /// <summary>Number of transformer layers.</summary>
    public int NumHiddenLayers { get; init; } = 12;

    /// <summary>Heads of a layer; divides <see cref="HiddenSize"/>.</summary>
    public int NumAttentionHeads { get; init; } = 12;

    /// <summary>Channels of the picture.</summary>
    public int NumChannels { get; init; } = 3;

    /// <summary>Side of the square input, pixels.</summary>
    public int ImageSize { get; init; } = 1024;

    /// <summary>Side of a patch, pixels; divides <see cref="ImageSize"/>.</summary>
    public int PatchSize { get; init; } = 16;

    /// <summary>Width of the hidden layer of a layer's MLP.</summary>
    public int MlpDim { get; init; } = 3072;

    /// <summary>Added to the variance in the layers' norms (the neck's is fixed at 1e-6).</summary>
    public double LayerNormEps { get; init; } = 1e-6;

    /// <summary>Whether queries, keys and values have a bias.</summary>
    public bool QkvBias { get; init; } = true;

    /// <summary>Whether a learned position is added to every patch.</summary>
    public bool UseAbsPos { get; init; } = true;

    /// <summary>Whether attention scores include the decomposed relative positions.</summary>
    public bool UseRelPos { get; init; } = true;

    /// <summary>Side of an attention window, patches.</summary>
    public int WindowSize { get; init; } = 14;

    /// <summary>Layers, counted from 0, that attend to the whole picture.</summary>
    public IReadOnlyList<int> GlobalAttnIndexes { get; init; } = [2, 5, 8, 11];

    /// <summary>Random frequencies of the coordinate embedding: half of the prompt encoder's width.</summary>
    public int NumPosFeats { get; init; } = 128;

    /// <summary>Cells of the image embedding along a side.</summary>
    public int EmbeddingSize => ImageSize / PatchSize;

    internal static SamVisionConfig Read(ConfigReader config)
    {
        SamVisionConfig otherwise = new();
        int hidden = config.Int("hidden_size", otherwise.HiddenSize, 1, 16384);
        config.Expect("hidden_act", "\"gelu\"");
        config.Expect("attention_dropout", "0.0", "0");
        SamVisionConfig read = new()
        {
            HiddenSize = hidden,
            OutputChannels = config.Int("output_channels", otherwise.OutputChannels, 1, 4096),
            NumHiddenLayers = config.Int("num_hidden_layers", otherwise.NumHiddenLayers, 1, 128),
            NumAttentionHeads = config.Int("num_attention_heads", otherwise.NumAttentionHeads, 1, 256),
            NumChannels = config.Int("num_channels", otherwise.NumChannels, 1, 16),
            ImageSize = config.Int("image_size", otherwise.ImageSize, 1, 4096),
            PatchSize = config.Int("patch_size", otherwise.PatchSize, 1, 256),
            LayerNormEps = config.Double("layer_norm_eps", otherwise.LayerNormEps, 0, 1),
            QkvBias = config.Bool("qkv_bias", otherwise.QkvBias),
            UseAbsPos = config.Bool("use_abs_pos", otherwise.UseAbsPos),
            UseRelPos = config.Bool("use_rel_pos", otherwise.UseRelPos),
            WindowSize = config.Int("window_size", otherwise.WindowSize, 1, 256),
            GlobalAttnIndexes = config.Ints("global_attn_indexes", otherwise.GlobalAttnIndexes, 0, 1024),
            NumPosFeats = config.Int("num_pos_feats", otherwise.NumPosFeats, 1, 4096),
            MlpDim = config.Int("mlp_dim", (int)(hidden * config.Double("mlp_ratio", 4.0, 1e-3, 64)), 1, 1 << 20),
        };

        // mlp_dim overrides mlp_ratio; scale only spreads the random frequencies of a network not yet trained.
        config.Ignore("mlp_ratio", "scale");
        SamConfig.IgnoreCommon(config);
        config.Finish();
        return read;
    }
}

/// <summary>The prompt encoder: points, boxes and rough masks.</summary>
public sealed record SamPromptEncoderConfig
{
    /// <summary>Width of a prompt's token.</summary>
    public int HiddenSize { get; init; } = 256;

    /// <summary>Side of the square input that the prompts' coordinates refer to, in pixels.</summary>
    public int ImageSize { get; init; } = 1024;

    /// <summary>Side of a patch, pixels.</summary>
    public int PatchSize { get; init; } = 16;

    /// <summary>Channels inside the mask embedding; a multiple of 4.</summary>
    public int MaskInputChannels { get; init; } = 16;

    /// <summary>Added to the variance in the mask embedding's norms.</summary>
    public double LayerNormEps { get; init; } = 1e-6;

    internal static SamPromptEncoderConfig Read(ConfigReader config)
    {
        SamPromptEncoderConfig otherwise = new();
        config.Expect("hidden_act", "\"gelu\"");

        // Background, foreground, and a box's two corners.
        config.Expect("num_point_embeddings", "4");
        SamPromptEncoderConfig read = new()
        {
            HiddenSize = config.Int("hidden_size", otherwise.HiddenSize, 1, 16384),
            ImageSize = config.Int("image_size", otherwise.ImageSize, 1, 4096),
            PatchSize = config.Int("patch_size", otherwise.PatchSize, 1, 256),
            MaskInputChannels = config.Int("mask_input_channels", otherwise.MaskInputChannels, 1, 1024),
            LayerNormEps = config.Double("layer_norm_eps", otherwise.LayerNormEps, 0, 1),
        };

        // Checked against image_size and patch_size, from which it follows.
        if (config.Has("image_embedding_size") && config.Int("image_embedding_size", null, 1, 4096) != read.ImageSize / read.PatchSize)
        {
            throw ConfigReader.Broken(config.Source, "image_embedding_size is not image_size / patch_size");
        }

        SamConfig.IgnoreCommon(config);
        config.Finish();
        return read;
    }
}

/// <summary>The mask decoder: a two-way transformer between prompts and image, and the heads that predict masks and their IoU.</summary>
public sealed record SamMaskDecoderConfig
{
    /// <summary>Width of the tokens; a multiple of 8.</summary>
    public int HiddenSize { get; init; } = 256;

    /// <summary>Width of the hidden layer of a layer's MLP.</summary>
    public int MlpDim { get; init; } = 2048;

    /// <summary>Number of two-way layers.</summary>
    public int NumHiddenLayers { get; init; } = 2;

    /// <summary>Heads of an attention.</summary>
    public int NumAttentionHeads { get; init; } = 8;

    /// <summary>The factor by which the cross-attentions narrow the tokens.</summary>
    public int AttentionDownsampleRate { get; init; } = 2;

    /// <summary>Masks of different size offered for an ambiguous prompt.</summary>
    public int NumMultimaskOutputs { get; init; } = 3;

    /// <summary>Linear layers of the IoU head, at least 2.</summary>
    public int IouHeadDepth { get; init; } = 3;

    /// <summary>Width of the IoU head's hidden layers.</summary>
    public int IouHeadHiddenDim { get; init; } = 256;

    /// <summary>Added to the variance in the two-way layers' norms (1e-6 and 1e-5 elsewhere, fixed).</summary>
    public double LayerNormEps { get; init; } = 1e-6;

    internal static SamMaskDecoderConfig Read(ConfigReader config)
    {
        SamMaskDecoderConfig otherwise = new();
        config.Expect("hidden_act", "\"relu\"");
        SamMaskDecoderConfig read = new()
        {
            HiddenSize = config.Int("hidden_size", otherwise.HiddenSize, 1, 16384),
            MlpDim = config.Int("mlp_dim", otherwise.MlpDim, 1, 65536),
            NumHiddenLayers = config.Int("num_hidden_layers", otherwise.NumHiddenLayers, 1, 128),
            NumAttentionHeads = config.Int("num_attention_heads", otherwise.NumAttentionHeads, 1, 256),
            AttentionDownsampleRate = config.Int("attention_downsample_rate", otherwise.AttentionDownsampleRate, 1, 64),
            NumMultimaskOutputs = config.Int("num_multimask_outputs", otherwise.NumMultimaskOutputs, 1, 64),
            IouHeadDepth = config.Int("iou_head_depth", otherwise.IouHeadDepth, 2, 64),
            IouHeadHiddenDim = config.Int("iou_head_hidden_dim", otherwise.IouHeadHiddenDim, 1, 16384),
            LayerNormEps = config.Double("layer_norm_eps", otherwise.LayerNormEps, 0, 1),
        };
        SamConfig.IgnoreCommon(config);
        config.Finish();
        return read;
    }
}
