namespace BrushEdit.Training;

/// <summary>The order in which pictures are shown: each once per epoch, reshuffled for every epoch; the same seed gives the same order.</summary>
/// <param name="count">The number of pictures.</param>
/// <param name="seed">Determines the order.</param>
internal sealed class PictureDeck(int count, ulong seed)
{
    private readonly Dictionary<long, int[]> orders = [];

    /// <summary>The picture at an index of the endless sequence. May be called from several threads.</summary>
    /// <param name="place">The index, from 0.</param>
    public int At(long place)
    {
        long epoch = place / count;
        lock (orders)
        {
            if (!orders.TryGetValue(epoch, out int[]? order))
            {
                order = [.. Enumerable.Range(0, count)];
                new Random(SampleSeed.Of((seed << 24) ^ (ulong)epoch)).Shuffle(order);
                foreach (long old in orders.Keys.Where(known => known < epoch - 1).ToArray())
                {
                    orders.Remove(old);
                }

                orders[epoch] = order;
            }

            return order[place % count];
        }
    }
}
