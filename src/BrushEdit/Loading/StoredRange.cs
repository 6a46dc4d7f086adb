using TorchSharp;

namespace BrushEdit.Loading;

/// <summary>Where a file holds a tensor's numbers: one after another, in the order and of the type that the tensor has.</summary>
/// <param name="File">The file.</param>
/// <param name="Name">The name the file has for the tensor, for errors.</param>
/// <param name="Type">The type the numbers are stored in.</param>
/// <param name="Offset">Their first byte, from the beginning of the file's data.</param>
/// <param name="Length">Bytes.</param>
internal sealed record StoredRange(SafetensorsFile File, string Name, torch.ScalarType Type, long Offset, long Length);
