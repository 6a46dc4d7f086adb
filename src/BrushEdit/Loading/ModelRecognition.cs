using System.Text.Json;

namespace BrushEdit.Loading;

/// <summary>Recognises the kind of model in a folder or file, and refuses kinds that are easily mistaken for a supported one.</summary>
internal static class ModelRecognition
{
    private const string UseBase = "Use a folder of Stable Diffusion 1.5 (unet, vae, text_encoder, tokenizer, scheduler) or XL (text_encoder_2 and tokenizer_2 as well), a fine-tune of it, or its single .safetensors file.";
    private const string UseBrushNet = "Use a BrushNet of the base model's family: config.json beside diffusion_pytorch_model.safetensors.";
    private const string UseInpainting = "Use a Stable Diffusion inpainting model, whose U-Net takes 9 channels: a diffusers folder or its single .safetensors file.";
    private const string UseInstruct = "Use an InstructPix2Pix model, whose U-Net takes 8 channels: a diffusers folder or its single .safetensors file.";
    private const string UseControlNet = "Use a ControlNet for Stable Diffusion 1.5 trained for inpainting, such as control_v11p_sd15_inpaint: config.json beside diffusion_pytorch_model.safetensors.";
    private const string UseVae = "Use the VAE of the base model's family or of a fine-tune of it: a folder with config.json, its single .safetensors file, or a whole model that contains one.";
    private const string UseSam = "Use the folder of sam-vit-base, sam-vit-large or sam-vit-huge (Install-EditModel sam-vit-base), or its .safetensors file under the authors' names.";
    private const string UseGroundingDino = "Use the folder of grounding-dino-tiny or grounding-dino-base (Install-EditModel grounding-dino-tiny): config.json, model.safetensors and the tokenizer.";
    private const string TinyVaeClass = "AutoencoderTiny";
    private static readonly string[] Pickled = [".bin", ".ckpt", ".pth", ".pt", ".pkl"];

    /// <summary>The kind of a folder by its configuration; null if nothing indicates a model.</summary>
    public static ModelKind? Folder(string folder)
    {
        if (ModelFiles.IsDiffusers(folder))
        {
            return Diffusers(folder);
        }

        string config = Path.Combine(folder, ModelFiles.ConfigName);
        return File.Exists(config) ? ByConfig(folder, ConfigReader.Open(config))
            : Ggufs(folder).Length > 0 ? ModelKind.VisionLanguage
            : null;
    }

    /// <summary>The family that a model belongs to.</summary>
    /// <param name="path">Its folder or file.</param>
    /// <param name="kind">Its kind.</param>
    public static ModelFamily Family(string path, ModelKind kind) => kind switch
    {
        ModelKind.StableDiffusion or ModelKind.Inpainting or ModelKind.InstructPix2Pix => (File.Exists(path) ? IsXl(Names(path)) : IsXl(path)) ? ModelFamily.Sdxl : ModelFamily.Sd15,
        ModelKind.BrushNet => IsXlBranch(path) ? ModelFamily.Sdxl : ModelFamily.Sd15,
        ModelKind.Vae => File.Exists(path) ? ModelFamily.None : VaeFamily(ConfigReader.Open(Path.Combine(path, ModelFiles.ConfigName))),
        _ => ModelFamily.None,
    };

    /// <summary>The language model and the projector among the GGUF files of a folder, determined by the architecture in their headers.</summary>
    /// <exception cref="EditException">A file is broken, or there is not exactly one of each.</exception>
    public static (string Model, string Projector) GgufPair(string folder)
    {
        ILookup<bool, string> files = Ggufs(folder).ToLookup(file => GgufHeader.Read(file).IsProjector);
        return (files[false].ToArray(), files[true].ToArray()) switch
        {
            ([string model], [string projector]) => (model, projector),
            ([_, ..], []) => throw Refuse(folder, "contains a language model without its projector, and cannot see pictures", "Put the mmproj file that was published with it beside it."),
            ([], _) => throw Refuse(folder, "contains a projector without its language model", "Put the GGUF file that was published with it beside it."),
            _ => throw Refuse(folder, "contains several GGUF models", "Keep each model with its projector in a separate folder."),
        };
    }

    /// <summary>The projector in the folder of a language model's file.</summary>
    /// <exception cref="EditException">There is none, or there are several.</exception>
    public static string ProjectorBeside(string model)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(model))!;
        return Ggufs(folder).Where(file => GgufHeader.Read(file).IsProjector).ToArray() switch
        {
            [string projector] => projector,
            [] => throw Refuse(model, "has no projector (mmproj) beside it, and cannot see pictures", "Give its published mmproj file with -Projector, or choose a vision model such as LLaVA or Qwen2-VL."),
            _ => throw Refuse(model, "has several projectors (mmproj) beside it", "Choose one with -Projector."),
        };
    }

    /// <summary>The kind of a single file by the names in its header, or an error that says what it is.</summary>
    public static ModelKind SingleFile(string path)
    {
        RefusePickle(path);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        return SingleFile(path, new NameSet(file.Tensors.Keys), file);
    }

    private static ModelKind SingleFile(string path, NameSet names, SafetensorsFile file)
    {
        if (OtherSam(names) is string relative)
        {
            throw Refuse(path, $"is {relative}", UseSam);
        }

        if (names.Any("image_encoder.", "vision_encoder.", "module.image_encoder.") && names.Any("mask_decoder.", "prompt_encoder.", "module.mask_decoder."))
        {
            return ModelKind.Sam;
        }

        if (file.Tensors.Keys.Any(GroundingDinoNames.IsOriginal) && names.Any("bert.", "module.bert.", "transformer.level_embed", "module.transformer.level_embed")
            || names.Any("model.text_backbone."))
        {
            return ModelKind.GroundingDino;
        }

        if (names.Any("brushnet_"))
        {
            return ModelKind.BrushNet;
        }

        if (file.Tensors.Keys.Any(LoraNames.IsLora))
        {
            return ModelKind.Lora;
        }

        if (EmbeddingFile.IsEmbedding(file.Tensors))
        {
            return ModelKind.Embedding;
        }

        if (names.Any("controlnet_cond_embedding."))
        {
            return ModelKind.ControlNet;
        }

        string? other =
            names.Any("control_model.", "controlnet_") ? "a ControlNet under its original names; its diffusers folder (config.json beside diffusion_pytorch_model.safetensors) is read"
            : names.Any("cond_stage_model.model.") ? "a Stable Diffusion 2 model"
            : names.Any("double_blocks.", "joint_blocks.", "model.diffusion_model.double_blocks.", "model.diffusion_model.joint_blocks.") ? "a model of the FLUX or Stable Diffusion 3 kind"
            : null;
        if (other is not null)
        {
            throw Refuse(path, $"is {other}", UseBase);
        }

        string input = SingleFileNames.UnetPrefix + "input_blocks.0.0.weight";
        if (!file.Tensors.TryGetValue(input, out TensorInfo? first))
        {
            return IsVae(names) ? ModelKind.Vae
                : names.Any("encoder.conv_in.") && names.Any("decoder.conv_in.") ? throw Refuse(path, "is an autoencoder without quant_conv, of the FLUX or Stable Diffusion 3 kind, whose latents have more channels", UseVae)
                : throw Refuse(path, $"is not a whole Stable Diffusion file (it lacks the tensor '{input}')", UseBase);
        }

        RequireTextEncoders(path, names);
        return OfChannels(first.Shape is [_, long channels, ..] ? channels : 0);
    }

    private static void RequireTextEncoders(string path, NameSet names)
    {
        if (IsXl(names) && names.Any("conditioner.embedders.0.model.") && !names.Any(SingleFileNames.FirstTextEncoderPrefix))
        {
            throw Refuse(path, "is the refiner of Stable Diffusion XL, which only refines pictures", "Use its base model.");
        }

        (string What, string Prefix)[] wanted = IsXl(names)
            ? [("first text encoder", SingleFileNames.FirstTextEncoderPrefix), ("second text encoder", SingleFileNames.SecondTextEncoderPrefix)]
            : [("text encoder", SingleFileNames.TextEncoderPrefix)];
        foreach ((string what, string prefix) in wanted)
        {
            if (!names.Any(prefix))
            {
                throw Refuse(path, $"lacks the {what} of {(IsXl(names) ? ModelFamily.Sdxl : ModelFamily.Sd15).Text()} (no tensor begins with '{prefix}')", "Use the whole model, or a diffusers folder.");
            }
        }
    }

    // Under the names of diffusers, the original ones, or those of a complete model without its other parts.
    private static bool IsVae(NameSet names) =>
        IsTinyVae(names) ||
        (names.Any("encoder.conv_in.") && names.Any("decoder.conv_in.") && names.Any("quant_conv.")) || names.Any(SingleFileNames.VaePrefix + "decoder.");

    private static bool IsTinyVae(NameSet names) => names.Any("encoder.layers.0.") && names.Any("decoder.layers.0.");

    /// <summary>Whether an autoencoder is a tiny one.</summary>
    /// <param name="path">Its folder or file.</param>
    public static bool IsTinyVae(string path)
    {
        string config = Path.Combine(path, ModelFiles.ConfigName);
        return File.Exists(config) ? Text(ConfigReader.Open(config).Raw("_class_name")) == TinyVaeClass : File.Exists(path) && IsTinyVae(Names(path));
    }

    // Relatives of SAM with a different encoder or decoder.
    private static string? OtherSam(NameSet names) =>
        names.Any("image_encoder.trunk.", "sam_mask_decoder.", "memory_attention.", "vision_encoder.backbone.", "detector.backbone.") ? "a SAM 2 or later, whose networks differ from SAM's"
        : names.Any("mask_decoder.hf_token.", "mask_decoder.hf_mlp.", "mask_decoder.compress_vit_feat.", "mask_decoder.hq_token.", "mask_decoder.hq_mask_mlp.") ? "a SAM-HQ, whose mask decoder differs from SAM's"
        : names.Any("image_encoder.patch_embed.seq.", "image_encoder.features.", "image_encoder.backbone.") ? "a MobileSAM or another small SAM, whose image encoder differs from SAM's"
        : null;

    /// <summary>Refuses a pickled checkpoint by its file extension, without opening it.</summary>
    public static void RefusePickle(string path)
    {
        if (IsPickled(path))
        {
            (string named, string remedy) = PickleByName(Path.GetFileName(path));
            throw new EditException(
                EditFault.BadModel, $"'{path}' is a pickled checkpoint{named}, which can run code when it is loaded; it is refused.", remedy, path);
        }
    }

    /// <summary>Whether a file's extension marks it as a pickled checkpoint.</summary>
    public static bool IsPickled(string path) => Pickled.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    // Pickles are not opened; those of SAM and Grounding DINO are recognised by their published names.
    private static (string Named, string Remedy) PickleByName(string file)
    {
        bool Is(params string[] words) => words.Any(word => file.Contains(word, StringComparison.OrdinalIgnoreCase));
        return Is("sam2", "sam_2", "sam_hq", "sam-hq", "mobile_sam", "mobilesam", "sam3") ? (" of a relative of SAM by its name", UseSam)
            : Is("sam_vit", "sam-vit") ? (" of a SAM by its name", UseSam)
            : Is("groundingdino", "grounding_dino", "grounding-dino") ? (" of a Grounding DINO by its name", UseGroundingDino)
            : (string.Empty, "Use the .safetensors file that is published beside it, or convert it in a trusted environment.");
    }

    /// <summary>The error for a model of one kind if another is required.</summary>
    public static EditException WrongKind(string path, ModelKind found, ModelKind wanted)
    {
        string remedy = (found, wanted) switch
        {
            (ModelKind.BrushNet, ModelKind.StableDiffusion) => $"It is used with a base model, and does not replace it. {UseBase}",
            (ModelKind.Inpainting, ModelKind.StableDiffusion) => $"Its U-Net takes 9 channels: it inpaints by itself, with -Engine SDInpainting. {UseBase}",
            (ModelKind.InstructPix2Pix, ModelKind.StableDiffusion) => $"Its U-Net takes 8 channels: it edits by instruction, with -Engine InstructPix2Pix. {UseBase}",
            (ModelKind.ControlNet, ModelKind.StableDiffusion) => $"It is used with a base model, and does not replace it: -Engine ControlNetInpaint -ControlNet. {UseBase}",
            (ModelKind.StableDiffusion, ModelKind.Inpainting) => $"Its U-Net takes no mask. {UseInpainting}",
            (ModelKind.StableDiffusion, ModelKind.InstructPix2Pix) => $"Its U-Net takes no picture. {UseInstruct}",
            (ModelKind.StableDiffusion, ModelKind.ControlNet) => $"It contains no ControlNet. {UseControlNet}",
            (_, ModelKind.Inpainting) => UseInpainting,
            (_, ModelKind.InstructPix2Pix) => UseInstruct,
            (_, ModelKind.ControlNet) => UseControlNet,
            (_, ModelKind.Clip) => "Use the whole folder of a CLIP, such as openai/clip-vit-base-patch32: config.json, model.safetensors, vocab.json, merges.txt.",
            (ModelKind.Lora, ModelKind.StableDiffusion) => $"It modifies a base model: give it with -Lora. {UseBase}",
            (ModelKind.Embedding, ModelKind.StableDiffusion) => $"It is a word for captions: give it with -Embedding. {UseBase}",
            (ModelKind.StableDiffusion, ModelKind.BrushNet) => $"It contains no BrushNet. {UseBrushNet}",
            (_, ModelKind.StableDiffusion) => UseBase,
            (_, ModelKind.BrushNet) => UseBrushNet,
            (_, ModelKind.VisionLanguage) => "Use a folder with the GGUF file of a vision-language model and its mmproj file.",
            (_, ModelKind.GroundingDino) => UseGroundingDino,
            (_, ModelKind.Vae) => UseVae,
            (_, ModelKind.Lora) => "Use a LoRA in a .safetensors file, under the names of kohya, diffusers or PEFT.",
            (_, ModelKind.Embedding) => "Use a textual inversion embedding in a .safetensors file.",
            _ => UseSam,
        };
        return Refuse(path, $"is a {Text(found)}, but a {Text(wanted)} is needed", remedy);
    }

    /// <summary>The usual name of a kind.</summary>
    public static string Text(ModelKind kind) => kind switch
    {
        ModelKind.StableDiffusion => "Stable Diffusion base model",
        ModelKind.BrushNet => "BrushNet",
        ModelKind.GroundingDino => "Grounding DINO",
        ModelKind.VisionLanguage => "vision-language model",
        ModelKind.Vae => "VAE",
        ModelKind.Inpainting => "base model for inpainting",
        ModelKind.InstructPix2Pix => "model for InstructPix2Pix",
        ModelKind.ControlNet => "ControlNet",
        ModelKind.Lora => "LoRA",
        ModelKind.Embedding => "textual inversion embedding",
        ModelKind.Clip => "CLIP",
        _ => "SAM",
    };

    private static string[] Ggufs(string folder) => [.. Directory.GetFiles(folder, "*" + GgufHeader.Ending).Order(StringComparer.Ordinal)];

    private static ModelKind Diffusers(string folder)
    {
        string unet = Path.Combine(folder, "unet", ModelFiles.ConfigName);
        if (!Directory.Exists(Path.Combine(folder, "unet")) && Directory.Exists(Path.Combine(folder, "transformer")))
        {
            throw Refuse(folder, "is a model whose denoiser is a transformer (of the FLUX or Stable Diffusion 3 kind)", UseBase);
        }

        return OfChannels(File.Exists(unet) && ConfigReader.Open(unet).Raw("in_channels") is { ValueKind: JsonValueKind.Number } channels ? channels.GetDouble() : 0);
    }

    private static ModelKind? ByConfig(string folder, ConfigReader config)
    {
        string name = Text(config.Raw("_class_name"));
        string type = Text(config.Raw("model_type"));
        bool branch = name == "BrushNetModel" || (name.Length == 0 && type.Length == 0 && HoldsBranch(folder));
        return (name, type) switch
        {
            _ when branch => ModelKind.BrushNet,
            (_, "grounding-dino") => ModelKind.GroundingDino,
            (_, "clip") => ModelKind.Clip,
            (_, "sam") => HoldsOtherSam(folder) is string relative ? throw Refuse(folder, $"is {relative}", UseSam) : ModelKind.Sam,
            ("AutoencoderKL" or TinyVaeClass, _) => ModelKind.Vae,
            (_, "sam2" or "sam2_video" or "sam2_hiera_det_model" or "edgetam" or "edgetam_video" or "sam3" or "sam3_video" or "sam3_tracker" or "sam3_tracker_video") =>
                throw Refuse(folder, "is a SAM 2 or later, whose networks differ from SAM's", UseSam),
            (_, "sam_hq") => throw Refuse(folder, "is a SAM-HQ, whose mask decoder differs from SAM's", UseSam),
            ("ControlNetModel", _) => Text(config.Raw("addition_embed_type")) == "text_time" ? throw Refuse(folder, "is a ControlNet for Stable Diffusion XL", UseControlNet) : ModelKind.ControlNet,
            ("UNet2DConditionModel", _) or (_, "clip_text_model") =>
                throw Refuse(folder, $"is one part of a model ({(name.Length > 0 ? name : type)})", "Point to the folder above it, which contains the other parts too."),
            ("", "") => null,
            _ => throw Refuse(folder, $"is a model of an unknown kind ({Quoted.Short(name.Length > 0 ? name : type)})", "Supported are Stable Diffusion 1.5 and XL, BrushNet, Grounding DINO, SAM, and language models as GGUF."),
        };
    }

    private static bool HoldsBranch(string folder) => FirstNames(folder) is { } names && names.Any("brushnet_");

    private static string? HoldsOtherSam(string folder) => FirstNames(folder) is { } names ? OtherSam(names) : null;

    // The names in the first weights file of a folder; null if there is none.
    private static NameSet? FirstNames(string folder)
    {
        if (Directory.GetFiles(folder, "*.safetensors").Order(StringComparer.Ordinal).FirstOrDefault() is not string first)
        {
            return null;
        }

        return Names(first);
    }

    private static NameSet Names(string file)
    {
        using SafetensorsFile weights = SafetensorsFile.Open(file);
        return new NameSet(weights.Tensors.Keys);
    }

    // The number of a U-Net's input channels shows what it was trained for.
    private static ModelKind OfChannels(double channels) => channels switch
    {
        9 => ModelKind.Inpainting,
        8 => ModelKind.InstructPix2Pix,
        _ => ModelKind.StableDiffusion,
    };

    // Any sign suffices, so that a missing part is reported as missing.
    private static bool IsXl(string folder) =>
        Class(Path.Combine(folder, ModelIndex.FileName)).Contains("XL", StringComparison.Ordinal)
        || Directory.Exists(Path.Combine(folder, "text_encoder_2"))
        || AddsTextAndTime(Path.Combine(folder, "unet", ModelFiles.ConfigName));

    private static bool IsXl(NameSet names) => names.Any("conditioner.embedders.", SingleFileNames.UnetPrefix + "label_emb.");

    // By its configuration or, without one, by its tensors.
    private static bool IsXlBranch(string path)
    {
        string config = Path.Combine(path, ModelFiles.ConfigName);
        return File.Exists(config) ? AddsTextAndTime(config) : (File.Exists(path) ? Names(path) : FirstNames(path))?.Any("add_embedding.") == true;
    }

    private static bool AddsTextAndTime(string config) => File.Exists(config) && Text(ConfigReader.Open(config).Raw("addition_embed_type")) == "text_time";

    // VAEs of both families have the same shapes; the scaling factor of their latents distinguishes them.
    private static ModelFamily VaeFamily(ConfigReader config)
    {
        const double tolerance = 1e-4;
        bool Has(double factor) => config.Raw("scaling_factor") is { ValueKind: JsonValueKind.Number } value && Math.Abs(value.GetDouble() - factor) < tolerance;
        return Has(0.13025) ? ModelFamily.Sdxl : Has(0.18215) ? ModelFamily.Sd15 : ModelFamily.None;
    }

    private static string Class(string index) => File.Exists(index) ? Text(ConfigReader.Open(index).Raw("_class_name")) : string.Empty;

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : string.Empty;

    private static EditException Refuse(string path, string what, string remedy) => new(EditFault.BadModel, $"'{path}' {what}.", remedy, path);

    private sealed class NameSet(IEnumerable<string> names)
    {
        private readonly string[] names = [.. names];

        public bool Any(params string[] prefixes) => names.Any(name => prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)));
    }
}
