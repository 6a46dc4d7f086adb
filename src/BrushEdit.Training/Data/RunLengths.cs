using System.Text.Json;

namespace BrushEdit.Training;

/// <summary>The run-length codes of BrushData's masks: start, length, start, length ..., starts from 1, column by column.</summary>
public static class RunLengths
{
    /// <summary>Decodes a mask.</summary>
    /// <param name="code">Starts and lengths, alternating.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <returns>Row-major; true inside the runs, the part that BrushData keeps.</returns>
    /// <exception cref="EditException">The code has an odd number of entries, or a run is outside the picture (BadMask).</exception>
    public static bool[] Decode(IReadOnlyList<int> code, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(code);
        bool[] mask = new bool[checked(width * height)];
        if (code.Count % 2 != 0)
        {
            throw Broken($"has {code.Count} entries, an odd number, but starts and lengths come in pairs");
        }

        for (int at = 0; at < code.Count; at += 2)
        {
            long first = (long)code[at] - 1;
            long end = first + code[at + 1];
            if (first < 0 || code[at + 1] < 0 || end > mask.Length)
            {
                throw Broken($"has a run from {code[at]} of {code[at + 1]}, which exceeds {width} x {height} pixels");
            }

            for (long place = first; place < end; place++)
            {
                mask[((place % height) * width) + (place / height)] = true;
            }
        }

        return mask;
    }

    /// <summary>Reads the codes of a sample's <c>segmentation</c> field: the lists of integers under <c>mask</c>; other keys are skipped.</summary>
    /// <param name="utf8">The field.</param>
    /// <exception cref="EditException">It is not JSON of that form (BadMask).</exception>
    public static IReadOnlyList<IReadOnlyList<int>> Read(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("mask", out JsonElement masks)
                ? [.. masks.EnumerateArray().Select(mask => (IReadOnlyList<int>)[.. mask.EnumerateArray().Select(number => number.GetInt32())])]
                : throw Broken("has no list 'mask'");
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException)
        {
            throw new EditException(EditFault.BadMask, $"The segmentation is not a list of run-length codes: {fault.Message}", null, null, fault);
        }
    }

    private static EditException Broken(string how) => new(EditFault.BadMask, $"A run-length code {how}.", null);
}
