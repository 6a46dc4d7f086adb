using System.Diagnostics;
using System.Globalization;
using BrushEdit.Imaging;

namespace BrushEdit.Bench;

/// <summary>
/// Long batches in PowerShell, as a user runs them: memory over many edits, and the outcome of a batch that is killed, stopped or given bad
/// files.
/// </summary>
internal static class ReliabilityCommand
{
    /// <summary>Runs the requested parts and prints their outcome.</summary>
    /// <param name="options">The command's options.</param>
    /// <exception cref="InvalidOperationException">A check failed.</exception>
    public static void Run(BenchOptions options)
    {
        string work = Directory.CreateTempSubdirectory("brushedit-reliability-").FullName;
        try
        {
            foreach (string part in options["parts"].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                string folder = Directory.CreateDirectory(Path.Combine(work, part)).FullName;
                HostBatch batch = new(folder, options.Model, options.Count("steps"), options["device"]);
                switch (part)
                {
                    case "memory":
                        Memory(batch, options.Count("count"));
                        break;
                    case "kill":
                        Broken(batch, options.Count("files"), options.Count("kills"), options.Count("seed"), "killed (SIGKILL)", process => process.Kill());
                        break;
                    case "stop":
                        Broken(batch, options.Count("files"), options.Count("stops"), options.Count("seed"), "stopped (Ctrl+C)", HostBatch.Interrupt);
                        break;
                    case "salted":
                        Salted(batch);
                        break;
                    default:
                        throw options.Wrong("parts", "some of memory,kill,stop,salted");
                }

                Console.WriteLine();
            }
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static void Memory(HostBatch batch, int count)
    {
        batch.Draw(count);
        Console.WriteLine($"{count} edits of {batch.Steps} steps in one process (`Invoke-ImageEdit -Directory`)");
        Console.WriteLine();
        Console.WriteLine("| edits done | resident, MiB |");
        Console.WriteLine("|---|---|");
        List<double> sizes = [];
        using Process process = batch.Start("out");
        int next = 1;
        int step = Math.Max(1, count / 20);
        while (!process.HasExited)
        {
            int done = batch.Done("out");
            if (done >= next && !process.HasExited)
            {
                process.Refresh();
                double size = process.WorkingSet64 / 1048576.0;
                sizes.Add(size);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {done} | {size:0.0} |"));
                next = ((done / step) + 1) * step;
            }

            Thread.Sleep(50);
        }

        Require(batch.Done("out") == count, $"{batch.Done("out")} of {count} are done.");
        double[] later = [.. sizes.Skip(sizes.Count / 4)];
        Console.WriteLine();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"From a quarter of the way on, the largest is {later.Max():0.0} MiB, the smallest {later.Min():0.0}, the last {later[^1]:0.0}; the last less the first {later[^1] - later[0]:+0.0;-0.0}."));
    }

    /// <summary>Breaks off batches at random moments, resumes them, and compares their output with that of an uninterrupted batch.</summary>
    private static void Broken(HostBatch batch, int files, int times, int seed, string how, Action<Process> end)
    {
        batch.Draw(files);
        Stopwatch clock = Stopwatch.StartNew();
        HostBatch.End(batch.Start("whole"));
        double seconds = clock.Elapsed.TotalSeconds;
        Require(batch.Done("whole") == files, "The uninterrupted batch is not complete.");
        Random random = new(seed);
        List<int> left = [];
        int unfinished = 0;
        int round = 0;
        while (left.Count < times)
        {
            string place = $"out{round}";
            using Process process = batch.Start(place);
            if (!process.WaitForExit(TimeSpan.FromSeconds(random.NextDouble() * seconds)))
            {
                end(process);
                process.WaitForExit();
                left.Add(batch.Done(place));
                unfinished += batch.Unfinished(place);
                batch.RequireSame("whole", place, all: false);
            }

            if (batch.Done(place) == files)
            {
                batch.RequireSame("whole", place, all: true);
                round++;
            }
        }

        if (batch.Done($"out{round}") is > 0 and int begun && begun < files)
        {
            HostBatch.End(batch.Start($"out{round}"));
            batch.RequireSame("whole", $"out{round}", all: true);
            round++;
        }

        Require(Enumerable.Range(0, round).All(complete => batch.Unfinished($"out{complete}") == 0), "Temporary files remain.");

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Batches of {files} files, {how} {times} times at random moments of the {seconds:0} s an unbroken one takes, each resumed: {round} batch(es) complete, all outputs equal the unbroken one's, bit for bit; at every break what was there was whole."));
        Console.WriteLine($"Files done at each break: {string.Join(", ", left)}. Temporary files left by a break: {unfinished}; none after resuming.");
    }

    private static void Salted(HostBatch batch)
    {
        batch.Draw(12);
        string first = Directory.GetFiles(batch.Input).Order(StringComparer.Ordinal).First();
        byte[] good = File.ReadAllBytes(first);
        string Bad(string name) => Path.Combine(batch.Input, name);
        File.WriteAllBytes(Bad("bad-truncated.png"), good[..(good.Length / 2)]);
        File.WriteAllBytes(Bad("bad-empty.png"), []);
        File.WriteAllText(Bad("bad-text.jpg"), "This is no picture.");
        File.WriteAllBytes(Bad("bad-noise.png"), [.. Enumerable.Range(0, 4096).Select(i => (byte)(i * 7919 >> 3))]);
        byte[] huge = [.. good];
        new byte[] { 0, 1, 0, 0, 0, 1, 0, 0 }.CopyTo(huge, 16); // 65536 x 65536 by its header
        File.WriteAllBytes(Bad("bad-huge-header.png"), huge);
        Directory.CreateDirectory(Bad("bad-folder.png"));
        File.WriteAllBytes(Bad("renamed.jpg"), good); // a PNG with another extension, which is valid
        Picture.FromRgb(new byte[5000 * 4000 * 3], 5000, 4000).Save(Bad("large.jpg"), new PictureSaveOptions { Rule = WriteRule.For(force: true) });

        (int code, string errors) = HostBatch.End(batch.Start("out"));
        Console.WriteLine("12 good files, a PNG named .jpg and a picture of 20 megapixels among truncated, empty, text, noise, 65536 x 65536 (by its header) and a folder named like a picture:");
        Console.WriteLine($"{batch.Done("out")} done, {errors.Split("Invoke-ImageEdit:").Length - 1} errors, exit code {code}.");
        Console.WriteLine();
        foreach (string line in errors.Split('\n').Where(line => line.StartsWith("Invoke-ImageEdit:", StringComparison.Ordinal)))
        {
            Console.WriteLine("- " + line.Replace(batch.Input + "/", string.Empty, StringComparison.Ordinal).Trim());
        }

        Require(batch.Done("out") == 14, "Not every valid file is done.");
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidOperationException(otherwise);
        }
    }
}
