using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace BrushEdit.Tests.Pester;

/// <summary>
/// A complete bundle with random weights, a few megabytes: the networks of the parity cases, which fit each other, and a text encoder
/// written here that fits them. It fills a hole with noise, quickly, at a native side of 64 pixels.
/// </summary>
public sealed class TinyBundle
{
    private const int LatentSide = 8;

    private readonly string cases;

    private TinyBundle(string cases) => this.cases = cases;

    /// <summary>Writes the bundle.</summary>
    /// <param name="folder">Where; made here.</param>
    /// <param name="cases">The folder of the parity cases.</param>
    public static void Write(string folder, string cases) => new TinyBundle(cases).Write(folder);

    private void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "model_index.json"), """{ "_class_name": "StableDiffusionPipeline" }""");
        JsonObject unet = Config("unet");
        unet["sample_size"] = LatentSide;
        Part(folder, "unet", unet, "diffusion_pytorch_model", "unet");
        Part(folder, "vae", Config("vae"), "diffusion_pytorch_model", "vae");
        JsonObject branch = Config("brushnet");
        branch["_class_name"] = "BrushNetModel";
        Part(folder, "brushnet", branch, "diffusion_pytorch_model", "brushnet");
        Directory.CreateDirectory(Path.Combine(folder, "scheduler"));
        File.WriteAllText(Path.Combine(folder, "scheduler", "scheduler_config.json"), """
            { "_class_name": "UniPCMultistepScheduler", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000, "steps_offset": 1 }
            """);
        string tokenizer = Directory.CreateDirectory(Path.Combine(folder, "tokenizer")).FullName;
        foreach (string file in (string[])["vocab.json", "merges.txt", "tokenizer_config.json"])
        {
            File.Copy(Path.Combine(cases, "tokenizer-clip", file), Path.Combine(tokenizer, file));
        }

        TextEncoder(Directory.CreateDirectory(Path.Combine(folder, "text_encoder")).FullName, (int)unet["cross_attention_dim"]!);
    }

    private JsonObject Config(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(cases, name, "config.json")))!.AsObject();

    private void Part(string folder, string part, JsonObject config, string weights, string from)
    {
        string target = Directory.CreateDirectory(Path.Combine(folder, part)).FullName;
        File.WriteAllText(Path.Combine(target, "config.json"), config.ToJsonString());
        File.Copy(Path.Combine(cases, from, "model.safetensors"), Path.Combine(target, weights + ".safetensors"));
    }

    private void TextEncoder(string folder, int width)
    {
        const int length = 77;
        int inner = 2 * width;
        Dictionary<string, int> vocabulary = JsonSerializer.Deserialize<Dictionary<string, int>>(File.ReadAllText(Path.Combine(cases, "tokenizer-clip", "vocab.json")))!;
        JsonObject config = Config("clip-text");
        config["hidden_size"] = width;
        config["intermediate_size"] = inner;
        config["num_hidden_layers"] = 1;
        config["num_attention_heads"] = 2;
        config["vocab_size"] = vocabulary.Values.Max() + 1;
        config["max_position_embeddings"] = length;
        config["eos_token_id"] = vocabulary["<|endoftext|>"];
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());

        const string root = "text_model.";
        const string layer = root + "encoder.layers.0.";
        List<(string Name, int[] Shape)> tensors =
        [
            (root + "embeddings.token_embedding.weight", [vocabulary.Values.Max() + 1, width]),
            (root + "embeddings.position_embedding.weight", [length, width]),
            (layer + "mlp.fc1.weight", [inner, width]),
            (layer + "mlp.fc1.bias", [inner]),
            (layer + "mlp.fc2.weight", [width, inner]),
            (layer + "mlp.fc2.bias", [width]),
        ];
        foreach (string projection in (string[])["q_proj", "k_proj", "v_proj", "out_proj"])
        {
            tensors.Add((layer + $"self_attn.{projection}.weight", [width, width]));
            tensors.Add((layer + $"self_attn.{projection}.bias", [width]));
        }

        foreach (string norm in (string[])[layer + "layer_norm1", layer + "layer_norm2", root + "final_layer_norm"])
        {
            tensors.Add((norm + ".weight", [width]));
            tensors.Add((norm + ".bias", [width]));
        }

        Safetensors(Path.Combine(folder, "model.safetensors"), tensors);
    }

    // The format in short: length of the header, the header in JSON, the numbers.
    private static void Safetensors(string path, List<(string Name, int[] Shape)> tensors)
    {
        Random random = new(1);
        JsonObject header = [];
        using MemoryStream data = new();
        byte[] number = new byte[4];
        foreach ((string name, int[] shape) in tensors)
        {
            long start = data.Length;
            for (int i = shape.Aggregate(1, (a, b) => a * b); i > 0; i--)
            {
                BinaryPrimitives.WriteSingleLittleEndian(number, (float)(random.NextDouble() - 0.5));
                data.Write(number);
            }

            header[name] = new JsonObject
            {
                ["dtype"] = "F32",
                ["shape"] = new JsonArray([.. shape.Select(side => (JsonNode)side)]),
                ["data_offsets"] = new JsonArray(start, data.Length),
            };
        }

        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header);
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        File.WriteAllBytes(path, [.. length, .. json, .. data.ToArray()]);
    }
}
