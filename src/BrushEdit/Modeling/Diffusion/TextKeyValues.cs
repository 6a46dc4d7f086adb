using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// The keys and values that a U-Net's attentions compute from a text. They do not depend on the picture or the step, so one edit computes them once
/// (<see cref="UNet2DConditionModel.TextKeysAndValues(TextConditioning, double?)"/>) and passes them to every step in place of the text. They outlive
/// the dispose scope they are made in and are freed by <see cref="Dispose"/>.
/// </summary>
public sealed class TextKeyValues : IDisposable
{
    private readonly List<(Tensor Keys, Tensor Values)> pairs;

    private TextKeyValues(List<(Tensor Keys, Tensor Values)> pairs, Tensor? added, Tensor? guidance)
    {
        this.pairs = pairs;
        Added = added;
        Guidance = guidance;
    }

    /// <summary>Computes them.</summary>
    /// <param name="attentions">The network's attentions over the text, in the order they run.</param>
    /// <param name="context">The text encoder's output, (B, L, D).</param>
    /// <param name="added">What the text adds to the time embedding; null for nothing.</param>
    /// <param name="guidance">What the guidance scale adds to the timestep's waves; null for nothing.</param>
    internal static TextKeyValues Of(IEnumerable<Attention> attentions, Tensor context, Tensor? added = null, Tensor? guidance = null)
    {
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        List<(Tensor, Tensor)> made = [];
        foreach (Attention attention in attentions)
        {
            (Tensor keys, Tensor values) = attention.KeysAndValues(context);
            made.Add((keys.DetachFromDisposeScope(), values.DetachFromDisposeScope()));
        }

        return new TextKeyValues(made, added, guidance);
    }

    /// <summary>The number of attentions over the text.</summary>
    public int Count => pairs.Count;

    /// <summary>The number of texts; 0 for a network without attention.</summary>
    public long Batch => pairs.Count == 0 ? 0 : pairs[0].Keys.shape[0];

    /// <summary>What the text adds to the time embedding, (B, T); null for a network without.</summary>
    internal Tensor? Added { get; }

    /// <summary>What the guidance scale adds to the timestep's waves, (1, C); null for a network that does not take it.</summary>
    internal Tensor? Guidance { get; }

    internal (Tensor Keys, Tensor Values) this[int index] => pairs[index];

    /// <summary>Some of the texts, as views that this object's tensors must outlive; the caller frees them.</summary>
    /// <param name="first">The first text.</param>
    /// <param name="count">How many.</param>
    internal TextKeyValues Rows(long first, long count)
    {
        Tensor Part(Tensor whole) => whole.narrow(0, first, count).DetachFromDisposeScope();
        return new TextKeyValues(
            [.. pairs.Select(pair => (Part(pair.Keys), Part(pair.Values)))],
            Added is null ? null : Part(Added),
            Guidance?.alias().DetachFromDisposeScope());
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        foreach ((Tensor keys, Tensor values) in pairs)
        {
            keys.Dispose();
            values.Dispose();
        }

        pairs.Clear();
        Added?.Dispose();
        Guidance?.Dispose();
    }
}

/// <summary>
/// Supplies the attentions of one forward pass, in the order they run, with the text's keys and values, either precomputed or computed on demand, and
/// with the pass's attention control and their location in the network.
/// </summary>
internal sealed class TextFeed
{
    private readonly Tensor? context;
    private readonly TextKeyValues? prepared;
    private int next;

    public TextFeed(Tensor context, Tensor? added, Tensor? guidance) => (this.context, Added, Guidance) = (context, added, guidance);

    public TextFeed(TextKeyValues prepared) => (this.prepared, Added, Guidance) = (prepared, prepared.Added, prepared.Guidance);

    /// <summary>What the text adds to the time embedding; null for nothing.</summary>
    public Tensor? Added { get; }

    /// <summary>What the guidance scale adds to the timestep's waves; null for nothing.</summary>
    public Tensor? Guidance { get; }

    /// <summary>Replaces the layers' attention; null for none.</summary>
    public IAttentionControl? Control { get; init; }

    /// <summary>The part of the network that is running.</summary>
    public AttentionPlace Place { get; set; }

    /// <summary>Height and width of the current feature map.</summary>
    public (int Height, int Width) Size { get; set; }

    /// <summary>The location of the attention that is running.</summary>
    /// <param name="isCross">Whether it attends to the text.</param>
    public AttentionSite Site(bool isCross) => new(Place, isCross, Size.Height, Size.Width);

    /// <summary>Skips to the last attentions, for a pass that does not run the others.</summary>
    /// <param name="last">How many of the network's last attentions are run.</param>
    public void SkipToLast(int last) => next = prepared is null ? next : prepared.Count - last;

    public (Tensor Keys, Tensor Values) Next(Attention attention) =>
        prepared is null ? attention.KeysAndValues(context!) : prepared[next++];
}
