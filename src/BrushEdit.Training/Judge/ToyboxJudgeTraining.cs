using System.Text.Json.Nodes;
using BrushEdit.Modeling;
using BrushEdit.Tokenizing;
using TorchSharp;

namespace BrushEdit.Training;

/// <summary>Trains and writes the bundle's judge: a CLIP that judges whether a fill shows what was requested.</summary>
/// <param name="bundle">The bundle's folder; its other networks already exist.</param>
/// <param name="checkpoints">The folder of checkpoints and of the fills for training.</param>
/// <param name="seed">Determines initial weights, scenes and fills.</param>
public sealed class ToyboxJudgeTraining(string bundle, string checkpoints, ulong seed)
{
    // Fills come from a separate sequence of scenes.
    private const ulong FillRow = 1000;

    private string Fills => Path.Combine(checkpoints, "fills");

    private string JudgeFolder => Path.Combine(bundle, StageBundleWriter.JudgeFolder);

    /// <summary>Makes the fills that the judge learns from.</summary>
    /// <param name="count">The number of fills.</param>
    /// <param name="steps">Sampling steps of each fill.</param>
    /// <param name="cancellation">Ends the run after the current fill.</param>
    public void MakeFills(int count, int steps, CancellationToken cancellation) => FilledExamples.Make(bundle, Fills, count, seed + FillRow, steps, cancellation);

    /// <summary>Trains on the existing fills, and writes the judge.</summary>
    /// <param name="options">Steps, batch size, learning rate.</param>
    /// <param name="progress">Receives the loss.</param>
    /// <param name="cancellation">Ends the run with a checkpoint; the weights learnt so far are then written.</param>
    public void Train(TrainingOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        TokenizerTraining.Write(JudgeFolder, Toybox.JudgeWords, Toybox.TextLength);
        ClipTokenizer tokenizer = ClipTokenizer.Open(JudgeFolder);
        using AutoencoderKL vae = NetworkFolder.OpenVae(bundle, torch.CPU);
        using JudgeNetwork network = Toybox.Build(seed + 12, torch.CPU, () => new JudgeNetwork(Toybox.JudgeText(tokenizer), Toybox.JudgeVision));
        JudgeExample[] filled = Directory.Exists(Fills) ? FilledExamples.Read(Fills) : [];
        JudgeTraining.Train(network, tokenizer, new JudgeSource(seed, vae), filled, options with { Seed = seed }, Path.Combine(checkpoints, "judge"), progress, cancellation);
        Write(JudgeFolder, network);
    }

    /// <summary>Writes a judge in CLIP's published form, in half precision; its tokenizer already exists.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="network">The network.</param>
    internal static void Write(string folder, JudgeNetwork network)
    {
        ClipTextConfig text = network.Text.Config;
        ClipVisionConfig vision = network.Vision.Config;
        NetworkFolder.Write(folder, "model", network.Published(), new JsonObject
        {
            ["architectures"] = new JsonArray("CLIPModel"),
            ["model_type"] = "clip",
            ["projection_dim"] = vision.ProjectionDim,
            ["text_config"] = new JsonObject
            {
                ["eos_token_id"] = text.EosTokenId,
                ["hidden_act"] = text.HiddenAct,
                ["hidden_size"] = text.HiddenSize,
                ["intermediate_size"] = text.IntermediateSize,
                ["layer_norm_eps"] = text.LayerNormEps,
                ["max_position_embeddings"] = text.MaxPositionEmbeddings,
                ["model_type"] = "clip_text_model",
                ["num_attention_heads"] = text.NumAttentionHeads,
                ["num_hidden_layers"] = text.NumHiddenLayers,
                ["projection_dim"] = text.ProjectionDim,
                ["vocab_size"] = text.VocabSize,
            },
            ["vision_config"] = new JsonObject
            {
                ["hidden_act"] = vision.HiddenAct,
                ["hidden_size"] = vision.HiddenSize,
                ["image_size"] = vision.ImageSize,
                ["intermediate_size"] = vision.IntermediateSize,
                ["layer_norm_eps"] = vision.LayerNormEps,
                ["model_type"] = "clip_vision_model",
                ["num_attention_heads"] = vision.NumAttentionHeads,
                ["num_channels"] = 3,
                ["num_hidden_layers"] = vision.NumHiddenLayers,
                ["patch_size"] = vision.PatchSize,
                ["projection_dim"] = vision.ProjectionDim,
            },
        }, torch.ScalarType.Float16);
    }
}
