using BrushEdit.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Training;

public class DetectionLossesTests
{
    [Fact]
    public void Focal_loss_is_what_its_formula_says()
    {
        // A yes of 0.8: 0.25 * 0.2^2 * -ln 0.8. A no of 0.8: 0.75 * 0.8^2 * -ln 0.2. A logit far out stays finite.
        using DisposeScope scope = NewDisposeScope();
        float logit = (float)Math.Log(4);
        Tensor loss = DetectionLosses.Focal(tensor(new[] { logit, logit, -200f }), tensor(new[] { 1f, 0f, 1f }));
        float[] values = loss.data<float>().ToArray();
        Assert.Equal(0.25 * 0.04 * -Math.Log(0.8), values[0], 6);
        Assert.Equal(0.75 * 0.64 * -Math.Log(0.2), values[1], 5);
        Assert.Equal(0.25 * 200, values[2], 3);
    }

    [Fact]
    public void Dice_loss_is_what_its_formula_says()
    {
        // Halves everywhere against two of four: 1 - (2 * 1 + 1) / (2 + 2 + 1).
        using DisposeScope scope = NewDisposeScope();
        Tensor loss = DetectionLosses.Dice(zeros(1, 4), tensor(new float[,] { { 1, 1, 0, 0 } }));
        Assert.Equal(0.4f, loss.item<float>(), 6);
        Tensor right = DetectionLosses.Dice(tensor(new float[,] { { 50, 50, -50, -50 } }), tensor(new float[,] { { 1, 1, 0, 0 } }));
        Assert.Equal(0f, right.item<float>(), 6);
    }

    [Fact]
    public void Generalised_overlap_is_that_of_boxes_worked_out_by_hand()
    {
        using DisposeScope scope = NewDisposeScope();

        // The same; side by side with a gap as wide as they are (hull 3, union 2); a quarter inside the other; nothing of either.
        Tensor a = tensor(new float[,] { { 0.5f, 0.5f, 0.2f, 0.2f }, { 0.1f, 0.5f, 0.2f, 0.2f }, { 0.5f, 0.5f, 0.4f, 0.4f } });
        Tensor b = tensor(new float[,] { { 0.5f, 0.5f, 0.2f, 0.2f }, { 0.5f, 0.5f, 0.2f, 0.2f }, { 0.4f, 0.4f, 0.2f, 0.2f } });
        float[] found = DetectionLosses.GeneralizedIoU(a, b).data<float>().ToArray();
        Assert.Equal(1, found[0], 4);
        Assert.Equal(-1.0 / 3, found[1], 4);
        Assert.Equal(0.25, found[2], 4);

        // Every one with every other, by broadcasting.
        Assert.Equal([3L, 3L], DetectionLosses.GeneralizedIoU(a.unsqueeze(1), b.unsqueeze(0)).shape);
    }

    [Fact]
    public void The_gradient_of_an_overlap_pulls_boxes_that_do_not_touch_together()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor box = tensor(new[] { 0.1f, 0.5f, 0.1f, 0.1f }, requires_grad: true);
        DetectionLosses.GeneralizedIoU(box, tensor(new[] { 0.8f, 0.5f, 0.1f, 0.1f })).backward();
        Assert.True(box.grad![0].item<float>() > 0);
    }
}
