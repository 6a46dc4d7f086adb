using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using BrushEdit.Linking;
using TorchSharp;

namespace BrushEdit.Loading;

/// <summary>
/// Fills tensors from files: first it is told which, then it reads them all, piece by piece in the files' order, several pieces at a time, each
/// straight into its tensor's memory or through a small buffer from which it is converted on the way. A tensor is never held twice.
/// </summary>
internal sealed class TensorFill
{
    private const int PieceBytes = 8 << 20;
    private const int MostReaders = 8;

    // Below that a second reader costs more than it brings.
    private const long BytesPerReader = 4 * PieceBytes;

    private readonly List<FillPiece> pieces = [];

    /// <summary>Whether a tensor of a type can be filled from a range.</summary>
    /// <param name="range">What is stored.</param>
    /// <param name="type">The type wanted.</param>
    /// <param name="count">The numbers it holds.</param>
    public static bool CanRead(StoredRange range, torch.ScalarType type, long count) =>
        (range.Type == type || NumberConversion.Knows(range.Type, type)) && count * Bytes(type) <= int.MaxValue;

    /// <summary>Has a tensor filled.</summary>
    /// <param name="target">The tensor: contiguous, on the CPU, of the range's numbers. Its memory must live until <see cref="Run"/> has ended.</param>
    /// <param name="range">What fills it; one that <see cref="CanRead"/>.</param>
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

    /// <summary>Has a weight in 8 bits filled (<see cref="QuantizedWeight"/>), row by row as the numbers are read.</summary>
    /// <param name="numbers">The whole numbers: (out, ...), contiguous, on the CPU. As all memory here, it must live until <see cref="Run"/> has ended.</param>
    /// <param name="scales">A scale for each of its rows.</param>
    /// <param name="range">What fills it; single precision, or one that <see cref="CanRead"/> as single precision.</param>
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

    /// <summary>Reads all that was added, on this thread and others. Ends with the token beside which this thread reads.</summary>
    /// <exception cref="EditException">A file cannot be read or has become shorter; names the tensor.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void Run()
    {
        // One after another as they lie in the file: the system reads ahead.
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
                    // Told on the thread that asked; the others end with their piece.
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
            // Memory of libtorch's, which no collection moves.
            return (nint)first;
        }
    }
}
