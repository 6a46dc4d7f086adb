namespace BrushEdit.Tests;

/// <summary>Work on a scheduler of one thread.</summary>
public sealed class ComputeWorkTests
{
    private readonly SingleThread single = new SingleThread("tests");

    [Fact]
    public async Task Work_may_wait_for_a_library_that_goes_on_wherever_it_was_started()
    {
        Task<int> work = single.Start(() => Careless().GetAwaiter().GetResult(), CancellationToken.None);
        Assert.Equal(2, await work.WaitAsync(TimeSpan.FromMinutes(1)));

        static async Task<int> Careless()
        {
            await Task.Yield();
            return 2;
        }
    }

    [Fact]
    public async Task Work_that_is_cancelled_while_it_waits_never_runs()
    {
        using ManualResetEventSlim release = new();
        using CancellationTokenSource stop = new();
        Task<bool> first = single.Start(() => release.Wait(TimeSpan.FromMinutes(1)), CancellationToken.None);
        bool ran = false;
        Task<bool> second = single.Start(() => ran = true, stop.Token);
        await stop.CancelAsync();

        // It is given up at once, with the first still running.
        Assert.True(second.IsCanceled);
        Assert.False(first.IsCompleted);
        release.Set();
        Assert.True(await first);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.False(ran);
    }
}
