using System.Buffers.Binary;
using System.Text;
using BrushEdit.Loading;
using BrushEdit.Tests.Support;
using FsCheck;
using FsCheck.Fluent;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Loading;

public sealed class SafetensorsFileTests : IDisposable
{
    private static readonly ScalarType[] Types =
    [
        ScalarType.Float64, ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Int64,
        ScalarType.Int32, ScalarType.Int16, ScalarType.Int8, ScalarType.Byte, ScalarType.Bool,
    ];

    private readonly TemporaryFolder folder = new();

    private string File => folder["model.safetensors"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void WhatIsWrittenIsReadAgain()
    {
        Gen<(int Type, int[] Shape)> one =
            from type in Gen.Choose(0, Types.Length - 1)
            from dimensions in Gen.Choose(0, 4)
            from shape in Gen.ArrayOf(Gen.Choose(0, 5), dimensions)
            select (type, shape);
        Prop.ForAll(Arb.From(Gen.ListOf(one)), entries =>
        {
            using DisposeScope scope = NewDisposeScope();
            Dictionary<string, Tensor> tensors = entries.Select((entry, at) => (Name: $"layer.{at}\u00e9\"", Tensor: Make(entry.Type, entry.Shape)))
                .ToDictionary(entry => entry.Name, entry => entry.Tensor);
            SafetensorsWriter.Write(File, tensors, new Dictionary<string, string> { ["seed"] = "7 \u4f60" });
            using SafetensorsFile file = SafetensorsFile.Open(File);
            return file.Metadata["seed"] == "7 \u4f60"
                && file.Tensors.Count == tensors.Count
                && tensors.All(entry => Same(entry.Value, file.Tensors[entry.Key], file.Read(entry.Key)));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void AViewIsWrittenAsItLooks()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor turned = arange(12).view(3, 4).transpose(0, 1);
        SafetensorsWriter.Write(File, new Dictionary<string, Tensor> { ["turned"] = turned });
        using SafetensorsFile file = SafetensorsFile.Open(File);
        Assert.True(turned.Equals(file.Read("turned")));
    }

    [Fact]
    public void AHeaderWhoseLengthLooksLikeAPickleIsRead()
    {
        // 640 is 0x0280: the two bytes that a pickle of protocol 2 begins with.
        Raw("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""".PadRight(640), 1);
        using SafetensorsFile file = SafetensorsFile.Open(File);
        Assert.Equal(1, file.Tensors["a"].Count);
    }

    [Fact]
    public void NumbersOfEightBitsAreReadAsTheirHalves()
    {
        // By the format's definition: sign, exponent, fraction; the largest number, the least one, and none.
        byte[] e4m3 = [0x00, 0x38, 0xB8, 0x7E, 0x01, 0x7F, 0x08];
        byte[] e5m2 = [0x00, 0x3C, 0xBC, 0x7B, 0x01, 0x7C, 0x04];
        Half[] numbers4 = [(Half)0, (Half)1, (Half)(-1), (Half)448, (Half)0.001953125, Half.NaN, (Half)0.015625];
        Half[] numbers5 = [(Half)0, (Half)1, (Half)(-1), (Half)57344, (Half)1.52587890625e-05, Half.PositiveInfinity, (Half)6.103515625e-05];
        Raw("""{"a":{"dtype":"F8_E4M3","shape":[7],"data_offsets":[0,7]},"b":{"dtype":"F8_E5M2","shape":[7],"data_offsets":[7,14]}}""", 0);
        using (FileStream stream = new(File, FileMode.Append))
        {
            stream.Write(e4m3);
            stream.Write(e5m2);
        }

        using SafetensorsFile file = SafetensorsFile.Open(File);
        Assert.Equal(ScalarType.Float16, file.Tensors["a"].Type);
        using Tensor a = file.Read("a");
        using Tensor b = file.Read("b");
        Assert.Equal(numbers4, a.data<Half>().ToArray());
        Assert.Equal(numbers5, b.data<Half>().ToArray());
    }

    [Fact]
    public void AFileThatShrinksMeanwhileIsAnError()
    {
        Write();
        using SafetensorsFile file = SafetensorsFile.Open(File);
        System.IO.File.WriteAllBytes(File, System.IO.File.ReadAllBytes(File)[..^1]);
        EditException fault = Assert.Throws<EditException>(() => file.Tensors.Keys.Select(file.Read).ToList());
        Assert.Equal(EditFault.BadModel, fault.Kind);
        Assert.Contains("truncated", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AHeaderWithMoreTensorsThanAnyModelIsRefused()
    {
        Raw($"{{{string.Join(',', Enumerable.Range(0, 100_001).Select(at => $"\"{at}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}"))}}}", 0);
        Refused("100000 tensors");
    }

    [Fact]
    public void PipesAndDevicesAreNoWeights()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are none by name.");
        System.Diagnostics.Process.Start("mkfifo", folder["pipe.safetensors"])!.WaitForExit();
        System.IO.File.CreateSymbolicLink(folder["zero.safetensors"], "/dev/zero");
        Assert.Contains("pipe", Assert.Throws<EditException>(() => SafetensorsFile.Open(folder["pipe.safetensors"])).Message, StringComparison.Ordinal);
        Assert.Throws<EditException>(() => SafetensorsFile.Open(folder["zero.safetensors"]));
        System.IO.File.CreateSymbolicLink(folder["config.json"], folder["pipe.safetensors"]);
        Assert.Contains("pipe", Assert.Throws<EditException>(() => ConfigReader.Open(folder["config.json"])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(40)]
    [InlineData(-1)]
    [InlineData(-100)]
    public void ATruncatedFileIsRefused(int length)
    {
        Write();
        byte[] bytes = System.IO.File.ReadAllBytes(File);
        System.IO.File.WriteAllBytes(File, bytes[..(length >= 0 ? length : bytes.Length + length)]);
        Refused("again");
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "'b'", "inside")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}""", 16, "'b'", "unused")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 12, "12 bytes", "8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "'a'", "truncated")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "'a'", "[3]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "'a'", "offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", 8, "'a'", "offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "'a'", "-2")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,8]}}""", 8, "'a'", "1.5")]
    [InlineData("""{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", 8, "'a'", "sizes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}""", 0, "'a'", "impossible shape")]
    [InlineData("""{"a":{"dtype":"F4","shape":[2],"data_offsets":[0,2]}}""", 2, "'a'", "F4")]
    [InlineData("""{"a":{"dtype":4,"shape":[2],"data_offsets":[0,8]}}""", 8, "'a'", "type")]
    [InlineData("""{"a":{"shape":[2],"data_offsets":[0,8]}}""", 8, "'a'", "lacks")]
    [InlineData("""{"a":7}""", 0, "'a'", "lacks")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "'a'", "twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}""", 8, "JSON", "model.safetensors")]
    [InlineData("""{"__metadata__":[1]}""", 0, "metadata", "model.safetensors")]
    [InlineData("[1,2]", 0, "does not start", "model.safetensors")]
    public void AHeaderThatLiesIsRefused(string header, int data, params string[] named)
    {
        Raw(header, data);
        Refused(named);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(99_000_000)]
    public void AHeaderLengthThatLiesIsRefused(long length)
    {
        byte[] bytes = new byte[64];
        Array.Fill(bytes, (byte)' ');
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
        bytes[8] = (byte)'{';
        System.IO.File.WriteAllBytes(File, bytes);
        Refused();
    }

    [Theory]
    [InlineData(new byte[] { 0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20 }, "pickled")]
    [InlineData(new byte[] { (byte)'P', (byte)'K', 3, 4, 0, 0, 8, 8, 0, 0, 0, 0 }, "pickled")]
    public void APickleUnderAFalseNameIsRefused(byte[] start, string named)
    {
        System.IO.File.WriteAllBytes(File, [.. start, .. new byte[100]]);
        Refused(named, ".safetensors");
    }

    [Fact]
    public void AGitPointerIsToldFromWeights()
    {
        System.IO.File.WriteAllText(File, "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3438167534\n");
        Refused("Git LFS", "git lfs pull");
    }

    [Fact]
    public void AMissingFileOrTensorIsNamed()
    {
        EditException missing = Assert.Throws<EditException>(() => SafetensorsFile.Open(folder["absent.safetensors"]));
        Assert.Equal(EditFault.NotFound, missing.Kind);
        Assert.Contains("absent.safetensors", missing.Message, StringComparison.Ordinal);
        Write();
        using SafetensorsFile file = SafetensorsFile.Open(File);
        Assert.Contains("'nothing'", Assert.Throws<EditException>(() => file.Read("nothing")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFailedWriteLeavesNothingBehind()
    {
        using DisposeScope scope = NewDisposeScope();
        EditException fault = Assert.Throws<EditException>(() =>
            SafetensorsWriter.Write(File, new Dictionary<string, Tensor> { ["wave"] = zeros(2, ScalarType.ComplexFloat32) }));
        Assert.Contains("'wave'", fault.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Path));
        Assert.Equal(EditFault.CannotWrite, Assert.Throws<EditException>(() =>
            SafetensorsWriter.Write(folder["no/such/folder.safetensors"], new Dictionary<string, Tensor> { ["a"] = zeros(2) })).Kind);
        Assert.Throws<EditException>(() => SafetensorsWriter.Write(File, [KeyValuePair.Create("a", zeros(2)), KeyValuePair.Create("a", zeros(2))]));
    }

    private static Tensor Make(int type, int[] shape)
    {
        long[] sizes = [.. shape.Select(size => (long)size)];
        return randint(0, 100, sizes).to(Types[type]);
    }

    private static bool Same(Tensor expected, TensorInfo info, Tensor read) =>
        info.Type == expected.dtype && info.Shape.SequenceEqual(expected.shape) && read.dtype == expected.dtype
        && read.shape.SequenceEqual(expected.shape) && expected.bytes.SequenceEqual(read.bytes);

    private void Write()
    {
        using Tensor a = arange(100, ScalarType.Float32);
        SafetensorsWriter.Write(File, new Dictionary<string, Tensor> { ["a"] = a });
    }

    private void Raw(string header, int data)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        System.IO.File.WriteAllBytes(File, [.. length, .. text, .. new byte[data]]);
    }

    private void Refused(params string[] named)
    {
        EditException fault = Assert.Throws<EditException>(() => SafetensorsFile.Open(File));
        Assert.Equal(EditFault.BadModel, fault.Kind);
        Assert.NotNull(fault.Remedy);
        Assert.All(named.Append("model.safetensors"), word => Assert.Contains(word, fault.Message, StringComparison.Ordinal));
    }
}
