using System.Management.Automation;
using System.Threading.Channels;
using BrushEdit.Batching;
using BrushEdit.Caching;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary>The batch: with <c>-Directory</c>, files are read ahead and written behind while the networks run, and noted in a journal.</summary>
public sealed partial class InvokeImageEditCommand
{
    // One picture per pass on a CPU: the results then equal those of single edits bit for bit. On a GPU, a pass that does not fit is halved.
    private const int BatchSizeOnGpu = 4;

    private readonly Channel<BatchItem> queue = Channel.CreateUnbounded<BatchItem>();
    private readonly Dictionary<string, string> claimed = new(OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase);
    private readonly InputFiles inputs = new();
    private readonly HashSet<string> cleaned = new(RealPath.Comparer);
    private CancellationTokenSource? stop;
    private BatchSettings? batchSettings;
    private BatchJournal? journal;
    private BatchOutput? output;
    private BatchReport? batchReport;
    private WorkFeed? feed;
    private SemaphoreSlim? held;
    private MaskArgument? masks;
    private Shard part = BrushEdit.Batching.Shard.Whole;
    private string folder = string.Empty;
    private string? tree;
    private Task? batch;

    /// <summary>The folder that results are written to; it turns the command into a batch.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Directory { get; set; }

    /// <summary>The root folder of the inputs: results keep their relative paths below -Directory.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? BasePath { get; set; }

    /// <summary>Skips files that an earlier run finished.</summary>
    [Parameter]
    public SwitchParameter Resume { get; set; }

    /// <summary>How many pictures are processed in parallel; 0 leaves it to a measurement.</summary>
    [Parameter]
    [ValidateRange(0, 64)]
    public int? Throttle { get; set; }

    /// <summary>Which part of the files is processed: <c>i/n</c>.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Shard { get; set; }

    /// <summary>How many pictures go through the networks at once.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int? BatchSize { get; set; }

    /// <summary>Which parts of each edit are written.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public ExportContent[]? Content { get; set; }

    /// <summary>The format of the files.</summary>
    [Parameter]
    public PictureFormat? Format { get; set; }

    /// <summary>The quality of a lossy format.</summary>
    [Parameter]
    [ValidateRange(1, 100)]
    public int? FileQuality { get; set; }

    /// <summary>Copies the original in place of a result if nothing to edit is found.</summary>
    [Parameter]
    public SwitchParameter CopyUnedited { get; set; }

    /// <inheritdoc />
    private protected override void Process(SourceItem item)
    {
        if (Directory is null)
        {
            base.Process(item);
            return;
        }

        CheckRounds();
        if (item.Path is { } path)
        {
            Add(path, null);
            return;
        }

        ImageEdit edit = item.Open();
        Add(edit.Rounds[0].Path ?? throw WithoutFile(edit), edit);
    }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        base.EndProcessing();
        queue.Writer.TryComplete();
        FinishBatch();
    }

    private static EditException WithoutFile(ImageEdit edit) => new(
        EditFault.BadArgument,
        "A picture made in memory has no file name, so -Directory has no name for its result.",
        "Omit -Directory and pipe the edit to Export-EditImage, or write the picture to a file first.",
        edit);

    private void BeginBatch(PathResolver paths)
    {
        if (Directory is null)
        {
            string[] needing = [nameof(Resume), nameof(Throttle), nameof(Shard), nameof(BatchSize), nameof(Content), nameof(Format), nameof(FileQuality), nameof(CopyUnedited), nameof(BasePath)];
            if (needing.FirstOrDefault(MyInvocation.BoundParameters.ContainsKey) is { } name)
            {
                throw new EditException(EditFault.BadArgument, $"-{name} applies to written files, but no output folder is given.", "Give their folder with -Directory.", name);
            }

            return;
        }

        if (PreviewPath is not null)
        {
            throw new EditException(EditFault.BadArgument, "A batch cannot write previews to one file.", "Omit -PreviewPath or -Directory, or give -ShowPreview.", PreviewPath);
        }

        folder = paths.Output(Directory);
        tree = BasePath is null ? null : paths.Output(BasePath);
        part = Shard is null ? BrushEdit.Batching.Shard.Whole : BrushEdit.Batching.Shard.Parse(Shard);
        output = new BatchOutput([.. (Content ?? [ExportContent.Result]).Distinct()], Format, FileQuality);
        if (CopyUnedited && !output.Contents.Contains(ExportContent.Result))
        {
            throw new EditException(EditFault.BadArgument, "-CopyUnedited writes the original in place of a result, but -Content does not include Result.", "Add Result to -Content, or omit -CopyUnedited.", Content);
        }

        batchSettings = BatchSettings.Of(MyInvocation.BoundParameters, Models);
        held = new SemaphoreSlim(PicturesHeld);
        stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        feed = WorkFeed.Open(stop.Token);
        batchReport = new BatchReport(feed, Screen);
        masks = new MaskArgument(SessionState, fit: false, MaskPattern);
    }

    // Before and after the networks.
    private int PicturesHeld => Throttle is > 0 and int typed ? typed : Math.Clamp(Environment.ProcessorCount / 2, 1, 4);

    private void Add(string path, ImageEdit? given)
    {
        Cancellation.ThrowIfStopped();
        if (!part.Holds(path))
        {
            WriteVerbose($"'{path}' does not belong to part {part}.");
            return;
        }

        BatchInput input = BatchInput.Of(path, folder);
        string[] instructions = Instructions;
        object? mask = Mask is null && MaskPattern is null ? null : masks!.Settle(Mask);
        string? maskFile = mask is null ? null : masks!.FileOf(mask, input.Path);
        string settings = batchSettings!.Digest(instructions, CaptionBefore, given, maskFile is null ? null : BatchInput.Of(maskFile, folder).Hash, Brought);
        inputs.Add(input.Path, maskFile);
        if (Resume && Noted().Outputs(input, settings) is { } before)
        {
            Skip(input, before);
            return;
        }

        string place = tree is null ? folder : System.IO.Path.Combine(folder, PictureTree.RelativeFolder(input.Path, tree));
        IReadOnlyList<string> outputs = output!.Files(input.Path, place, OutputFile(folder));
        WriteRule rule = new() { Replace = Force, IsOwn = file => Resume && Noted().IsOwn(file, input), Inputs = inputs };
        Claim(input, outputs, rule);
        if (!ShouldProcess(path, $"{What(instructions)}, into '{outputs[0]}'"))
        {
            return;
        }

        Start();
        CleanUp(System.IO.Path.GetDirectoryName(outputs[0])!);
        batchReport!.Expect();
        Queue(new BatchItem(input, instructions, ReadOptions(), settings)
        {
            Edit = given,
            Outputs = outputs,
            Rule = rule,
            Mask = mask is null ? null : picture => masks!.Resolve(mask, picture),
            TakenUp = given is null ? null : () => held!.Release(),
        });
    }

    // Remnants of a killed run in a result folder.
    private void CleanUp(string place)
    {
        if (cleaned.Add(place) && AtomicFile.CleanUp(place) is > 0 and int left)
        {
            WriteVerbose($"{left} unfinished file(s) of an interrupted run were deleted.");
        }
    }

    // Pictures from the pipeline wait until there is room for them; file names do not.
    private void Queue(BatchItem item)
    {
        bool bounded = item.Edit is not null;
        while (bounded && !batch!.IsCompleted && !held!.Wait(TimeSpan.FromMilliseconds(50), Cancellation))
        {
            feed!.WriteSoFar(this);
        }

        queue.Writer.TryWrite(item);
        feed!.WriteSoFar(this);
        feed.ClearScreen();
        if (batch!.IsCompleted)
        {
            // The batch ended early: the error is reported now rather than after all files have arrived.
            FinishBatch();
        }
    }

    // Finished files are passed on; a result that somebody has changed since is left alone.
    private void Skip(BatchInput input, DoneBefore before)
    {
        EditedFile file = new()
        {
            InputPath = input.Path,
            Files = new TextList(before.Files),
            Status = EditedFileStatus.Skipped,
            Warnings = new TextList([.. before.Changed.Select(path => $"'{path}' was changed after this batch wrote it, and is kept. To edit it again, move it, or give -Force without -Resume.")]),
        };
        batchReport!.Skip(file);
        feed!.WriteSoFar(this);
    }

    /// <summary>Refuses to overwrite files that do not belong to the batch.</summary>
    private void Claim(BatchInput input, IReadOnlyList<string> outputs, WriteRule rule)
    {
        foreach (string file in outputs)
        {
            if (claimed.TryGetValue(file, out string? other))
            {
                throw other == input.Path ? BatchFiles.Twice(input.Path, file) : BatchFiles.Shared(input.Path, other, file);
            }

            rule.Check(file);
        }

        foreach (string file in outputs)
        {
            claimed[file] = input.Path;
        }
    }

    // Before the batch starts, and with -WhatIf, the journal is only read.
    private BatchJournal Noted() => journal ??= IsWhatIf() ? BatchJournal.Read(folder) : OpenJournal();

    private bool IsWhatIf() => LanguagePrimitives.IsTrue(
        MyInvocation.BoundParameters.TryGetValue("WhatIf", out object? typed) ? typed : SessionState.PSVariable.GetValue("WhatIfPreference"));

    private BatchJournal OpenJournal()
    {
        BatchJournal? opened = null;
        Demand(() => opened = BatchJournal.Open(folder, part));
        return opened!;
    }

    private void Start()
    {
        if (batch is not null)
        {
            return;
        }

        Demand(() =>
        {
            journal ??= BatchJournal.Open(folder, part);
            journal.Begin(batchSettings!.Digest(Instruction, CaptionBefore, null, null));
        });
        BatchCrew crew = new(new BatchWorker(new EditModels(finder!, outliner!, Inpainter, matcher), Inpainter), NewWorker, Throttle, batchReport!.Note);
        FolderBatch work = new(journal!, planner!, crew, output!, batchReport, CopyUnedited, Force);
        batch = Task.Run(() => RunBatchAsync(work, crew));
        feed!.EndWith(batch);
    }

    // Each worker uses the models that the first one found, and loads its own copies.
    private BatchWorker NewWorker(ModelPool pool)
    {
        ModelHost host = new(Device, Precision, lowMemory: false, pool);
        SessionInpainter inpainter = Inpainter.On(host);
        return new BatchWorker(new EditModels(finder!.On(host), outliner!.On(host), inpainter, matcher!.On(host)), inpainter);
    }

    private async Task RunBatchAsync(FolderBatch work, BatchCrew crew)
    {
        bool isCuda = !Inpainter.Traits.IsRemote && await OnCompute(() => Lender.Where.Device.type == TorchSharp.DeviceType.CUDA).ConfigureAwait(false);
        await OnCompute(() =>
        {
            crew.Open(!Inpainter.Traits.IsRemote && !LowMemory && Lender.Where.Device.type == TorchSharp.DeviceType.CPU);
            return true;
        }).ConfigureAwait(false);
        BatchOptions how = new()
        {
            Throttle = PicturesHeld,
            BatchSize = BatchSize ?? (isCuda ? BatchSizeOnGpu : 1),
            Compute = ComputeThread.Scheduler,
            Hire = crew.Hire,
        };
        try
        {
            await new BatchEngine<BatchItem>(work, how).RunAsync(queue.Reader, stop!.Token).ConfigureAwait(false);
        }
        finally
        {
            await crew.CloseAsync().ConfigureAwait(false);
        }
    }

    private Task<T> OnCompute<T>(Func<T> work) => ComputeThread.Scheduler.Start(work, stop!.Token);

    /// <summary>Writes the batch's messages until it has ended, and throws the fault that ended it, if any.</summary>
    private void FinishBatch()
    {
        if (batch is null)
        {
            feed?.WriteSoFar(this);
            return;
        }

        feed!.WriteUntilEnd(this, batch, stop!);
        WriteVerbose(BatchReport.Text(batchReport!.Progress with { Total = batchReport.Progress.Finished }) + " in all.");
        Demand(() =>
        {
            try
            {
                batch.GetAwaiter().GetResult();
            }
            catch (OperationCanceledException) when (Cancellation.IsCancellationRequested)
            {
                throw new PipelineStoppedException();
            }
        });
    }

    /// <summary>Ends the work that still runs if another cmdlet has stopped the pipeline.</summary>
    private void EndBatch()
    {
        stop?.Cancel();
        if (batch is { IsCompleted: false })
        {
            ((IAsyncResult)batch).AsyncWaitHandle.WaitOne();
        }

        journal?.Dispose();
        stop?.Dispose();
        held?.Dispose();
    }
}
