using System.Text;

namespace BrushEdit.Batching;

/// <summary>
/// Reads the complete lines of a journal, one at a time: a line longer than any that a run writes is skipped and never kept in memory.
/// </summary>
internal static class JournalLines
{
    /// <summary>The maximum number of bytes of a line; the longest that a run writes, with hundreds of outputs, has a tenth of it.</summary>
    public const int MostBytes = 1 << 20;

    private const int BlockBytes = 1 << 16;

    /// <summary>The lines from the stream's current position.</summary>
    /// <param name="stream">The journal.</param>
    /// <returns>
    /// Each line without its end, and the position of the next one. A last line without an end is torn, or still being written, and not returned.
    /// </returns>
    public static IEnumerable<(string Line, long Next)> Read(Stream stream)
    {
        byte[] block = new byte[BlockBytes];
        using MemoryStream line = new();
        bool tooLong = false;
        for (long start = stream.Position; ; start = stream.Position)
        {
            int read = stream.Read(block);
            if (read == 0)
            {
                yield break;
            }

            for (int at = 0; at < read;)
            {
                int end = Array.IndexOf(block, (byte)'\n', at, read - at);
                int stop = end < 0 ? read : end;
                tooLong |= line.Length + stop - at > MostBytes;
                if (!tooLong)
                {
                    line.Write(block, at, stop - at);
                }

                at = stop + 1;
                if (end >= 0)
                {
                    string text = tooLong ? string.Empty : Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length).TrimEnd('\r');
                    line.SetLength(0);
                    tooLong = false;
                    yield return (text, start + at);
                }
            }
        }
    }
}
