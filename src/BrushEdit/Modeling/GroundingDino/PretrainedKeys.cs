using BrushEdit.Loading;

namespace BrushEdit.Modeling;

/// <summary>The settings that the transformers library writes into every configuration and that no network here reads.</summary>
internal static class PretrainedKeys
{
    private static readonly string[] Harmless =
    [
        // Bookkeeping.
        "architectures", "dtype", "torch_dtype", "transformers_version", "finetuning_task", "tokenizer_class", "prefix", "problem_type",
        "id2label", "label2id", "num_labels", "task_specific_params", "initializer_range", "use_cache", "use_bfloat16", "torchscript",
        "output_attentions", "output_hidden_states", "output_scores", "return_dict", "return_dict_in_generate", "tf_legacy_loss",
        "chunk_size_feed_forward", "is_encoder_decoder", "tie_encoder_decoder", "tie_word_embeddings", "cross_attention_hidden_size",
        "bos_token_id", "eos_token_id", "sep_token_id", "pad_token_id", "decoder_start_token_id", "classifier_dropout", "gradient_checkpointing",

        // Text generation, which these networks do not do.
        "bad_words_ids", "begin_suppress_tokens", "suppress_tokens", "forced_bos_token_id", "forced_eos_token_id", "diversity_penalty",
        "do_sample", "early_stopping", "encoder_no_repeat_ngram_size", "exponential_decay_length_penalty", "length_penalty", "max_length",
        "min_length", "no_repeat_ngram_size", "num_beam_groups", "num_beams", "num_return_sequences", "remove_invalid_values",
        "repetition_penalty", "temperature", "top_k", "top_p", "typical_p",
    ];

    /// <summary>Ignores the harmless keys, and requires neutral values of those that would change a network.</summary>
    public static void PassOver(ConfigReader config)
    {
        config.Ignore(Harmless);
        config.Expect("pruned_heads", "{}");
        config.Expect("is_decoder", "false");
        config.Expect("add_cross_attention", "false");
    }
}
