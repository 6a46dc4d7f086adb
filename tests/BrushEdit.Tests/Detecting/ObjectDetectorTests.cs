using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Synthesizing;
using BrushEdit.Tests.GroundingDino;
using BrushEdit.Tests.Parity;
using TorchSharp;

namespace BrushEdit.Tests.Detecting;

public class ObjectDetectorTests
{
    private static readonly string[] Vocabulary =
        ["[PAD]", "[CLS]", "[SEP]", ".", "?", "[UNK]", .. Enumerable.Range(0, 26).Select(i => $"##{(char)('a' + i)}"), "dog", "cat", "red", "ball"];

    [Fact]
    public void A_folder_as_published_is_loaded_and_finds_boxes_inside_the_picture()
    {
        using ScratchFolder folder = new();
        Write(folder);
        using ObjectDetector detector = ObjectDetector.Load(folder.Path);
        Assert.Equal(40, detector.Preprocessing.ShortSide);
        DetectionOptions every = new() { All = true, Threshold = 0, Overlap = 1 };
        DetectionResult result = detector.Find(Gradient(50, 30), ["red ball. dog."], every);
        Assert.NotEmpty(result.Detections);
        Assert.All(result.Detections, found => Assert.Equal(found.Box, found.Box.Clip(50, 30)));
        Assert.Equal(["red ball", "dog"], result.Phrases.Select(phrase => phrase.Phrase));
        Assert.Equal(result.Detections.OrderByDescending(found => found.Score), result.Detections);

        // The array is the same question as the text, and the same question gives the same answer.
        DetectionResult again = detector.Find(Gradient(50, 30), ["red ball", "dog"], every);
        Assert.Equal<Detection>(result.Detections, again.Detections);
    }

    [Fact]
    public void Words_are_read_once_for_many_pictures()
    {
        using ScratchFolder folder = new();
        Write(folder);
        using ObjectDetector detector = ObjectDetector.Load(folder.Path);
        detector.Find(Gradient(50, 30), ["dog"]);
        detector.Find(Gradient(31, 60), ["Dog."]);
        Assert.Equal(1, detector.TextsRead);
        detector.Find(Gradient(50, 30), ["cat"]);
        Assert.Equal(2, detector.TextsRead);
    }

    [Theory]
    [InlineData(torch.ScalarType.Float16)]
    [InlineData(torch.ScalarType.BFloat16)]
    public void The_bundles_detector_finds_the_same_in_half_precision(torch.ScalarType type)
    {
        ModelFiles files = new ModelCatalog([Path.GetFullPath(Path.Combine(Fixtures.Root, "..", "..", "weights"))]).Open("toybox", ModelKind.GroundingDino);
        using ObjectDetector single = ObjectDetector.Load(files);
        using ObjectDetector half = ObjectDetector.Load(files, torch.CPU, type);
        for (ulong seed = 1; seed <= 4; seed++)
        {
            ToyScene scene = ToyScene.Draw(seed);
            Picture picture = Picture.FromRgb(scene.Rgb, scene.Width, scene.Height);
            string[] phrase = [scene.Objects[0].Phrase];
            Detection expected = single.Find(picture, phrase).Detections[0];
            Detection found = half.Find(picture, phrase).Detections[0];

            Assert.InRange(found.Score, expected.Score - 0.05, expected.Score + 0.05);
            Assert.InRange(Share(expected.Box, found.Box), 0.85, 1);
        }
    }

    // Intersection over union.
    private static double Share(Box a, Box b)
    {
        double width = Math.Min(a.X + a.Width, b.X + b.Width) - Math.Max(a.X, b.X);
        double height = Math.Min(a.Y + a.Height, b.Y + b.Height) - Math.Max(a.Y, b.Y);
        double both = Math.Max(0, width) * Math.Max(0, height);
        return both / ((a.Width * (double)a.Height) + (b.Width * (double)b.Height) - both);
    }

    [Fact]
    public void Native_memory_does_not_grow_with_use()
    {
        using ScratchFolder folder = new();
        Write(folder);
        using ObjectDetector detector = ObjectDetector.Load(folder.Path);
        detector.Find(Gradient(50, 30), ["dog"]);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 4; i++)
        {
            detector.Find(Gradient(50, 30), [i % 2 == 0 ? "dog" : "cat"]);
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 400)]
    public void Pictures_of_extreme_shapes_are_looked_at(int width, int height)
    {
        using ScratchFolder folder = new();
        Write(folder);
        using ObjectDetector detector = ObjectDetector.Load(folder.Path);
        DetectionResult result = detector.Find(Gradient(width, height), ["dog"], new DetectionOptions { Threshold = 0 });
        Assert.Single(result.Phrases);
    }

    [Theory]
    [InlineData("")]
    [InlineData("red ball. dog. cat. red dog. red cat.")]
    public void Text_that_is_empty_or_too_long_is_an_error(string text)
    {
        using ScratchFolder folder = new();
        Write(folder);
        using ObjectDetector detector = ObjectDetector.Load(folder.Path);
        Assert.Equal(EditFault.BadArgument, Assert.Throws<EditException>(() => detector.Find(Gradient(8, 8), [text])).Kind);
    }

    [Fact]
    public void A_folder_that_is_no_detector_is_an_error()
    {
        using ScratchFolder folder = new();
        Write(folder);
        File.WriteAllText(folder.File("config.json"), """{ "model_type": "sam" }""");
        Assert.Equal(EditFault.BadModel, Assert.Throws<EditException>(() => ObjectDetector.Load(folder.Path)).Kind);
        File.Delete(folder.File("config.json"));
        Assert.Throws<EditException>(() => ObjectDetector.Load(folder.Path));
        Assert.Equal(EditFault.ModelNotFound, Assert.Throws<EditException>(() => ObjectDetector.Load(folder.File("nowhere"))).Kind);
    }

    [Fact]
    public void A_vocabulary_that_is_not_the_networks_is_an_error()
    {
        using ScratchFolder folder = new();
        Write(folder);
        File.WriteAllLines(folder.File("vocab.txt"), [.. Vocabulary, "a", "b", "c", "d", "e", "f", "g", "h"]);
        Assert.Contains("tokenizer", Assert.Throws<EditException>(() => ObjectDetector.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_another_shape_are_an_error_that_names_a_tensor()
    {
        using ScratchFolder folder = new();
        Write(folder);
        File.WriteAllText(folder.File("config.json"), (SmallDino.Config with { Queries = 11 }).ToJson());
        Assert.Contains("model.query_position_embeddings.weight", Assert.Throws<EditException>(() => ObjectDetector.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    private static void Write(ScratchFolder folder)
    {
        torch.manual_seed(11);
        using DisposeScope scope = torch.NewDisposeScope();
        using GroundingDinoNetwork network = new(SmallDino.Config);
        SafetensorsWriter.Write(folder.File("model.safetensors"), network.state_dict());
        File.WriteAllText(folder.File("config.json"), SmallDino.Config.ToJson());
        File.WriteAllText(folder.File("preprocessor_config.json"), """{ "size": { "shortest_edge": 40, "longest_edge": 66 } }""");
        File.WriteAllLines(folder.File("vocab.txt"), Vocabulary);
    }

    private static Picture Gradient(int width, int height)
    {
        byte[] rgb = new byte[width * height * 3];
        for (int i = 0; i < rgb.Length; i++)
        {
            rgb[i] = (byte)(i * 255L / rgb.Length);
        }

        return Picture.FromRgb(rgb, width, height);
    }
}
