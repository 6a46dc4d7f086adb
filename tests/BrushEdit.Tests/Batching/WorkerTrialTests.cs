using BrushEdit.Batching;

namespace BrushEdit.Tests.Batching;

public class WorkerTrialTests
{
    private const long Small = 60L << 20;
    private const long Plenty = 64L << 30;

    [Theory]
    [InlineData(2, 0.40, 0.42, 2, 1)] // threads bring nothing: two at once
    [InlineData(2, 0.40, 0.76, 1, 2)] // threads bring nearly all they can
    [InlineData(2, 0.40, 0.30, 2, 1)] // threads are in one another's way
    [InlineData(16, 0.10, 0.30, 16, 1)]
    [InlineData(16, 0.10, 1.55, 1, 16)]
    public void Networks_that_gain_little_from_threads_are_run_side_by_side(int threads, double all, double one, int workers, int each)
    {
        WorkerPlan plan = Decide(new WorkerTrial(threads), all, one, Small, Plenty);

        Assert.Equal((workers, each), (plan.Workers, plan.Threads));
        Assert.Contains($"{all:0.00} s on {threads} threads and {one:0.00} s on one", plan.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Workers_are_no_more_than_fit_into_memory_and_share_the_threads()
    {
        // Each takes its weights twice and 256 MiB: one more fits three times.
        long need = (2 * Small) + (256L << 20);
        WorkerPlan plan = Decide(new WorkerTrial(16), 0.10, 0.30, Small, (3 * need) + 1);

        Assert.Equal((4, 4), (plan.Workers, plan.Threads));
        Assert.Contains("the free memory is enough for 4", plan.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(WorkerTrial.LargeBytes, Plenty, "use all threads by themselves")]
    [InlineData(Small, Small, "one more worker needs")]
    [InlineData(0, Plenty, "no network")]
    public void What_the_first_picture_tells_is_enough_where_nothing_is_to_be_gained(long weights, long free, string reason)
    {
        WorkerTrial trial = new(8);
        trial.Record(TimeSpan.FromSeconds(9), weights, free);

        Assert.Equal((1, 8), (trial.Plan!.Workers, trial.Plan.Threads));
        Assert.Contains(reason, trial.Plan.Reason, StringComparison.Ordinal);
        Assert.Equal(8, trial.Threads);
    }

    [Fact]
    public void One_thread_needs_no_trial() => Assert.Equal(1, new WorkerTrial(1).Plan!.Workers);

    [Fact]
    public void The_first_picture_loads_and_does_not_count_and_of_the_others_the_quicker_does()
    {
        WorkerTrial trial = new(2);
        (int Threads, double Seconds)[] pictures = [(2, 60), (2, 0.4), (1, 5), (2, 3), (1, 0.42)];
        foreach ((int threads, double seconds) in pictures)
        {
            Assert.Null(trial.Plan);
            Assert.Equal(threads, trial.Threads);
            trial.Record(TimeSpan.FromSeconds(seconds), Small, Plenty);
        }

        Assert.Equal((2, 1), (trial.Plan!.Workers, trial.Plan.Threads));
    }

    [Theory]
    [InlineData(1, 8, 1, 8)]
    [InlineData(3, 8, 3, 2)]
    [InlineData(64, 8, 8, 1)]
    public void A_typed_number_wins(int wanted, int threads, int workers, int each) =>
        Assert.Equal((workers, each), (WorkerPlan.Typed(wanted, threads).Workers, WorkerPlan.Typed(wanted, threads).Threads));

    private static WorkerPlan Decide(WorkerTrial trial, double all, double one, long weights, long free)
    {
        while (trial.Plan is null)
        {
            trial.Record(TimeSpan.FromSeconds(trial.Threads == 1 ? one : all), weights, free);
        }

        return trial.Plan;
    }
}
