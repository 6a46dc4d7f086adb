namespace BrushEdit.Adapting;

/// <summary>A part of a model as the pool keeps it: its networks, and the original weights that LoRAs have replaced in them.</summary>
/// <typeparam name="T">The type that is lent.</typeparam>
internal sealed class AdaptedPart<T> : IDisposable
    where T : IDisposable
{
    private readonly T part;
    private readonly AdaptedWeights[] networks;

    /// <summary>Wraps a part.</summary>
    /// <param name="part">The part; freed with this object.</param>
    /// <param name="networks">Its networks that LoRAs change; freed with this object.</param>
    public AdaptedPart(T part, Func<T, IEnumerable<AdaptedWeights>> networks)
    {
        this.part = part;
        this.networks = [.. networks(part)];
    }

    /// <summary>The part with these LoRAs and no others.</summary>
    /// <param name="loras">The LoRAs; none for the part as it was.</param>
    public T With(IReadOnlyList<LoraUse> loras)
    {
        foreach (AdaptedWeights network in networks)
        {
            network.Set(loras);
        }

        return part;
    }

    /// <summary>Frees the networks and their kept weights.</summary>
    public void Dispose()
    {
        foreach (AdaptedWeights network in networks)
        {
            network.Dispose();
        }

        part.Dispose();
    }
}
