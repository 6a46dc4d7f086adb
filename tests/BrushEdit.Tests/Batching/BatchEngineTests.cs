using System.Collections.Concurrent;
using System.Threading.Channels;
using BrushEdit.Batching;

namespace BrushEdit.Tests.Batching;

public class BatchEngineTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(2, 4)]
    public async Task Every_item_is_done_once_and_the_networks_see_them_in_order(int throttle, int size)
    {
        Work work = new();
        await Run(work, 23, throttle, size);

        Assert.Equal(Enumerable.Range(0, 23), work.Finished.Keys.Order());
        Assert.All(work.Finished.Values, Assert.Null);
        Assert.Equal(Enumerable.Range(0, 23), work.Computed.SelectMany(wave => wave));
        Assert.All(work.Computed.SkipLast(1), wave => Assert.Equal(size, wave.Length));
    }

    [Fact]
    public async Task No_more_pictures_are_held_than_was_said()
    {
        const int throttle = 2;
        const int size = 3;
        Work work = new() { OnCompute = _ => Thread.Sleep(2), OnWrite = _ => Thread.Sleep(4) };
        await Run(work, 40, throttle, size);
        Assert.InRange(work.MostHeld, 2, throttle + size + throttle);
    }

    [Fact]
    public async Task Pictures_are_read_and_written_while_the_networks_run()
    {
        // The networks wait, at the second item, for the first one's writing to begin and for the third one's reading to end.
        using ManualResetEventSlim written = new();
        using ManualResetEventSlim read = new();
        Work work = new()
        {
            OnOpen = item => Set(read, item == 2),
            OnWrite = item => Set(written, item == 0),
            OnCompute = item => Assert.True(item != 1 || (written.Wait(TimeSpan.FromMinutes(1)) && read.Wait(TimeSpan.FromMinutes(1)))),
        };
        await Run(work, 4, 2, 1);
        Assert.All(work.Finished.Values, Assert.Null);
    }

    [Fact]
    public async Task A_fault_in_any_stage_is_the_items_own()
    {
        Work work = new()
        {
            OnOpen = item => Throw(item == 1, new EditException(EditFault.BadPicture, "broken")),
            OnCompute = item => Throw(item == 3, new InvalidOperationException("nothing found")),
            OnWrite = item => Throw(item == 5, new EditException(EditFault.CannotWrite, "exists")),
        };
        await Run(work, 8, 2, 2);

        Assert.Equal([1, 3, 5], work.Finished.Where(item => item.Value is not null).Select(item => item.Key).Order());
        Assert.Equal(8, work.Finished.Count);
    }

    [Fact]
    public async Task A_fault_that_all_would_meet_ends_the_batch_and_what_was_computed_is_written()
    {
        Work work = new() { OnCompute = item => Throw(item == 4, new EditException(EditFault.BadModel, "no model")), OnWrite = _ => Thread.Sleep(5) };
        EditException fault = await Assert.ThrowsAsync<EditException>(() => Run(work, 1000, 2, 1));
        Assert.Equal(EditFault.BadModel, fault.Kind);
        Assert.Equal([0, 1, 2, 3], work.Finished.Keys.Order());
    }

    [Fact]
    public async Task Results_that_cannot_be_written_end_the_batch_soon()
    {
        Work work = new() { OnWrite = item => Throw(item != 1, new EditException(EditFault.CannotWrite, "disk full")) };
        EditException fault = await Assert.ThrowsAsync<EditException>(() => Run(work, 1000, 1, 1));
        Assert.Equal(EditFault.CannotWrite, fault.Kind);
        Assert.Contains("-Resume", fault.Remedy, StringComparison.Ordinal);
        Assert.InRange(work.Computed.Count, 5, 10);
        Assert.Null(work.Finished[1]);
    }

    [Fact]
    public async Task A_batch_that_is_cancelled_stops_and_what_was_computed_is_written()
    {
        using CancellationTokenSource stop = new();
        Work work = new()
        {
            OnWrite = _ => Thread.Sleep(3),
            OnComputed = item =>
            {
                if (item == 3)
                {
                    stop.Cancel();
                }
            },
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Run(work, 1000, 2, 1, cancellation: stop.Token));
        Assert.Equal([0, 1, 2, 3], work.Finished.Keys.Order());
        Assert.All(work.Finished.Values, Assert.Null);
        Assert.Equal(0, work.Running);
    }

    [Fact]
    public async Task Hired_workers_compute_side_by_side()
    {
        // Nobody goes on before all three are at work.
        using Barrier together = new(3);
        Work work = new() { OnCompute = _ => Assert.True(together.SignalAndWait(TimeSpan.FromMinutes(1))) };
        Queue<IReadOnlyList<TaskScheduler>> hired = new([[new SingleThread("second"), new SingleThread("third")]]);
        await Run(work, 12, 2, 1, hire: () => hired.TryDequeue(out IReadOnlyList<TaskScheduler>? more) ? more : []);

        Assert.Equal(Enumerable.Range(0, 12), work.Finished.Keys.Order());
        Assert.All(work.Finished.Values, Assert.Null);
        Assert.Equal([0, 1, 2], work.Worker.Values.Distinct().Order());
    }

    [Fact]
    public async Task Workers_may_be_hired_while_the_batch_runs()
    {
        Work? work = null;
        Queue<IReadOnlyList<TaskScheduler>> hired = new([[], [], [new SingleThread("second")]]);
        using Barrier together = new(2);
        work = new Work { OnCompute = item => Assert.True(item < 2 || together.SignalAndWait(TimeSpan.FromMinutes(1))) };
        await Run(work, 8, 1, 1, hire: () => hired.TryDequeue(out IReadOnlyList<TaskScheduler>? more) ? more : []);

        Assert.Equal([0, 0], new[] { work.Worker[0], work.Worker[1] });
        Assert.Equal([0, 1], work.Worker.Values.Distinct().Order());
        Assert.Equal(8, work.Finished.Count);
    }

    [Fact]
    public async Task A_fault_that_all_would_meet_ends_every_worker()
    {
        Work work = new() { OnCompute = item => Throw(item >= 4, new EditException(EditFault.BadModel, "no model")) };
        Queue<IReadOnlyList<TaskScheduler>> hired = new([[new SingleThread("second")]]);
        EditException fault = await Assert.ThrowsAsync<EditException>(
            () => Run(work, 1000, 2, 1, hire: () => hired.TryDequeue(out IReadOnlyList<TaskScheduler>? more) ? more : []));
        Assert.Equal(EditFault.BadModel, fault.Kind);
        // The other worker's picture may have been taken back before it began.
        Assert.InRange(work.Computed.Count, 4, 10);
        Assert.Equal(0, work.Running);
    }

    [Fact]
    public async Task What_a_worker_cannot_tell_of_is_thrown_by_the_batch()
    {
        Work work = new() { OnComputed = item => Throw(item == 3, new TimeoutException("unheard of")) };
        TimeoutException fault = await Assert.ThrowsAsync<TimeoutException>(() => Run(work, 1000, 2, 1));
        Assert.Equal("unheard of", fault.Message);
        Assert.Equal([0, 1, 2], work.Finished.Keys.Order());
    }

    [Fact]
    public async Task Items_may_come_while_the_batch_runs()
    {
        Work work = new();
        Channel<int> items = Channel.CreateUnbounded<int>();
        Task run = new BatchEngine<int>(work, new BatchOptions()).RunAsync(items.Reader, CancellationToken.None);
        for (int i = 0; i < 5; i++)
        {
            await items.Writer.WriteAsync(i);
            Assert.True(SpinWait.SpinUntil(() => work.Finished.ContainsKey(i), TimeSpan.FromMinutes(1)));
        }

        items.Writer.Complete();
        await run;
    }

    [Fact]
    public void Time_left_goes_by_the_rate_of_what_this_run_has_finished()
    {
        BatchProgress none = new(0, 0, 90, 100, TimeSpan.FromSeconds(5));
        Assert.Null(none.Remaining);
        Assert.Equal(90, none.Percent);
        BatchProgress some = new(3, 1, 90, 100, TimeSpan.FromSeconds(8));
        Assert.Equal(TimeSpan.FromSeconds(12), some.Remaining);
        Assert.Equal(94, some.Percent);
        Assert.Equal(0, default(BatchProgress).Percent);
    }

    private static void Throw(bool when, Exception fault)
    {
        if (when)
        {
            throw fault;
        }
    }

    private static void Set(ManualResetEventSlim gate, bool when)
    {
        if (when)
        {
            gate.Set();
        }
    }

    private static async Task Run(
        Work work, int count, int throttle, int size, Func<IReadOnlyList<TaskScheduler>>? hire = null, CancellationToken cancellation = default)
    {
        Channel<int> items = Channel.CreateUnbounded<int>();
        for (int i = 0; i < count; i++)
        {
            items.Writer.TryWrite(i);
        }

        items.Writer.Complete();
        await new BatchEngine<int>(work, new BatchOptions { Throttle = throttle, BatchSize = size, Hire = hire ?? (() => []) }).RunAsync(items.Reader, cancellation);
    }

    private sealed class Work : IBatchWork<int>
    {
        private int held;
        private int running;

        public Action<int> OnOpen { get; init; } = _ => { };

        public Action<int> OnCompute { get; init; } = _ => { };

        public Action<int> OnComputed { get; init; } = _ => { };

        public Action<int> OnWrite { get; init; } = _ => { };

        public List<int[]> Computed { get; } = [];

        public ConcurrentDictionary<int, Exception?> Finished { get; } = new();

        public int MostHeld { get; private set; }

        public int Running => running;

        public void Open(int item, CancellationToken cancellation)
        {
            Interlocked.Increment(ref running);
            int now = Interlocked.Increment(ref held);
            lock (Computed)
            {
                MostHeld = Math.Max(MostHeld, now);
            }

            try
            {
                OnOpen(item);
            }
            finally
            {
                Interlocked.Decrement(ref running);
            }
        }

        public ConcurrentDictionary<int, int> Worker { get; } = new();

        public IReadOnlyList<Exception?> Compute(IReadOnlyList<int> items, int worker, CancellationToken cancellation)
        {
            lock (Computed)
            {
                Computed.Add([.. items]);
            }

            foreach (int item in items)
            {
                Worker[item] = worker;
            }

            List<Exception?> faults = [];
            foreach (int item in items)
            {
                try
                {
                    OnCompute(item);
                    faults.Add(null);
                }
                catch (Exception fault) when (fault is EditException or InvalidOperationException)
                {
                    faults.Add(fault);
                }

                OnComputed(item);
            }

            return faults;
        }

        public void Write(int item)
        {
            Interlocked.Increment(ref running);
            OnWrite(item);
            Interlocked.Decrement(ref held);
            Interlocked.Decrement(ref running);
        }

        public bool EndsBatch(Exception fault) => fault is EditException { Kind: EditFault.BadModel };

        void IBatchWork<int>.Finished(int item, Exception? fault) => Assert.True(Finished.TryAdd(item, fault));
    }
}
