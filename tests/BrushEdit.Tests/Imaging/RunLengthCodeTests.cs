using BrushEdit.Imaging;

namespace BrushEdit.Tests.Imaging;

public sealed class RunLengthCodeTests
{
    [Fact]
    public void Each_data_set_counts_its_own_way()
    {
        int[] runs = [2, 3];
        Assert.Equal([0, 1, 1, 1, 0, 0], RunLengthCode.BrushBench.Decode(runs, 3, 2));
        Assert.Equal([0, 1, 0, 1, 1, 0], RunLengthCode.BrushData.Decode(runs, 3, 2));
        Assert.Equal([0, 0, 1, 1, 1, 0], new RunLengthCode(0, PixelOrder.Rows).Decode(runs, 3, 2));
    }

    [Fact]
    public void PieBench_marks_the_border_and_cuts_a_run_at_the_end()
    {
        Assert.Equal([1, 1, 1, 1, 0, 1, 1, 1, 1], RunLengthCode.PieBench.Decode([], 3, 3));
        Assert.Equal([1, 1, 1, 1, 1, 1, 1, 1, 1], RunLengthCode.PieBench.Decode([4, 1000], 3, 3));
    }

    [Theory]
    [InlineData(new[] { 1 }, "start has no length")]
    [InlineData(new[] { 0, 1 }, "outside")]
    [InlineData(new[] { 6, 2 }, "outside")]
    [InlineData(new[] { 1, -1 }, "outside")]
    [InlineData(new[] { int.MaxValue, int.MaxValue }, "outside")]
    public void Broken_runs_are_told(int[] runs, string told)
    {
        EditException fault = Assert.Throws<EditException>(() => RunLengthCode.BrushBench.Decode(runs, 3, 2));
        Assert.Equal(EditFault.BadMask, fault.Kind);
        Assert.Contains(told, fault.Message, StringComparison.Ordinal);
    }
}
