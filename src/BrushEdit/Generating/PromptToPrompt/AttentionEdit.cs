using BrushEdit.Editing;
using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Generating;

/// <summary>How the edited picture's attention is derived from the original's: the tensors of one prompt-to-prompt edit, all of L tokens.</summary>
internal sealed record AttentionEdit : IDisposable
{
    /// <summary>(steps + 1, L): how much of the original's attention to each token is used at each step.</summary>
    public required torch.Tensor Times { get; init; }

    /// <summary>(L, L), source by target: words replace words. Null if the caption was refined.</summary>
    public torch.Tensor? Replacement { get; init; }

    /// <summary>(L): for each token of the target the one of the source; -1 takes the last, which <see cref="Old"/> leaves out. Null if words are replaced.</summary>
    public torch.Tensor? Mapper { get; init; }

    /// <summary>(L): 1 for tokens in both captions, 0 for new ones. Null if words are replaced.</summary>
    public torch.Tensor? Old { get; init; }

    /// <summary>(L): factors on the attention to each token; null for none.</summary>
    public torch.Tensor? Equalizer { get; init; }

    /// <summary>The first and last step at which the original's self-attention is used.</summary>
    public (int From, int To) SelfSteps { get; init; }

    /// <summary>Makes the edit from caption to caption: words are replaced where the captions have as many, else the caption is refined.</summary>
    /// <param name="source">The caption before.</param>
    /// <param name="target">The caption after.</param>
    /// <param name="steps">Steps of the run.</param>
    /// <param name="settings">How closely the original is followed.</param>
    /// <param name="device">Where the U-Net runs.</param>
    public static AttentionEdit Of(PromptTokens source, PromptTokens target, int steps, PromptEditSettings settings, torch.Device device)
    {
        torch.Tensor Sent(torch.Tensor values) => HostValues.Send(values, device);
        bool replaces = source.Words.Count == target.Words.Count;
        (long[] mapper, float[] old) = PromptAlignment.Refine(source, target);
        return new AttentionEdit
        {
            Times = Sent(torch.tensor(PromptAlignment.Times(target, steps, (0, settings.CrossReplace), new Dictionary<string, (double, double)>()))),
            Replacement = replaces ? Sent(torch.tensor(PromptAlignment.Replace(source, target))) : null,
            Mapper = replaces ? null : Sent(torch.tensor(mapper)),
            Old = replaces ? null : Sent(torch.tensor(old)),
            Equalizer = settings.WordScales.Count == 0 ? null : Sent(torch.tensor(PromptAlignment.Equalizer(target, settings.WordScales))),
            SelfSteps = (0, (int)(steps * settings.SelfReplace)),
        };
    }

    /// <summary>The edited picture's attention to the text.</summary>
    /// <param name="source">The original's (heads, N, L).</param>
    /// <param name="own">The edited picture's own, of the same shape.</param>
    /// <param name="step">The step, from 0.</param>
    /// <returns>The same shape; not normalised again.</returns>
    public torch.Tensor Cross(torch.Tensor source, torch.Tensor own, int step)
    {
        torch.Tensor built = Replacement is { } replacement ? source.matmul(replacement.to(source.dtype, source.device)) : Refined(source, own);
        built = Equalizer is { } factors ? built * factors.to(source.dtype, source.device) : built;
        return torch.lerp(own, built, Times[step].to(source.dtype, source.device).expand_as(own));
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Times.Dispose();
        Replacement?.Dispose();
        Mapper?.Dispose();
        Old?.Dispose();
        Equalizer?.Dispose();
    }

    private torch.Tensor Refined(torch.Tensor source, torch.Tensor own)
    {
        torch.Tensor places = Mapper!.where(Mapper.ge(Scalars.Of(0)), Mapper.Plus(source.shape[^1]));
        torch.Tensor moved = source.index_select(-1, places.to(source.device));
        return torch.lerp(own, moved, Old!.to(source.dtype, source.device).expand_as(own));
    }
}

/// <summary>
/// Attends for an original and an edited picture that go through the U-Net together: the batch is without captions and with them, each the
/// original first. The edited picture's attention is derived from the original's, only in the half with captions.
/// </summary>
/// <param name="edit">How the attention is edited.</param>
/// <param name="keepsMaps">Whether the attention to the text is summed over the steps, as a word blend requires.</param>
internal sealed class PromptControl(AttentionEdit edit, bool keepsMaps) : IAttentionControl, IDisposable
{
    // Larger maps are neither kept nor replaced, as in the original: their positions are too close to be distinguished.
    private const int LargestMap = 32 * 32;

    private readonly Dictionary<AttentionPlace, List<AttentionMap>> maps = new() { [AttentionPlace.Down] = [], [AttentionPlace.Mid] = [], [AttentionPlace.Up] = [] };
    private readonly Dictionary<AttentionPlace, int> seen = [];

    /// <summary>The current step, from 0.</summary>
    public int Step { get; private set; }

    /// <summary>The attention to the text that was kept in a part of the U-Net, layer by layer: (2, heads, N, L), summed over the steps.</summary>
    /// <param name="place">The part.</param>
    public IReadOnlyList<AttentionMap> Maps(AttentionPlace place) => maps[place];

    /// <summary>Ends a step.</summary>
    public void Next()
    {
        Step++;
        seen.Clear();
    }

    /// <inheritdoc/>
    public torch.Tensor? Attend(AttentionSite site, torch.Tensor queries, torch.Tensor keys, torch.Tensor values)
    {
        bool keeps = keepsMaps && site.IsCross && queries.shape[2] <= LargestMap;
        bool replacesSelf = !site.IsCross && keys.shape[2] <= LargestMap && Step >= edit.SelfSteps.From && Step < edit.SelfSteps.To;
        if (!site.IsCross && !replacesSelf)
        {
            return null;
        }

        using DisposeScope scope = torch.NewDisposeScope();
        long half = queries.shape[0] / 2;
        torch.Tensor plain = torch.nn.functional.scaled_dot_product_attention(queries.narrow(0, 0, half), keys.narrow(0, 0, half), values.narrow(0, 0, half));
        torch.Tensor scores = queries.narrow(0, half, half).matmul(keys.narrow(0, half, half).transpose(-2, -1)).Times(1 / Math.Sqrt(queries.shape[3]));
        torch.Tensor attention = torch.nn.functional.softmax(scores.to(torch.ScalarType.Float32), -1); // (2, heads, N, L)
        torch.Tensor source = attention[0];
        torch.Tensor edited = site.IsCross ? edit.Cross(source, attention[1], Step) : source;
        attention = torch.stack([source, edited], 0);
        if (keeps)
        {
            Keep(site, attention);
        }

        torch.Tensor mixed = attention.to(values.dtype).matmul(values.narrow(0, half, half));
        return torch.cat([plain, mixed], 0).MoveToOuterDisposeScope();
    }

    /// <summary>Frees the maps.</summary>
    public void Dispose()
    {
        foreach (AttentionMap map in maps.Values.SelectMany(list => list))
        {
            map.Sum.Dispose();
        }

        maps.Values.ToList().ForEach(list => list.Clear());
    }

    private void Keep(AttentionSite site, torch.Tensor attention)
    {
        int at = seen.GetValueOrDefault(site.Place);
        seen[site.Place] = at + 1;
        List<AttentionMap> list = maps[site.Place];
        if (at == list.Count)
        {
            list.Add(new AttentionMap(site.Height, site.Width, attention.clone().DetachFromDisposeScope()));
        }
        else
        {
            list[at].Sum.add_(attention, Scalars.One);
        }
    }
}

/// <summary>A layer's attention to the text.</summary>
/// <param name="Height">Rows of its positions.</param>
/// <param name="Width">Columns of its positions.</param>
/// <param name="Sum">(2, heads, Height x Width, L), summed over the steps; the original's, then the edited picture's.</param>
internal sealed record AttentionMap(int Height, int Width, torch.Tensor Sum);
