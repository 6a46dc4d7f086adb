using System.Management.Automation;
using BrushEdit.Benchmarking;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Measuring;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary><c>Measure-ImageEdit</c>: measures edits or a benchmark's results.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "ImageEdit", SupportsShouldProcess = true)]
[OutputType(typeof(EditMeasures), typeof(PSObject))]
public sealed class MeasureImageEditCommand : MeasureCmdlet
{
    private OriginalSearch? originals;
    private Benchmark? benchmark;

    /// <summary>The picture before the edit, if results are given as files.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public object? Original { get; set; }

    /// <summary>What the original shows.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? SourceCaption { get; set; }

    /// <summary>The method that made the results; tables are grouped by it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Method { get; set; }

    /// <summary>A benchmark's mapping file.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Benchmark { get; set; }

    /// <summary>Folders with the benchmark's results, one per method.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Results { get; set; }

    /// <summary>The benchmark's mask.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? MaskKey { get; set; }

    /// <summary>The folder of the benchmark's pictures.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ImageFolder { get; set; }

    /// <summary>The measuring protocol.</summary>
    [Parameter]
    public MeasureRule? Rule { get; set; }

    /// <summary>Returns the means by method and kind of edit instead of one object per edit.</summary>
    [Parameter]
    public SwitchParameter Summary { get; set; }

    /// <inheritdoc />
    private protected override bool GivesMeans => Summary;

    /// <inheritdoc />
    private protected override MeasureRule MeasuredBy => Rule ?? benchmark?.Kind switch
    {
        BenchmarkKind.BrushBench => MeasureRule.BrushBench,
        BenchmarkKind.PieBench => MeasureRule.PieBench,
        _ => MeasureRule.Plain,
    };

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        originals = new OriginalSearch(SessionState);
        Demand(() =>
        {
            if (Benchmark is null)
            {
                RefuseWithoutBenchmark(nameof(Results), nameof(MaskKey), nameof(ImageFolder));
                return;
            }

            PathResolver paths = new(SessionState);
            if (Results is null)
            {
                throw new EditException(EditFault.BadArgument, "The folder of the benchmark's results is not given.", "Give their folder with -Results; it has the same subfolders as the benchmark's pictures.", Benchmark);
            }

            RefuseWithBenchmark();
            benchmark = Benchmarking.Benchmark.Open(paths.Output(Benchmark), ImageFolder is null ? null : paths.Output(ImageFolder));
        });
    }

    /// <inheritdoc />
    private protected override void Process(SourceItem item)
    {
        if (!Measures)
        {
            item.Require();
            return;
        }

        AttemptEdit(item.Path is null ? item.Target.ToString() ?? string.Empty : System.IO.Path.GetFileName(item.Path), item.Target, () => Take(ItemOf(Open(item)), item.Target));
    }

    /// <inheritdoc />
    private protected override void ProcessAlone()
    {
        if (benchmark is null)
        {
            base.ProcessAlone();
            return;
        }

        PathResolver paths = new(SessionState);
        foreach (string results in Results!.Select(paths.Output).Where(_ => Measures))
        {
            string method = Method ?? System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(results));
            foreach (BenchmarkEntry entry in benchmark.Entries)
            {
                Cancellation.ThrowIfStopped();
                AttemptEdit(entry.Id, entry.Id, () => Take(ItemOf(entry, results, method), entry.Id));
            }
        }
    }

    private MeasureItem ItemOf(ImageEdit edit)
    {
        Picture result = edit.Result ?? edit.Picture;
        Picture original = Original is not null
            ? originals!.Open(Original, result.Path)
            : edit.Result is not null
                ? edit.Picture
                : throw edit.Missing("result", "Pipe in edits that are filled (Invoke-Inpaint, Invoke-ImageEdit), or give the picture before the edit with -Original.");
        return new MeasureItem(edit.Name, original, result)
        {
            Mask = Mask is not null || MaskPattern is not null ? new MaskArgument(SessionState, Fit, MaskPattern).Resolve(Mask, original) : edit.Mask,
            Caption = Caption ?? edit.Plan?.Caption ?? edit.Settings?.Caption,
            SourceCaption = SourceCaption,
            Method = Method ?? string.Empty,
            EditType = EditType ?? edit.Plan?.EditType.ToString() ?? string.Empty,
            Seconds = edit.Timings.Count > 0 ? edit.Timings.Values.Sum(time => time.TotalSeconds) : null,
        };
    }

    private MeasureItem ItemOf(BenchmarkEntry entry, string results, string method) => new(
        entry.Id, Imaging.Picture.Open(System.IO.Path.Combine(benchmark!.Folder, entry.ImagePath)), Imaging.Picture.Open(ResultFile(results, entry)))
    {
        Mask = entry.Mask(MaskKey),
        Caption = entry.Caption,
        SourceCaption = entry.SourceCaption,
        Method = method,
        EditType = entry.EditType,
    };

    // As the benchmarks' scripts write them, or all in one folder, in any format.
    private static string ResultFile(string folder, BenchmarkEntry entry)
    {
        string[] stems = [System.IO.Path.Combine(folder, entry.ImagePath), System.IO.Path.Combine(folder, System.IO.Path.GetFileName(entry.ImagePath))];
        string[] endings = [string.Empty, ".png", ".jpg", ".jpeg", ".webp"];
        IEnumerable<string> names = stems.SelectMany(stem => endings.Select(ending => ending.Length == 0 ? stem : System.IO.Path.ChangeExtension(stem, ending)));
        return names.FirstOrDefault(File.Exists) ?? throw new EditException(
            EditFault.NotFound, $"There is no result of '{entry.Id}' in '{folder}': looked for '{entry.ImagePath}'.", "Results have the names of the benchmark's pictures.", entry.Id);
    }

    private void RefuseWithoutBenchmark(params string[] names)
    {
        if (names.FirstOrDefault(IsTyped) is { } name)
        {
            throw new EditException(EditFault.BadArgument, $"-{name} applies to a benchmark, but none is given.", "Give its mapping file with -Benchmark.", name);
        }
    }

    private void RefuseWithBenchmark()
    {
        string[] own = [nameof(Path), nameof(LiteralPath), nameof(Picture), nameof(InputObject), nameof(Original), nameof(Mask), nameof(MaskPattern), nameof(Fit), nameof(Caption), nameof(SourceCaption), nameof(EditType)];
        if (own.FirstOrDefault(IsTyped) is { } name)
        {
            throw new EditException(EditFault.BadArgument, $"-{name} has no effect with a benchmark, which determines it itself.", $"Omit -{name}, or give the edits without a benchmark.", name);
        }
    }
}
