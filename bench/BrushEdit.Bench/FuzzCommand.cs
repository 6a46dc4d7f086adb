using System.Diagnostics;
using BrushEdit.Tests.Fuzzing;

namespace BrushEdit.Bench;

/// <summary>A long run of the fuzzers: every reader in turn, with new cases each time, until the time is up.</summary>
internal static class FuzzCommand
{
    private const int Together = 500;

    /// <summary>Runs and prints a line for each reader.</summary>
    /// <param name="options">The command's options.</param>
    /// <exception cref="EditException">A case ended in an exception other than an <see cref="EditException"/>.</exception>
    public static void Run(BenchOptions options)
    {
        int seconds = options.Count("seconds");
        int seed = options.Count("seed");
        using FuzzTargets targets = new(options.Model);
        Dictionary<string, int> cases = targets.Names.ToDictionary(name => name, _ => 0);
        List<string> faults = [];
        Stopwatch watch = Stopwatch.StartNew();
        for (int round = 0; watch.Elapsed.TotalSeconds < seconds; round++)
        {
            foreach (string name in targets.Names.TakeWhile(_ => watch.Elapsed.TotalSeconds < seconds))
            {
                faults.AddRange(targets.Run(name, seed + (round * Together), Together).Select(fault => $"{name}, seed {fault.Seed}: {fault.Fault}"));
                cases[name] += Together;
            }
        }

        Console.WriteLine($"{cases.Values.Sum()} cases in {watch.Elapsed.TotalSeconds:0} s, seeds from {seed}; peak {Process.GetCurrentProcess().PeakWorkingSet64 / 1048576} MiB");
        Console.WriteLine();
        Console.WriteLine("| reader | cases |");
        Console.WriteLine("|---|---|");
        foreach ((string name, int count) in cases)
        {
            Console.WriteLine($"| {name} | {count} |");
        }

        if (faults.Count > 0)
        {
            Console.WriteLine();
            Console.WriteLine(string.Join('\n', faults.Distinct().Take(20)));
            throw new EditException(EditFault.BadArgument, $"{faults.Count} cases failed.");
        }
    }
}
