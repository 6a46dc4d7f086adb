using BrushEdit.Caching;
using TorchSharp;

namespace BrushEdit.Tests.Caching;

public sealed class HeapPeakTests
{
    private const long Size = 64 << 20;

    [Fact]
    public void It_sees_what_is_allocated_and_keeps_it_when_that_is_freed()
    {
        using HeapPeak? peak = HeapPeak.Begin();
        Assert.SkipWhen(peak is null, "This system's C library does not tell.");
        using (torch.Tensor large = torch.zeros(Size, torch.ScalarType.Int8))
        {
            Assert.True(SpinWait.SpinUntil(() => peak!.Bytes > Size / 2, TimeSpan.FromMinutes(1)));
        }

        Assert.True(peak!.Bytes > Size / 2);
    }

    [Fact]
    public void A_pool_tells_of_a_model_s_last_use_what_it_took()
    {
        using ModelPool pool = new();
        LoadedModel named = new("model", "part", new ComputeDevice(torch.CPU, torch.ScalarType.Float32));
        using HeapPeak? peak = HeapPeak.Begin();
        Assert.SkipWhen(peak is null, "This system's C library does not tell.");
        Use(() =>
        {
            Assert.Null(Assert.Single(pool.Loaded).Activations);
            using torch.Tensor large = torch.zeros(Size, torch.ScalarType.Int8);

            // The pool's own watch looks as often as this one.
            for (int look = 0; look < 10; look++)
            {
                using HeapPeak next = HeapPeak.Begin()!;
                using torch.Tensor small = torch.zeros(Size / 8, torch.ScalarType.Int8);
                Assert.True(SpinWait.SpinUntil(() => next.Bytes > Size / 16, TimeSpan.FromMinutes(1)));
            }
        });
        Assert.InRange(Assert.Single(pool.Loaded).Activations!.Value, Size / 2, long.MaxValue);
        pool.Clear();
        Assert.Empty(pool.Loaded);

        void Use(Action use) => pool.Lend(named, () => torch.nn.Identity(), model =>
        {
            use();
            return true;
        });
    }
}
