using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using BrushEdit.Caching;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Linking;
using BrushEdit.Synthesizing;

namespace BrushEdit.Bench;

/// <summary>
/// Measures how the number of threads and their way of waiting affect speed, with and without other busy threads on the machine, and what
/// parallel workers gain, as in a batch. Each measurement runs in a separate process, since libtorch reads the settings once; the settings are
/// measured in turn, so that other load on the machine affects them equally.
/// </summary>
internal static class ThreadsCommand
{
    // libgomp's spin count if no wait policy is set (its documentation, GOMP_SPINCOUNT).
    private const string UsualSpin = "300000";

    /// <summary>Measures and prints.</summary>
    /// <param name="options">The command's options.</param>
    public static void Run(BenchOptions options)
    {
        if (options.Has("child"))
        {
            Child(options);
            return;
        }

        string logical = Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture);
        int threads = ComputeThreads.Count;
        (string Name, int Workers, Dictionary<string, string?> Variables)[] settings =
        [
            .. options.Has("passive")
                ? Array.Empty<(string, int, Dictionary<string, string?>)>()
                : [($"libtorch's own: {logical} threads, spinning", 1, new() { [ComputeThreads.CountVariable] = logical, ["GOMP_SPINCOUNT"] = UsualSpin })],
            ("the module's: physical cores, passive", 1, new() { [ComputeThreads.CountVariable] = null }),
            ("one thread", 1, new() { [ComputeThreads.CountVariable] = "1" }),
            .. Shares(threads).Select(workers => ($"{workers} workers of {threads / workers} thread(s)", workers, new Dictionary<string, string?> { [ComputeThreads.CountVariable] = null })),
        ];
        int repeats = options.Count("repeats");
        int[] neighbours = [0, .. options["neighbours"].Split(',').Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
        Console.WriteLine($"{options.Count("count")} fills of {options.Count("steps")} steps, {logical} logical processors; medians of {repeats}, seconds by the clock, of workers side by side for as many fills in all");
        Console.WriteLine();
        Console.WriteLine($"| beside | {string.Join(" | ", settings.Select(setting => setting.Name))} |");
        Console.WriteLine($"|---|{string.Concat(settings.Select(_ => "---|"))}");
        HashSet<string> results = [];
        foreach (int count in neighbours)
        {
            using Neighbours busy = new(count);
            List<double>[] times = [.. settings.Select(_ => new List<double>())];
            for (int repeat = 0; repeat < repeats; repeat++)
            {
                for (int setting = 0; setting < settings.Length; setting++)
                {
                    (double seconds, string hash) = Measure(options, settings[setting].Workers, settings[setting].Variables);
                    results.Add(hash);
                    times[setting].Add(seconds);
                }
            }

            string beside = count == 0 ? "no other thread of ours" : $"{count} busy thread(s)";
            Console.WriteLine($"| {beside} | {string.Join(" | ", times.Select(list => Median(list).ToString("0.00", CultureInfo.InvariantCulture)))} |");
        }

        Console.WriteLine();
        Console.WriteLine(results.Count == 1 ? "All results are the same, to the bit." : $"There are {results.Count} different results.");
    }

    // Two workers, four and so on, up to one per thread.
    private static IEnumerable<int> Shares(int threads)
    {
        for (int workers = 2; workers < threads; workers *= 2)
        {
            yield return workers;
        }

        if (threads > 1)
        {
            yield return threads;
        }
    }

    private static (double Seconds, string Hash) Measure(BenchOptions options, int workers, Dictionary<string, string?> variables)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!) { RedirectStandardOutput = true };
        string[] arguments =
        [
            typeof(ThreadsCommand).Assembly.Location, "threads", "--child", "--model", options.Model, "--steps", options["steps"], "--count", options["count"], "--workers", workers.ToString(CultureInfo.InvariantCulture),
        ];
        foreach (string argument in arguments.Skip(Path.GetFileNameWithoutExtension(start.FileName) == "dotnet" ? 0 : 1))
        {
            start.ArgumentList.Add(argument);
        }

        foreach (string name in new[] { ComputeThreads.CountVariable, ComputeThreads.WaitVariable, "GOMP_SPINCOUNT" })
        {
            start.Environment.Remove(name);
        }

        foreach ((string name, string? value) in variables.Where(pair => pair.Value is not null))
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        string[] answer = process.StandardOutput.ReadToEnd().Trim().Split(' ');
        process.WaitForExit();
        return process.ExitCode == 0 && answer.Length == 2
            ? (double.Parse(answer[0], CultureInfo.InvariantCulture), answer[1])
            : throw new InvalidOperationException($"A measuring process ended with exit code {process.ExitCode}.");
    }

    // Each worker has its own models and threads; the clock runs from the moment all are ready until all have ended.
    private static void Child(BenchOptions options)
    {
        int workers = options.Count("workers");
        int threads = ComputeThreads.Count;
        Stopwatch clock = new();
        using Barrier ready = new(workers, _ => clock.Start());
        string[] hashes = new string[workers];
        Thread[] running = [.. Enumerable.Range(0, workers).Select(worker => new Thread(() =>
        {
            if (workers > 1)
            {
                ComputeThreads.Use(threads / workers);
            }

            hashes[worker] = Fills(options, ready);
        }))];
        Array.ForEach(running, thread => thread.Start());
        Array.ForEach(running, thread => thread.Join());
        string hash = hashes.Distinct().Count() == 1 ? hashes[0] : throw new InvalidOperationException("The workers' results differ.");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clock.Elapsed.TotalSeconds / workers} {hash}"));
    }

    // The first fill loads the networks and is not counted.
    private static string Fills(BenchOptions options, Barrier ready)
    {
        using ModelPool pool = new();
        InpaintModel model = options.Open(pool);
        InpaintPipeline pipeline = new(model);
        InpaintSettings settings = options.Settings();
        ToyScene scene = ToyScene.Draw(1, new ToySceneOptions { Width = model.NativeSide, Height = model.NativeSide });
        SceneEdit edit = scene.Edit(SceneEditForm.Remove, 1);
        Picture picture = Picture.FromRgb(scene.Rgb, scene.Width, scene.Height);
        Mask mask = Mask.FromValues(edit.Mask, scene.Width, scene.Height);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int done = 0; done <= options.Count("count"); done++)
        {
            if (done == 1)
            {
                ready.SignalAndWait();
            }

            InpaintOutcome outcome = pipeline.Fill(picture, mask, settings with { Caption = edit.CaptionAfter, Seed = done });
            hash.AppendData(outcome.Samples[0].Picture.ToRgb());
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return (values[(values.Count - 1) / 2] + values[values.Count / 2]) / 2;
    }

    /// <summary>Threads that only compute, like another busy program.</summary>
    private sealed class Neighbours : IDisposable
    {
        private readonly Thread[] threads;
        private volatile bool ended;

        public Neighbours(int count)
        {
            threads = [.. Enumerable.Range(0, count).Select(_ => new Thread(() =>
            {
                double sum = 0;
                while (!ended)
                {
                    sum = Math.Sqrt(sum + 1);
                }
            }))];
            Array.ForEach(threads, thread => thread.Start());
        }

        public void Dispose()
        {
            ended = true;
            Array.ForEach(threads, thread => thread.Join());
        }
    }
}
