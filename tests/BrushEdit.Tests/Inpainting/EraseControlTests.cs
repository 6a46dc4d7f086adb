using BrushEdit.Inpainting;
using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Tests.Inpainting;

public class EraseControlTests
{
    [Theory]
    [InlineData(4, 4)]
    [InlineData(2, 2)]
    [InlineData(3, 5)]
    public void The_hole_attends_to_what_surrounds_it_alone_and_the_rest_as_ever(int height, int width)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor holes = torch.zeros(2, 1, 8, 8);
        holes[0, 0, 2, 2] = torch.tensor(1f);
        holes[0, 0, 3, 2] = torch.tensor(1f);
        holes[1, 0, 7, 7] = torch.tensor(1f);
        long count = height * width;
        torch.Tensor queries = torch.randn(4, 2, count, 3);
        torch.Tensor keys = torch.randn(4, 2, count, 3);
        torch.Tensor values = torch.randn(4, 2, count, 3);
        using EraseControl control = new([.. holes.split(1, 0)]);

        torch.Tensor mixed = control.Attend(new AttentionSite(AttentionPlace.Down, false, height, width), queries, keys, values)!;

        for (int row = 0; row < 4; row++)
        {
            // What a mask of the scores gives: -infinity where a position of the hole looks at one.
            torch.Tensor inside = torch.nn.functional.adaptive_max_pool2d(holes.narrow(0, row % 2, 1), [height, width]).flatten();
            torch.Tensor closed = inside.unsqueeze(1).matmul(inside.unsqueeze(0)).gt(0.5);
            torch.Tensor scores = queries[row].matmul(keys[row].transpose(-2, -1)).div(Math.Sqrt(3)).masked_fill(closed, double.NegativeInfinity);
            Assert.True(mixed[row].allclose(scores.softmax(-1).matmul(values[row]), 1e-4, 1e-5));
        }

        Assert.Null(control.Attend(new AttentionSite(AttentionPlace.Down, true, height, width), queries, keys, values));
    }

    [Fact]
    public void It_acts_in_the_first_half_of_the_steps() =>
        Assert.Equal([true, true, true, false, false], Enumerable.Range(0, 5).Select(step => EraseControl.ActsAt(step, 5)));

    [Fact]
    public void Without_a_hole_or_with_nothing_around_it_the_layer_runs_as_ever()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor any = torch.randn(1, 1, 4, 3);
        foreach (torch.Tensor hole in (torch.Tensor[])[torch.zeros(1, 1, 4, 4), torch.ones(1, 1, 4, 4)])
        {
            using EraseControl control = new([hole]);
            Assert.Null(control.Attend(new AttentionSite(AttentionPlace.Mid, false, 2, 2), any, any, any));
        }
    }
}
