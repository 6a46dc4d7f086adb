using BrushEdit.Linking;
using TorchSharp;

namespace BrushEdit.Tests.Linking;

public class NativeLibrariesTests
{
    [Fact]
    public void Libtorch_and_libvips_load_and_compute()
    {
        Assert.NotNull(NativeLibraries.PackagedDirectory);
        using torch.Tensor ones = torch.ones(3);
        Assert.Equal(3f, ones.sum().item<float>());
        Assert.NotNull(LibTorch.Used);
        Assert.True(NetVips.NetVips.Version(0) >= 8);
    }

    [Fact]
    public void The_libvips_in_this_process_is_the_bundled_one_whatever_the_system_has()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Reads the list of mapped files that Linux keeps.");
        _ = NetVips.NetVips.Version(0);
        string[] mapped = [.. File.ReadLines("/proc/self/maps")
            .Where(line => line.Contains("libvips", StringComparison.Ordinal)).Select(line => line[line.IndexOf('/')..]).Distinct()];
        Assert.Equal(Path.Combine(NativeLibraries.PackagedDirectory!, "libvips.so.42"), Assert.Single(mapped));
    }

    [Fact]
    public void An_unknown_library_is_not_resolved() => Assert.Equal(0, NativeLibraries.Resolve("no_such_library"));
}
