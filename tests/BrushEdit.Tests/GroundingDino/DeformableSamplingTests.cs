using BrushEdit.Modeling;
using BrushEdit.Tests.Parity;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Tests.GroundingDino;

public class DeformableSamplingTests
{
    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(2, 3, 8, 4)]
    public void Both_forms_read_alike_also_outside_the_picture(int batch, int heads, int depth, int points)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using Generator generator = new(3);
        (long Height, long Width)[] shapes = [(5, 7), (3, 4), (1, 1)];
        long tokens = shapes.Sum(shape => shape.Height * shape.Width);
        Tensor value = torch.randn([batch, tokens, heads, depth], generator: generator);
        Tensor locations = (torch.rand([batch, 11, heads, shapes.Length, points, 2], generator: generator) * 3) - 1;
        Tensor weights = torch.randn([batch, 11, heads, shapes.Length, points], generator: generator);

        // Borders, corners and far outside.
        locations[0, 0].fill_(0);
        locations[0, 1].fill_(1);
        locations[0, 2].fill_(0.5);
        locations[0, 3].fill_(-1e9);
        locations[0, 4].fill_(1e9);

        Tensor byLevel = DeformableSampling.SampleByLevel(value, shapes, locations, weights);
        Tensor atOnce = DeformableSampling.SampleAtOnce(value, shapes, locations, weights);
        Close.Assert("samples", byLevel, atOnce, 1e-5);
        Assert.Equal([batch, 11, heads * depth], atOnce.shape);
    }

    [Fact]
    public void A_point_in_the_middle_of_a_pixel_reads_that_pixel_alone()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor value = torch.arange(6, dtype: ScalarType.Float32).view(1, 6, 1, 1);
        Tensor location = torch.tensor([2.5f / 3, 1.5f / 2], [1, 1, 1, 1, 1, 2]);
        Tensor read = DeformableSampling.SampleAtOnce(value, [(2, 3)], location, torch.full([1, 1, 1, 1, 1], 2f));
        Assert.Equal(10f, read.item<float>(), 1e-4f);
    }

    [Fact]
    public void Gradients_reach_values_places_and_weights()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor value = torch.randn([1, 12, 2, 4], requires_grad: true);
        Tensor locations = torch.rand([1, 3, 2, 1, 2, 2], requires_grad: true);
        Tensor weights = torch.rand([1, 3, 2, 1, 2], requires_grad: true);
        DeformableSampling.Sample(value, [(3, 4)], locations, weights).sum().backward();
        foreach (Tensor input in new[] { value, locations, weights })
        {
            Assert.True(input.grad!.abs().sum().item<float>() > 0);
        }
    }
}
