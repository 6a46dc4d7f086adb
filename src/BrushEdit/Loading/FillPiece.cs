using System.Runtime.InteropServices;
using TorchSharp;

namespace BrushEdit.Loading;

/// <summary>A part of a tensor that is read in one go, on any thread, into libtorch's memory.</summary>
/// <param name="Range">The part of the file.</param>
internal abstract record FillPiece(StoredRange Range)
{
    /// <summary>Maximum number of bytes that are read before they are converted.</summary>
    protected const int BufferBytes = 512 << 10;

    /// <summary>Reads the piece.</summary>
    /// <param name="buffer">The reader's buffer, enlarged if the piece needs it.</param>
    /// <param name="cancellation">Cancels between two blocks.</param>
    /// <exception cref="EditException">The file cannot be read or has become shorter; names the tensor.</exception>
    public abstract void Read(ref byte[] buffer, CancellationToken cancellation);

    /// <summary>Enlarges the buffer to a minimum length.</summary>
    /// <param name="buffer">The reader's buffer.</param>
    /// <param name="bytes">The minimum length in bytes.</param>
    protected static void Require(ref byte[] buffer, int bytes)
    {
        if (buffer.Length < bytes)
        {
            buffer = new byte[bytes];
        }
    }
}

/// <summary>Numbers that are read unchanged or converted while they are read.</summary>
/// <param name="Range">The part of the file.</param>
/// <param name="Address">Target address.</param>
/// <param name="Length">Number of bytes at the target.</param>
/// <param name="Type">Type at the target.</param>
internal sealed record NumberPiece(StoredRange Range, nint Address, int Length, torch.ScalarType Type) : FillPiece(Range)
{
    /// <inheritdoc/>
    public override unsafe void Read(ref byte[] buffer, CancellationToken cancellation)
    {
        Span<byte> target = new((void*)Address, Length);
        if (Range.Type == Type)
        {
            Range.File.Read(Range, 0, target, cancellation);
            return;
        }

        Require(ref buffer, BufferBytes);
        int size = TensorFill.Bytes(Range.Type), wanted = TensorFill.Bytes(Type);
        for (int at = 0; at < Range.Length; at += BufferBytes)
        {
            Span<byte> stored = buffer.AsSpan(0, (int)Math.Min(BufferBytes, Range.Length - at));
            Range.File.Read(Range, at, stored, cancellation);
            NumberConversion.Convert(Range.Type, stored, Type, target.Slice(at / size * wanted, stored.Length / size * wanted));
        }
    }
}

/// <summary>Complete rows of a weight, which are quantised while they are read.</summary>
/// <param name="Range">The part of the file.</param>
/// <param name="Address">Target address of the integers.</param>
/// <param name="ScaleAddress">Target address of the rows' scales.</param>
/// <param name="Columns">Numbers per row.</param>
/// <param name="ScaleType">The scales' type.</param>
internal sealed record QuantizedPiece(StoredRange Range, nint Address, nint ScaleAddress, int Columns, torch.ScalarType ScaleType) : FillPiece(Range)
{
    /// <inheritdoc/>
    public override unsafe void Read(ref byte[] buffer, CancellationToken cancellation)
    {
        int width = Columns * TensorFill.Bytes(Range.Type), wide = Columns * sizeof(float), scale = TensorFill.Bytes(ScaleType);
        int rows = (int)(Range.Length / width), together = Math.Clamp(BufferBytes / wide, 1, rows);
        Require(ref buffer, together * (wide + width));
        for (int row = 0; row < rows; row += together)
        {
            int count = Math.Min(together, rows - row);
            Span<byte> single = buffer.AsSpan(0, count * wide);
            Span<byte> stored = Range.Type == torch.ScalarType.Float32 ? single : buffer.AsSpan(together * wide, count * width);
            Range.File.Read(Range, (long)row * width, stored, cancellation);
            if (Range.Type != torch.ScalarType.Float32)
            {
                NumberConversion.Convert(Range.Type, stored, torch.ScalarType.Float32, single);
            }

            for (int one = 0; one < count; one++)
            {
                QuantizedWeight.Quantize(
                    MemoryMarshal.Cast<byte, float>(single.Slice(one * wide, wide)),
                    new Span<sbyte>((void*)(Address + (nint)((long)(row + one) * Columns)), Columns),
                    ScaleType,
                    new Span<byte>((void*)(ScaleAddress + ((row + one) * scale)), scale));
            }
        }
    }
}
