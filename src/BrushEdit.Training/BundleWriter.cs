using System.Text.Json.Nodes;
using BrushEdit.Generating;
using BrushEdit.Modeling;
using BrushEdit.Sampling;
using TorchSharp;

namespace BrushEdit.Training;

/// <summary>Writes trained networks as a bundle: a diffusers folder with a <c>brushnet</c> folder beside its parts, in half precision.</summary>
public static class BundleWriter
{
    /// <summary>Writes the autoencoder.</summary>
    /// <param name="bundle">The bundle's folder.</param>
    /// <param name="vae">The network.</param>
    /// <param name="scalingFactor">The factor that its latents are multiplied by.</param>
    public static void WriteVae(string bundle, AutoencoderKL vae, double scalingFactor)
    {
        ArgumentNullException.ThrowIfNull(vae);
        VaeConfig config = vae.Config;
        WriteNetwork(Path.Combine(bundle, "vae"), "diffusion_pytorch_model", vae, new JsonObject
        {
            ["_class_name"] = "AutoencoderKL",
            ["act_fn"] = "silu",
            ["block_out_channels"] = List(config.BlockOutChannels),
            ["down_block_types"] = List(config.BlockOutChannels.Select(_ => "DownEncoderBlock2D")),
            ["force_upcast"] = config.ForceUpcast,
            ["in_channels"] = config.InChannels,
            ["latent_channels"] = config.LatentChannels,
            ["layers_per_block"] = config.LayersPerBlock,
            ["norm_num_groups"] = config.NormNumGroups,
            ["out_channels"] = config.OutChannels,
            ["sample_size"] = config.SampleSize,
            ["scaling_factor"] = scalingFactor,
            ["up_block_types"] = List(config.BlockOutChannels.Select(_ => "UpDecoderBlock2D")),
        });
    }

    /// <summary>Writes text encoder, U-Net, BrushNet, noise schedule and index; the autoencoder and the tokenizer already exist.</summary>
    /// <param name="bundle">The bundle's folder.</param>
    /// <param name="networks">The networks.</param>
    public static void WriteDenoiser(string bundle, InpaintNetworks networks)
    {
        ArgumentNullException.ThrowIfNull(networks);
        WriteNetwork(Path.Combine(bundle, "brushnet"), "diffusion_pytorch_model", networks.BrushNet, networks.BrushNet.Config.ToJson());
        WriteBase(bundle, "StableDiffusionPipeline", networks.UNet, networks);
    }

    /// <summary>Writes an engine's trained network: a complete base, or a ControlNet alone.</summary>
    /// <param name="folder">The folder, made if it is missing.</param>
    /// <param name="networks">The networks.</param>
    internal static void WriteEngine(string folder, EngineNetworks networks)
    {
        if (networks.Control is { } control)
        {
            WriteNetwork(folder, "diffusion_pytorch_model", control, control.Config.ToJson());
            return;
        }

        WriteVae(folder, networks.Bundle.Vae, networks.Bundle.ScalingFactor);
        TokenizerTraining.Write(Path.Combine(folder, "tokenizer"), Toybox.Words, Toybox.TextLength);
        WriteBase(
            folder,
            networks.Engine == EngineKind.SDInpainting ? "StableDiffusionInpaintPipeline" : "StableDiffusionInstructPix2PixPipeline",
            networks.UNet,
            networks.Bundle);
    }

    /// <summary>Writes a network's weights in half precision, and its configuration.</summary>
    /// <param name="folder">Its folder, made if it is missing.</param>
    /// <param name="stem">The name of the weights file, without its extension.</param>
    /// <param name="network">The network.</param>
    /// <param name="config">Its configuration.</param>
    internal static void WriteNetwork(string folder, string stem, torch.nn.Module network, JsonObject config) =>
        NetworkFolder.Write(folder, stem, network, config, torch.ScalarType.Float16);

    private static void WriteBase(string folder, string pipeline, UNet2DConditionModel unet, InpaintNetworks networks)
    {
        WriteNetwork(Path.Combine(folder, "unet"), "diffusion_pytorch_model", unet, unet.Config.ToJson());
        WriteNetwork(Path.Combine(folder, "text_encoder"), "model", networks.TextEncoder, TextJson(networks.TextEncoder.Config, networks.Tokenizer.StartTokenId));
        NetworkFolder.WriteJson(Path.Combine(folder, "scheduler", "scheduler_config.json"), SchedulerJson());
        NetworkFolder.WriteJson(Path.Combine(folder, "model_index.json"), new JsonObject
        {
            ["_class_name"] = pipeline,
            ["_guidance_scale"] = Toybox.GuidanceScale,
            ["_largest_side"] = Toybox.WholeCanvas,
            ["scheduler"] = new JsonArray("diffusers", "UniPCMultistepScheduler"),
            ["text_encoder"] = new JsonArray("transformers", "CLIPTextModel"),
            ["tokenizer"] = new JsonArray("transformers", "CLIPTokenizer"),
            ["unet"] = new JsonArray("diffusers", "UNet2DConditionModel"),
            ["vae"] = new JsonArray("diffusers", "AutoencoderKL"),
        });
    }

    private static JsonObject TextJson(ClipTextConfig config, int startToken) => new()
    {
        ["architectures"] = new JsonArray("CLIPTextModel"),
        ["bos_token_id"] = startToken,
        ["eos_token_id"] = config.EosTokenId,
        ["hidden_act"] = config.HiddenAct,
        ["hidden_size"] = config.HiddenSize,
        ["intermediate_size"] = config.IntermediateSize,
        ["layer_norm_eps"] = config.LayerNormEps,
        ["max_position_embeddings"] = config.MaxPositionEmbeddings,
        ["model_type"] = "clip_text_model",
        ["num_attention_heads"] = config.NumAttentionHeads,
        ["num_hidden_layers"] = config.NumHiddenLayers,
        ["pad_token_id"] = config.EosTokenId,
        ["projection_dim"] = config.ProjectionDim,
        ["vocab_size"] = config.VocabSize,
    };

    private static JsonObject SchedulerJson()
    {
        SamplerConfig config = Toybox.Scheduler;
        return new JsonObject
        {
            ["_class_name"] = "UniPCMultistepScheduler",
            ["beta_end"] = config.BetaEnd,
            ["beta_schedule"] = "scaled_linear",
            ["beta_start"] = config.BetaStart,
            ["num_train_timesteps"] = config.TrainTimesteps,
            ["prediction_type"] = config.Prediction == PredictionType.VPrediction ? "v_prediction" : "epsilon",
            ["solver_order"] = config.SolverOrder,
            ["steps_offset"] = config.StepsOffset,
        };
    }

    private static JsonArray List<T>(IEnumerable<T> values) => new([.. values.Select(value => JsonValue.Create(value))]);
}
