using BrushEdit.Linking;

namespace BrushEdit.Tests.Linking;

public class PhysicalCoresTests
{
    [Theory]
    [InlineData("0-7", 8, "", 8)]            // no siblings told
    [InlineData("0-7", 8, "neighbours", 4)]  // 0-1, 2-3 ...
    [InlineData("0-7", 8, "halves", 4)]      // 0,4 1,5 ...
    [InlineData("1,5", 8, "halves", 1)]      // both threads of one core
    [InlineData("2-3, 6", 8, "halves", 2)]
    public void Siblings_count_as_one_core(string allowed, int processors, string siblings, int cores) =>
        Assert.Equal(cores, PhysicalCores.Distinct(allowed, processor => siblings switch
        {
            "neighbours" => $"{processor / 2 * 2}-{(processor / 2 * 2) + 1}\n",
            "halves" => $"{processor % (processors / 2)},{(processor % (processors / 2)) + (processors / 2)}\n",
            _ => null,
        }));

    [Fact]
    public void There_is_at_least_one_core_and_no_more_than_processors() => Assert.InRange(PhysicalCores.Count(), 1, Environment.ProcessorCount);

    [Fact]
    public void The_variable_counts_first()
    {
        string? before = Environment.GetEnvironmentVariable(ComputeThreads.CountVariable);
        try
        {
            Environment.SetEnvironmentVariable(ComputeThreads.CountVariable, "3");
            Assert.Equal(3, ComputeThreads.Count);
            foreach (string none in new[] { "", "0", "-2", "many" })
            {
                Environment.SetEnvironmentVariable(ComputeThreads.CountVariable, none);
                Assert.InRange(ComputeThreads.Count, 1, Environment.ProcessorCount);
            }
        }
        finally
        {
            Environment.SetEnvironmentVariable(ComputeThreads.CountVariable, before);
        }
    }
}
