namespace BrushEdit.Tests.LLama;

/// <summary>
/// Writes vision-language models small enough to be made in a moment, their weights drawn from a seed: one of LLaVA's kind (llama behind
/// a CLIP tower and a two-layer projector) and one of Qwen2-VL's kind. They know nothing, and answer whatever the grammar lets them.
/// </summary>
public sealed class TinyVisionModel
{
    private const int Width = 64;
    private const int Heads = 4;
    private const int Inner = 96;
    private const int Layers = 2;
    private const int Patch = 14;
    private const int ImageSide = 56;

    private readonly Random random;

    private TinyVisionModel(int seed) => random = new Random(seed);

    /// <summary>The tokens a picture becomes in <see cref="WriteLlava"/>.</summary>
    public static int LlavaPictureTokens => ImageSide / Patch * (ImageSide / Patch);

    /// <summary>Writes <c>model.gguf</c> and <c>mmproj.gguf</c> of LLaVA's kind.</summary>
    /// <param name="folder">Where; made where it is missing.</param>
    /// <param name="seed">Of the weights.</param>
    /// <param name="context">The tokens the model says it can hold.</param>
    /// <param name="template">Its chat template; null for none.</param>
    /// <param name="projected">Numbers in a token of the projector; another number than 64 does not fit the model.</param>
    /// <param name="without">A tensor that the projector lacks; null for none.</param>
    public static void WriteLlava(string folder, int seed, int context = 4096, string? template = "{{ 'USER: ' }}{{ 'ASSISTANT: ' }}", int projected = Width, string? without = null)
    {
        TinyVisionModel tiny = new(seed);
        tiny.Llama(context, template).Save(Path.Combine(folder, "model.gguf"));
        tiny.LlavaProjector(projected, without).Save(Path.Combine(folder, "mmproj.gguf"));
    }

    /// <summary>Writes <c>model.gguf</c> and <c>mmproj.gguf</c> of Qwen2-VL's kind.</summary>
    /// <param name="folder">Where; made where it is missing.</param>
    /// <param name="seed">Of the weights.</param>
    public static void WriteQwen2VL(string folder, int seed)
    {
        TinyVisionModel tiny = new(seed);
        tiny.Qwen2().Save(Path.Combine(folder, "model.gguf"));
        tiny.QwenProjector().Save(Path.Combine(folder, "mmproj.gguf"));
    }

    private GgufWriter Llama(int context, string? template)
    {
        // SentencePiece: three marks, every byte, and every printable ASCII character as a piece of its own.
        List<string> tokens = ["<unk>", "<s>", "</s>"];
        List<int> kinds = [2, 3, 3];
        for (int value = 0; value < 256; value++)
        {
            tokens.Add($"<0x{value:X2}>");
            kinds.Add(6);
        }

        for (char c = '!'; c <= '~'; c++)
        {
            tokens.Add(c.ToString());
            kinds.Add(1);
        }

        tokens.Add("\u2581");
        kinds.Add(1);
        GgufWriter file = TextModel("llama", context)
            .Set("tokenizer.ggml.model", "llama")
            .Set("tokenizer.ggml.tokens", tokens.ToArray())
            .Set("tokenizer.ggml.scores", tokens.Select((_, i) => (float)-i).ToArray())
            .Set("tokenizer.ggml.token_type", kinds.ToArray())
            .Set("tokenizer.ggml.bos_token_id", 1)
            .Set("tokenizer.ggml.eos_token_id", 2)
            .Set("tokenizer.ggml.unknown_token_id", 0);
        if (template is not null)
        {
            file.Set("tokenizer.chat_template", template);
        }

        return TextTensors(file, tokens.Count, biases: false);
    }

    private GgufWriter Qwen2()
    {
        // Byte-level BPE: every byte by the letter that stands for it, one merge, and the marks of ChatML.
        List<string> tokens = [.. Enumerable.Range(0, 256).Select(value => ByteLetter(value).ToString()), "th"];
        List<int> kinds = [.. Enumerable.Repeat(1, tokens.Count)];
        foreach (string mark in (string[])["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>"])
        {
            tokens.Add(mark);
            kinds.Add(3);
        }

        GgufWriter file = TextModel("qwen2vl", 4096)
            .Set("qwen2vl.rope.dimension_sections", new[] { 2, 3, 3, 0 })
            .Set("tokenizer.ggml.model", "gpt2")
            .Set("tokenizer.ggml.pre", "qwen2")
            .Set("tokenizer.ggml.tokens", tokens.ToArray())
            .Set("tokenizer.ggml.token_type", kinds.ToArray())
            .Set("tokenizer.ggml.merges", new[] { "t h" })
            .Set("tokenizer.ggml.bos_token_id", tokens.IndexOf("<|endoftext|>"))
            .Set("tokenizer.ggml.eos_token_id", tokens.IndexOf("<|im_end|>"))
            .Set("tokenizer.ggml.padding_token_id", tokens.IndexOf("<|endoftext|>"))
            .Set("tokenizer.ggml.add_bos_token", false)
            .Set("tokenizer.chat_template", "{{ '<|im_start|>' }}{{ '<|im_end|>' }}");
        return TextTensors(file, tokens.Count, biases: true);
    }

    private static GgufWriter TextModel(string architecture, int context) => new GgufWriter()
        .Set("general.architecture", architecture)
        .Set("general.name", $"tiny {architecture}")
        .Set("general.file_type", 0)
        .Set($"{architecture}.context_length", context)
        .Set($"{architecture}.embedding_length", Width)
        .Set($"{architecture}.block_count", Layers)
        .Set($"{architecture}.feed_forward_length", Inner)
        .Set($"{architecture}.attention.head_count", Heads)
        .Set($"{architecture}.attention.head_count_kv", Heads)
        .Set($"{architecture}.attention.layer_norm_rms_epsilon", 1e-5f)
        .Set($"{architecture}.rope.dimension_count", Width / Heads)
        .Set($"{architecture}.rope.freq_base", 10000f);

    private GgufWriter TextTensors(GgufWriter file, int words, bool biases)
    {
        Random(file, "token_embd.weight", Width, words);
        Ones(file, "output_norm.weight");
        Random(file, "output.weight", Width, words);
        for (int i = 0; i < Layers; i++)
        {
            string block = $"blk.{i}.";
            Ones(file, block + "attn_norm.weight");
            foreach (string part in (string[])["attn_q", "attn_k", "attn_v"])
            {
                Random(file, block + part + ".weight", Width, Width);
                if (biases)
                {
                    Random(file, block + part + ".bias", Width);
                }
            }

            Random(file, block + "attn_output.weight", Width, Width);
            Ones(file, block + "ffn_norm.weight");
            Random(file, block + "ffn_gate.weight", Width, Inner);
            Random(file, block + "ffn_up.weight", Width, Inner);
            Random(file, block + "ffn_down.weight", Inner, Width);
        }

        return file;
    }

    private GgufWriter LlavaProjector(int projected, string? without)
    {
        GgufWriter file = VisionModel("mlp", projected).Set("clip.use_gelu", false);
        int places = LlavaPictureTokens + 1;
        Add("v.class_embd", Width);
        Add("v.patch_embd.weight", Patch, Patch, 3, Width);
        Add("v.position_embd.weight", Width, places);
        Ones(file, "v.pre_ln.weight");
        Add("v.pre_ln.bias", Width);
        Ones(file, "v.post_ln.weight");
        Add("v.post_ln.bias", Width);
        Tower(file, without);
        Add("mm.0.weight", Width, projected);
        Add("mm.0.bias", projected);
        Add("mm.2.weight", projected, projected);
        Add("mm.2.bias", projected);
        return file;

        void Add(string name, params int[] sides)
        {
            if (name != without)
            {
                Random(file, name, sides);
            }
        }
    }

    private GgufWriter QwenProjector()
    {
        GgufWriter file = VisionModel("qwen2vl_merger", Width).Set("clip.use_silu", false).Set("clip.use_gelu", false);
        Random(file, "v.patch_embd.weight", Patch, Patch, 3, Width);
        Random(file, "v.patch_embd.weight.1", Patch, Patch, 3, Width);
        Ones(file, "v.post_ln.weight");
        Random(file, "v.post_ln.bias", Width);
        Tower(file, without: null);

        // Four patches become one token.
        Random(file, "mm.0.weight", 4 * Width, 4 * Width);
        Random(file, "mm.0.bias", 4 * Width);
        Random(file, "mm.2.weight", 4 * Width, Width);
        Random(file, "mm.2.bias", Width);
        return file;
    }

    private static GgufWriter VisionModel(string projector, int projected) => new GgufWriter()
        .Set("general.architecture", "clip")
        .Set("general.type", "mmproj")
        .Set("general.file_type", 0)
        .Set("clip.has_vision_encoder", true)
        .Set("clip.projector_type", projector)
        .Set("clip.vision.image_size", ImageSide)
        .Set("clip.vision.patch_size", Patch)
        .Set("clip.vision.embedding_length", Width)
        .Set("clip.vision.feed_forward_length", Inner)
        .Set("clip.vision.projection_dim", projected)
        .Set("clip.vision.block_count", Layers)
        .Set("clip.vision.attention.head_count", Heads)
        .Set("clip.vision.attention.layer_norm_epsilon", 1e-5f)
        .Set("clip.vision.image_mean", new[] { 0.5f, 0.5f, 0.5f })
        .Set("clip.vision.image_std", new[] { 0.25f, 0.25f, 0.25f });

    private void Tower(GgufWriter file, string? without)
    {
        for (int i = 0; i < Layers; i++)
        {
            string block = $"v.blk.{i}.";
            foreach (string part in (string[])["attn_q", "attn_k", "attn_v", "attn_out"])
            {
                if (block + part + ".weight" != without)
                {
                    Random(file, block + part + ".weight", Width, Width);
                }

                Random(file, block + part + ".bias", Width);
            }

            foreach (string norm in (string[])["ln1", "ln2"])
            {
                Ones(file, block + norm + ".weight");
                Random(file, block + norm + ".bias", Width);
            }

            Random(file, block + "ffn_up.weight", Width, Inner);
            Random(file, block + "ffn_up.bias", Inner);
            Random(file, block + "ffn_down.weight", Inner, Width);
            Random(file, block + "ffn_down.bias", Width);
        }
    }

    private void Random(GgufWriter file, string name, params int[] sides)
    {
        float[] values = new float[sides.Aggregate(1, (product, side) => product * side)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (random.NextSingle() - 0.5f) * 0.6f;
        }

        file.Tensor(name, values, sides);
    }

    private static void Ones(GgufWriter file, string name) => file.Tensor(name, Enumerable.Repeat(1f, Width).ToArray(), Width);

    // GPT-2's letters for bytes: printable ones stand for themselves, the others for letters from 256 on.
    private static char ByteLetter(int value)
    {
        static bool Printable(int v) => v is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
        return Printable(value) ? (char)value : (char)(256 + Enumerable.Range(0, value).Count(v => !Printable(v)));
    }
}
