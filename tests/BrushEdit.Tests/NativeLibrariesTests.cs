using TorchSharp;

namespace BrushEdit.Tests;

public class NativeLibrariesTests
{
    [Fact]
    public void Libtorch_and_libvips_load_from_the_staged_folder()
    {
        Assert.NotNull(NativeLibraries.Directory);
        using torch.Tensor ones = torch.ones(3);
        Assert.Equal(3f, ones.sum().item<float>());
        Assert.True(NetVips.NetVips.Version(0) >= 8);
    }

    [Fact]
    public void An_unknown_library_is_not_resolved() => Assert.Equal(0, NativeLibraries.Resolve("no_such_library"));
}
