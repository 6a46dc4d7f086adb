using BrushEdit.Tests.Parity;

namespace BrushEdit.Tests.Fuzzing;

/// <summary>A short run of the fuzzers; <c>bench fuzz</c> is the long one.</summary>
public sealed class FuzzTests
{
    private const int Cases = 250;

    private static readonly string Toybox = Path.GetFullPath(Path.Combine(Fixtures.Root, "..", "..", "weights", "toybox"));

    public static TheoryData<string> Readers
    {
        get
        {
            using FuzzTargets targets = new(Toybox);
            return [.. targets.Names];
        }
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public void ABrokenFileIsReadOrRefused(string reader)
    {
        using FuzzTargets targets = new(Toybox);
        targets.RunSound(reader);
        IReadOnlyList<(int Seed, string Fault)> faults = targets.Run(reader, seed: 1, Cases);
        Assert.True(faults.Count == 0, string.Join('\n', faults.DistinctBy(fault => fault.Fault).Take(5).Select(fault => $"seed {fault.Seed}: {fault.Fault}")));
    }
}
