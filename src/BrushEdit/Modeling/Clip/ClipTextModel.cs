using BrushEdit.Loading;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// CLIP's causal text encoder, as Stable Diffusion conditions on it. Field names are the published keys (<c>text_model</c>,
/// <c>text_projection</c>).
/// </summary>
/// <remarks>Matches CLIPTextModel and CLIPTextModelWithProjection of transformers, without an attention mask for padding.</remarks>
public sealed class ClipTextModel : nn.Module<Tensor, ClipTextOutput>
{
    private readonly ClipTextTransformer text_model;
    private readonly Linear? text_projection;

    /// <summary>Builds the network with freshly drawn weights.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="device">The device of its tensors; meta for names and shapes only.</param>
    /// <param name="dtype">Their type; single precision if null.</param>
    public ClipTextModel(ClipTextConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(ClipTextModel))
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate(nameof(ClipTextModel));
        Config = config;
        text_model = new ClipTextTransformer(config, device, dtype);
        text_projection = config.WithProjection
            ? nn.Linear(config.HiddenSize, config.ProjectionDim, hasBias: false, device: device, dtype: dtype)
            : null;
        RegisterComponents();
    }

    /// <summary>The shape it was built with.</summary>
    public ClipTextConfig Config { get; }

    /// <summary>
    /// Whether a checkpoint may contain a tensor of this name that the network does not need: the position indices of older files, and a projection
    /// for a network without one.
    /// </summary>
    /// <param name="name">The tensor's name.</param>
    public static bool MayBeLeft(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.EndsWith("embeddings.position_ids", StringComparison.Ordinal) || name == "text_projection.weight";
    }

    /// <summary>Token ids to states.</summary>
    /// <param name="input">(B, L) of whole numbers, start and end token included; L at most <see cref="ClipTextConfig.MaxPositionEmbeddings"/>.</param>
    /// <exception cref="EditException">The row is too long.</exception>
    public override ClipTextOutput forward(Tensor input) => forward(input, null);

    /// <summary>Token ids to states, with words that map to their own vectors (textual inversion, arXiv 2208.01618).</summary>
    /// <param name="input">(B, L) of whole numbers; one below 0 stands for a vector, -1 for the first.</param>
    /// <param name="vectors">(N, C); null if no id is below 0.</param>
    /// <exception cref="EditException">The row is too long, or the vectors have another width.</exception>
    public ClipTextOutput forward(Tensor input, Tensor? vectors)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.dim() != 2 || input.shape[1] > Config.MaxPositionEmbeddings)
        {
            throw new EditException(
                EditFault.BadArgument,
                $"The text encoder was given ids of shape [{string.Join(", ", input.shape)}]; it takes (batch, length) with a length of at most {Config.MaxPositionEmbeddings}.",
                "Cut the text first.");
        }

        if (vectors is not null && vectors.shape[^1] != Config.HiddenSize)
        {
            throw new EditException(
                EditFault.BadModel, $"An embedding's vectors are {vectors.shape[^1]} wide, but the text encoder's are {Config.HiddenSize}: it was made for another family of models.", "Use an embedding of the base model's family.");
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor ids = input.to(ScalarType.Int64);
        IReadOnlyList<Tensor> states = text_model.forward(ids, vectors);
        Tensor last = text_model.Normalize(states[^1]);
        Tensor end = Config.EosTokenId == ClipTextConfig.LegacyEosTokenId
            ? ids.argmax(1)
            : ids.eq(Scalars.Of(Config.EosTokenId)).to(ScalarType.Int64).argmax(1);
        Tensor pooled = last.gather(1, end.view(-1, 1, 1).expand(-1, 1, last.shape[2])).squeeze(1);
        Tensor? embeds = text_projection?.forward(pooled);
        return new ClipTextOutput(
            last.MoveToOuterDisposeScope(),
            [.. states.Select(state => state.MoveToOuterDisposeScope())],
            pooled.MoveToOuterDisposeScope(),
            embeds?.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            this.FreeScales();
        }

        base.Dispose(disposing);
    }

    /// <summary>The norm after the last layer, for the state of an earlier one ("clip skip" of Stable Diffusion 1.5).</summary>
    /// <param name="state">(B, L, C), one of <see cref="ClipTextOutput.HiddenStates"/>.</param>
    /// <returns>(B, L, C).</returns>
    public Tensor Normalize(Tensor state) => text_model.Normalize(state);
}

/// <summary>The text encoder's states. The receiver disposes it, or its dispose scope does.</summary>
/// <param name="LastHiddenState">(B, L, C), after the final norm: what Stable Diffusion 1.5 conditions on.</param>
/// <param name="HiddenStates">
/// The first layer's input and each layer's output, each (B, L, C) without the final norm: one more than the number of layers.
/// </param>
/// <param name="Pooled">(B, C), the last hidden state at the row's first end token.</param>
/// <param name="TextEmbeds">(B, projection), the projected pooled state; null without a projection.</param>
public sealed record ClipTextOutput(Tensor LastHiddenState, IReadOnlyList<Tensor> HiddenStates, Tensor Pooled, Tensor? TextEmbeds) : IDisposable
{
    /// <summary>(B, L, C), the input of the last layer, without the final norm: what Stable Diffusion XL attends to.</summary>
    public Tensor Penultimate => HiddenStates[^2];

    /// <inheritdoc/>
    public void Dispose()
    {
        LastHiddenState.Dispose();
        foreach (Tensor state in HiddenStates)
        {
            state.Dispose();
        }

        Pooled.Dispose();
        TextEmbeds?.Dispose();
    }
}
