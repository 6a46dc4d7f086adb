using BrushEdit.Linking;
using TorchSharp;

namespace BrushEdit.Caching;

/// <summary>
/// Caches loaded models, and lends each to one user at a time. With <see cref="LowMemory"/> a model is released as soon as it is returned, so at most
/// one is loaded. Freed memory is returned to the system.
/// </summary>
public sealed class ModelPool : IDisposable
{
    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);
    private readonly Lock gate = new();

    /// <summary>Whether a model is released as soon as it is returned.</summary>
    public bool LowMemory { get; set; }

    /// <summary>The models in the pool at present.</summary>
    public IReadOnlyList<LoadedModel> Loaded
    {
        get
        {
            lock (gate)
            {
                return [.. entries.Values.Where(entry => entry.Model is not null).Select(entry => entry.Description with { Activations = entry.Activations })];
            }
        }
    }

    /// <summary>Lends a model, loading it if it is not in the pool. Waits while another user has it.</summary>
    /// <typeparam name="TModel">The model's type.</typeparam>
    /// <typeparam name="TResult">The result's type.</typeparam>
    /// <param name="description">Identifies the model: equal for the same weights, part, device and precision.</param>
    /// <param name="load">Loads it.</param>
    /// <param name="use">Uses it; the model must not be kept beyond this call.</param>
    public TResult Lend<TModel, TResult>(LoadedModel description, Func<TModel> load, Func<TModel, TResult> use)
        where TModel : class, IDisposable
    {
        ArgumentNullException.ThrowIfNull(description);
        ArgumentNullException.ThrowIfNull(load);
        ArgumentNullException.ThrowIfNull(use);
        Entry entry = Find(description);
        lock (entry)
        {
            TModel model = (TModel)(entry.Model ??= load());
            using HeapPeak? peak = description.Device.Device.type == DeviceType.CPU ? HeapPeak.Begin() : null;
            try
            {
                return use(model);
            }
            finally
            {
                entry.Activations = peak?.Bytes;
                if (LowMemory)
                {
                    entry.Release();
                    NativeHeap.Trim();
                }
            }
        }
    }

    /// <summary>Releases models; one that is in use is released when it is returned.</summary>
    /// <param name="chosen">Selects the models; null for all.</param>
    /// <returns>The models released.</returns>
    public IReadOnlyList<LoadedModel> Clear(Func<LoadedModel, bool>? chosen = null)
    {
        Entry[] candidates;
        lock (gate)
        {
            candidates = [.. entries.Values.Where(entry => chosen?.Invoke(entry.Description) != false)];
        }

        List<LoadedModel> released = [];
        foreach (Entry entry in candidates)
        {
            lock (entry)
            {
                if (entry.Model is not null)
                {
                    entry.Release();
                    released.Add(entry.Description);
                }
            }
        }

        if (released.Count > 0)
        {
            NativeHeap.Trim();
        }

        return released;
    }

    /// <summary>Releases all models.</summary>
    public void Dispose() => Clear();

    private Entry Find(LoadedModel description)
    {
        lock (gate)
        {
            if (!entries.TryGetValue(description.Key, out Entry? entry))
            {
                entries[description.Key] = entry = new Entry(description);
            }

            return entry;
        }
    }

    private sealed class Entry(LoadedModel description)
    {
        private const long Unknown = -1;

        private long activations = Unknown;

        public LoadedModel Description { get; } = description;

        public IDisposable? Model { get; set; }

        // Other threads read it while a use ends.
        public long? Activations
        {
            get => Interlocked.Read(ref activations) is long bytes and >= 0 ? bytes : null;
            set => Interlocked.Exchange(ref activations, value ?? Unknown);
        }

        public void Release()
        {
            Model?.Dispose();
            Model = null;
            Activations = null;
        }
    }
}
