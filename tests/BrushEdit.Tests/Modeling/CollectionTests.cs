using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Modeling;
using BrushEdit.Segmenting;
using BrushEdit.Synthesizing;
using BrushEdit.Tests.Inpainting;
using BrushEdit.Tests.Parity;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace BrushEdit.Tests.Modeling;

/// <summary>The garbage collector may run at any moment of an edit, on any thread: what libtorch is reading must not be freed by it.</summary>
public class CollectionTests(TinyBundle bundle) : IClassFixture<TinyBundle>
{
    private static readonly string Weights = Path.Combine(Fixtures.Root, "..", "..", "weights", "toybox");

    [Fact]
    public void Sums_and_products_hold_beside_it()
    {
        using Tensor ones = torch.ones(4, 4);

        Beside(1, () =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                using Tensor two = ones.Plus(ones);
                using Tensor six = two.Times(3);
            }

            return "done";
        });
    }

    [Fact]
    public void A_fill_beside_a_collector_that_never_rests_is_the_same_fill()
    {
        Picture picture = Picture.FromRgb(new byte[48 * 48 * 3], 48, 48);
        Mask mask = Mask.FromBox(48, 48, new Box(10, 10, 20, 20));
        InpaintSettings settings = new() { Caption = "a red ball", Steps = 20, Seed = 3 };

        Beside(10, () => Convert.ToHexString(new InpaintPipeline(bundle.Model).Fill(picture, mask, settings).Samples[0].Picture.ToRgb()));
    }

    [Fact]
    public void What_is_found_and_outlined_beside_it_is_the_same_too()
    {
        ToyScene scene = ToyScene.Draw(3, new ToySceneOptions { Width = 96, Height = 96, MinObjects = 2 });
        Picture picture = Picture.FromRgb(scene.Rgb, scene.Width, scene.Height);
        using ObjectDetector detector = ObjectDetector.Load(Path.Combine(Weights, "grounding-dino"));

        Beside(10, () => string.Join(' ', detector.Find(picture, [scene.Objects[0].Phrase]).Detections.Select(found => $"{found.Box} {found.Score:r}")));
        Beside(10, () =>
        {
            using Segmenter segmenter = Segmenter.Load(Path.Combine(Weights, "sam"));
            SegmentPrompt prompt = new() { Boxes = [new Box(20, 20, 40, 40)] };
            return Convert.ToHexString(segmenter.Segment(picture, prompt).Masks[0].Mask.Values);
        });
    }

    private static void Beside(int times, Func<string> compute)
    {
        string expected = compute();
        Assert.NotEmpty(expected);
        using CancellationTokenSource done = new();
        Thread collector = new(() =>
        {
            while (!done.IsCancellationRequested)
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        try
        {
            for (int i = 0; i < times; i++)
            {
                Assert.Equal(expected, compute());
            }
        }
        finally
        {
            done.Cancel();
            collector.Join();
        }
    }
}
