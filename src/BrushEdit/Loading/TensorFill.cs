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
    private const int BufferBytes = 512 << 10;
    private const int MostReaders = 8;

    // Below that a second reader costs more than it brings.
    private const long BytesPerReader = 4 * PieceBytes;

    private readonly List<Piece> pieces = [];

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
            pieces.Add(new Piece(range with { Offset = range.Offset + at, Length = length }, place, length / size * wanted, target.dtype));
        }
    }

    /// <summary>Reads all that was added, on this thread and others. Ends with the token beside which this thread reads.</summary>
    /// <exception cref="EditException">A file cannot be read or has become shorter; names the tensor.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void Run()
    {
        // One after another as they lie in the file: the system reads ahead.
        Piece[] ordered = [.. pieces.OrderBy(piece => piece.Range.File.Source, StringComparer.Ordinal).ThenBy(piece => piece.Range.Offset)];
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

    private static int Bytes(torch.ScalarType type) => type switch
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

    private sealed record Piece(StoredRange Range, nint Address, int Length, torch.ScalarType Type)
    {
        public unsafe void Read(ref byte[] buffer, CancellationToken cancellation)
        {
            Span<byte> target = new((void*)Address, Length);
            if (Range.Type == Type)
            {
                Range.File.Read(Range, 0, target, cancellation);
                return;
            }

            if (buffer.Length == 0)
            {
                buffer = new byte[BufferBytes];
            }

            int size = Bytes(Range.Type), wanted = Bytes(Type);
            for (int at = 0; at < Range.Length; at += BufferBytes)
            {
                Span<byte> stored = buffer.AsSpan(0, (int)Math.Min(BufferBytes, Range.Length - at));
                Range.File.Read(Range, at, stored, cancellation);
                NumberConversion.Convert(Range.Type, stored, Type, target.Slice(at / size * wanted, stored.Length / size * wanted));
            }
        }
    }
}
