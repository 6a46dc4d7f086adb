using System.Text;
using BrushEdit.Caching;
using BrushEdit.Loading;
using BrushEdit.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Loading;

/// <summary>Networks are filled straight from their files: with the same bits as tensor by tensor, and with the same errors.</summary>
public sealed class TensorFillTests : IDisposable
{
    // 10 MB in single precision: more than one piece.
    private const int Inputs = 1250;
    private const int Outputs = 2003;

    private readonly TemporaryFolder folder = new();

    private string Path => folder["model.safetensors"];

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(ScalarType.Float32, ScalarType.Float32)]
    [InlineData(ScalarType.Float16, ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16, ScalarType.Float32)]
    [InlineData(ScalarType.Float64, ScalarType.Float32)]
    [InlineData(ScalarType.Float32, ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16, ScalarType.BFloat16)]
    [InlineData(ScalarType.BFloat16, ScalarType.BFloat16)]
    [InlineData(ScalarType.Float32, ScalarType.Float16)]
    public void EveryTypeComesToTheSameBitsAsTensorByTensor(ScalarType from, ScalarType to)
    {
        using DisposeScope scope = NewDisposeScope();
        Write(from);
        using SafetensorsFile file = SafetensorsFile.Open(Path);
        using nn.Module network = Load(file, to);
        foreach ((string name, Tensor tensor) in network.state_dict())
        {
            using Tensor stored = file.Read(name);
            using Tensor expected = stored.to(to);
            Assert.Equal(to, tensor.dtype);
            Assert.Equal(expected.bytes.ToArray(), tensor.bytes.ToArray());
        }
    }

    [Fact]
    public void RowsAndTransposedTensorsAreReadThroughTheirView()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor stacked = randn(3 * 5, 4).to(ScalarType.Float16), turned = randn(4, 5).to(ScalarType.Float16);
        SafetensorsWriter.Write(Path, new Dictionary<string, Tensor> { ["stacked"] = stacked, ["turned"] = turned, ["flat"] = randn(20) });
        using SafetensorsFile file = SafetensorsFile.Open(Path);
        RenamedWeights view = new(
            file,
            info => info.Name switch
            {
                "stacked" => [new StoredPart("a.weight", 0, 5), new StoredPart("b.weight", 5, 5), new StoredPart("c.weight", 10, 5)],
                "turned" => [new StoredPart("d.weight", IsTransposed: true)],
                _ => [new StoredPart("e.weight")],
            },
            (name, shape) => name == "e.weight" ? [5, 4] : shape);
        using nn.Module network = ModuleLoader.Load((device, type) => new Five(device, type), view, "network", ScalarType.Float32, CPU);
        Assert.Null(((IWeights)view).Find("d.weight"));
        foreach ((string name, Tensor tensor) in network.state_dict())
        {
            using Tensor expected = view.Read(name);
            Assert.True(expected.to(ScalarType.Float32).equal(tensor).all().item<bool>(), name);
        }

        Assert.True(network.state_dict()["c.weight"].equal(stacked.narrow(0, 10, 5).to(ScalarType.Float32)).all().item<bool>());
    }

    [Fact]
    public void NumbersOfEightBitsAreWidened()
    {
        byte[] header = Encoding.UTF8.GetBytes("""{"weight":{"dtype":"F8_E4M3","shape":[2,2],"data_offsets":[0,4]}}""");
        File.WriteAllBytes(Path, [.. BitConverter.GetBytes((long)header.Length), .. header, 0x38, 0xB8, 0x7E, 0x01]);
        using SafetensorsFile file = SafetensorsFile.Open(Path);
        using TorchSharp.Modules.Linear network = ModuleLoader.Load(
            (device, type) => nn.Linear(2, 2, hasBias: false, device: device, dtype: type), file, "network", ScalarType.Float32, CPU);
        Assert.Equal([1, -1, 448, 0.001953125f], network.weight.data<float>().ToArray());
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    public void AFileThatShrinksMeanwhileIsAnErrorThatNamesATensor(ScalarType from)
    {
        Write(from);
        using SafetensorsFile file = SafetensorsFile.Open(Path);
        using (FileStream cut = new(Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            cut.SetLength(cut.Length - 3);
        }

        EditException fault = Assert.Throws<EditException>(() => Load(file, ScalarType.Float32));
        Assert.Equal(EditFault.BadModel, fault.Kind);
        Assert.Contains("truncated", fault.Message, StringComparison.Ordinal);
        Assert.Contains($"'{fault.Target}'", fault.Message, StringComparison.Ordinal);
        Assert.Contains((string)fault.Target!, file.Tensors.Keys);
    }

    [Fact]
    public void AFileThatWasClosedIsAnError()
    {
        Write(ScalarType.Float32);
        SafetensorsFile file = SafetensorsFile.Open(Path);
        file.Dispose();
        Assert.Equal(EditFault.BadModel, Assert.Throws<EditException>(() => Load(file, ScalarType.Float32)).Kind);
    }

    [Fact]
    public void LoadingEndsWithItsTokenBeforeItAndInItsMidst()
    {
        Write(ScalarType.Float16);
        using SafetensorsFile file = SafetensorsFile.Open(Path);
        using CancellationTokenSource stop = new();
        using nn.Module whole = ReadCancellation.Run(() => Load(file, ScalarType.Float32), stop.Token);

        // Again and again, until the token ends one of them: whenever that is, nothing but the cancellation comes of it.
        stop.CancelAfter(TimeSpan.FromMilliseconds(30));
        OperationCanceledException ended = Assert.ThrowsAny<OperationCanceledException>(() => ReadCancellation.Run(
            () =>
            {
                while (true)
                {
                    Load(file, ScalarType.Float32).Dispose();
                }
            },
            stop.Token));
        Assert.Equal(stop.Token, ended.CancellationToken);
        Assert.ThrowsAny<OperationCanceledException>(() => ReadCancellation.Run(() => Load(file, ScalarType.Float32), stop.Token));
        using nn.Module after = Load(file, ScalarType.Float32);
    }

    [Fact]
    public void LoadsInARowLeaveNothingBehind()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Resident memory is told apart from the rest on Linux.");
        using DisposeScope scope = NewDisposeScope();
        SafetensorsWriter.Write(Path, new Dictionary<string, Tensor> { ["weight"] = ones(4096, 8192), ["bias"] = ones(4096) });
        using ModelPool pool = new();
        long first = Once(), last = 0;
        for (int i = 0; i < 5; i++)
        {
            last = Once();
        }

        // The weights take 128 MiB: one load's worth that stayed would show.
        Assert.True(last - first < 64 << 20, $"{first >> 20} MiB resident after the first, {last >> 20} after the last.");

        long Once()
        {
            using (SafetensorsFile file = SafetensorsFile.Open(Path))
            {
                pool.Lend(
                    new LoadedModel(Path, "network", new ComputeDevice(CPU, ScalarType.Float32)),
                    () => ModuleLoader.Load((device, type) => nn.Linear(8192, 4096, device: device, dtype: type), file, "network", ScalarType.Float32, CPU),
                    network => network.weight.shape.Length);
            }

            Assert.Single(pool.Clear());
            return Environment.WorkingSet;
        }
    }

    private static nn.Module Load(SafetensorsFile file, ScalarType type) =>
        ModuleLoader.Load((device, kind) => nn.Linear(Inputs, Outputs, device: device, dtype: kind), file, "network", type, CPU);

    private void Write(ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        random.manual_seed(1);
        SafetensorsWriter.Write(Path, new Dictionary<string, Tensor> { ["weight"] = randn(Outputs, Inputs).to(type), ["bias"] = randn(Outputs).to(type) });
    }

    private sealed class Five : nn.Module
    {
        public Five(Device device, ScalarType type)
            : base(nameof(Five))
        {
            foreach (string name in (string[])["a", "b", "c", "d", "e"])
            {
                register_module(name, nn.Linear(4, 5, hasBias: false, device: device, dtype: type));
            }
        }
    }
}
