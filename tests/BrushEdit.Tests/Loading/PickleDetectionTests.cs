using System.Buffers.Binary;
using System.Text;
using BrushEdit.Loading;
using TorchSharp;

namespace BrushEdit.Tests.Loading;

public sealed class PickleDetectionTests : IDisposable
{
    private readonly string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    /// <summary>A header of 1152 bytes makes the file begin like a pickle of protocol 4.</summary>
    [Theory]
    [InlineData(0x0280)]
    [InlineData(0x0480)]
    [InlineData(0x0580)]
    public void ALengthThatLooksLikeAPickleIsRead(int length)
    {
        byte[] file = new byte[8 + length + 4];
        BinaryPrimitives.WriteInt64LittleEndian(file, length);
        file.AsSpan(8, length).Fill((byte)' ');
        Encoding.UTF8.GetBytes("""{"one":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""").CopyTo(file, 8);
        BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(8 + length), 2.5f);
        File.WriteAllBytes(path, file);
        using SafetensorsFile weights = SafetensorsFile.Open(path);
        using torch.Tensor tensor = weights.Read("one");
        Assert.Equal(2.5f, tensor.item<float>());
    }

    [Theory]
    [InlineData("80028A0A6CFC9C46F9206AA8501900")]
    [InlineData("8004951000000000000000007D9400")]
    [InlineData("504B0304000008080000000000")]
    public void APickleIsRefused(string hex)
    {
        File.WriteAllBytes(path, Convert.FromHexString(hex));
        EditException fault = Assert.Throws<EditException>(() => SafetensorsFile.Open(path));
        Assert.Equal(EditFault.BadModel, fault.Kind);
        Assert.Contains("pickled", fault.Message, StringComparison.Ordinal);
    }

    public void Dispose() => File.Delete(path);
}
