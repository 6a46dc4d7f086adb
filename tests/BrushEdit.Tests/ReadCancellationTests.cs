using System.Threading.Channels;
using BrushEdit.Batching;
using BrushEdit.Imaging;

namespace BrushEdit.Tests;

/// <summary>Whatever reads files on a thread that runs beside a token ends with the token.</summary>
public sealed class ReadCancellationTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("brushedit-stop").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Pictures_headers_metadata_and_hashes_are_not_read_once_it_is_cancelled()
    {
        string path = Saved(16);
        using CancellationTokenSource stop = new();
        Action[] reads = [() => Picture.Open(path), () => Mask.Open(path), () => PictureParameters.Read(path), () => RegularFile.Hash(path), () => _ = BatchInput.Of(path, folder).Hash];
        ReadCancellation.Run(() => Array.ForEach(reads, read => read()), stop.Token);
        stop.Cancel();
        Assert.All(reads, read => Assert.ThrowsAny<OperationCanceledException>(() => ReadCancellation.Run(read, stop.Token)));
        Array.ForEach(reads, read => read());
    }

    [Fact]
    public void A_picture_that_is_being_decoded_is_given_up()
    {
        // Decoded again and again: cancelled in whatever part of it, that is no broken picture and no whole one.
        string path = Saved(3000);
        using CancellationTokenSource stop = new(TimeSpan.FromMilliseconds(60));
        Assert.ThrowsAny<OperationCanceledException>(() => ReadCancellation.Run(
            () =>
            {
                while (true)
                {
                    Picture.Open(path);
                }
            },
            stop.Token));
    }

    [Fact]
    public async Task A_batch_reads_beside_its_token()
    {
        using CancellationTokenSource stop = new();
        Reading work = new(stop, Saved(16));
        Channel<int> items = Channel.CreateUnbounded<int>();
        items.Writer.TryWrite(0);
        items.Writer.Complete();
        BatchEngine<int> engine = new(work, new BatchOptions { Compute = TaskScheduler.Default });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.RunAsync(items.Reader, stop.Token));
        Assert.IsAssignableFrom<OperationCanceledException>(await work.Ended);
    }

    private string Saved(int side)
    {
        string path = Path.Combine(folder, $"{side}.png");
        Picture.FromRgb(new byte[side * side * 3], side, side).Save(path, PictureSaveOptions.Default with { Parameters = new Dictionary<string, string> { ["seed"] = "1" } });
        return path;
    }

    /// <summary>A batch that is stopped just before a file is read.</summary>
    private sealed class Reading(CancellationTokenSource stop, string path) : IBatchWork<int>
    {
        // Nobody's continuation runs on the thread that reads.
        private readonly TaskCompletionSource<Exception?> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<Exception?> Ended => ended.Task;

        public void Open(int item, CancellationToken cancellation)
        {
            _ = stop.CancelAsync();
            SpinWait.SpinUntil(() => cancellation.IsCancellationRequested);
            ended.SetResult(Record.Exception(() => Picture.Open(path)));
        }

        public IReadOnlyList<Exception?> Compute(IReadOnlyList<int> items, int worker, CancellationToken cancellation) => [null];

        public void Write(int item)
        {
        }

        public bool EndsBatch(Exception fault) => false;

        public void Finished(int item, Exception? fault)
        {
        }
    }
}
