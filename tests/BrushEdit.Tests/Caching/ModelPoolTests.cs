using BrushEdit.Caching;
using TorchSharp;

namespace BrushEdit.Tests.Caching;

public class ModelPoolTests
{
    private static readonly ComputeDevice Cpu = new(torch.CPU, torch.ScalarType.Float32);

    [Fact]
    public void A_model_is_loaded_at_first_use_and_stays()
    {
        using ModelPool pool = new();
        int loads = 0;
        Assert.Empty(pool.Loaded);

        Fake first = pool.Lend(Named("a"), Load, fake => fake);
        Fake second = pool.Lend(Named("a"), Load, fake => fake);

        Assert.Same(first, second);
        Assert.Equal(1, loads);
        Assert.Equal("a", Assert.Single(pool.Loaded).Path);

        Fake Load()
        {
            loads++;
            return new Fake();
        }
    }

    [Fact]
    public void With_low_memory_a_model_leaves_as_soon_as_it_is_given_back_even_by_a_fault()
    {
        using ModelPool pool = new() { LowMemory = true };
        Fake? lent = null;

        Assert.Throws<InvalidOperationException>(() => pool.Lend<Fake, int>(Named("a"), () => lent = new Fake(), _ => throw new InvalidOperationException()));

        Assert.True(lent!.Disposed);
        Assert.Empty(pool.Loaded);
    }

    [Fact]
    public void A_load_that_fails_leaves_the_pool_usable()
    {
        using ModelPool pool = new();

        Assert.Throws<EditException>(() => pool.Lend<Fake, int>(Named("a"), () => throw new EditException(EditFault.BadModel, "broken"), _ => 0));

        Assert.False(pool.Lend(Named("a"), () => new Fake(), fake => fake.Disposed));
    }

    [Fact]
    public void Clearing_releases_the_chosen_models_only()
    {
        using ModelPool pool = new();
        Fake a = pool.Lend(Named("a"), () => new Fake(), fake => fake);
        Fake b = pool.Lend(Named("b"), () => new Fake(), fake => fake);

        Assert.Equal("a", Assert.Single(pool.Clear(model => model.Path == "a")).Path);

        Assert.True(a.Disposed);
        Assert.False(b.Disposed);
    }

    private static LoadedModel Named(string path) => new(path, "part", Cpu);

    private sealed class Fake : IDisposable
    {
        public bool Disposed { get; private set; }

        public void Dispose() => Disposed = true;
    }
}
