using TorchSharp;

namespace BrushEdit.Loading;

/// <summary>The part of a file that holds a tensor's numbers, contiguous and in the order of the tensor.</summary>
/// <param name="File">The file.</param>
/// <param name="Name">The tensor's name in the file, for errors.</param>
/// <param name="Type">The type of the stored numbers.</param>
/// <param name="Offset">Offset of the first byte from the beginning of the file's data.</param>
/// <param name="Length">Number of bytes.</param>
internal sealed record StoredRange(SafetensorsFile File, string Name, torch.ScalarType Type, long Offset, long Length);
