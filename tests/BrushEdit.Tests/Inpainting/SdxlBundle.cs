using System.Text.Json.Nodes;

namespace BrushEdit.Tests.Inpainting;

/// <summary>
/// A complete model of Stable Diffusion XL with random weights, a few megabytes, with its BrushNet beside it: the networks of the parity
/// cases, which fit each other, at a native side of 64 pixels.
/// </summary>
public static class SdxlBundle
{
    private const int LatentSide = 8;

    /// <summary>Writes it.</summary>
    /// <param name="folder">Where; made here.</param>
    /// <param name="cases">The folder of the parity cases.</param>
    public static void Write(string folder, string cases)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "model_index.json"), """{ "_class_name": "StableDiffusionXLPipeline", "force_zeros_for_empty_prompt": true }""");
        JsonObject unet = Config(cases, "unet-sdxl");
        unet["sample_size"] = LatentSide;
        Part(folder, "unet", unet, "diffusion_pytorch_model", Path.Combine(cases, "unet-sdxl"));
        JsonObject branch = Config(cases, "brushnet-sdxl");
        branch["_class_name"] = "BrushNetModel";
        Part(folder, "brushnet", branch, "diffusion_pytorch_model", Path.Combine(cases, "brushnet-sdxl"));
        JsonObject vae = Config(cases, "vae-sdxl");
        vae["_class_name"] = "AutoencoderKL";
        Part(folder, "vae", vae, "diffusion_pytorch_model", Path.Combine(cases, "vae-sdxl"));
        Part(folder, "text_encoder", Config(cases, "clip-text-sdxl-1"), "model", Path.Combine(cases, "clip-text-sdxl-1"));
        Part(folder, "text_encoder_2", Config(cases, "clip-text-sdxl-2"), "model", Path.Combine(cases, "clip-text-sdxl-2"));
        Tokenizer(folder, "tokenizer", cases, null);
        Tokenizer(folder, "tokenizer_2", cases, "!");
        Directory.CreateDirectory(Path.Combine(folder, "scheduler"));
        File.WriteAllText(Path.Combine(folder, "scheduler", "scheduler_config.json"), """
            { "_class_name": "EulerDiscreteScheduler", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000,
              "steps_offset": 1, "timestep_spacing": "leading" }
            """);
    }

    private static JsonObject Config(string cases, string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(cases, name, "config.json")))!.AsObject();

    private static void Part(string folder, string part, JsonObject config, string weights, string from)
    {
        string target = Directory.CreateDirectory(Path.Combine(folder, part)).FullName;
        File.WriteAllText(Path.Combine(target, "config.json"), config.ToJsonString());
        File.Copy(Path.Combine(from, "model.safetensors"), Path.Combine(target, weights + ".safetensors"));
    }

    private static void Tokenizer(string folder, string name, string cases, string? pad)
    {
        string target = Directory.CreateDirectory(Path.Combine(folder, name)).FullName;
        foreach (string file in (string[])["vocab.json", "merges.txt"])
        {
            File.Copy(Path.Combine(cases, "tokenizer-clip", file), Path.Combine(target, file));
        }

        JsonObject settings = JsonNode.Parse(File.ReadAllText(Path.Combine(cases, "tokenizer-clip", "tokenizer_config.json")))!.AsObject();
        settings["pad_token"] = pad ?? settings["pad_token"]?.DeepClone();
        File.WriteAllText(Path.Combine(target, "tokenizer_config.json"), settings.ToJsonString());
    }
}
