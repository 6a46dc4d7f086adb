using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using BrushEdit.Linking;
using TorchSharp;

namespace BrushEdit.Loading;

/// <summary>
/// Fills tensors from files. It first collects the tensors, then reads them all in pieces, in file order and several pieces at a time, each
/// directly into its tensor's memory or, for a conversion, through a small buffer. No tensor is held twice.
/// </summary>
internal sealed class TensorFill
{
    private const int PieceBytes = 8 << 20;
    private const int MostReaders = 8;

    // Below this, a second reader costs more than it gains.
    private const long BytesPerReader = 4 * PieceBytes;

    private readonly List<FillPiece> pieces = [];

    /// <summary>Whether a tensor of a type can be filled from a range.</summary>
    /// <param name="range">The stored range.</param>
    /// <param name="type">The type of the tensor.</param>
    /// <param name="count">Its number of elements.</param>
    public static bool CanRead(StoredRange range, torch.ScalarType type, long count) =>
        (range.Type == type || NumberConversion.Knows(range.Type, type)) && count * Bytes(type) <= int.MaxValue;

    /// <summary>Adds a tensor that is to be filled.</summary>
    /// <param name="target">The tensor: contiguous, on the CPU, as long as the range. Its memory must stay valid until <see cref="Run"/> ends.</param>
    /// <param name="range">The stored range; <see cref="CanRead"/> must be true for it.</param>
    public void Add(torch.Tensor target, StoredRange range)
    {
        if (range.Length == 0)
        {
            return;
        }

        nint address = Address(target);
        int size = Bytes(range.Type), wanted = Bytes(target.dtype);
        for (long at = 0; at < range.Length; at += PieceBytes)
        {
            int length = (int)Math.Min(PieceBytes, range.Length - at);
            nint place = address + (nint)(at / size * wanted);
            pieces.Add(new NumberPiece(range with { Offset = range.Offset + at, Length = length }, place, length / size * wanted, target.dtype));
        }
    }

    /// <summary>Adds an 8-bit weight that is to be filled (<see cref="QuantizedWeight"/>), row by row while the numbers are read.</summary>
    /// <param name="numbers">The integers: (out, ...), contiguous, on the CPU. The memory of both must stay valid until <see cref="Run"/> ends.</param>
    /// <param name="scales">(out, 1, ...): a scale for each row.</param>
    /// <param name="range">The stored range; <see cref="CanRead"/> must be true for it as single precision.</param>
    public void AddQuantized(torch.Tensor numbers, torch.Tensor scales, StoredRange range)
    {
        int rows = (int)numbers.shape[0], columns = (int)(numbers.numel() / rows);
        long width = (long)columns * Bytes(range.Type);
        int together = (int)Math.Clamp(PieceBytes / width, 1, rows), scale = Bytes(scales.dtype);
        nint first = Address(numbers), firstScale = Address(scales);
        for (int row = 0; row < rows; row += together)
        {
            int count = Math.Min(together, rows - row);
            StoredRange part = range with { Offset = range.Offset + (row * width), Length = count * width };
            pieces.Add(new QuantizedPiece(part, first + (nint)((long)row * columns), firstScale + (row * scale), columns, scales.dtype));
        }
    }

    /// <summary>Reads everything that was added, on this thread and others. This thread's <see cref="ReadCancellation"/> token cancels it.</summary>
    /// <exception cref="EditException">A file cannot be read or has become shorter; names the tensor.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void Run()
    {
        // In file order, so that the system can read ahead.
        FillPiece[] ordered = [.. pieces.OrderBy(piece => piece.Range.File.Source, StringComparer.Ordinal).ThenBy(piece => piece.Range.Offset)];
        CancellationToken cancellation = ReadCancellation.Current;
        ExceptionDispatchInfo? fault = null;
        int next = -1;
        int readers = (int)Math.Clamp(ordered.Sum(piece => piece.Range.Length) / BytesPerReader, 1, Math.Clamp(ComputeThreads.Count, 1, MostReaders));
        if (readers == 1)
        {
            ReadPieces();
        }
        else
        {
            Parallel.For(0, readers, _ => ReadPieces());
        }

        fault?.Throw();

        void ReadPieces()
        {
            byte[] buffer = [];
            for (int at; Volatile.Read(ref fault) is null && (at = Interlocked.Increment(ref next)) < ordered.Length;)
            {
                try
                {
                    ordered[at].Read(ref buffer, cancellation);
                }
                catch (Exception thrown)
                {
                    // Rethrown on the calling thread; the other threads end after their current piece.
                    Interlocked.CompareExchange(ref fault, ExceptionDispatchInfo.Capture(thrown), null);
                }
            }
        }
    }

    /// <summary>Bytes of one number.</summary>
    /// <param name="type">Its type.</param>
    internal static int Bytes(torch.ScalarType type) => type switch
    {
        torch.ScalarType.Float64 or torch.ScalarType.Int64 => 8,
        torch.ScalarType.Float32 or torch.ScalarType.Int32 => 4,
        torch.ScalarType.Float16 or torch.ScalarType.BFloat16 or torch.ScalarType.Int16 => 2,
        _ => 1,
    };

    private static unsafe nint Address(torch.Tensor tensor)
    {
        fixed (byte* first = &MemoryMarshal.GetReference(tensor.bytes))
        {
            // libtorch's memory, which the garbage collector does not move.
            return (nint)first;
        }
    }
}
