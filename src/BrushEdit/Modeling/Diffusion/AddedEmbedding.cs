using System.Text.Json.Nodes;
using BrushEdit.Loading;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// The shape of the embedding that Stable Diffusion XL adds to the time embedding (<c>addition_embed_type</c> <c>text_time</c>). A U-Net or BrushNet
/// with it belongs to that family; one without it belongs to Stable Diffusion 1.5. All other differences follow from other settings.
/// </summary>
/// <param name="SizeChannels">Sines and cosines of each of the picture's sizes (<c>addition_time_embed_dim</c>): 256.</param>
/// <param name="InputChannels">The pooled text's channels with those of all sizes (<c>projection_class_embeddings_input_dim</c>): 2816.</param>
public sealed record AddedEmbeddingConfig(int SizeChannels = 256, int InputChannels = 2816)
{
    /// <summary>Channels of the pooled text: 1280.</summary>
    public int PooledChannels => InputChannels - (PictureSizes.Count * SizeChannels);

    /// <summary>Reads a configuration's keys; null if nothing is added.</summary>
    internal static AddedEmbeddingConfig? Read(ConfigReader reader)
    {
        // Belongs to another kind of added embedding; has no effect here.
        reader.Ignore("addition_embed_type_num_heads");
        if (!reader.Has("addition_embed_type"))
        {
            reader.Ignore("addition_time_embed_dim", "projection_class_embeddings_input_dim");
            return null;
        }

        AddedEmbeddingConfig config = new(
            reader.Int("addition_time_embed_dim", null, 2, 4096), reader.Int("projection_class_embeddings_input_dim", null, 1, 65536));
        config.Validate(reader.Source);
        return config;
    }

    /// <summary>Writes the keys into a configuration.</summary>
    internal void WriteTo(JsonObject json)
    {
        json["addition_embed_type"] = "text_time";
        json["addition_time_embed_dim"] = SizeChannels;
        json["projection_class_embeddings_input_dim"] = InputChannels;
    }

    /// <summary>Checks that the numbers are consistent.</summary>
    internal void Validate(string source) => DiffusersConfig.Require(
        source, PooledChannels > 0, "projection_class_embeddings_input_dim", $"is {InputChannels}, which leaves no channels for the text besides {PictureSizes.Count} sizes of {SizeChannels} channels");
}

/// <summary>The vector that Stable Diffusion XL adds to the time embedding: pooled text and picture sizes through two linear layers.</summary>
internal sealed class AddedEmbedding : nn.Module<TextConditioning, Tensor>
{
    private readonly Linear linear_1;
    private readonly Linear linear_2;
    private readonly AddedEmbeddingConfig config;
    private readonly bool cosineFirst;
    private readonly double shift;

    public AddedEmbedding(AddedEmbeddingConfig config, int timeChannels, bool cosineFirst, double shift, Device? device, ScalarType? dtype)
        : base(nameof(AddedEmbedding))
    {
        (this.config, this.cosineFirst, this.shift) = (config, cosineFirst, shift);
        linear_1 = nn.Linear(config.InputChannels, timeChannels, device: device, dtype: dtype);
        linear_2 = nn.Linear(timeChannels, timeChannels, device: device, dtype: dtype);
        RegisterComponents();
    }

    /// <param name="input">Texts with a pooled text and sizes.</param>
    /// <returns>(B, T), to be added to the time embedding before its last activation.</returns>
    /// <exception cref="ArgumentException">The pooled text or the sizes are missing or have another shape.</exception>
    public override Tensor forward(TextConditioning input)
    {
        if (input.Pooled is not { } pooled || input.TimeIds is not { } sizes || pooled.dim() != 2 || pooled.shape[1] != config.PooledChannels
            || sizes.dim() != 2 || sizes.shape[1] != PictureSizes.Count || sizes.shape[0] != pooled.shape[0])
        {
            throw new ArgumentException(
                $"A network of {ModelFamily.Sdxl.Text()} takes a pooled text [batch, {config.PooledChannels}] and sizes [batch, {PictureSizes.Count}] beside the text; it was given "
                + $"[{string.Join(", ", input.Pooled?.shape ?? [])}] and [{string.Join(", ", input.TimeIds?.shape ?? [])}].",
                nameof(input));
        }

        using DisposeScope scope = NewDisposeScope();
        ScalarType type = linear_1.weight.dtype;
        Device device = linear_1.weight.device;
        Tensor column = sizes.to(ScalarType.Float32, device).reshape(-1, 1); // (B x 6, 1)
        Tensor waves = TimestepEmbedding.Waves(column, config.SizeChannels, cosineFirst, shift).reshape(pooled.shape[0], -1);
        Tensor joined = cat([pooled.to(type, device), waves.to(type)], 1); // (B, P + 6 S)
        return linear_2.forward(nn.functional.silu(linear_1.forward(joined))).MoveToOuterDisposeScope();
    }

    /// <summary>Rejects texts whose batch does not match the latents'.</summary>
    public static void CheckBatch(TextConditioning? text, long batch)
    {
        if (text?.Pooled is { } pooled && pooled.shape[0] != 1 && pooled.shape[0] != batch)
        {
            throw new ArgumentException($"There are {pooled.shape[0]} pooled texts for a batch of {batch}.", nameof(text));
        }
    }
}
