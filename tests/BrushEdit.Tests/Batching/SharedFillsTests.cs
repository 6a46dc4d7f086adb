using BrushEdit.Batching;
using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Segmenting;

namespace BrushEdit.Tests.Batching;

public class SharedFillsTests
{
    private static readonly Picture Page = Picture.FromRgb(new byte[48], 4, 4);

    [Fact]
    public void Fills_come_together_round_by_round_on_the_calling_thread()
    {
        Models models = new();
        Action<EditModels>[] edits = [.. new[] { 1, 3, 2 }.Select(rounds => (Action<EditModels>)(lent =>
        {
            for (int round = 0; round < rounds; round++)
            {
                lent.Finder.Find(Page, ["dog"], new DetectionOptions());
                Fill(lent, round);
            }
        }))];

        IReadOnlyList<Exception?> faults = SharedFills.Run(edits, models.All, models, default);

        Assert.All(faults, Assert.Null);
        Assert.Equal([3, 2, 1], models.Waves);
        Assert.Equal(6, models.Found);
        Assert.Equal([Environment.CurrentManagedThreadId], models.Threads);
    }

    [Fact]
    public void An_edit_that_fails_before_during_or_after_its_fill_leaves_the_others_alone()
    {
        Models models = new() { Breaks = 1 };
        List<int> done = [];
        Action<EditModels>[] edits =
        [
            lent => throw new InvalidOperationException("before"),
            lent =>
            {
                Fill(lent, 1);
                done.Add(1);
            },
            lent =>
            {
                Fill(lent, 2);
                throw new InvalidOperationException("after");
            },
            lent =>
            {
                Fill(lent, 3);
                done.Add(3);
            },
        ];

        IReadOnlyList<Exception?> faults = SharedFills.Run(edits, models.All, models, default);

        Assert.Equal(["before", "broken", "after", null], faults.Select(fault => fault?.Message));
        Assert.Equal([3], done);
    }

    [Fact]
    public void A_fault_of_the_models_is_thrown_where_they_were_asked()
    {
        Models models = new();
        EditException? caught = null;
        IReadOnlyList<Exception?> faults = SharedFills.Run(
            [
                lent =>
                {
                    caught = Assert.Throws<EditException>(() => lent.Outliner.Outline(Page, SegmentPrompt.FromBoxes([new Box(0, 0, 2, 2)]), new SegmentOptions()));
                    Assert.Equal(("finder", "inpainter", 64, 8), (lent.Finder.Name, lent.Inpainter.Name, lent.Inpainter.NativeSide, lent.Inpainter.Factor));
                    Assert.Null(lent.Finder.Absence);
                },
            ],
            models.All,
            models,
            default);
        Assert.Null(faults[0]);
        Assert.Equal(EditFault.ModelNotFound, caught!.Kind);
    }

    [Fact]
    public void Cancelling_ends_every_edit()
    {
        using CancellationTokenSource stop = new();
        Models models = new();
        stop.Cancel();
        IReadOnlyList<Exception?> faults = SharedFills.Run([lent => Fill(lent, 1), lent => Fill(lent, 2)], models.All, models, stop.Token);
        Assert.All(faults, fault => Assert.IsType<OperationCanceledException>(fault));
    }

    private static void Fill(EditModels lent, int seed) => lent.Inpainter.Fill(Page, Mask.Full(4, 4), new InpaintSettings { Seed = seed });

    private sealed class Models : IObjectFinder, IObjectOutliner, IBatchInpainter
    {
        public List<int> Waves { get; } = [];

        public HashSet<int> Threads { get; } = [];

        public int Found { get; private set; }

        public long? Breaks { get; init; }

        public EditModels All => new(this, this, this);

        string IObjectFinder.Name => "finder";

        string IObjectOutliner.Name => "outliner";

        string IInpainter.Name => "inpainter";

        public EditException? Absence => null;

        public int NativeSide => 64;

        public int Factor => 8;

        public DetectionResult Find(Picture picture, IReadOnlyList<string> phrases, DetectionOptions options, CancellationToken cancellation = default)
        {
            Threads.Add(Environment.CurrentManagedThreadId);
            Found++;
            return new DetectionResult([], []);
        }

        public SegmentResult Outline(Picture picture, SegmentPrompt prompt, SegmentOptions options, CancellationToken cancellation = default) =>
            throw new EditException(EditFault.ModelNotFound, "There is no segmenter.");

        public InpaintOutcome Fill(Picture picture, Mask mask, InpaintSettings settings, IProgress<InpaintProgress>? progress = null, CancellationToken cancellation = default) =>
            throw new NotSupportedException("Fills come together.");

        public IReadOnlyList<FillAnswer> FillAll(IReadOnlyList<FillRequest> requests, CancellationToken cancellation = default)
        {
            cancellation.ThrowIfCancellationRequested();
            Threads.Add(Environment.CurrentManagedThreadId);
            Waves.Add(requests.Count);
            return [.. requests.Select(request => request.Settings.Seed == Breaks
                ? new FillAnswer(null, new InvalidOperationException("broken"))
                : new FillAnswer(new InpaintOutcome(request.Settings, [], new WorkRegion(0, 0, 4, 4, 64, 64), []), null))];
        }
    }
}
