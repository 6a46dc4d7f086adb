using System.Text.Json;
using System.Text.Unicode;

namespace BrushEdit;

/// <summary>
/// JSON from files and servers, checked in full when it is read, so that nothing in it can fail later: no duplicate keys, no text that is not
/// valid Unicode (lone surrogates, invalid UTF-8), no excessive nesting.
/// </summary>
internal static class StrictJson
{
    private const int MostDepth = 64;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = MostDepth };

    /// <summary>Reads a text.</summary>
    /// <param name="utf8">The text; a byte order mark is skipped.</param>
    /// <exception cref="JsonException">The text is not JSON, or breaks one of the rules above.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> utf8)
    {
        if (utf8.Span.StartsWith("\uFEFF"u8))
        {
            utf8 = utf8[3..];
        }

        Check(utf8.Span);
        return JsonDocument.Parse(utf8, Options);
    }

    /// <summary>Reads a file's JSON.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">The maximum number of bytes in a file of this kind.</param>
    /// <exception cref="JsonException">The text is not JSON, or breaks one of the rules above.</exception>
    /// <exception cref="IOException">It is not a regular file, is too large, or cannot be read.</exception>
    public static JsonDocument Read(string path, long most) => Parse(RegularFile.ReadAll(path, most));

    /// <summary>Checks a text without keeping it.</summary>
    /// <param name="utf8">The text.</param>
    /// <exception cref="JsonException">The text is not JSON, or breaks one of the rules above.</exception>
    public static void Check(ReadOnlySpan<byte> utf8)
    {
        try
        {
            Walk(utf8);
        }
        catch (JsonException fault) when (fault.Message.Length > PlainText.MostQuoted)
        {
            throw new JsonException(Quoted.Reason(fault.Message), fault.Path, fault.LineNumber, fault.BytePositionInLine);
        }
    }

    private static void Walk(ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8))
        {
            throw new JsonException("It is not UTF-8 text.");
        }

        Stack<HashSet<string>> keys = [];
        Utf8JsonReader reader = new(utf8, new JsonReaderOptions { MaxDepth = MostDepth });
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    keys.Push(new HashSet<string>(StringComparer.Ordinal));
                    break;
                case JsonTokenType.EndObject:
                    keys.Pop();
                    break;
                case JsonTokenType.PropertyName when Text(ref reader) is var key && !keys.Peek().Add(key):
                    throw new JsonException($"The key '{Quoted.Short(key)}' appears twice.");
                case JsonTokenType.String when reader.ValueIsEscaped:
                    Text(ref reader);
                    break;
            }
        }
    }

    private static string Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException fault)
        {
            throw new JsonException($"The text at byte {reader.TokenStartIndex} is half a character (a lone surrogate).", fault);
        }
    }
}
