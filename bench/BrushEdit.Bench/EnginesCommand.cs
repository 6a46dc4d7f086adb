using System.Diagnostics;
using System.Globalization;
using BrushEdit.Caching;
using BrushEdit.Editing;
using BrushEdit.Generating;
using BrushEdit.Imaging;
using BrushEdit.Loading;
using BrushEdit.Measuring;
using BrushEdit.Reporting;
using BrushEdit.Synthesizing;

namespace BrushEdit.Bench;

/// <summary>
/// Edits the same held-out scenes by several engines, with the true masks and captions, and judges the results against the true scenes. The
/// same options give the same figures, but for the seconds, which are the processor's where it computes.
/// </summary>
internal static class EnginesCommand
{
    // A part that equals the truth has no finite PSNR; it counts as this.
    private const double MostPsnr = 60;

    // Pixels of a picture on the page, which is kept beside the results.
    private const int PageSide = 96;

    /// <summary>Measures and prints.</summary>
    /// <param name="options">The command's options.</param>
    public static void Run(BenchOptions options)
    {
        using ModelPool pool = new();
        ComputeDevice device = options.Device;
        IEditEngine[] engines = [.. Kinds(options).Select(kind => EngineCatalog.Open(kind, Models(kind, options), ModelCatalog.CreateDefault(), device, pool))];
        using MeasureReport? page = options["page"].Length > 0 ? new MeasureReport(options["page"], "Engines on held-out scenes", WriteRule.For(force: true), PageSide) : null;
        MeasureTotals totals = new();
        ImageMeasurer measurer = new(new MeasureNetworks());
        Console.WriteLine(
            $"{options.Model}, held-out scenes of {options["size"]} x {options["size"]}, {device}; {options["steps"]} steps, guidance {options["guidance"]}, {options["count"]} edits of each of {options["forms"]}");
        Console.WriteLine();
        foreach (IEditEngine engine in engines)
        {
            // Models are loaded in an edit that does not count.
            Edit(engine, device, options, options.Forms()[0], 0);
            foreach (SceneEditForm form in options.Forms())
            {
                for (int i = 0; i < options.Count("count"); i++)
                {
                    MeasureItem item = Edit(engine, device, options, form, i);
                    EditMeasures measures = measurer.Measure([item])[0].Measures!;
                    totals.Add(measures with { TruthPsnr = Math.Min(MostPsnr, measures.TruthPsnr!.Value) });
                    if (i < options.Count("rows"))
                    {
                        page?.Add(item, measures);
                    }
                }
            }
        }

        page?.Complete(totals, MeasureColumn.Named(nameof(EditMeasures.TruthPsnr)));
        Print(totals.Rows());
    }

    private static EngineKind[] Kinds(BenchOptions options) => [.. options["engines"].Split(',').Select(name =>
        Enum.TryParse(name, ignoreCase: true, out EngineKind kind) ? kind : throw options.Wrong("engines", string.Join(",", Enum.GetNames<EngineKind>())))];

    // Networks that the bundle does not contain are in a folder of their engine's name.
    private static EngineModels Models(EngineKind kind, BenchOptions options)
    {
        EngineTraits traits = EngineTraits.Of(kind);
        string own = Path.Combine(options["networks"], kind.ToString());
        return traits.TakesControlNet
            ? new EngineModels(options.Model) { ControlNet = own }
            : new EngineModels(traits.Base == ModelKind.StableDiffusion ? options.Model : own);
    }

    private static MeasureItem Edit(IEditEngine engine, ComputeDevice device, BenchOptions options, SceneEditForm form, int number)
    {
        int side = options.Count("size");
        ToyScene scene = ToyScene.Draw((ulong)number, new ToySceneOptions { Width = side, Height = side, MaxObjects = 3, Split = SceneSplit.HeldOutSeeds });
        SceneEdit edit = scene.Edit(form, (ulong)number);
        Picture picture = Picture.FromRgb(scene.Rgb, side, side);
        Mask mask = Mask.FromValues(edit.Mask, side, side);

        // An engine without a mask edits the whole picture and is told of all of it; one that fills is told what to fill in, as plans do.
        string caption = engine.Traits.TakesMask ? QualityCommand.Caption(edit, edit.NewThing) : edit.CaptionAfter;
        InpaintSettings settings = options.Settings() with
        {
            Caption = caption,
            CaptionBefore = engine.Traits.TakesTwoCaptions ? scene.Caption : null,
            Instruction = edit.Instruction,
            Seed = number,
        };
        settings = engine.Traits.TakesNegativePrompt ? settings : settings with { NegativePrompt = new InpaintSettings().NegativePrompt };
        Mask taken = engine.Traits.TakesMask ? mask : Mask.Full(side, side);

        // Of the processor, which other work on the machine does not lengthen; on a GPU, of the clock.
        bool onProcessor = device.Device.type == TorchSharp.DeviceType.CPU;
        Stopwatch clock = Stopwatch.StartNew();
        TimeSpan before = Environment.CpuUsage.TotalTime;
        Picture result = engine.Fill(picture, taken, settings).Samples[0].Picture;
        return new MeasureItem(string.Create(CultureInfo.InvariantCulture, $"{form} {number}: {edit.Instruction}"), picture, result)
        {
            Mask = mask,
            Caption = edit.CaptionAfter,
            SourceCaption = scene.Caption,
            Method = engine.Traits.Kind.ToString(),
            EditType = form.ToString(),
            Seconds = (onProcessor ? Environment.CpuUsage.TotalTime - before : clock.Elapsed).TotalSeconds,
            Truth = Picture.FromRgb(edit.Rgb, side, side),
            Right = SceneTruth.Judge(scene, edit, result.ToRgb()).Success,
        };
    }

    private static void Print(IReadOnlyList<MeasureSummary> rows)
    {
        Console.WriteLine("| engine | edits | count | kept part equal | kept PSNR of the others, dB | hole PSNR, dB | right | seconds an edit |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (MeasureSummary row in rows)
        {
            string kept = row.Means.TryGetValue(nameof(EditMeasures.KeptPsnr), out double mean) && double.IsFinite(mean) ? mean.ToString("0.0", CultureInfo.InvariantCulture) : "-";
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {row.Method} | {(row.EditType.Length > 0 ? row.EditType : "all")} | {row.Edits} | {row.Unchanged} | {kept} | {row.Means[nameof(EditMeasures.TruthPsnr)]:0.0} | {row.Means[nameof(EditMeasures.Right)]:P0} | {row.Means[nameof(EditMeasures.Seconds)]:0.00} |"));
        }
    }
}
