using System.Text.Json;
using BrushEdit.Imaging;
using TorchSharp;

namespace BrushEdit.Tests.Parity;

[Trait("Category", "Parity")]
public sealed class RunLengthParityTests
{
    public static TheoryData<string> Cases => ParityCase.Named("rle-");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Runs_give_the_reference_masks(string name)
    {
        using ParityCase parity = ParityCase.Open(name);
        JsonElement config = parity.Json("config.json");
        RunLengthCode code = name.Contains("brushdata", StringComparison.Ordinal) ? RunLengthCode.BrushData : RunLengthCode.BrushBench;
        Assert.Equal(config.GetProperty("first").GetInt32(), code.First);
        Assert.Equal(config.GetProperty("order").GetString() == "row" ? PixelOrder.Rows : PixelOrder.Columns, code.Order);
        JsonElement[] codes = [.. parity.About.GetProperty("codes").EnumerateArray()];
        Assert.NotEmpty(codes);
        for (int i = 0; i < codes.Length; i++)
        {
            using torch.Tensor expected = parity.Tensor($"out.mask.{i}");
            int[] runs = [.. codes[i].EnumerateArray().Select(number => number.GetInt32())];
            Assert.Equal(expected.data<byte>().ToArray(), code.Decode(runs, (int)expected.shape[1], (int)expected.shape[0]));
        }
    }
}
