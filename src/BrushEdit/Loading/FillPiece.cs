using System.Runtime.InteropServices;
using TorchSharp;

namespace BrushEdit.Loading;

/// <summary>A part of a tensor that is read at once, on any thread, into memory of libtorch's.</summary>
/// <param name="Range">What of the file.</param>
internal abstract record FillPiece(StoredRange Range)
{
    /// <summary>Bytes that are read before they are converted.</summary>
    protected const int BufferBytes = 512 << 10;

    /// <summary>Reads it.</summary>
    /// <param name="buffer">The reader's own, made longer where the piece needs it.</param>
    /// <param name="cancellation">Ends the reading between two blocks.</param>
    /// <exception cref="EditException">The file cannot be read or has become shorter; names the tensor.</exception>
    public abstract void Read(ref byte[] buffer, CancellationToken cancellation);

    /// <summary>Makes the buffer at least so long.</summary>
    /// <param name="buffer">The reader's own.</param>
    /// <param name="bytes">How long.</param>
    protected static void Require(ref byte[] buffer, int bytes)
    {
        if (buffer.Length < bytes)
        {
            buffer = new byte[bytes];
        }
    }
}

/// <summary>Numbers that are read as they are stored, or converted on the way.</summary>
/// <param name="Range">What of the file.</param>
/// <param name="Address">Where they go.</param>
/// <param name="Length">Bytes there.</param>
/// <param name="Type">The type there.</param>
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

/// <summary>Whole rows of a weight, which are quantised as they are read.</summary>
/// <param name="Range">What of the file.</param>
/// <param name="Address">Where the whole numbers go.</param>
/// <param name="ScaleAddress">Where the rows' scales go.</param>
/// <param name="Columns">Numbers of a row.</param>
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
