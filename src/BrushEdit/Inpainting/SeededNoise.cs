using TorchSharp;

namespace BrushEdit.Inpainting;

/// <summary>Normally distributed values drawn on the CPU, so that a seed means the same noise on every device.</summary>
internal sealed class SeededNoise : IDisposable
{
    private readonly torch.Generator generator;

    public SeededNoise(long seed) => generator = new torch.Generator((ulong)seed, torch.CPU);

    /// <summary>Unit normals in single precision, on the CPU.</summary>
    public torch.Tensor Draw(params long[] shape) => torch.randn(shape, dtype: torch.ScalarType.Float32, generator: generator);

    public void Dispose() => generator.Dispose();
}
