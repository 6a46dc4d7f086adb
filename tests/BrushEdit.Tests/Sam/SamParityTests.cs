using System.IO.Compression;
using System.Text.Json;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Tests.Parity;
using TorchSharp;

namespace BrushEdit.Tests.Sam;

public sealed class SamParityTests
{
    public static TheoryData<string> Cases => ParityCase.Named("sam");

    public static TheoryData<string> Manifests => ["sam-vit-b", "sam-vit-l", "sam-vit-h"];

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Parity")]
    public void Network(string name)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradients = torch.no_grad();
        using ParityCase parity = ParityCase.Open(name);
        using SafetensorsFile weights = parity.Weights();
        using SamModel model = SamModel.Load(SamConfig.Read(parity.Config()), weights);
        torch.Tensor embedding = model.Encode(parity.Tensor("in.pixel_values"));
        parity.AssertClose("out.image_embeddings", embedding);

        Dictionary<string, SamPrompt> prompts = [];
        if (parity.Has("in.boxes"))
        {
            prompts["box"] = new SamPrompt(Boxes: parity.Tensor("in.boxes"));
        }

        if (parity.Has("in.points"))
        {
            prompts["points"] = new SamPrompt(parity.Tensor("in.points"), parity.Tensor("in.labels"));
        }

        if (parity.Has("in.mask"))
        {
            // The rough mask goes with the first boxes, as many as there are answers.
            string answers = parity.TensorNames.First(tensor => tensor.StartsWith("out.mask.", StringComparison.Ordinal));
            torch.Tensor? boxes = parity.Has("in.boxes") ? parity.Tensor("in.boxes").narrow(1, 0, parity.Tensor(answers).shape[1]) : null;
            prompts["mask"] = new SamPrompt(Boxes: boxes, Masks: parity.Tensor("in.mask"));
        }

        int compared = 0;
        foreach ((string kind, SamPrompt prompt) in prompts)
        {
            foreach ((string mode, bool multimask) in new[] { ("single", false), ("multi", true) })
            {
                if (parity.Has($"out.{kind}.{mode}.masks"))
                {
                    using SamPrediction prediction = model.Predict(embedding, prompt, multimask);
                    parity.AssertClose($"out.{kind}.{mode}.masks", prediction.Masks);
                    parity.AssertClose($"out.{kind}.{mode}.iou", prediction.IoU);
                    compared++;
                }
            }
        }

        Assert.True(compared > 0, "The case holds no prompt that could be compared.");
        Assert.Equal(
            parity.TensorNames.Count(tensor => tensor.StartsWith("out.", StringComparison.Ordinal)),
            1 + (2 * compared));
    }

    [Theory]
    [MemberData(nameof(Manifests))]
    public void FullSizeNamesAndShapes(string name)
    {
        using FileStream file = File.OpenRead(Fixtures.Manifest(name));
        using GZipStream plain = new(file, CompressionMode.Decompress);
        using JsonDocument manifest = JsonDocument.Parse(plain);
        SamConfig config = SamConfig.Read(new ConfigReader(manifest.RootElement.GetProperty("config"), name));
        using SamModel model = new(config, torch.META);
        SortedDictionary<string, string> expected = new(StringComparer.Ordinal);
        foreach (JsonProperty tensor in manifest.RootElement.GetProperty("tensors").EnumerateObject())
        {
            expected[tensor.Name] = string.Join(", ", tensor.Value.EnumerateArray().Select(size => size.GetInt64()));
        }

        SortedDictionary<string, string> actual = new(StringComparer.Ordinal);
        foreach ((string key, torch.Tensor tensor) in model.state_dict())
        {
            actual[key] = string.Join(", ", tensor.shape);
        }

        Assert.Equal(expected, actual);
    }
}
