using System.Text.Json;

namespace BrushEdit.Weights;

/// <summary>Tells what kind of model a folder or file is, and refuses the kinds that are easily taken for one of ours.</summary>
internal static class ModelRecognition
{
    private const string UseBase = "Use a Stable Diffusion 1.5 folder (unet, vae, text_encoder, tokenizer, scheduler), a fine-tune of it, or its single .safetensors file.";
    private const string UseBrushNet = "Use a BrushNet for Stable Diffusion 1.5: config.json beside diffusion_pytorch_model.safetensors.";
    private static readonly string[] Pickled = [".bin", ".ckpt", ".pth", ".pt", ".pkl"];

    /// <summary>The kind of a folder by its configuration; null where nothing says that it is a model.</summary>
    public static ModelKind? Folder(string folder)
    {
        if (ModelFiles.IsDiffusers(folder))
        {
            Diffusers(folder);
            return ModelKind.StableDiffusion;
        }

        string config = Path.Combine(folder, ModelFiles.ConfigName);
        return File.Exists(config) ? ByConfig(folder, ConfigReader.Open(config))
            : Ggufs(folder).Length > 0 ? ModelKind.VisionLanguage
            : null;
    }

    /// <summary>The language model and the projector among the GGUF files of a folder, told by the architecture in their headers.</summary>
    /// <exception cref="EditException">A file is broken, or there are not one of each.</exception>
    public static (string Model, string Projector) GgufPair(string folder)
    {
        ILookup<bool, string> files = Ggufs(folder).ToLookup(file => GgufHeader.Read(file).IsProjector);
        return (files[false].ToArray(), files[true].ToArray()) switch
        {
            ([string model], [string projector]) => (model, projector),
            ([_, ..], []) => throw Refuse(folder, "holds a language model without its projector, so that it sees no pictures", "Put the mmproj file that was published with it beside it."),
            ([], _) => throw Refuse(folder, "holds a projector without its language model", "Put the GGUF file it was published with beside it."),
            _ => throw Refuse(folder, "holds several GGUF models", "Keep each with its projector in a folder of its own."),
        };
    }

    /// <summary>The projector that lies beside a language model's file.</summary>
    /// <exception cref="EditException">There is none, or there are several.</exception>
    public static string ProjectorBeside(string model)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(model))!;
        return Ggufs(folder).Where(file => GgufHeader.Read(file).IsProjector).ToArray() switch
        {
            [string projector] => projector,
            [] => throw Refuse(model, "has no projector (mmproj) beside it, so that it sees no pictures", "Give the mmproj file that was published with it with -Projector, or choose a vision model such as LLaVA or Qwen2-VL."),
            _ => throw Refuse(model, "has several projectors (mmproj) beside it", "Choose one with -Projector."),
        };
    }

    /// <summary>The kind of a single file by the names in its header: a whole Stable Diffusion 1.5, or an error that says what it is.</summary>
    public static ModelKind SingleFile(string path)
    {
        RefusePickle(path);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        bool Any(params string[] prefixes) =>
            file.Tensors.Keys.Any(name => prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)));

        string? other =
            Any("conditioner.embedders.", SingleFileNames.UnetPrefix + "label_emb.") ? "a Stable Diffusion XL model"
            : Any("control_model.", "controlnet_") ? "a ControlNet"
            : Any("brushnet_") ? "a BrushNet without its config.json"
            : Any("lora_", "unet.down_blocks", "base_model.model.") ? "a LoRA, which changes a model and is none"
            : Any("cond_stage_model.model.") ? "a Stable Diffusion 2 model"
            : Any("double_blocks.", "joint_blocks.", "model.diffusion_model.double_blocks.", "model.diffusion_model.joint_blocks.") ? "a model of the FLUX or Stable Diffusion 3 kind"
            : null;
        if (other is not null)
        {
            throw Refuse(path, $"is {other}", Any("brushnet_") ? UseBrushNet : UseBase);
        }

        string input = SingleFileNames.UnetPrefix + "input_blocks.0.0.weight";
        if (!file.Tensors.TryGetValue(input, out TensorInfo? first))
        {
            throw Refuse(path, $"is not a whole Stable Diffusion 1.5 file (it lacks the tensor '{input}')", UseBase);
        }

        foreach ((string prefix, string part) in new[] { (SingleFileNames.VaePrefix, "VAE"), (SingleFileNames.TextEncoderPrefix, "text encoder") })
        {
            if (!Any(prefix))
            {
                throw Refuse(path, $"lacks the {part} (no tensor begins with '{prefix}')", "Use the whole model, or a diffusers folder.");
            }
        }

        RefuseInpainting(path, first.Shape is [_, long channels, ..] ? channels : 0);
        return ModelKind.StableDiffusion;
    }

    /// <summary>Refuses a pickled checkpoint by its ending; it need not be opened for that.</summary>
    public static void RefusePickle(string path)
    {
        if (IsPickled(path))
        {
            throw new EditException(
                EditFault.BadModel,
                $"'{path}' is a pickled checkpoint, which can run code when it is loaded; it is refused.",
                "Use the .safetensors file that is published beside it, or convert it in a place you trust.",
                path);
        }
    }

    /// <summary>Whether a file's ending says that it is a pickled checkpoint.</summary>
    public static bool IsPickled(string path) => Pickled.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>The error for a model of one kind where another is wanted.</summary>
    public static EditException WrongKind(string path, ModelKind found, ModelKind wanted)
    {
        string remedy = (found, wanted) switch
        {
            (ModelKind.BrushNet, ModelKind.StableDiffusion) => $"It goes beside a base model, not in its place. {UseBase}",
            (ModelKind.StableDiffusion, ModelKind.BrushNet) => $"It holds no BrushNet beside its parts. {UseBrushNet}",
            (_, ModelKind.StableDiffusion) => UseBase,
            (_, ModelKind.BrushNet) => UseBrushNet,
            (_, ModelKind.VisionLanguage) => "Use a folder with the GGUF file of a vision-language model and its mmproj file.",
            (_, ModelKind.GroundingDino) => "Use the folder of grounding-dino-tiny or grounding-dino-base: config.json, model.safetensors and the tokenizer.",
            _ => "Use the folder of sam-vit-base, sam-vit-large or sam-vit-huge: config.json and model.safetensors.",
        };
        return Refuse(path, $"is a {Text(found)} where a {Text(wanted)} is wanted", remedy);
    }

    /// <summary>A kind as people write it.</summary>
    public static string Text(ModelKind kind) => kind switch
    {
        ModelKind.StableDiffusion => "Stable Diffusion base model",
        ModelKind.BrushNet => "BrushNet",
        ModelKind.GroundingDino => "Grounding DINO",
        ModelKind.VisionLanguage => "vision-language model",
        _ => "SAM",
    };

    private static string[] Ggufs(string folder) => [.. Directory.GetFiles(folder, "*" + GgufHeader.Ending).Order(StringComparer.Ordinal)];

    private static void Diffusers(string folder)
    {
        string pipeline = Class(Path.Combine(folder, ModelFiles.IndexName));
        string unet = Path.Combine(folder, "unet", ModelFiles.ConfigName);
        if (pipeline.Contains("XL", StringComparison.Ordinal) || Directory.Exists(Path.Combine(folder, "text_encoder_2")) || IsXl(unet))
        {
            throw Refuse(folder, "is a Stable Diffusion XL model", UseBase);
        }

        if (!Directory.Exists(Path.Combine(folder, "unet")) && Directory.Exists(Path.Combine(folder, "transformer")))
        {
            throw Refuse(folder, "is a model whose denoiser is a transformer (of the FLUX or Stable Diffusion 3 kind)", UseBase);
        }

        if (File.Exists(unet) && ConfigReader.Open(unet).Raw("in_channels") is { ValueKind: JsonValueKind.Number } channels)
        {
            RefuseInpainting(folder, channels.GetDouble());
        }
    }

    private static ModelKind? ByConfig(string folder, ConfigReader config)
    {
        string name = Text(config.Raw("_class_name"));
        string type = Text(config.Raw("model_type"));
        bool branch = name == "BrushNetModel" || (name.Length == 0 && type.Length == 0 && HoldsBranch(folder));
        if (branch && Text(config.Raw("addition_embed_type")) == "text_time")
        {
            throw Refuse(folder, "is a BrushNet for Stable Diffusion XL", UseBrushNet);
        }

        return (name, type) switch
        {
            _ when branch => ModelKind.BrushNet,
            (_, "grounding-dino") => ModelKind.GroundingDino,
            (_, "sam") => ModelKind.Sam,
            ("ControlNetModel", _) => throw Refuse(folder, "is a ControlNet, which steers by edges or poses and does not inpaint", UseBrushNet),
            ("UNet2DConditionModel" or "AutoencoderKL", _) or (_, "clip_text_model") =>
                throw Refuse(folder, $"is one part of a model ({(name.Length > 0 ? name : type)})", "Point to the folder above it, which holds the other parts too."),
            ("", "") => null,
            _ => throw Refuse(folder, $"is a model of a kind not known here ({(name.Length > 0 ? name : type)})", "Known are Stable Diffusion 1.5, BrushNet, Grounding DINO, SAM, and language models as GGUF."),
        };
    }

    private static bool HoldsBranch(string folder)
    {
        string[] files = Directory.GetFiles(folder, "*.safetensors");
        if (files.Length == 0)
        {
            return false;
        }

        using SafetensorsFile file = SafetensorsFile.Open(files[0]);
        return file.Tensors.Keys.Any(name => name.StartsWith("brushnet_", StringComparison.Ordinal));
    }

    private static void RefuseInpainting(string path, double channels)
    {
        // Latent, masked latent and mask: Stable Diffusion's own inpainting model.
        if (channels == 9)
        {
            throw Refuse(path, "is an inpainting model, whose U-Net takes 9 channels; BrushNet works with the plain one of 4", UseBase);
        }
    }

    private static bool IsXl(string unet) => File.Exists(unet) && Text(ConfigReader.Open(unet).Raw("addition_embed_type")) == "text_time";

    private static string Class(string index) => File.Exists(index) ? Text(ConfigReader.Open(index).Raw("_class_name")) : string.Empty;

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : string.Empty;

    private static EditException Refuse(string path, string what, string remedy) => new(EditFault.BadModel, $"'{path}' {what}.", remedy, path);
}
