using System.Text.Json;
using System.Text.Json.Nodes;
using BrushEdit.Inpainting;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Training;
using TorchSharp;

namespace BrushEdit.Bench;

/// <summary>
/// Writes a base model with its BrushNet at the published size, with random weights in half precision, as a diffusers folder, for scripts to
/// use if nothing can be downloaded. Large parts are sharded, as published. The folder also contains a LoRA and a tiny autoencoder.
/// </summary>
internal static class FullSizeFolder
{
    private const long ShardBytes = 2_000_000_000;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes the folder that --to names.</summary>
    /// <param name="options">The command's options.</param>
    public static void Run(BenchOptions options)
    {
        ModelFamily family = Enum.TryParse(options["family"], ignoreCase: true, out ModelFamily known) && known != ModelFamily.None
            ? known
            : throw options.Wrong("family", "sd15 or sdxl");
        string folder = Path.GetFullPath(options["to"]);
        if (options["to"].Length == 0 || Directory.Exists(folder))
        {
            throw options.Wrong("to", "a folder that does not exist");
        }

        torch.random.manual_seed(1);
        FamilyDefaults usual = FamilyDefaults.Of(family);
        bool xl = family == ModelFamily.Sdxl;
        Json(folder, "model_index.json", new JsonObject { ["_class_name"] = xl ? "StableDiffusionXLPipeline" : "StableDiffusionPipeline" });
        Json(folder, "scheduler/scheduler_config.json", new JsonObject
        {
            ["_class_name"] = "EulerDiscreteScheduler",
            ["beta_start"] = 0.00085,
            ["beta_end"] = 0.012,
            ["beta_schedule"] = "scaled_linear",
            ["num_train_timesteps"] = 1000,
            ["steps_offset"] = 1,
            ["timestep_spacing"] = "leading",
        });
        Part(folder, "unet", usual.Unet.ToJson(), () => new UNet2DConditionModel(usual.Unet, torch.META));
        BrushNetConfig branch = BrushNetConfig.FromUNet(usual.Unet);
        Part(folder, "brushnet", branch.ToJson(), () => new BrushNetModel(branch, torch.META));
        Part(folder, "vae", VaeJson(usual.Vae), () => new AutoencoderKL(usual.Vae, torch.META));
        for (int i = 0; i < usual.Texts.Count; i++)
        {
            ClipTextConfig text = usual.Texts[i];
            string number = i == 0 ? string.Empty : $"_{i + 1}";
            Part(folder, "text_encoder" + number, TextJson(text), () => new ClipTextModel(text, torch.META), "model");
            TokenizerTraining.Write(Path.Combine(folder, "tokenizer" + number), Toybox.Words, text.MaxPositionEmbeddings);
        }

        Part(folder, xl ? "taesdxl" : "taesd", new JsonObject { ["_class_name"] = TinyVaeConfig.ClassName }, () => new AutoencoderTiny(new TinyVaeConfig(), torch.META));
        Lora(folder, usual.Unet);
    }

    /// <summary>A LoRA of rank 64 on every attention projection of the U-Net, like an LCM-LoRA, under PEFT's names.</summary>
    private static void Lora(string folder, UNetConfig config)
    {
        const int rank = 64;
        using UNet2DConditionModel unet = new(config, torch.META);
        using DisposeScope scope = torch.NewDisposeScope();
        Dictionary<string, torch.Tensor> factors = [];
        foreach ((string name, torch.Tensor weight) in unet.state_dict().Where(entry => entry.Key.EndsWith(".weight", StringComparison.Ordinal) && entry.Key.Contains(".to_", StringComparison.Ordinal)))
        {
            string layer = "unet." + name[..^".weight".Length];
            factors[layer + ".lora_A.weight"] = RandomWeights.Draw(layer, [rank, weight.shape[1]], torch.ScalarType.Float16, torch.CPU);
            factors[layer + ".lora_B.weight"] = RandomWeights.Draw(layer, [weight.shape[0], rank], torch.ScalarType.Float16, torch.CPU).mul_(Scalars.Of(0.01));
        }

        SafetensorsWriter.Write(Path.Combine(folder, "lcm-lora.safetensors"), factors);
        Console.WriteLine($"lcm-lora.safetensors: {factors.Count} tensors");
    }

    private static void Part(string folder, string part, JsonObject config, Func<torch.nn.Module> build, string stem = "diffusion_pytorch_model")
    {
        Json(folder, part + "/config.json", config);
        using torch.nn.Module network = build();
        (string Name, long[] Shape)[] tensors = [.. network.state_dict().Select(entry => (entry.Key, entry.Value.shape))];
        List<List<(string Name, long[] Shape)>> shards = [[]];
        long bytes = 0;
        foreach ((string Name, long[] Shape) tensor in tensors)
        {
            long size = 2 * tensor.Shape.Aggregate(1L, (product, side) => product * side);
            if (bytes + size > ShardBytes)
            {
                shards.Add([]);
                bytes = 0;
            }

            shards[^1].Add(tensor);
            bytes += size;
        }

        Dictionary<string, string> map = [];
        for (int i = 0; i < shards.Count; i++)
        {
            string file = shards.Count == 1 ? $"{stem}.safetensors" : $"{stem}-{i + 1:00000}-of-{shards.Count:00000}.safetensors";
            using DisposeScope scope = torch.NewDisposeScope();
            SafetensorsWriter.Write(Path.Combine(folder, part, file), shards[i].ToDictionary(tensor => tensor.Name, tensor => RandomWeights.Draw(tensor.Name, tensor.Shape, torch.ScalarType.Float16, torch.CPU)));
            shards[i].ForEach(tensor => map[tensor.Name] = file);
        }

        if (shards.Count > 1)
        {
            Json(folder, $"{part}/{stem}.safetensors.index.json", new JsonObject { ["weight_map"] = JsonSerializer.SerializeToNode(map) });
        }

        Console.WriteLine($"{part}: {tensors.Length} tensors in {shards.Count} files");
    }

    private static void Json(string folder, string name, JsonObject json)
    {
        string path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, json.ToJsonString(Indented));
    }

    private static JsonObject VaeJson(VaeConfig config) => new()
    {
        ["_class_name"] = "AutoencoderKL",
        ["block_out_channels"] = JsonSerializer.SerializeToNode(config.BlockOutChannels),
        ["force_upcast"] = config.ForceUpcast,
        ["latent_channels"] = config.LatentChannels,
        ["layers_per_block"] = config.LayersPerBlock,
        ["norm_num_groups"] = config.NormNumGroups,
        ["sample_size"] = config.SampleSize,
        ["scaling_factor"] = config.ScalingFactor,
    };

    // The end token id has its legacy meaning, "the highest id of the row", because the small vocabulary's differs from the published one.
    private static JsonObject TextJson(ClipTextConfig config) => new()
    {
        ["architectures"] = new JsonArray(config.WithProjection ? "CLIPTextModelWithProjection" : "CLIPTextModel"),
        ["eos_token_id"] = ClipTextConfig.LegacyEosTokenId,
        ["hidden_act"] = config.HiddenAct,
        ["hidden_size"] = config.HiddenSize,
        ["intermediate_size"] = config.IntermediateSize,
        ["model_type"] = "clip_text_model",
        ["num_attention_heads"] = config.NumAttentionHeads,
        ["num_hidden_layers"] = config.NumHiddenLayers,
        ["projection_dim"] = config.ProjectionDim,
        ["vocab_size"] = config.VocabSize,
    };
}
