using BrushEdit.Editing;
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
        Layer layer = new(height, width, 3);
        using EraseControl control = new([.. layer.Holes.split(1, 0)], EraseMode.Full);

        torch.Tensor mixed = control.Attend(new AttentionSite(AttentionPlace.Down, false, height, width), layer.Queries, layer.Keys, layer.Values)!;

        for (int row = 0; row < 4; row++)
        {
            // What a mask of the scores gives: -infinity where a position of the hole looks at one.
            torch.Tensor inside = layer.Inside(row);
            torch.Tensor closed = inside.unsqueeze(1).matmul(inside.unsqueeze(0)).gt(0.5);
            Assert.True(mixed[row].allclose(layer.Scores(row).masked_fill(closed, double.NegativeInfinity).softmax(-1).matmul(layer.Values[row]), 1e-4, 1e-5));
        }

        Assert.Null(control.Attend(new AttentionSite(AttentionPlace.Down, true, height, width), layer.Queries, layer.Keys, layer.Values));
    }

    [Theory]
    [InlineData(4, 4, 3)]
    [InlineData(2, 2, 2)]
    [InlineData(8, 8, 5)]
    public void Graded_it_counts_in_the_hole_no_more_than_beside_it_and_the_rest_stays_to_the_bit(int height, int width, int channels)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Layer layer = new(height, width, channels);
        using EraseControl control = new([.. layer.Holes.split(1, 0)], EraseMode.Graded);

        torch.Tensor mixed = control.Attend(new AttentionSite(AttentionPlace.Up, false, height, width), layer.Queries, layer.Keys, layer.Values)!;

        torch.Tensor free = torch.nn.functional.scaled_dot_product_attention(layer.Queries, layer.Keys, layer.Values);
        bool isSuppressed = false;
        for (int row = 0; row < 4; row++)
        {
            torch.Tensor inside = layer.Inside(row);
            torch.Tensor outside = inside.FromOne();
            torch.Tensor kept = outside.nonzero().flatten();
            Assert.True(mixed[row].index_select(1, kept).eq(free[row].index_select(1, kept)).all().item<bool>());

            // The weights themselves, scaled and made to sum to one again.
            torch.Tensor weights = layer.Scores(row).softmax(-1); // (heads, N, N)
            torch.Tensor rim = layer.Rim(row);
            torch.Tensor toHole = weights.matmul(inside).mean([0]).div(inside.sum()); // (N), an average position's share
            torch.Tensor toRim = weights.matmul(rim).mean([0]).div(rim.sum());
            torch.Tensor left = toRim.div(toHole).clamp(Scalars.Of(0.0), Scalars.Of(1.0));
            torch.Tensor scale = left.unsqueeze(1).mul(inside).Plus(outside); // (N, N): what a column counts to a row
            torch.Tensor graded = weights.mul(scale);
            torch.Tensor expected = graded.div(graded.sum(-1, keepdim: true)).matmul(layer.Values[row]);
            torch.Tensor hole = inside.nonzero().flatten();
            Assert.True(mixed[row].index_select(1, hole).allclose(expected.index_select(1, hole), 1e-4, 1e-5));
            isSuppressed |= left.index_select(0, hole).lt(0.999).any().item<bool>();
        }

        Assert.True(isSuppressed, "Nothing is suppressed, so that nothing is tested.");
    }

    [Fact]
    public void Where_the_hole_looks_like_its_surroundings_nothing_changes_and_where_it_sees_itself_alone_it_is_suppressed_wholly()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Layer layer = new(8, 8, 4);
        AttentionSite site = new(AttentionPlace.Down, false, 8, 8);
        torch.Tensor[] holes = [.. layer.Holes.split(1, 0)];
        using EraseControl graded = new(holes, EraseMode.Graded);
        using EraseControl full = new(holes, EraseMode.Full);

        torch.Tensor alike = torch.ones(4, 2, 64, 4);
        Assert.True(graded.Attend(site, alike, alike, layer.Values)!.allclose(torch.nn.functional.scaled_dot_product_attention(alike, alike, layer.Values), 0, 1e-6));

        // Keys and queries of the hole that agree with one another and with nothing else.
        torch.Tensor inside = torch.stack([.. Enumerable.Range(0, 4).Select(layer.Inside)], 0).view(4, 1, 64, 1);
        torch.Tensor apart = inside.Times(12.0).Plus(-6.0).expand(4, 2, 64, 4);
        Assert.True(graded.Attend(site, apart, apart, layer.Values)!.allclose(full.Attend(site, apart, apart, layer.Values)!, 0, 1e-5));
    }

    [Fact]
    public void The_suppression_falls_with_what_is_left_of_the_thing()
    {
        using DisposeScope scope = torch.NewDisposeScope();

        // Of a position's attention: to the hole, to its rim, to all around. Hole and rim are of one size.
        float[] shares = [0.9f, 0.05f, 0.1f, 0.6f, 0.2f, 0.4f, 0.4f, 0.3f, 0.6f, 0.3f, 0.3f, 0.7f, 0.1f, 0.4f, 0.9f, 1, 0, 0];
        float[] weights = [.. EraseControl.Weights(torch.tensor(shares).view(1, 1, 6, 3), 1).flatten().data<float>()];

        Assert.Equal([.. weights.Take(5).OrderDescending()], weights.Take(5));
        Assert.InRange(weights[0], 0.5f, 1);
        Assert.True(weights[2] > 0);
        Assert.Equal([0f, 0f, 1f], weights[3..]);
    }

    [Fact]
    public void Full_it_acts_in_the_first_half_of_the_steps_and_graded_in_all()
    {
        using EraseControl full = new([], EraseMode.Full);
        using EraseControl graded = new([], EraseMode.Graded);
        Assert.Equal([true, true, true, false, false], Enumerable.Range(0, 5).Select(step => full.ActsAt(step, 5)));
        Assert.All(Enumerable.Range(0, 5), step => Assert.True(graded.ActsAt(step, 5)));
    }

    [Theory]
    [InlineData(EraseMode.Full)]
    [InlineData(EraseMode.Graded)]
    public void Without_a_hole_or_with_nothing_around_it_the_layer_runs_as_ever(EraseMode mode)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor any = torch.randn(1, 1, 4, 3);
        foreach (torch.Tensor hole in (torch.Tensor[])[torch.zeros(1, 1, 4, 4), torch.ones(1, 1, 4, 4)])
        {
            using EraseControl control = new([hole], mode);
            Assert.Null(control.Attend(new AttentionSite(AttentionPlace.Mid, false, 2, 2), any, any, any));
        }
    }

    /// <summary>What a layer attends with: two pictures, each with a hole, in the two halves of a guided batch.</summary>
    private sealed class Layer
    {
        private readonly int height;
        private readonly int width;

        public Layer(int height, int width, int channels)
        {
            (this.height, this.width) = (height, width);
            torch.random.manual_seed(5);
            Holes = torch.zeros(2, 1, 8, 8);
            Holes[0, 0, 2, 2] = torch.tensor(1f);
            Holes[0, 0, 3, 2] = torch.tensor(1f);
            Holes[1, 0, 7, 7] = torch.tensor(1f);
            Queries = torch.randn(4, 2, height * width, channels);
            Keys = torch.randn(4, 2, height * width, channels);
            Values = torch.randn(4, 2, height * width, channels);

            // A position looks at itself more than at others.
            Queries = Queries.Plus(Keys.Times(2.0));
        }

        public torch.Tensor Holes { get; }

        public torch.Tensor Queries { get; }

        public torch.Tensor Keys { get; }

        public torch.Tensor Values { get; }

        public torch.Tensor Inside(int row) => torch.nn.functional.adaptive_max_pool2d(Holes.narrow(0, row % 2, 1), [height, width]).flatten();

        public torch.Tensor Scores(int row) => Queries[row].matmul(Keys[row].transpose(-2, -1)).div(Math.Sqrt(Keys.shape[3]));

        // Holes as small as these have all their neighbours for a rim, or what there is.
        public torch.Tensor Rim(int row) =>
            torch.nn.functional.max_pool2d(Inside(row).view(1, 1, height, width), 3, stride: 1, padding: 1).flatten().Minus(Inside(row));
    }
}
