using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Tests.Parity;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Modeling;

public sealed class ClipTextParityTests
{
    public static TheoryData<string> Cases => ParityCase.Named("clip-text");

    [Theory]
    [Trait("Category", "Parity")]
    [MemberData(nameof(Cases))]
    public void MatchesTheReference(string name)
    {
        using IDisposable quiet = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using ParityCase parity = ParityCase.Open(name);
        using ClipTextModel model = new(ClipTextConfig.Read(parity.Config()));
        using SafetensorsFile weights = parity.Weights();
        ModuleWeights.Check(model.state_dict(), weights, "CLIP text encoder", ClipTextModel.MayBeLeft);
        ModuleWeights.Copy(model.state_dict(), weights);

        ClipTextOutput output = model.forward(parity.Tensor("in.input_ids"));
        Dictionary<string, Tensor?> outputs = new()
        {
            ["out.last_hidden_state"] = output.LastHiddenState,
            ["out.penultimate"] = output.Penultimate,
            ["out.pooled"] = output.Pooled,
            ["out.text_embeds"] = output.TextEmbeds,
        };
        string[] expected = [.. parity.TensorNames.Where(tensor => tensor.StartsWith("out.", StringComparison.Ordinal))];
        Assert.NotEmpty(expected);
        foreach (string tensor in expected)
        {
            Assert.NotNull(outputs[tensor]);
            parity.AssertClose(tensor, outputs[tensor]!);
        }
    }
}
