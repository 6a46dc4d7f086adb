using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Tokenizing;
using TorchSharp;

namespace BrushEdit.Inpainting;

/// <summary>A text encoder with the tokenizer that produces its input rows.</summary>
/// <param name="Tokenizer">The tokenizer.</param>
/// <param name="Encoder">The text encoder.</param>
public sealed record TextTower(ClipTokenizer Tokenizer, ClipTextModel Encoder);

/// <summary>
/// The text encoders of a base model: the one of Stable Diffusion 1.5, whose last state is attended to, or the two of Stable Diffusion XL,
/// whose penultimate states are concatenated and attended to, with the second one's pooled text as an extra input.
/// </summary>
public sealed class TextEncoders : IDisposable
{
    /// <summary>Wraps the encoders.</summary>
    /// <param name="encoders">One, or two of which the second has a projection; freed with this object.</param>
    public TextEncoders(params IReadOnlyList<TextTower> encoders)
    {
        ArgumentNullException.ThrowIfNull(encoders);
        All = encoders is [_] or [_, { Encoder.Config.WithProjection: true }]
            ? encoders
            : throw new ArgumentException("There must be one text encoder, or two of which the second has a projection.", nameof(encoders));
    }

    /// <summary>The encoders, in the order in which their states are concatenated.</summary>
    public IReadOnlyList<TextTower> All { get; }

    /// <summary>The family that encodes texts this way.</summary>
    public ModelFamily Family => All.Count == 1 ? ModelFamily.Sd15 : ModelFamily.Sdxl;

    /// <summary>The largest clip skip: the one that leaves only the embeddings of the shortest encoder.</summary>
    public int MostClipSkip => All.Min(one => one.Encoder.Config.NumHiddenLayers) - (Family == ModelFamily.Sdxl ? 1 : 0);

    /// <summary>Encodes rows of ids.</summary>
    /// <param name="ids">For each encoder its rows, (B, L) of integers, start and end included; L at most what the encoder reads.</param>
    /// <param name="clipSkip">
    /// How many layers before the usual one the states are taken ("clip skip"; many programs count from 1, and call 1 here 2). The pooled text
    /// always comes from the last layer, as in diffusers.
    /// </param>
    /// <param name="vectors">For each encoder the vectors, (N, C), that negative ids represent; null if none exist.</param>
    /// <returns>(B, L, D) and the pooled texts (B, P) where the family has them, in single precision; the caller's scope owns them. The sizes are not set.</returns>
    /// <exception cref="EditException">A row is too long, the skip is out of range, or an encoder returns NaN or infinity.</exception>
    public TextConditioning Encode(IReadOnlyList<torch.Tensor> ids, int clipSkip = 0, IReadOnlyList<torch.Tensor>? vectors = null)
    {
        ArgumentNullException.ThrowIfNull(ids);
        if (clipSkip < 0 || clipSkip > MostClipSkip)
        {
            throw new EditException(
                EditFault.BadArgument, $"ClipSkip is {clipSkip}.", $"Give 0 to {MostClipSkip}: the text encoder has {All.Min(one => one.Encoder.Config.NumHiddenLayers)} layers.", clipSkip);
        }

        using IDisposable inference = torch.inference_mode();
        using DisposeScope scope = torch.NewDisposeScope();
        ClipTextOutput[] outputs = [.. All.Select((one, i) => one.Encoder.forward(ids[i].to(one.Encoder.WeightDevice()), vectors?[i]))];
        torch.Tensor[] states = [.. outputs.Select((output, i) => Single(State(All[i].Encoder, output, clipSkip), i))];
        torch.Tensor context = states is [torch.Tensor only] ? only : torch.cat(states, 2);
        torch.Tensor? pooled = Family == ModelFamily.Sdxl ? Single(outputs[^1].TextEmbeds!, outputs.Length - 1) : null;
        return new TextConditioning(context, pooled).MoveToOuterDisposeScope();
    }

    /// <summary>Frees the encoders.</summary>
    public void Dispose()
    {
        foreach (TextTower one in All)
        {
            one.Encoder.Dispose();
        }
    }

    // Stable Diffusion 1.5 was trained on states after the final norm, Stable Diffusion XL on those of the layer before the last, without it.
    private torch.Tensor State(ClipTextModel encoder, ClipTextOutput output, int clipSkip) =>
        Family == ModelFamily.Sdxl ? output.HiddenStates[^(2 + clipSkip)]
        : clipSkip == 0 ? output.LastHiddenState
        : encoder.Normalize(output.HiddenStates[^(1 + clipSkip)]);

    private torch.Tensor Single(torch.Tensor state, int place)
    {
        Finite.Require(state, place == 0 ? "text encoder" : "second text encoder", "when it read the caption", All[place].Encoder);
        return state.to(torch.ScalarType.Float32);
    }
}
