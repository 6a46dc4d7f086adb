using BrushEdit.Loading;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Loading;

/// <summary>Model folders with the right file names, configurations cut to what recognises them, and a tensor or two a part.</summary>
internal static class FakeModels
{
    public const int PartValues = 6;

    public static void StableDiffusion(string folder)
    {
        Text(folder, "model_index.json", """{"_class_name": "StableDiffusionPipeline"}""");
        Network(folder, "unet", "diffusion_pytorch_model", """{"_class_name": "UNet2DConditionModel", "in_channels": 4}""");
        Network(folder, "vae", "diffusion_pytorch_model", """{"_class_name": "AutoencoderKL"}""");
        Network(folder, "text_encoder", "model", """{"model_type": "clip_text_model"}""");
        Text(folder, "tokenizer/vocab.json", "{}");
        Text(folder, "scheduler/scheduler_config.json", """{"_class_name": "PNDMScheduler"}""");
    }

    public static void BrushNet(string folder) =>
        Network(folder, string.Empty, "diffusion_pytorch_model", """{"_class_name": "BrushNetModel", "conditioning_channels": 5}""");

    public static void GroundingDino(string folder) => Network(folder, string.Empty, "model", """{"model_type": "grounding-dino"}""");

    public static void Sam(string folder) => Network(folder, string.Empty, "model", """{"model_type": "sam"}""");

    public static void SingleFile(string path, params string[] others) =>
        Weights(path, [.. others, "model.diffusion_model.input_blocks.0.0.weight", "first_stage_model.quant_conv.weight", "cond_stage_model.transformer.text_model.final_layer_norm.weight"]);

    public static void Network(string folder, string part, string stem, string config)
    {
        Text(folder, Path.Combine(part, "config.json"), config);
        Weights(Path.Combine(folder, part, stem + ".safetensors"), "weight");
    }

    public static void Weights(string path, params string[] names)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using DisposeScope scope = NewDisposeScope();
        SafetensorsWriter.Write(path, names.ToDictionary(name => name, _ => zeros(2, PartValues / 2, dtype: ScalarType.Float16)));
    }

    public static void Text(string folder, string name, string text)
    {
        string path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
